"""Schedules of many designs at once: cycles, tiles and traffic of matrix products, in arrays.

The same figures as `hw.ternary.schedule` and `hw.ternary.timing` give for one configuration, in
closed form, and tested to be equal.

A product may be shared by several cores: each takes as many blocks of outputs as the others, or one
less. Cycles are those of a core with the most blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from costmodel.system.gemm import Gemm, Streams
from costmodel.ternary.cores import Cores, Ints
from hw.ternary import formulas
from hw.ternary.choices import Loop

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
    ends = np.maximum(p["sequencer"], table) + exit_latency + cores.beats
    ends = ends + reduce + fact["interleave"] - 1
    counts = []
    state: tuple[Any, Any] = (0, -cores.beats)  # the cycles when the last sum is done, and taken
    before: Any = 0
    for number, gemm in enumerate(gemms):
        step: Any = 0
        for occurrence in range(min(gemm.repeat, _SETTLED)):
            first = number == 0 and occurrence == 0
            done, taken = _advance(cores, gemm, shared_by, state, first)
            step, state = taken - state[1], (done, taken)
        rest = (gemm.repeat - min(gemm.repeat, _SETTLED)) * step
        state = (state[0] + rest, state[1] + rest)
        counts.append(state[1] - before + (ends if number == 0 else 0))
        before = state[1]
    return counts


#: Occurrences of a product after which each further one takes as long: then the distance between a
#: sum being done and being taken no longer changes.
_SETTLED = 4


def _advance(
    cores: Cores, gemm: Gemm, shared_by: ArrayLike, state: tuple[Ints, Ints], first: bool
) -> tuple[Ints, Ints]:
    """When a further product is done, and taken: see `hw.ternary.timing.Timing.cycles`."""
    interleave, beats = cores.fact["interleave"], cores.beats
    done, taken = state
    tiles = cores.tiles_of_sum(gemm.inputs)
    sums = cores.groups(gemm.inputs) * blocks_of(cores, gemm, shared_by) * gemm.vectors
    command = np.zeros((), np.int64) if first else cores.p["sequencer"]
    start = np.maximum(taken, done + command)
    # adders with registers: sums take turns
    turns = formulas.turns(sums, interleave)
    turned = start + turns * tiles
    # otherwise: the longer of a sum's tiles and its beats
    longest = np.maximum(tiles, beats)
    left = np.maximum(start + tiles, taken + beats) + (sums - 1) * longest
    last = np.where(sums > 1, left - longest + tiles, start + tiles)
    return (
        np.where(interleave > 1, turned, last),
        np.where(interleave > 1, turned - (turns - sums), left),
    )
