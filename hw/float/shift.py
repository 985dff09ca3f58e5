"""Shifters and leading-zero counts: what normalises significands."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

__all__ = ["leading_zeros", "shift_left", "shift_right_sticky"]


def shift_right_sticky(m: Module, value: Value, distance: Value, width: int) -> Value:
    """``value`` at the top of ``width`` bits, shifted right; the lowest bit is sticky.

    Args:
        m: where it is built.
        value: at most ``width - 1`` bits.
        distance: places, any number.
        width: bits of the result; its lowest one tells whether any bit has been shifted into its
            place or beyond.
    """
    kept = width - 1
    word: Value = Cat(Const(0, kept - len(value)), value)
    sticky: Value = Const(0, 1)
    for i, select in enumerate(distance):
        places = 1 << i
        if places >= kept:
            break
        shifted = Signal(kept, name=f"right{places}")
        lost = Signal(name=f"lost{places}")
        m.d.comb += [
            shifted.eq(Mux(select, word >> places, word)),
            lost.eq(sticky | select & word[:places].any()),
        ]
        word, sticky = shifted, lost
    beyond = distance[i:] if 1 << len(distance) > kept and 1 << i >= kept else None
    if beyond is None:
        return Cat(sticky, word)
    far = Signal()
    m.d.comb += far.eq(beyond.any())
    gone = Signal(name="sticky")
    m.d.comb += gone.eq(sticky | far & word.any())
    return Cat(gone, word & (~far).replicate(kept))


def shift_left(m: Module, value: Value, distance: Value) -> Value:
    """``value << distance`` in the width of ``value``, which the distance stays below."""
    word = value
    for i in reversed(range(len(distance))):
        shifted = Signal(len(value), name=f"left{1 << i}")
        m.d.comb += shifted.eq(Mux(distance[i], Cat(Const(0, 1 << i), word), word))
        word = shifted
    return word


def leading_zeros(m: Module, value: Value) -> Value:
    """How many zeros stand above the highest 1 of a value that is not 0.

    A tree: a half that holds a 1 gives its count, and the other half's is the rest. Of 0 it gives
    anything below a power of two that is at least the width.
    """
    width = 1 << max(1, (len(value) - 1).bit_length())
    word = Signal(len(value), name="counted")
    m.d.comb += word.eq(value)
    padded = Cat(Const(0, width - len(value)), word)

    def count(part: Value) -> tuple[Value, list[Value]]:
        """Whether a part is 0, and its leading zeros, lowest bit first."""
        if len(part) == 1:
            return ~part, []
        half = len(part) // 2
        high_empty, high = count(part[half:])
        low_empty, low = count(part[:half])
        bits = [Mux(high_empty, below, above) for below, above in zip(low, high, strict=True)]
        return high_empty & low_empty, [*bits, high_empty]

    zeros = Signal((len(value) - 1).bit_length(), name="zeros")
    m.d.comb += zeros.eq(Cat(count(padded)[1]))
    return zeros
