"""Activity of a SIMD unit's mapped netlist on random data: many streams, side by side.

All lanes have the same schedule of pairs of formats and of sums, and each its own operands, drawn
from a normal distribution (`sim.simd.data`). Every result of every lane is compared.
"""

from __future__ import annotations

import numpy as np

from costmodel.energy.activity import Activity
from costmodel.energy.lane_bench import RESET_CYCLES, run_lanes, to_planes
from costmodel.netlist.netlist import Netlist
from hw.errors import RequestError
from hw.simd import SimdMac
from sim.simd.bench import BENCH
from sim.simd.data import kinds, typical_codes
from sim.simd.operations import Operations, sums_of
from sim.simd.scales import scale_codes

__all__ = ["Mode", "all_modes", "random_activity"]

#: The number of a pair of formats, and whether the lanes are summed.
Mode = tuple[int, bool]

_LONGEST = 8  # operations of a sum
_LEAST_SUMS = 4  # of each mode, counted in each lane


def all_modes(unit: SimdMac) -> tuple[Mode, ...]:
    """The modes of a unit, those of a pair beside each other."""
    return tuple((number, dot) for number in range(len(unit.modes)) for dot in kinds(unit, number))


def random_activity(
    unit: SimdMac,
    netlist: Netlist,
    modes: tuple[Mode, ...],
    *,
    cycles: int,
    seed: int,
) -> tuple[Activity, float]:
    """Toggles of every net of a unit that works on random operands without a pause.

    Where results have a format, the lanes of a sum leave one after the other, and the next sum
    waits for the last of them: these cycles count.

    Args:
        unit: the configuration.
        netlist: the unit mapped, before or after sizing.
        modes: taken in turns, a sum of each.
        cycles: to be counted at least, all lanes together.
        seed: of the data.

    Returns:
        The activity, and how many operations (multiplications) it did.

    Raises:
        RequestError: a result was wrong or missing, or the netlist has loops or other clocks.
    """
    length = min(_LONGEST, unit.workload.terms)
    period = sum(length + beats - 1 for beats in _beats(unit, modes))
    words = max(1, round(cycles / (64 * _LEAST_SUMS * period)))
    turns = -(-cycles // (64 * words * period))
    filling = -(-(unit.latency + RESET_CYCLES + 1) // period) + 2
    stimuli = []
    for lane in range(64 * words):
        rng = np.random.default_rng((seed, lane))
        operations = [
            _sum(unit, mode, length, rng) for _ in range(turns + filling) for mode in modes
        ]
        stimuli.append(BENCH.drive(unit, [Operations.concatenate(operations)]))
    given = to_planes(np.stack([lane.inputs["operations"].table for lane in stimuli]))
    results = to_planes(np.stack([lane.outputs["results"].table for lane in stimuli]))
    activity = run_lanes(netlist, {"operations": given}, results, period, paced_by=None)
    if activity is None:
        raise RequestError(f"no {period} cycles in a row were counted")
    per_turn = length * sum(unit.lanes(unit.modes[number]) for number, _ in modes)
    return activity, per_turn / period * activity.cycles


def _beats(unit: SimdMac, modes: tuple[Mode, ...]) -> list[int]:
    """Words of results that a sum of each mode leaves in."""
    return [unit.beats(unit.modes[number], dot=dot) for number, dot in modes]


def _sum(unit: SimdMac, mode: Mode, length: int, rng: np.random.Generator) -> Operations:
    number, dot = mode
    pair = unit.modes[number]
    shape = (length, unit.lanes(pair))
    a, b = (typical_codes(side.form, shape, rng) for side in (pair.a, pair.b))
    scales = scale_codes(pair, length, rng, typical=True)
    return sums_of(unit, number, a, b, dot=dot, length=length, scales=scales)
