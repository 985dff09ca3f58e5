"""What the costs of SIMD units are made of (`costmodel.family.Basis`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from costmodel.counted import CountedBasis, Counts, Steps
from costmodel.energy.activity import Activity
from costmodel.model.regressions import Regression
from costmodel.netlist.netlist import Netlist
from costmodel.simd.experiment import plan
from costmodel.simd.inventory import counts
from costmodel.simd.paths import GATES, MOST_SEGMENTS, segments
from costmodel.simd.random_activity import all_modes, random_activity
from costmodel.simd.regressions import QUANTITIES, REGRESSIONS, REVISION, STAND_INS
from hw.simd import SimdMac
from hw.unit import Unit

__all__ = ["BASIS"]


class SimdBasis(CountedBasis[SimdMac]):
    """Every design is counted by itself: a set of pairs of formats is no number."""

    regressions: Mapping[str, Regression] = REGRESSIONS
    stand_ins: Mapping[str, str] = STAND_INS
    gates: Mapping[str, float] = GATES
    revision: int = REVISION
    sources: tuple[str, ...] = (
        *("costmodel/energy/lane_bench", "costmodel/simd/random_activity"),
        *("sim/simd/data", "sim/simd/operations", "sim/simd/scales"),
    )

    def counts(self, unit: SimdMac) -> Counts:
        """See `costmodel.simd.inventory.counts`."""
        return counts(unit)

    def stretches(self, unit: SimdMac) -> tuple[Steps, ...]:
        """See `costmodel.simd.paths.segments`."""
        return segments(unit)

    def facts(self, unit: SimdMac) -> Mapping[str, int]:
        """See `costmodel.counted.CountedBasis.facts`."""
        return {
            "port": unit.port,
            "pairs": len(unit.modes),
            "accumulator_bits": unit.accumulator_bits,
            "depth": unit.depth,
            "block_formats": sum(pair.blocks is not None for pair in unit.modes),
        }

    def kind(self, unit: SimdMac) -> str:
        """How its sums are kept."""
        return str(unit.accumulation)

    def kind_of(self, row: Mapping[str, object]) -> str:
        """See `costmodel.family.Basis.kind_of`."""
        return str(row.get("accumulation", self.defaults["accumulation"]))

    def plan(self) -> Iterator[tuple[Unit, str]]:
        """See `costmodel.simd.experiment.plan`."""
        return plan()

    def filled(self, unit: SimdMac) -> tuple[SimdMac, str]:
        """No limit leaves anything idle; all modes are taken in turns."""
        return unit, "all modes in turns"

    def random_activity(
        self, unit: SimdMac, netlist: Netlist, *, cycles: int, seed: int
    ) -> tuple[Activity, float]:
        """See `costmodel.simd.random_activity`; all modes in turns."""
        return random_activity(unit, netlist, all_modes(unit), cycles=cycles, seed=seed)


BASIS = SimdBasis(SimdMac, QUANTITIES, MOST_SEGMENTS)
