"""Activity of a core's mapped netlist on given data, whose vectors many lanes share out.

Each lane takes its own vectors one after the other, all of them the same weights: what a long
stream does in a simulator, done in its parts side by side (`costmodel.energy.lane_bench`). Counted
are whole vectors in steady state. Every result of every lane is compared with the golden model's.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from costmodel.energy.activity import Activity
from costmodel.energy.lane_bench import run_lanes, to_planes
from costmodel.netlist.evaluation import Planes
from costmodel.netlist.netlist import Netlist
from hw.errors import RequestError
from hw.ternary import TernaryConfiguration
from hw.ternary.choices import Scale
from sim.ternary.product import Product
from sim.ternary.streams import streams
from sim.words import Words

__all__ = ["data_activity"]


def data_activity(
    configuration: TernaryConfiguration, netlist: Netlist, product: Product, *, lanes: int = 64
) -> Activity:
    """Toggles of every net of a netlist that works on a product without stalls.

    Args:
        configuration: of the core.
        netlist: the core mapped, before or after sizing.
        product: the data. Of a lane's vectors the first is not counted, nor the last one or two;
            where sums are shorter than the core's latency, some more.
        lanes: how many, a multiple of 64; each takes as many vectors, in order.

    Raises:
        RequestError: the core does not carry the data; the lanes cannot share it, or there is not
            enough of it; a result was wrong or missing, or the netlist has loops or other clocks.
    """
    inputs, outputs, batch = product.shape
    if lanes < 1 or lanes % 64 or batch % lanes:
        raise RequestError(
            f"the data has {batch} vectors, which {lanes} lanes cannot share: a multiple of the"
            " lanes is wanted, and they are a multiple of 64"
        )
    shares = [
        _vectors(configuration, product, slice(first, first + batch // lanes))
        for first in range(0, batch, batch // lanes)
    ]
    for share in shares:
        share.check(configuration)
    lane_streams = [streams(configuration, [share]) for share in shares]
    beats = {
        name: _planes([stream.inputs[name] for stream in lane_streams])
        for name in lane_streams[0].inputs
    }
    results = _planes([stream.results for stream in lane_streams])
    blocks, turns = configuration.blocks(outputs), configuration.interleave
    period = configuration.tiles(inputs) * configuration.planes * math.lcm(blocks, turns)
    activity = run_lanes(
        netlist, beats, results, period, paced_by="weights", ahead=frozenset({"command"})
    )
    if activity is None:
        raise RequestError(
            f"no {period} cycles in steady state to be counted: {batch // lanes} vectors a lane are"
            " too few, or their sums follow each other faster than the core can give results"
        )
    return activity


def _vectors(configuration: TernaryConfiguration, product: Product, part: slice) -> Product:
    """Some of a product's vectors, with their scales if each has its own."""
    scales = product.scales
    if scales is not None and configuration.scale is Scale.TENSOR:
        scales = scales[part]
    return replace(product, activations=product.activations[part], scales=scales)


def _planes(lanes: list[Words]) -> Planes:
    """The beats of a stream of each lane, as many of each."""
    return to_planes(np.stack([words.table[words.order] for words in lanes]))
