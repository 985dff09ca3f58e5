"""What the costs of SIMD units are made of (`costmodel.family.Basis`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.energy.activity import Activity
from costmodel.family import Held, value_of
from costmodel.model.columns import Coded, Columns, combine, encode, quantities
from costmodel.model.paths import Path
from costmodel.model.regressions import Regression, Terms
from costmodel.netlist.netlist import Netlist
from costmodel.simd.experiment import plan
from costmodel.simd.inventory import Counts, counts
from costmodel.simd.paths import GATES, MOST_SEGMENTS, segments
from costmodel.simd.random_activity import all_modes, random_activity
from costmodel.simd.regressions import QUANTITIES, REGRESSIONS, REVISION, STAND_INS
from costmodel.system.gemm import Cores
from hw.errors import RequestError
from hw.simd import SimdMac
from hw.simd.configuration import SimdLimits
from hw.simd.parts import PARTS
from hw.unit import Unit, parameter_defaults, parameter_types

__all__ = ["BASIS"]

Array = NDArray[Any]

_TYPES = {"unit": str} | parameter_types(SimdMac) | {"terms": int}
_DEFAULTS = {
    name: value for name, value in parameter_defaults(SimdMac).items() if value is not MISSING
}


class SimdBasis:
    """Every design is counted by itself: a set of pairs of formats is no number."""

    family: str = "simd"
    regressions: Mapping[str, Regression] = REGRESSIONS
    parts: Mapping[str, str] = PARTS
    stand_ins: Mapping[str, str] = STAND_INS
    gates: Mapping[str, float] = GATES
    revision: int = REVISION
    parameters: Mapping[str, type] = _TYPES
    defaults: Mapping[str, Any] = _DEFAULTS
    unknown: tuple[str, ...] = ()
    limits: tuple[str, ...] = ("terms",)
    axes: Mapping[str, type] = {"terms": int}
    needed: tuple[str, ...] = ("terms",)
    figures: Mapping[str, Callable[[Columns], Array]] = {}
    sources: tuple[str, ...] = (
        *("costmodel/energy/lane_bench", "costmodel/simd/random_activity"),
        *("sim/simd/data", "sim/simd/operations"),
    )

    def held(self, columns: Columns) -> Held:
        """See `costmodel.family.Basis.held`."""
        units = _units(columns)
        valid = units.flags(lambda unit: unit is not None)
        modules = {}
        if valid.any():
            modules = {name: Terms(np.ones(()), _of_module(units, name)) for name in QUANTITIES}
        return Held(
            valid=valid,
            operations=units.numbers(lambda unit: unit.operations_per_cycle if unit else 1),
            kind=units.map(lambda unit: str(unit.accumulation) if unit else ""),
            energy_kind=units.map(lambda unit: str(unit.accumulation) if unit else ""),
            modules=modules,
            paths=_paths(units) if valid.any() else [],
            region=_region(units),
        )

    def columns_of(self, unit: SimdMac) -> dict[str, Any]:
        """See `costmodel.family.Basis.columns_of`."""
        return {name: np.asarray(value) for name, value in self.row_of(unit).items()}

    def columns_of_rows(self, rows: Sequence[Mapping[str, Any]]) -> Columns:
        """See `costmodel.family.Basis.columns_of_rows`."""
        return {
            name: np.array([value_of(row, name, self.defaults) for row in rows])
            for name in self.parameters
        }

    def configuration(self, point: Mapping[str, Any]) -> SimdMac:
        """See `costmodel.family.Basis.configuration`."""
        names = [name for name in parameter_defaults(SimdMac) if name in point]
        parameters = {name: np.asarray(point[name]).item() for name in names}
        return SimdMac(**parameters, workload=SimdLimits(int(point["terms"])))

    def kind_of(self, row: Mapping[str, Any]) -> str:
        """See `costmodel.family.Basis.kind_of`."""
        return str(value_of(row, "accumulation", self.defaults))

    def row_of(self, unit: SimdMac) -> dict[str, Any]:
        """See `costmodel.family.Basis.row_of`."""
        return {"unit": unit.unit} | unit.parameters() | {"terms": unit.workload.terms}

    def plan(self) -> Iterator[tuple[Unit, str]]:
        """See `costmodel.simd.experiment.plan`."""
        return plan()

    def filled(self, unit: SimdMac) -> tuple[SimdMac, str]:
        """No limit leaves anything idle; all modes are taken in turns."""
        return unit, "all modes in turns"

    def driven(self, energy: Mapping[str, Array]) -> dict[str, Array]:
        """See `costmodel.family.Basis.driven`."""
        return dict(energy)

    def random_activity(
        self, unit: SimdMac, netlist: Netlist, *, cycles: int, seed: int
    ) -> tuple[Activity, float]:
        """See `costmodel.simd.random_activity`; all modes in turns."""
        return random_activity(unit, netlist, all_modes(unit), cycles=cycles, seed=seed)

    def tiles(self, *_of_products: object) -> Array:
        """See `costmodel.family.Basis.tiles`."""
        raise RequestError("a simd_mac runs no matrix products: it has no schedule")

    def cores(self, *_of_products: object) -> Cores:
        """See `costmodel.family.Basis.cores`."""
        raise RequestError("a simd_mac runs no matrix products: it has no schedule")


def _units(columns: Columns) -> Coded[SimdMac | None]:
    """The configurations of columns; None where there can be none."""
    if unknown := sorted(columns.keys() - SimdBasis.parameters.keys()):
        raise RequestError(f"a simd_mac has no parameter {unknown[0]!r}")
    names = [name for name in SimdBasis.parameters if name in columns and name != "unit"]
    for name in ("pairs", "terms"):
        if name not in names:
            raise RequestError(f"a simd_mac needs the column {name!r}")

    def made(*values: Any) -> SimdMac | None:
        try:
            return BASIS.configuration(dict(zip(names, values, strict=True)))
        except RequestError:
            return None

    shape = encode(columns["unit"])
    return combine(lambda _, *values: made(*values), shape, *(encode(columns[n]) for n in names))


def _of_module(units: Coded[SimdMac | None], module: str) -> dict[str, Array]:
    """The quantities of a module, an array each."""

    def counted(unit: SimdMac | None) -> Any:
        held: Counts = counts(unit) if unit else {}
        return held.get(module)

    return quantities(units.map(counted))


def _paths(units: Coded[SimdMac | None]) -> list[Path]:
    """A path a stretch between registers; one that a design has not got has no steps."""
    paths = []
    for number in range(MOST_SEGMENTS):

        def steps(unit: SimdMac | None, number: int) -> Any:
            return segments(unit)[number] if unit else None

        stretch = units.map(partial(steps, number=number))
        present = stretch.flags(bool)
        if present.any():
            paths.append(
                Path(
                    quantities(stretch),
                    present.astype(float),
                    from_input=number == 0,
                    from_register=number > 0,
                    to_output=number == MOST_SEGMENTS - 1,
                )
            )
    return paths


def _region(units: Coded[SimdMac | None]) -> dict[str, Array]:
    """What tells whether a design is like those that were measured."""
    facts: dict[str, Callable[[SimdMac], int]] = {
        "port": lambda unit: unit.port,
        "pairs": lambda unit: len(unit.modes),
        "accumulator_bits": lambda unit: unit.accumulator_bits,
        "depth": lambda unit: unit.depth,
    }
    return {
        name: units.numbers(lambda unit, fact=fact: fact(unit) if unit else 0)
        for name, fact in facts.items()
    }


BASIS = SimdBasis()
