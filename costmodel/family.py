"""What the cost model asks of a family: what its units hold, and how they are measured.

A family's answers stand in ``costmodel.<family>.basis`` as ``BASIS``. Everything else in this
package knows columns, parts, terms, paths and figures, and no family's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from costmodel.energy.activity import Activity
from costmodel.model.columns import Coded, Columns, encode
from costmodel.model.paths import Path
from costmodel.model.regressions import Regression, Terms
from costmodel.netlist.netlist import Netlist
from costmodel.system.gemm import Cores
from hw.errors import RequestError
from hw.families import FAMILIES, find_unit, room_of
from hw.unit import Unit

__all__ = ["Basis", "Held", "basis_of", "basis_of_columns", "basis_of_family", "value_of"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Held:
    """What the designs of some columns hold; arrays broadcast to the columns' shape.

    Attributes:
        valid: whether each design can exist; elsewhere nothing else means anything.
        operations: that each does in a cycle.
        kind: of which kind of errors each is: those of a kind are measured, and told, together.
        energy_kind: what toggles alike, and has coefficients of its own.
        modules: terms by module, also those that the family makes of others; empty if no design
            can exist.
        paths: of which the longest is the clock period; empty likewise.
        region: by name, what tells whether a design is like those that were measured.
    """

    valid: NDArray[np.bool_]
    operations: Array
    kind: Coded[str]
    energy_kind: Coded[str]
    modules: Mapping[str, Terms]
    paths: Sequence[Path]
    region: Mapping[str, Array]


class Basis(Protocol):
    """What a family's costs are made of; a configuration that a method takes is one of its units.

    Attributes:
        family: its name.
        regressions: by which area and energy are estimated, and their terms.
        parts: by which area and energy are told: those of its units (`hw.unit.Unit.parts`).
        stand_ins: for terms of no module of a circuit, the module whose part they are of; only
            where the modules of their regression are of several parts.
        gates: for each step of its paths, how many gates in a row it takes, roughly.
        chains: steps that count bits of carry chains: for a fast clock prefix adders take their
            place, whose delay grows with the logarithm.
        loads: steps that count readers of nets: strong cells and buffers take most of their delay.
        revision: of what quantities and steps count, and which are chains and loads; it grows
            whenever a name stays and what is counted under it does not, since coefficients fitted
            to the former count would then be wrong without a word.
        parameters: columns of the table of measured designs, and their types.
        defaults: of those that need not be stated, what the configurations say.
        unknown: parameters that the model does not see; an estimate names those that are set.
        limits: those limits of its units that costs depend on.
        axes: limits that a space may vary besides the parameters, and their types.
        needed: those of them that a space must state, unless it names workloads.
        figures: further figures of a point, by name, each a function of its columns.
        sources: modules (paths below the project) that decide on which data energy is measured.
    """

    family: str
    regressions: Mapping[str, Regression]
    parts: Mapping[str, str]
    stand_ins: Mapping[str, str]
    gates: Mapping[str, float]
    chains: frozenset[str]
    loads: frozenset[str]
    revision: int
    parameters: Mapping[str, type]
    defaults: Mapping[str, Any]
    unknown: tuple[str, ...]
    limits: tuple[str, ...]
    axes: Mapping[str, type]
    needed: tuple[str, ...]
    figures: Mapping[str, Callable[[Columns], Array]]
    sources: tuple[str, ...]

    def held(self, columns: Columns) -> Held:
        """What designs hold.

        Args:
            columns: parameters by name, arrays that broadcast; an absent one has its default.

        Raises:
            RequestError: a column is missing, unknown, or has a value that the model does not know.
        """
        ...

    def columns_of(self, unit: Any) -> dict[str, Any]:
        """A configuration's parameters and limits as columns of a single design."""
        ...

    def columns_of_rows(self, rows: Sequence[Mapping[str, Any]]) -> Columns:
        """The parameters of measured designs as columns."""
        ...

    def configuration(self, point: Mapping[str, Any]) -> Unit:
        """The configuration of a point of a space (`costmodel.explore.space.Space.point`).

        Raises:
            RequestError: it cannot exist; the sentence says why.
        """
        ...

    def kind_of(self, row: Mapping[str, Any]) -> str:
        """The kind of errors (`Held.kind`) of a measured design."""
        ...

    def row_of(self, unit: Any) -> dict[str, Any]:
        """What a row of measured designs tells of one besides its set and its figures."""
        ...

    def plan(self) -> Iterator[tuple[Unit, str]]:
        """The designs of the experiment in the order in which to measure them, and their sets.

        Coefficients are fitted to those of the set ``fit``; errors are those of all others.
        """
        ...

    def clock_plan(self) -> Iterator[tuple[Unit, str]]:
        """Designs to measure at clocks, as `plan`: small ones, since each is mapped many times."""
        ...

    def filled(self, unit: Any) -> tuple[Any, str]:
        """The same circuit with limits that leave none of it idle, to measure its energy on.

        Returns:
            The configuration, and in words how it was filled: a part of what is asked.
        """
        ...

    def driven(self, energy: Mapping[str, Array]) -> dict[str, Array]:
        """Measured energies as coefficients tell them: what drives a net may be another's.

        Args:
            energy: of each regression, by design.
        """
        ...

    def random_activity(
        self, unit: Any, netlist: Netlist, *, cycles: int, seed: int
    ) -> tuple[Activity, float]:
        """Activity of a mapped design on random data, every result compared with the golden one.

        Returns:
            The activity, and how many operations it did.

        Raises:
            RequestError: a result was wrong.
        """
        ...

    def tiles(self, layers: Sequence[tuple[int, int, int]], columns: Columns, held: Array) -> Array:
        """Cycles of matrix products for one vector, without those that fill a pipeline.

        Args:
            layers: inputs, outputs and number of each product.
            columns: of the designs.
            held: operations that each does in a cycle.

        Raises:
            RequestError: the family runs no matrix products.
        """
        ...

    def cores(self, columns: Columns, inputs: int) -> Cores:
        """Designs as the cores of an accelerator.

        Args:
            columns: parameters by name, see `held`; designs that cannot exist get figures that
                mean nothing.
            inputs: the longest sum that they are made for, unless a column says so.

        Raises:
            RequestError: a column is missing, or the family runs no matrix products.
        """
        ...


