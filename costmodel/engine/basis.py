"""What the costs of matrix engines are made of (`costmodel.family.Basis`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from costmodel.counted import CountedBasis, Counts, Steps
from costmodel.energy.activity import Activity
from costmodel.engine.experiment import plan
from costmodel.engine.inventory import counts
from costmodel.engine.paths import GATES, MOST_STRETCHES, stretches
from costmodel.engine.random_activity import random_activity
from costmodel.engine.regressions import QUANTITIES, REGRESSIONS, REVISION, STAND_INS
from costmodel.model.regressions import Regression
from costmodel.netlist.netlist import Netlist
from hw.engine import MatrixEngine
from hw.fma.raw import is_raw
from hw.unit import Unit

__all__ = ["BASIS"]


class EngineBasis(CountedBasis[MatrixEngine]):
    """Every design is counted by itself: a format is no number."""

    regressions: Mapping[str, Regression] = REGRESSIONS
    stand_ins: Mapping[str, str] = STAND_INS
    gates: Mapping[str, float] = GATES
    revision: int = REVISION
    sources: tuple[str, ...] = (
        *("costmodel/energy/lane_bench", "costmodel/engine/random_activity"),
        *("sim/engine/data", "sim/engine/golden"),
    )

    def counts(self, unit: MatrixEngine) -> Counts:
        """See `costmodel.engine.inventory.counts`."""
        return counts(unit)

    def stretches(self, unit: MatrixEngine) -> tuple[Steps, ...]:
        """See `costmodel.engine.paths.stretches`."""
        return stretches(unit)

    def facts(self, unit: MatrixEngine) -> Mapping[str, int]:
        """See `costmodel.counted.CountedBasis.facts`."""
        return {
            "elements": unit.operations_per_cycle,
            "factor_bits": sum(form.bits for form in unit.factors),
            "sum_bits": unit.sum_bits,
            "result_bits": unit.result_bits,
        }

    def kind(self, unit: MatrixEngine) -> str:
        """What its sums are."""
        return self.kind_of({"accumulator": unit.accumulator})

    def kind_of(self, row: Mapping[str, object]) -> str:
        """See `costmodel.family.Basis.kind_of`."""
        accumulator = row.get("accumulator", "")
        if accumulator == "":
            return "integer"
        return "raw" if is_raw(accumulator) else "rounded"

    def plan(self) -> Iterator[tuple[Unit, str]]:
        """See `costmodel.engine.experiment.plan`."""
        return plan()

    def filled(self, unit: MatrixEngine) -> tuple[MatrixEngine, str]:
        """Whole tiles leave nothing idle."""
        return unit, "whole tiles of normally distributed numbers"

    def random_activity(
        self, unit: MatrixEngine, netlist: Netlist, *, cycles: int, seed: int
    ) -> tuple[Activity, float]:
        """See `costmodel.engine.random_activity`."""
        return random_activity(unit, netlist, cycles=cycles, seed=seed)


BASIS = EngineBasis(MatrixEngine, QUANTITIES, MOST_STRETCHES)
