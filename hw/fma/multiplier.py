"""The products of significands: what is summed up for each multiplier, and what becomes of it."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from hw.bitheap import BitHeap
from hw.float.product import product_heap
from hw.fma.configuration import Fma
from hw.fma.products import Multiplier, correction_place, powers

__all__ = ["product_of", "summands"]


def summands(m: Module, c: Fma, first: Value, second: Value) -> BitHeap:
    """What is to be summed up for the product of two significands.

    Of an exact one the partial products; else fractions, with room for their carries above.
    """
    if c.multiplier is Multiplier.EXACT:
        return product_heap(m, first, second)
    if c.multiplier is Multiplier.POWER_OF_TWO:
        heap = BitHeap(len(first), "product")
        heap.add(Cat(first[:-1], second[-2:-1]))
        return heap
    bits = _fraction_bits(c)
    heap = BitHeap(bits + c.product_form.zeros, "product")
    for significand in (first, second):
        heap.add(significand[:-1], lsb=bits - len(significand) + 1)
    if c.multiplier is Multiplier.L_MUL:
        heap.add(Const(1, 1), lsb=bits - correction_place(bits))
    return heap


def product_of(m: Module, c: Fma, total: Value) -> tuple[Value, Value | None]:
    """The product that the sum of `summands` stands for.

    Returns:
        An exact product, and None; else its significand, whose first bit is 1, and the places that
        it is to be shifted left by.
    """
    if c.multiplier is Multiplier.EXACT:
        return total, None
    bits = len(total) - c.product_form.zeros
    fraction, carry = total[:bits], total[bits:]
    if c.multiplier is not Multiplier.LNS:
        return Cat(fraction, Const(1, 1)), carry
    power = Signal(c.product_form.fraction_bits + 1, name="power")
    # a tree of multiplexers: an array becomes a memory
    words: list[Value] = [Const(value, len(power)) for value in powers(bits)]
    for select in fraction:
        pairs = zip(words[::2], words[1::2], strict=True)
        words = [Mux(select, high, low) for low, high in pairs]
    m.d.comb += power.eq(words[0])
    return power, carry


def _fraction_bits(c: Fma) -> int:
    """Of the wider fraction."""
    return max(form.fraction_bits for form in c.factors)
