"""Families whose designs are counted one by one: the part of their basis that they share.

Where a parameter is a set of formats, or the name of one, nothing of a circuit is a closed formula
of numbers. Such a family counts what a single configuration holds, and the steps of its paths; here
that is done for columns of parameters, each design that occurs once.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from costmodel.family import Held, value_of
from costmodel.model.columns import Coded, Columns, combine, encode, quantities
from costmodel.model.paths import Path
from costmodel.model.regressions import Terms
from costmodel.system.gemm import Cores
from hw.errors import RequestError
from hw.unit import Unit, limit_defaults, parameter_defaults, parameter_types, required_parameters

__all__ = ["CountedBasis", "Counts", "Steps", "added"]

Array = NDArray[Any]
U = TypeVar("U", bound=Unit)

#: Quantities by module.
Counts = Mapping[str, Mapping[str, int]]

#: Steps of a stretch of a path, by name; none of a stretch that a design has not got.
Steps = Mapping[str, int]


def added(*stretches: Steps) -> dict[str, int]:
    """The steps of stretches, one after the other."""
    total: dict[str, int] = {}
    for steps in stretches:
        for name, number in steps.items():
            total[name] = total.get(name, 0) + number
    return total


class CountedBasis(Generic[U]):
    """A `costmodel.family.Basis` of one unit; a family adds what only it knows.

    Args:
        unit: whose limits are whole numbers with defaults, and which runs no matrix products.
        quantities: by module, as `counts` tells them.
        segments: stretches between registers that a path has, at most.
    """

    gates: Mapping[str, float]
    loads: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()

    def __init__(
        self, unit: type[U], quantities: Mapping[str, tuple[str, ...]], segments: int
    ) -> None:
        limits = tuple(limit_defaults(unit))
        self._unit, self._quantities, self._segments = unit, quantities, segments
        self.family: str = unit.family
        self.chains = frozenset(step for step in self.gates if step.endswith("carry_bits"))
        self.parts: Mapping[str, str] = unit.parts
        self.limits: tuple[str, ...] = limits
        self.needed: tuple[str, ...] = limits
        self.axes: Mapping[str, type] = dict.fromkeys(limits, int)
        self.parameters: Mapping[str, type] = {"unit": str} | parameter_types(unit) | self.axes
        self.defaults: Mapping[str, Any] = {
            name: value for name, value in parameter_defaults(unit).items() if value is not MISSING
        }

    @property
    def figures(self) -> Mapping[str, Callable[[Columns], Array]]:
        """See `costmodel.family.Basis.figures`: none, unless a family has some."""
        return {}

    @abstractmethod
    def plan(self) -> Iterator[tuple[Unit, str]]:
        """See `costmodel.family.Basis.plan`."""

    def clock_plan(self) -> Iterator[tuple[Unit, str]]:
        """All designs of the experiment: see `costmodel.family.Basis.clock_plan`."""
        return self.plan()

    @abstractmethod
    def counts(self, unit: U) -> Counts:
        """What a design holds, module by module."""

    @abstractmethod
    def stretches(self, unit: U) -> tuple[Steps, ...]:
        """Steps of its stretches between registers: from the inputs, and at last to the outputs."""

    def through(self, unit: U) -> Steps:
        """Steps from inputs to outputs, of a design without registers; none of others."""
        del unit
        return {}

    @abstractmethod
    def facts(self, unit: U) -> Mapping[str, int]:
        """What tells whether it is like the designs that were measured."""

    @abstractmethod
    def kind(self, unit: U) -> str:
        """The kind of its errors (`costmodel.family.Held.kind`), and of what toggles alike."""

    def held(self, columns: Columns) -> Held:
        """See `costmodel.family.Basis.held`."""
        units = self._units(columns)
        valid = units.flags(lambda unit: unit is not None)
        modules: dict[str, Terms] = {}
        if valid.any():
            modules = {
                name: Terms(np.ones(()), self._of_module(units, name)) for name in self._quantities
            }
        kinds = units.map(lambda unit: self.kind(unit) if unit else "")
        return Held(
            valid=valid,
            operations=units.numbers(lambda unit: unit.operations_per_cycle if unit else 1),
            kind=kinds,
            energy_kind=kinds,
            modules=modules,
            paths=self._paths(units) if valid.any() else [],
            region=self._region(units),
        )

    def columns_of(self, unit: U) -> dict[str, Any]:
        """See `costmodel.family.Basis.columns_of`."""
        return {name: np.asarray(value) for name, value in self.row_of(unit).items()}

    def columns_of_rows(self, rows: Sequence[Mapping[str, Any]]) -> Columns:
        """See `costmodel.family.Basis.columns_of_rows`."""
        return {
            name: np.array([value_of(row, name, self.defaults) for row in rows])
            for name in self.parameters
        }

    def configuration(self, point: Mapping[str, Any]) -> U:
        """See `costmodel.family.Basis.configuration`."""
        names = [name for name in parameter_defaults(self._unit) if name in point]
        parameters = {name: np.asarray(point[name]).item() for name in names}
        limits = {name: int(point[name]) for name in self.limits}
        made: Any = self._unit
        return made(**parameters, workload=made.limits(**limits))

    def row_of(self, unit: U) -> dict[str, Any]:
        """See `costmodel.family.Basis.row_of`."""
        limits: Any = unit
        return {"unit": unit.unit} | unit.parameters() | limits.workload.limits()

    def driven(self, energy: Mapping[str, Array]) -> dict[str, Array]:
        """See `costmodel.family.Basis.driven`."""
        return dict(energy)

    def tiles(self, *_of_products: object) -> Array:
        """See `costmodel.family.Basis.tiles`."""
        raise self._no_products()

    def cores(self, *_of_products: object) -> Cores:
        """See `costmodel.family.Basis.cores`."""
        raise self._no_products()

    def _no_products(self) -> RequestError:
        return RequestError(f"a {self._unit.unit} runs no matrix products: it has no schedule")

    def _units(self, columns: Columns) -> Coded[U | None]:
        """The configurations of columns; None where there can be none."""
        if unknown := sorted(columns.keys() - self.parameters.keys()):
            raise RequestError(f"a {self._unit.unit} has no parameter {unknown[0]!r}")
        names = [name for name in self.parameters if name in columns and name != "unit"]
        for name in (*required_parameters(self._unit), *self.needed):
            if name not in names:
                raise RequestError(f"a {self._unit.unit} needs the column {name!r}")

        def made(*values: Any) -> U | None:
            try:
                return self.configuration(dict(zip(names, values, strict=True)))
            except RequestError:
                return None

        shape = encode(columns["unit"])
        coded = (encode(columns[name]) for name in names)
        return combine(lambda _, *values: made(*values), shape, *coded)

    def _of_module(self, units: Coded[U | None], module: str) -> dict[str, Array]:
        """The quantities of a module, an array each."""

        def counted(unit: U | None) -> Any:
            return self.counts(unit)[module] if unit else None

        return quantities(units.map(counted))

    def _paths(self, units: Coded[U | None]) -> list[Path]:
        """A path a stretch between registers, and one of designs that have none."""
        paths = []
        for number in range(self._segments):

            def steps(unit: U | None, number: int) -> Any:
                return self.stretches(unit)[number] if unit else None

            stretch = units.map(partial(steps, number=number))
            if (present := stretch.flags(bool)).any():
                paths.append(
                    Path(
                        quantities(stretch),
                        present.astype(float),
                        from_input=number == 0,
                        from_register=number > 0,
                        to_output=number == self._segments - 1,
                    )
                )

        def whole(unit: U | None) -> Any:
            return self.through(unit) if unit else None

        passed = units.map(whole)
        if (present := passed.flags(bool)).any():
            exists = present.astype(float)
            paths.append(Path(quantities(passed), exists, from_register=False, to_output=True))
        return paths

    def _region(self, units: Coded[U | None]) -> dict[str, Array]:
        names = next((self.facts(unit) for unit in units.levels if unit), {})
        return {
            name: units.numbers(lambda unit, name=name: self.facts(unit)[name] if unit else 0)
            for name in names
        }
