"""Counting leading zeros, shifting them out, and shifting a run of equal bits in."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

__all__ = ["count_leading_zeros", "shift_left", "shift_right_filled"]


def count_leading_zeros(m: Module, word: Value) -> tuple[Value, Value]:
    """How many zeros a word of n bits starts with, and whether it has nothing else.

    The count has ``ceil(log2 n)`` bits; of zero it is n - 1. A tree of that depth makes it: each
    node takes the count of its upper part, a power of two wide, or of the rest.
    """
    if len(word) == 1:
        return Const(0, 0), ~word
    low_bits = len(word) - (1 << (len(word) - 1).bit_length() - 1)
    low, low_zero = count_leading_zeros(m, word[:low_bits])
    high, high_zero = count_leading_zeros(m, word[low_bits:])
    zero = Signal(name=f"zero{len(word)}")
    count = Signal(len(high) + 1, name=f"count{len(word)}")
    upper_zero = Signal(name=f"upper_zero{len(word)}")
    m.d.comb += [
        upper_zero.eq(high_zero),
        zero.eq(upper_zero & low_zero),
        count.eq(Cat(Mux(upper_zero, low, high), upper_zero)),
    ]
    return count, zero


def shift_left(m: Module, word: Value, amount: Value) -> Value:
    """A word shifted left at its own width: what leaves it at the top is lost."""
    for i in reversed(range(len(amount))):
        distance = 1 << i
        moved = Cat(Const(0, distance), word)[: len(word)]
        shifted = Signal(len(word), name=f"shifted{distance}")
        m.d.comb += shifted.eq(Mux(amount[i], moved, word))
        word = shifted
    return word


def shift_right_filled(m: Module, word: Value, amount: Value, fill: Value) -> tuple[Value, Value]:
    """A word shifted right with ``fill`` coming in at the top, and whether a 1 has left it."""
    lost: Value = Const(0, 1)
    for i, select in enumerate(amount):
        distance = min(1 << i, len(word))
        shifted = Signal(len(word), name=f"filled{distance}")
        dropped = Signal(name=f"dropped{distance}")
        moved = Cat(word[distance:], fill.replicate(distance))
        m.d.comb += [
            shifted.eq(Mux(select, moved, word)),
            dropped.eq(lost | select & word[:distance].any()),
        ]
        word, lost = shifted, dropped
    return word, lost
