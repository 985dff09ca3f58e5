"""Signals that tell which of several pairs an operation is of."""

from __future__ import annotations

from collections.abc import Iterable

from amaranth.hdl import Cat, Const, Value

from hw.simd.configuration import SimdMac
from hw.simd.pairs import Pair

__all__ = ["Selects"]


class Selects:
    """Decodes a pair's number.

    Args:
        configuration: of the unit.
        pair: the number, `SimdMac.pair_bits` wide.
    """

    def __init__(self, configuration: SimdMac, pair: Value) -> None:
        self._modes, self._pair = configuration.modes, pair

    def any_of(self, pairs: Iterable[Pair]) -> Value:
        """Whether the operation is of one of these pairs; a constant where that is known."""
        numbers = [self._modes.index(pair) for pair in dict.fromkeys(pairs)]
        if len(numbers) in (0, len(self._modes)):
            return Const(bool(numbers), 1)
        if 2 * len(numbers) > len(self._modes):
            others = [number for number in range(len(self._modes)) if number not in numbers]
            return ~Cat(self._pair == number for number in others).any()
        return Cat(self._pair == number for number in numbers).any()

    def wider(self, bits: int) -> Value:
        """Whether lanes are wider than so many bits."""
        return self.any_of(pair for pair in self._modes if pair.lane > bits)

    def starting(self, quarter: int) -> Value:
        """Whether a lane starts at a quarter of a slice."""
        return self.any_of(pair for pair in self._modes if quarter in pair.starts)
