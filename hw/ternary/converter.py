"""Converters: floating-point activations become integers, in front of the tables."""

from __future__ import annotations

from functools import partial

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec import Decoder
from hw.modules import Modules
from hw.ternary.choices import Style
from hw.ternary.style import Arithmetic

__all__ = ["Converter"]


class Converter(wiring.Component):
    """Turns a floating-point code into the two's complement operand of a style; combinational.

    ``exact``: the number in units of the format's smallest one. ``aligned``: the number in units
    that the block's exponent sets (`unit_exponent`), rounded down; exact where nothing is cut
    off. The significand is negated before it is shifted, while it is short.

    Args:
        style: ``exact`` or ``aligned``.

    Ports:
        code: the activation.
        block: the block's exponent, a field of the format, 1 or more (only for
            ``aligned``).
        operand: the integer; without a meaning while ``invalid`` is high.
        invalid: the activation is a NaN or an infinity, or its exponent exceeds the block's.
    """

    def __init__(self, style: Arithmetic) -> None:
        self._style = style
        ports = {"code": In(style.number.bits)}
        if style.name is Style.ALIGNED:
            ports["block"] = In(style.number.exponent_bits)
        super().__init__(ports | {"operand": Out(style.operand.bits), "invalid": Out(1)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        style, form = self._style, self._style.number
        number = platform.place(m, "decoder", "decoder", partial(Decoder, form), code=self.code)
        negative = number.sign.replicate(form.significand_bits)
        bits = form.significand_bits + 1
        significand = Signal(bits)
        m.d.comb += significand.eq(Cat(number.significand ^ negative, number.sign) + number.sign)
        steps = Signal(form.exponent_bits)  # the exponent above the least one
        m.d.comb += steps.eq(number.exponent - form.least_exponent)
        invalid = number.nan | number.infinity
        if style.name is Style.EXACT:
            word = significand
            for i, select in enumerate(steps):
                width = min(style.operand.bits, bits + (1 << i + 1) - 1)
                shifted = Signal(width, name=f"left{1 << i}")
                longer = word.as_signed()
                m.d.comb += shifted.eq(Mux(select, Cat(Const(0, 1 << i), word).as_signed(), longer))
                word = shifted
            m.d.comb += [self.operand.eq(word.as_signed()), self.invalid.eq(invalid)]
            return m

        below = Signal(form.exponent_bits + 1)  # and a borrow
        distance = below[:-1]
        m.d.comb += below.eq(self.block - 1 - steps)
        spare = style.operand.bits - bits
        word = Cat(Const(0, spare), significand) if spare >= 0 else significand[-spare:]
        sign = significand[-1]
        for i, select in enumerate(distance):
            places = 1 << i
            filled = Cat(word[places:], sign.replicate(min(places, len(word))))
            shifted = Signal(len(word), name=f"right{places}")
            m.d.comb += shifted.eq(Mux(select, filled, word))
            word = shifted
        m.d.comb += [self.operand.eq(word), self.invalid.eq(invalid | below[-1])]
        return m
