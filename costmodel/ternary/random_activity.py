"""Activity of a core's mapped netlist on random data: many independent streams, side by side.

The data is that of `sim.ternary.bench`, typical one, its words those of
`sim.ternary.streams`. All lanes have the same schedule, since handshakes and flags do not depend on
data, and each its own activations; some of them share their weights. Counted are whole sums in
steady state: from the first result on, until a stream runs dry; there are no stalls. Every result
of every lane is compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from costmodel.energy.activity import Activity
from costmodel.energy.lane_bench import RESET_CYCLES, run_lanes, to_planes
from costmodel.netlist.evaluation import Planes
from costmodel.netlist.netlist import Netlist
from hw.errors import RequestError
from hw.ternary import TernaryConfiguration
from hw.ternary.choices import Loop, Scale
from sim.ternary.bench import BENCH
from sim.ternary.streams import streams
from sim.words import Words

__all__ = ["random_activity"]

_LEAST_CYCLES = 16  # counted in each lane
_PRODUCTS = 16  # different weights at a time


def random_activity(
    configuration: TernaryConfiguration, netlist: Netlist, *, cycles: int = 4096, seed: int = 1
) -> Activity:
    """Toggles of every net of a netlist that works on random products without stalls.

    Args:
        configuration: of the core.
        netlist: the core mapped, before or after sizing.
        cycles: to be counted, all lanes together; sums are counted whole, so it may be more.
        seed: of the data.

    Raises:
        RequestError: a result was wrong or missing, or the netlist has loops or other clocks.
    """
    plan = _Plan.of(configuration, cycles)
    inputs, results = _stimulus(configuration, plan, seed)
    activity = run_lanes(
        netlist, inputs, results, plan.period, paced_by="weights", ahead=frozenset({"command"})
    )
    if activity is None:
        raise RequestError(
            f"no {plan.period} cycles without a stall to be counted: sums of {plan.period} tiles"
            " follow each other faster than results can leave, so it takes more inputs a sum or"
            " more exits"
        )
    return activity


@dataclass(frozen=True)
class _Plan:
    """What each lane works on.

    Attributes:
        words: of lanes.
        period: cycles after which the schedule repeats: those of a sum, or of sums in turns.
        outputs: of each product.
        vectors: of each product of a lane.
        products: of a lane, one after the other.
    """

    words: int
    period: int
    outputs: int
    vectors: int
    products: int

    @classmethod
    def of(cls, c: TernaryConfiguration, cycles: int) -> _Plan:
        work = c.workload
        tiles, blocks = c.tiles(work.inputs) * c.planes, c.blocks(work.outputs)
        by_vector = c.loop is Loop.TABLE
        period = tiles * (blocks if by_vector else c.interleave)
        words = max(1, round(cycles / 64 / max(period, _LEAST_CYCLES)))
        counted = math.ceil(cycles / (64 * words * period)) * period
        filling = c.latency + c.weight_latency + RESET_CYCLES
        # until the first result, and until the last sum has taken what it starts from
        beats = counted + math.ceil(filling / period) * period + 2 * period
        sums = math.ceil(beats / tiles)
        outputs = work.outputs
        if sums < blocks and not by_vector:
            blocks = math.ceil(sums / c.interleave) * c.interleave
            outputs = min(outputs, blocks * c.columns)
        turn = c.interleave // math.gcd(c.blocks(outputs), c.interleave)
        needed = math.ceil(sums / c.blocks(outputs))
        vectors = math.ceil(min(needed, work.batch) / turn) * turn
        return cls(words, period, outputs, vectors, math.ceil(needed / vectors))


def _stimulus(c: TernaryConfiguration, plan: _Plan, seed: int) -> tuple[dict[str, Planes], Planes]:
    """The beats of each input stream and the results, shape (beats, bits, words).

    A product of many vectors is shared out: each lane takes a few of them in order.
    """
    lanes = 64 * plan.words
    share = lanes // _PRODUCTS
    work = replace(c.workload, outputs=plan.outputs, batch=share * plan.vectors)
    wide = replace(c, workload=work)
    groups: list[dict[str, NDArray[np.uint8]]] = []  # of lanes that share their weights
    for group in range(_PRODUCTS):
        parts: list[dict[str, NDArray[np.uint8]]] = []
        for number in range(plan.products):
            own = (seed * _PRODUCTS + group) * plan.products + number
            (product,) = BENCH.random(wide, work.batch, own, typical=True)
            words_by_stream = streams(c, [product])
            words = {"results": words_by_stream.results, **words_by_stream.inputs}
            if c.sequencer:  # one command a lane, and not one for all
                first = replace(product, activations=product.activations[: plan.vectors])
                if c.scale is Scale.TENSOR and product.scales is not None:
                    first = replace(first, scales=product.scales[: plan.vectors])
                command = streams(c, [first]).inputs["command"].table
                words["command"] = Words.of(np.repeat(command, share, axis=0))
            parts.append(
                {
                    name: stream_words.table[stream_words.order].reshape(
                        share, -1, stream_words.table.shape[1]
                    )
                    for name, stream_words in words.items()
                }
            )
        groups.append({name: np.concatenate([p[name] for p in parts], 1) for name in parts[0]})
    planes = {name: to_planes(np.concatenate([g[name] for g in groups])) for name in groups[0]}
    results = planes.pop("results")
    return planes, results
