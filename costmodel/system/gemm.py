"""Matrix products, and what an accelerator asks of the cores that run them.

A family that runs matrix products answers with its own cores (`costmodel.family.Basis.cores`);
buffers, dataflow and accelerators know no more of a core than this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hw.errors import RequestError, check_integer

__all__ = ["MOST_WEIGHT_BITS", "Cores", "Gemm", "Streams"]

Ints = NDArray[np.int64]

MOST_WEIGHT_BITS = 64
_LARGEST = 1 << 20
_MOST_MACS = 1 << 50  # of a product: what is counted of it then fits 64 bits


@dataclass(frozen=True)
class Gemm:
    """A matrix product, and how often a workload has it, with weights of its own each time.

    Attributes:
        name: what it is called.
        outputs: M.
        inputs: N.
        vectors: activation vectors that meet the same weights.
        repeat: how often it occurs.
        weight_bits: that a weight of it takes off chip, in place of the platform's; 0 leaves these.

    Raises:
        RequestError: a number is out of its range.
    """

    name: str
    outputs: int
    inputs: int
    vectors: int = 1
    repeat: int = 1
    weight_bits: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.weight_bits <= MOST_WEIGHT_BITS:
            raise RequestError(
                f"{self.name or 'gemm'}: weight_bits = {self.weight_bits} is not allowed: it must"
                f" be from 0 to {MOST_WEIGHT_BITS}"
            )
        for field in ("outputs", "inputs", "vectors", "repeat"):
            check_integer(f"{self.name or 'gemm'}: {field}", getattr(self, field), 1, _LARGEST)
        if self.macs > _MOST_MACS:
            raise RequestError(
                f"{self.name or 'gemm'}: outputs * inputs * vectors * repeat = {self.macs} is not"
                f" allowed: it must be from 1 to {_MOST_MACS}"
            )

    @property
    def macs(self) -> int:
        """Multiply-accumulates, of all that it occurs."""
        return self.outputs * self.inputs * self.vectors * self.repeat


@dataclass(frozen=True)
class Streams:
    """What one occurrence of a product moves on one core.

    Attributes:
        tiles: of weights that the core multiplies, once for each vector.
        words: of each stream, by its name.
        word_bits: of each stream, flags included.
    """

    tiles: Ints
    words: dict[str, Ints]
    word_bits: dict[str, Ints]


class Cores(Protocol):
    """Cores of many designs as an accelerator sees them; arrays broadcast with the designs'."""

    @property
    def slots(self) -> Ints:
        """Weights of a tile, which the core multiplies in a cycle, padding included."""
        ...

    @property
    def operations_per_cycle(self) -> Any:
        """Multiply-accumulates of a product in a cycle, if none is padding."""
        ...

    @property
    def weight_word_bits(self) -> Ints:
        """Bits of a tile's weights as the core takes them."""
        ...

    @property
    def activation_bits(self) -> Ints:
        """Bits of an activation off chip."""
        ...

    def streams(self, gemm: Gemm, shared_by: ArrayLike = 1) -> Streams:
        """What one occurrence of a product moves on a core, of a product that several share.

        Its streams are ``activations``, ``weights``, ``initial``, ``scales`` and ``results``.
        """
        ...

    def blocks(self, gemm: Gemm, shared_by: ArrayLike = 1) -> Ints:
        """Blocks of outputs that a core works on."""
        ...

    def block_words(self, gemm: Gemm) -> Ints:
        """Words of the weight buffer for a block of outputs, with its initial values."""
        ...

    def vector_words(self, gemm: Gemm) -> Ints:
        """Words of the activation buffer for a vector."""
        ...

    def loads_of_vector(self, blocks: Ints) -> Ints:
        """How often a core takes each activation of a vector, for so many blocks of outputs."""
        ...

    def bits_of_vectors(self, moved: Streams) -> Ints:
        """Bits of initial values and scales that belong to vectors, not to weights."""
        ...

    def cycles(self, gemms: Sequence[Gemm], shared_by: ArrayLike = 1) -> list[Ints]:
        """Cycles of products run one after the other without a stall, all that each occurs."""
        ...
