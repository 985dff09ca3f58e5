"""From a code to sign, significand and exponent."""

from __future__ import annotations

from typing import assert_never

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec.shapes import signed_range
from hw.formats import Float, NanCodes
from hw.modules import Modules

__all__ = ["Decoder"]


class Decoder(wiring.Component):
    """Takes a code of a floating-point format apart; combinational.

    The number is ``(-1)**sign * significand * 2**exponent``. Subnormals are not normalised: their
    significand has no leading bit. The zeros have significand 0.

    Args:
        form: the format.

    Ports:
        code: the code.
        sign: its sign bit, also of a NaN.
        exponent: binary weight of the significand's last bit; without a meaning while ``nan`` or
            ``infinity`` is high.
        significand: the significand with its leading bit; likewise.
        nan: the code is a NaN; always low where the format has none.
        infinity: the code is an infinity; always low where the format has none.
    """

    def __init__(self, form: Float) -> None:
        self._form = form
        super().__init__(
            {
                "code": In(form.bits),
                "sign": Out(1),
                "exponent": Out(signed_range(*form.exponents)),
                "significand": Out(form.significand_bits),
                "nan": Out(1),
                "infinity": Out(1),
            }
        )

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        form = self._form
        fraction = self.code[: form.fraction_bits]
        field = self.code[form.fraction_bits : -1]
        normal = Signal()
        m.d.comb += [
            normal.eq(field.any()),
            self.sign.eq(self.code[-1]),
            # a subnormal has the exponent of field 1
            self.exponent.eq(Cat(field[0] | ~normal, field[1:]) + (form.least_exponent - 1)),
        ]
        kept = fraction if form.subnormals else fraction & normal.replicate(form.fraction_bits)
        m.d.comb += self.significand.eq(Cat(kept, normal))
        largest = Signal()
        m.d.comb += largest.eq(field.all())
        match form.nan:
            case NanCodes.ONE:
                m.d.comb += self.nan.eq(largest & fraction.all())
            case NanCodes.IEEE:
                m.d.comb += self.nan.eq(largest & (fraction.any() if form.infinities else 1))
            case NanCodes.NONE:
                pass
            case _:
                assert_never(form.nan)
        if form.infinities:
            m.d.comb += self.infinity.eq(largest & ~fraction.any())
        return m