def value_of(row: Mapping[str, Any], name: str, defaults: Mapping[str, Any]) -> Any:
    """A parameter of a measured design, its default where the row does not state it.

    Raises:
        KeyError: the row does not state it, and it has no default.
    """
    return row.get(name, defaults[name]) if name in defaults else row[name]


def basis_of_family(name: str) -> Basis:
    """The basis of a family.

    Raises:
        RequestError: there is no family of that name.
    """
    if name not in FAMILIES:
        raise RequestError(f"family {name!r} is not one of {', '.join(FAMILIES)}")
    return FAMILIES[name].room("costmodel", "basis").BASIS


def basis_of(unit: Unit | type[Unit]) -> Basis:
    """The basis of a unit's family."""
    return room_of("costmodel", "basis", unit).BASIS


def basis_of_columns(columns: Columns) -> Basis:
    """The basis of the designs in columns.

    Raises:
        RequestError: there is no column ``unit``, a unit is unknown, or they are of several
            families, whose parameters have nothing in common.
    """
    if "unit" not in columns:
        raise RequestError("there is no column 'unit': nothing says what the designs are")
    names = encode(columns["unit"]).levels
    families = {find_unit(name).family for name in names}
    if len(families) > 1:
        raise RequestError(
            f"the units {', '.join(names)} are of several families ({', '.join(sorted(families))}):"
            " name those of each family in a block of their own"
        )
    return basis_of_family(families.pop())
