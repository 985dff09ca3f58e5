"""Shifting right without losing track of what is shifted out."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

__all__ = ["shift_right_sticky"]


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
    near = min(len(distance), (kept - 1).bit_length())  # bits that may leave something
    for i, select in enumerate(distance[:near]):
        places = 1 << i
        shifted = Signal(kept, name=f"right{places}")
        lost = Signal(name=f"lost{places}")
        m.d.comb += [
            shifted.eq(Mux(select, word >> places, word)),
            lost.eq(sticky | select & word[:places].any()),
        ]
        word, sticky = shifted, lost
    if near == len(distance):
        return Cat(sticky, word)
    far, gone = distance[near:].any(), Signal(name="sticky")
    m.d.comb += gone.eq(sticky | far & word.any())
    return Cat(gone, word & (~far).replicate(kept))
