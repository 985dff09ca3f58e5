"""Signals that tell which of several pairs an operation is of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from amaranth.hdl import Cat, Const, Value
from amaranth.lib.wiring import In, Member

from hw.simd.configuration import SimdMac
from hw.simd.pairs import Pair

__all__ = ["Selects", "pair_port"]


def pair_port(configuration: SimdMac) -> dict[str, Member]:
    """The port of a module that takes a pair's number; none where there is only one pair."""
    return {"pair": In(configuration.pair_bits)} if configuration.pair_bits else {}


class Selects:
    """Decodes a pair's number.

    Args:
        configuration: of the unit.
        module: one that has a `pair_port`, or its number itself.
    """

    def __init__(self, configuration: SimdMac, module: Any) -> None:
        self._modes = configuration.modes
        self._pair = module if isinstance(module, Value) else getattr(module, "pair", Const(0, 0))

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
