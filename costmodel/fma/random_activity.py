"""Activity of a fused multiply-add unit's mapped netlist: columns of sums, side by side."""

from __future__ import annotations

import numpy as np

from costmodel.energy.activity import Activity
from costmodel.energy.lane_bench import RESET_CYCLES, run_lanes, to_planes
from costmodel.netlist.netlist import Netlist
from hw.errors import RequestError
from hw.fma import Fma
from sim.fma.bench import BENCH
from sim.fma.data import random_operations

__all__ = ["random_activity"]

_LEAST_BEATS = 32  # counted in each lane


def random_activity(
    unit: Fma, netlist: Netlist, *, cycles: int, seed: int
) -> tuple[Activity, float]:
    """Toggles of every net of a unit that adds up products of normally distributed factors.

    Every lane adds up products of its own, as a unit of a column sees them: the sums that come in
    are those that the unit itself would have made.

    Args:
        unit: the configuration.
        netlist: the unit mapped, before or after sizing.
        cycles: to be counted at least, all lanes together.
        seed: of the data.

    Returns:
        The activity, and how many operations it did.

    Raises:
        RequestError: a result was wrong or missing, or the netlist has loops or other clocks.
    """
    words = max(1, round(cycles / (64 * _LEAST_BEATS)))
    lanes = 64 * words
    beats = -(-cycles // lanes) + unit.latency + RESET_CYCLES + 2
    rng = np.random.default_rng(seed)
    given, results = [], []
    while sum(map(len, given)) < beats:
        steps = min(64, unit.workload.terms)  # what a chain of typical sums has
        operations = random_operations(unit, steps * lanes, rng, typical=True)
        stimulus = BENCH.drive(unit, [operations])
        for kept, table in (
            (given, stimulus.inputs["operations"].table),
            (results, stimulus.outputs["results"].table),
        ):
            kept.append(table.reshape(steps, lanes, -1))
    inputs, outputs = (
        to_planes(np.concatenate(tables)[:beats].transpose(1, 0, 2)) for tables in (given, results)
    )
    activity = run_lanes(netlist, {"operations": inputs}, outputs, 1, paced_by="operations")
    if activity is None:
        raise RequestError("no cycle was counted")
    return activity, float(activity.cycles)
