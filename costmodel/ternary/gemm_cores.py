"""Ternary cores as an accelerator sees them (`costmodel.system.gemm.Cores`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from costmodel.system.gemm import Gemm, Streams
from costmodel.ternary.cores import Cores, Ints
from costmodel.ternary.schedule import blocks_of, cycles, streams
from hw.ternary.choices import Loop

__all__ = ["GemmCores"]


@dataclass(frozen=True)
class GemmCores:
    """What their schedules say, for buffers and memories around them."""

    cores: Cores

    @property
    def slots(self) -> Ints:
        """Weights of a tile."""
        return self.cores.tile_inputs * self.cores.p["columns"]

    @property
    def operations_per_cycle(self) -> Any:
        """Weights of a product: a tile has a digit of each where there are several planes."""
        return self.slots / self.cores.p["planes"]

    @property
    def weight_word_bits(self) -> Ints:
        """Flags not counted."""
        return self.cores.weight_word_bits

    @property
    def activation_bits(self) -> Ints:
        """All parts of a complex one."""
        return self.cores.fact["parts"] * self.cores.fact["activation_bits"]

    def streams(self, gemm: Gemm, shared_by: ArrayLike = 1) -> Streams:
        """See `costmodel.ternary.schedule.streams`."""
        return streams(self.cores, gemm, shared_by)

    def blocks(self, gemm: Gemm, shared_by: ArrayLike = 1) -> Ints:
        """See `costmodel.ternary.schedule.blocks_of`."""
        return blocks_of(self.cores, gemm, shared_by)

    def block_words(self, gemm: Gemm) -> Ints:
        """Tiles of all groups and planes, and their initial values."""
        cores = self.cores
        tiles = cores.tiles_of_sum(gemm.inputs) * cores.groups(gemm.inputs)
        return tiles + -(-cores.groups(gemm.inputs) * cores.sums_bits // cores.weight_word_bits)

    def vector_words(self, gemm: Gemm) -> Ints:
        """A word holds the activations of a tile."""
        cores = self.cores
        return cores.tiles_of_sum(gemm.inputs) * cores.groups(gemm.inputs) // cores.p["planes"]

    def loads_of_vector(self, blocks: Ints) -> Ints:
        """Once with ``loop = table``, else with each block."""
        return np.where(self.cores.p["loop"] == Loop.TABLE, 1, blocks)

    def bits_of_vectors(self, moved: Streams) -> Ints:
        """Initial values in units of a vector's block, scales of a vector's own."""
        fact = self.cores.fact
        own = np.where(fact["block_bits"] > 0, _bits(moved, "initial"), 0)
        return own + np.where(fact["by_tensor"] > 0, _bits(moved, "scales"), 0)

    def cycles(self, gemms: Sequence[Gemm], shared_by: ArrayLike = 1) -> list[Ints]:
        """See `costmodel.ternary.schedule.cycles`."""
        return cycles(self.cores, gemms, shared_by)


def _bits(moved: Streams, stream: str) -> Any:
    return moved.words[stream] * moved.word_bits[stream]
