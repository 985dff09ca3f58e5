"""The dataflow of an accelerator: its buffers, and what a matrix product moves through them.

Weights pass the weight buffer of their core, activations the one buffer of all cores; results,
initial values and scales are not kept. Weights come from off chip once if there is one vector, or
if the buffer holds two blocks of them: one, or a panel of several, is multiplied by all vectors
while the next one arrives. Otherwise they come with each vector. Activations come once if the
buffer holds all vectors; with each panel if it holds one; else with each block of outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from costmodel.system.dram import Dram
from costmodel.system.gemm import MOST_WEIGHT_BITS, Cores, Gemm, Streams
from costmodel.system.memory import SHALLOWEST, Memory, Sram
from hw.errors import RequestError

__all__ = ["Buffers", "Flow", "Platform"]

_KIB_BITS = 8 * 1024


@dataclass(frozen=True)
class Platform:
    """What is around the cores; numbers may be arrays that broadcast with the designs'.

    Attributes:
        sram: of what buffers are made.
        dram: the memory off chip.
        cores: how many.
        clock_ps: a clock period to run at, if the circuits can; 0 runs as fast as they can.
        weight_bits: bits that a weight of a tile (one digit of it, where it has several) takes off
            chip, where something unpacks them on their way to the weight buffer; 0 stores them as
            the core takes them.
        weight_kib: weight buffer of each core, in KiB. None takes what the workload wants: two
            blocks of weights if there are several vectors, else 64 words.
        activation_kib: activation buffer of all cores. None holds all vectors of any product.

    Raises:
        RequestError: a number is out of its range.
    """

    sram: Sram
    dram: Dram
    cores: ArrayLike = 1
    clock_ps: ArrayLike = 0.0
    weight_bits: ArrayLike = 0.0
    weight_kib: ArrayLike | None = None
    activation_kib: ArrayLike | None = None

    def __post_init__(self) -> None:
        ranges = {
            "cores": (1, 1 << 16),
            "clock_ps": (0, 1e9),
            "weight_bits": (0, MOST_WEIGHT_BITS),
            "weight_kib": (0, 1 << 24),
            "activation_kib": (0, 1 << 24),
        }
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if value is None:
                continue
            values = np.asarray(value)
            wrong = values[~((values >= low) & (values <= high))]
            if wrong.size:
                raise RequestError(
                    f"{name} = {wrong.flat[0]} is not allowed: it must be from {low} to {high:.0f}"
                )


class Buffers:
    """The memories on the chip, sized for a workload."""

    def __init__(self, cores: Cores, gemms: Sequence[Gemm], platform: Platform) -> None:
        several = any(gemm.vectors > 1 for gemm in gemms)
        self.weight_width = cores.weight_word_bits
        self.tile_bits = cores.streams(gemms[0]).word_bits["activations"]
        wanted: Any = SHALLOWEST
        for gemm in gemms if several else ():
            wanted = np.maximum(wanted, 2 * cores.block_words(gemm))
        if platform.weight_kib is not None:
            wanted = np.asarray(platform.weight_kib) * _KIB_BITS // self.weight_width
        self.weight_words = np.asarray(wanted).astype(np.int64)
        if platform.activation_kib is None:
            words: Any = reduce(
                np.maximum, (gemm.vectors * cores.vector_words(gemm) for gemm in gemms)
            )
        else:
            words = np.asarray(platform.activation_kib) * _KIB_BITS // self.tile_bits
        self.activation_words = np.asarray(words).astype(np.int64)
        self.weights: Memory = platform.sram.buffer(self.weight_words, self.weight_width)
        self.activations: Memory = platform.sram.buffer(self.activation_words, self.tile_bits)
        self.leakage_uw = (
            np.asarray(platform.cores) * self.weights.leakage_uw + self.activations.leakage_uw
        )
        self.weight_kib = self.weight_words * self.weight_width / _KIB_BITS
        self.activation_kib = self.activation_words * self.tile_bits / _KIB_BITS


class Flow:
    """What a product moves, all that it occurs and on all cores."""

    def __init__(self, cores: Cores, gemm: Gemm, platform: Platform, buffers: Buffers) -> None:
        self.gemm = gemm
        alone = cores.streams(gemm)  # of all blocks, which cores may not share evenly
        single = np.all(np.asarray(platform.cores) == 1)
        shared = alone if single else cores.streams(gemm, platform.cores)
        self.slots = gemm.repeat * alone.tiles * cores.slots
        vectors, block = gemm.vectors, cores.block_words(gemm)
        panel = buffers.weight_words // np.maximum(2 * block, 1)  # blocks that arrive at a time
        stays = (panel > 0) | (vectors == 1)  # the weights, until all vectors have met them
        sends = np.where(stays, 1, vectors)
        loads = self._loads(cores, buffers, panel, platform)
        weight_words = alone.tiles // vectors
        stored = np.asarray(gemm.weight_bits or platform.weight_bits)
        weights = weight_words * np.where(
            stored > 0,
            cores.slots * stored,
            cores.weight_word_bits,
        )
        # initial values and scales: constants but for those in units of a vector's own
        initial, scales = _bits(alone, "initial"), _bits(alone, "scales")
        own = cores.bits_of_vectors(alone)
        constants = initial + scales
        fetched = own + sends * (constants - own) / vectors
        moved = sends * weights + fetched + _bits(alone, "results")
        moved = moved + loads * vectors * gemm.inputs * cores.activation_bits
        self.off_chip_bits = gemm.repeat * moved.astype(np.float64)
        of_weights, of_tiles = buffers.weights, buffers.activations
        self.sram_pj = gemm.repeat * (
            of_weights.write_pj * (sends * weight_words + fetched / cores.weight_word_bits)
            + of_weights.read_pj * (alone.tiles + constants / cores.weight_word_bits)
            + of_tiles.write_pj * loads * vectors * cores.vector_words(gemm)
            + of_tiles.read_pj * shared.words["activations"]
        )

    def _loads(self, cores: Cores, buffers: Buffers, panel: Any, platform: Platform) -> Any:
        """How often activations come from off chip: once, with each panel, or with each block."""
        words = cores.vector_words(self.gemm)
        blocks = cores.blocks(self.gemm, platform.cores)
        panels = np.where(panel > 0, -(-blocks // np.maximum(panel, 1)), 1)
        a_block = cores.loads_of_vector(blocks)
        loads = np.where(buffers.activation_words >= words, panels, a_block)
        return np.where(buffers.activation_words >= self.gemm.vectors * words, 1, loads)


def _bits(moved: Streams, stream: str) -> Any:
    return moved.words[stream] * moved.word_bits[stream]
