"""What matrix products take on a unit: cycles, traffic and storage."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Schedule", "Shape", "Traffic"]

#: Inputs, outputs and batch of a matrix product.
Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Traffic:
    """What a stream carries.

    Attributes:
        words: transfers.
        word_bits: payload of one, flags included.
        distinct: words that are not the same word sent again; what a memory for them would hold.
    """

    words: int
    word_bits: int
    distinct: int

    @property
    def bits(self) -> int:
        """All that is carried."""
        return self.words * self.word_bits

    @property
    def bytes(self) -> float:
        """The same in bytes of 8 bits."""
        return self.bits / 8

    @property
    def sends(self) -> float:
        """How often a word is sent, on average."""
        return self.words / self.distinct


@dataclass(frozen=True)
class Schedule:
    """What matrix products take on a unit.

    Attributes:
        products: inputs, outputs and batch of each.
        cycles: of all, run one after the other without a stall.
        tiles: tiles of weights that the unit multiplies, one a cycle.
        weights: weights of the products, padding not counted, once for each vector.
        slots: weights of the tiles, padding included.
        traffic: of each stream, by its name.
        registers: bits of data that the unit keeps, by what they are, such as ``accumulators``.
        weight_bits: of the weights of all products, each as the unit's own code for it.
        buffers: bits of what is sent again and so must be kept outside the unit, by stream: of the
            activations one vector, of the others all distinct words of one product, the largest
            one; 0 for what is sent once.
    """

    products: tuple[Shape, ...]
    cycles: int
    tiles: int
    weights: int
    slots: int
    traffic: dict[str, Traffic]
    registers: dict[str, int]
    weight_bits: int
    buffers: dict[str, int]

    @property
    def utilisation(self) -> float:
        """Weights a slot: below 1 for padding, above 1 if zero tiles left out outweigh it."""
        return self.weights / self.slots

    @property
    def weights_per_cycle(self) -> float:
        """Weights a cycle, with what filling and emptying the pipeline takes."""
        return self.weights / self.cycles
