"""What the costs of fused multiply-add units are made of (`costmodel.family.Basis`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from costmodel.counted import CountedBasis, Counts, Steps
from costmodel.energy.activity import Activity
from costmodel.fma.errors import rms_error_percent
from costmodel.fma.experiment import plan
from costmodel.fma.inventory import counts, window
from costmodel.fma.paths import GATES, MOST_STRETCHES, stretches, through
from costmodel.fma.random_activity import random_activity
from costmodel.fma.regressions import QUANTITIES, REGRESSIONS, REVISION, STAND_INS
from costmodel.model.columns import Columns
from costmodel.model.regressions import Regression
from costmodel.netlist.netlist import Netlist
from hw.fma import Fma, Multiplier
from hw.fma.raw import is_raw
from hw.unit import Unit

__all__ = ["BASIS"]


class FmaBasis(CountedBasis[Fma]):
    """Every design is counted by itself: a format is no number."""

    regressions: Mapping[str, Regression] = REGRESSIONS
    stand_ins: Mapping[str, str] = STAND_INS
    gates: Mapping[str, float] = GATES
    revision: int = REVISION
    sources: tuple[str, ...] = (
        *("costmodel/energy/lane_bench", "costmodel/fma/random_activity"),
        *("sim/fma/data", "sim/fma/operations"),
    )

    @property
    def figures(self) -> Mapping[str, Callable[[Columns], NDArray[np.float64]]]:
        """The error of sums (`costmodel.fma.errors`), of each design that occurs once."""
        return {"rms_error_percent": self._errors}

    def _errors(self, columns: Columns) -> NDArray[np.float64]:
        units = self._units(columns)
        errors = [rms_error_percent(unit) if unit else np.nan for unit in units.levels]
        return np.array(errors)[units.codes]

    def counts(self, unit: Fma) -> Counts:
        """See `costmodel.fma.inventory.counts`."""
        return counts(unit)

    def stretches(self, unit: Fma) -> tuple[Steps, ...]:
        """See `costmodel.fma.paths.stretches`."""
        return stretches(unit)

    def through(self, unit: Fma) -> Steps:
        """See `costmodel.fma.paths.through`."""
        return through(unit)

    def facts(self, unit: Fma) -> Mapping[str, int]:
        """See `costmodel.counted.CountedBasis.facts`."""
        return {
            "product_bits": unit.product_bits,
            "window_bits": window(unit).width,
            "depth": unit.depth,
            "inexact_products": int(unit.multiplier is not Multiplier.EXACT),
        }

    def kind(self, unit: Fma) -> str:
        """Whether its sums are rounded."""
        return self.kind_of({"accumulator": unit.accumulator})

    def kind_of(self, row: Mapping[str, object]) -> str:
        """See `costmodel.family.Basis.kind_of`."""
        return "raw" if is_raw(row["accumulator"]) else "rounded"

    def plan(self) -> Iterator[tuple[Unit, str]]:
        """See `costmodel.fma.experiment.plan`."""
        return plan()

    def filled(self, unit: Fma) -> tuple[Fma, str]:
        """Nothing of a unit is ever idle."""
        return unit, "sums of products of normally distributed factors"

    def random_activity(
        self, unit: Fma, netlist: Netlist, *, cycles: int, seed: int
    ) -> tuple[Activity, float]:
        """See `costmodel.fma.random_activity`."""
        return random_activity(unit, netlist, cycles=cycles, seed=seed)


BASIS = FmaBasis(Fma, QUANTITIES, MOST_STRETCHES)
