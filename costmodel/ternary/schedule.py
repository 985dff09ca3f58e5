"""Schedules of many designs at once: cycles, tiles and traffic of matrix products, in arrays.

The same figures as `hw.ternary.schedule` and `hw.ternary.timing` give for one configuration, in
closed form, and tested to be equal. Cycles follow the same rule (`hw.ternary.cycles`), evaluated
for arrays.

A product may be shared by several cores: each takes as many blocks of outputs as the others, or one
less. Cycles are those of a core with the most blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import ArrayLike

from costmodel.system.gemm import Gemm, Streams
from costmodel.ternary.cores import Cores, Ints
from hw.ternary import formulas
from hw.ternary.choices import Loop
from hw.ternary.cycles import cycle_rule

__all__ = ["blocks_of", "cycles", "streams"]


def blocks_of(cores: Cores, gemm: Gemm, shared_by: ArrayLike = 1) -> Ints:
    """Blocks of outputs that a core works on, of a product that several share."""
    blocks = formulas.blocks(gemm.outputs, cores.p["columns"])
    return formulas.ceil_div(blocks, np.asarray(shared_by))


def streams(cores: Cores, gemm: Gemm, shared_by: ArrayLike = 1) -> Streams:
    """Tiles and traffic of one occurrence of a product, as `hw.ternary.schedule` counts them."""
    p, fact = cores.p, cores.fact
    batch, blocks = gemm.vectors, blocks_of(cores, gemm, shared_by)
    by_table = p["loop"] == Loop.TABLE
    tiles = cores.tiles_of_sum(gemm.inputs) * cores.groups(gemm.inputs) // p["planes"]
    kept = tiles * p["planes"] * blocks
    sums, beats = blocks * cores.groups(gemm.inputs), cores.beats
    idle = tiles * (formulas.turns(blocks * batch, fact["interleave"]) - blocks * batch)
    flags = np.where(p["sequencer"] > 0, 0, 2 + (by_table | (p["planes"] > 1)))
    exits = cores.exits
    plain = fact["exit"] == 0
    noted = np.where(fact["reports"] > 0, p["columns"], 0)
    scale_words = np.where(fact["by_tensor"] > 0, blocks, sums * beats) * batch
    scale_bits = np.where(
        fact["by_tensor"] > 0, fact["scale_bits"], exits * fact["scale_bits"] + fact["grouped"]
    )
    return Streams(
        tiles=kept * batch,
        words={
            "activations": np.where(by_table, tiles, kept) * batch + idle,
            "weights": kept * batch + idle,
            "initial": sums * batch,
            "scales": np.where(fact["scale_bits"] > 0, scale_words, 0),
            "results": blocks * beats * batch,
        },
        word_bits={
            "activations": cores.tile_inputs * fact["parts"] * fact["activation_bits"]
            + fact["block_bits"],
            "weights": cores.weight_word_bits + flags,
            "initial": cores.sums_bits,
            "scales": scale_bits,
            "results": np.where(plain, cores.sums_bits + noted, exits * fact["result_bits"]),
        },
    )


def cycles(cores: Cores, gemms: Sequence[Gemm], shared_by: ArrayLike = 1) -> list[Ints]:
    """Cycles of products run one after the other without a stall, all that each occurs.

    What filling and emptying the pipeline takes is with the first one, so that the sum is that of
    `hw.ternary.timing.Timing.cycles`.
    """
    p, fact = cores.p, cores.fact
    table = formulas.table_latency(p["table_register"], fact["depth"], p["adder_stages"])
    levels = formulas.tree_levels(p["luts"]) + fact["multiplies"]
    reduce = formulas.reduce_latency(p["reduce_register"], levels, p["adder_stages"])
    exit_latency = fact["exit"] * formulas.exit_latency(cores.beats, p["exit_register"])
    first, last = np.maximum(p["sequencer"], table), exit_latency + cores.beats
    names = {
        "commands": p["sequencer"],
        "ends": first + reduce + fact["interleave"] - 1 + last,
        "beats": cores.beats,
        "interleave": fact["interleave"],
    }
    products = [
        {
            "product_tiles": cores.tiles_of_sum(gemm.inputs),
            "product_sums": cores.groups(gemm.inputs)
            * blocks_of(cores, gemm, shared_by)
            * gemm.vectors,
        }
        for gemm in gemms
    ]
    shown = [min(gemm.repeat, _SETTLED) for gemm in gemms]
    occurrences = [
        product for product, times in zip(products, shown, strict=True) for _ in range(times)
    ]
    totals = (
        np.where(fact["interleave"] > 1, in_turns, one_by_one).astype(np.int64)
        for in_turns, one_by_one in zip(
            _IN_TURNS.counts(occurrences, _OF_ARRAYS, **names),
            _ONE_BY_ONE.counts(occurrences, _OF_ARRAYS, **names),
            strict=True,
        )
    )
    counts, total = [], np.zeros((), np.int64)
    for gemm, times in zip(gemms, shown, strict=True):
        step, before = total, total
        for after in islice(totals, times):
            step, total = after - total, after
        counts.append(total - before + (gemm.repeat - times) * step)
    return counts


#: Occurrences of a product after which each further one takes as long: then the distance between a
#: sum being done and being taken no longer changes.
_SETTLED = 4

_NAMES: dict[str, str] = {
    "tiles": "product_tiles",
    "sums": "product_sums",
    "commands": "commands",
    "ends": "ends",
}
#: Of cores whose sums take turns, and of all others.
_IN_TURNS = cycle_rule(**_NAMES, beats=1, turns="interleave")
_ONE_BY_ONE = cycle_rule(**_NAMES, beats="beats", turns=1)
_OF_ARRAYS = {
    "ceil": lambda quotient: np.ceil(quotient).astype(np.int64),
    "max": np.maximum,
    "min": np.minimum,
}
