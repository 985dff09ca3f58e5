"""Selecting by a key's index: one AND gate an entry, as narrow as can be."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Value

__all__ = ["Selector", "any_of"]


class Selector:
    """Decodes the index of a key; reserved codes select whatever saves gates.

    Args:
        bits: width of an index.
        entries: how many indices select; the one after them is legal too, and selects nothing.
    """

    def __init__(self, bits: int, entries: int) -> None:
        self._bits, self._entries = bits, entries

    def selected(self, index: Value, i: int, selects: Sequence[Value]) -> Value:
        """Whether the index is ``i``.

        Where a pair of bits tells, "one but not the other" is made as "one but not both", whose
        negation is there: NAND cells and no inverter.
        """
        telling = self.telling([i])
        if telling.bit_count() == 2 and (i & telling).bit_count() == 1:
            both = i | telling
            if both < len(selects) and self.telling([both]) == telling:
                return Cat(index[(i & telling).bit_length() - 1], ~selects[both]).all()
        return self.one_of(index, [i])

    def one_of(self, index: Value, chosen: Sequence[int]) -> Value:
        """Whether a legal index is one of ``chosen``: one AND of the bits that tell."""
        telling = self.telling(chosen)
        return Cat(
            bit if chosen[0] >> i & 1 else ~bit for i, bit in enumerate(index) if telling >> i & 1
        ).all()

    def telling(self, chosen: Sequence[int]) -> int:
        """The bits, as few as can be, by which an AND tells ``chosen`` from other legal indices.

        None if no AND can.
        """
        ignored = reduce(or_, (chosen[0] ^ code for code in chosen))
        if not self._tells(chosen, ignored):
            return 0
        for i in range(self._bits):
            if self._tells(chosen, ignored | 1 << i):
                ignored |= 1 << i
        return (1 << self._bits) - 1 & ~ignored

    def _tells(self, chosen: Sequence[int], ignored: int) -> bool:
        """Whether no legal index but ``chosen`` agrees with them in all bits but ``ignored``."""
        codes = [chosen[0]]
        for i in range(ignored.bit_length()):
            if ignored >> i & 1:
                codes += [code ^ 1 << i for code in codes]
        return all(code in chosen or code > self._entries for code in codes)


def any_of(words: Sequence[Value]) -> Value:
    """Bitwise OR of words of different widths, as a balanced tree."""
    while len(words) > 1:
        words = [
            words[i] | words[i + 1] if i + 1 < len(words) else words[i]
            for i in range(0, len(words), 2)
        ]
    return words[0]
