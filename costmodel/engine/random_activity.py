"""Activity of a matrix engine's mapped netlist: whole tiles of weights, one after the other."""

from __future__ import annotations

import numpy as np

from costmodel.energy.activity import Activity
from costmodel.energy.lane_bench import RESET_CYCLES, run_lanes, to_planes
from costmodel.netlist.netlist import Netlist
from hw.engine import MatrixEngine
from hw.errors import RequestError
from sim.engine.bench import BENCH
from sim.engine.data import typical_products

__all__ = ["random_activity"]


def random_activity(
    unit: MatrixEngine, netlist: Netlist, *, cycles: int, seed: int
) -> tuple[Activity, float]:
    """Toggles of every net of an engine that multiplies normally distributed numbers.

    A tile of weights meets four rows of activations for each of its own, or as many as let the next
    tile be there in time; weights are loaded meanwhile. Sums that enter start with zeros.

    Args:
        unit: the configuration.
        netlist: the engine mapped, before or after sizing.
        cycles: to be counted at least, all lanes together.
        seed: of the data.

    Returns:
        The activity, and how many operations it did.

    Raises:
        RequestError: a result was wrong or missing, or the netlist has loops or other clocks.
    """
    period = max(4 * unit.rows, unit.tile_cycles)
    lanes = 64 * max(1, round(cycles / (64 * period)))
    counted = -(-cycles // (lanes * period))
    filling = -(-(unit.latency + RESET_CYCLES) // period) + 1
    stimuli = []
    for lane in range(lanes):
        rng = np.random.default_rng((seed, lane))
        work = [
            product
            for _ in range(counted + filling)
            for product in typical_products(unit, period, rng, batch=period)
        ]
        stimuli.append(BENCH.drive(unit, work))
    inputs = {
        name: to_planes(np.stack([lane.inputs[name].table for lane in stimuli]))
        for name in stimuli[0].inputs
    }
    results = to_planes(np.stack([lane.outputs["results"].table for lane in stimuli]))
    activity = run_lanes(
        netlist, inputs, results, period, paced_by="activations", ahead=frozenset({"weights"})
    )
    if activity is None:
        raise RequestError(f"no {period} cycles in a row were counted")
    return activity, float(activity.cycles * unit.operations_per_cycle)
