"""Scales of blocks taken apart."""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec.shapes import signed_range
from hw.formats import Scale
from hw.modules import Modules

__all__ = ["ScaleDecoder"]


class ScaleDecoder(wiring.Component):
    """Takes the code of a block's scale apart; combinational.

    The number is ``significand * 2**exponent``; as with `hw.codec.Decoder` the significand of a
    subnormal has no leading bit. A power of two has the significand 1, so that a product with it
    costs nothing.

    Args:
        form: the format.

    Ports:
        code: the code.
        exponent: binary weight of the significand's last bit; without a meaning beside ``nan``.
        significand: the significand with its leading bit; likewise.
        nan: the code is NaN.
    """

    def __init__(self, form: Scale) -> None:
        self._form = form
        super().__init__(
            {
                "code": In(form.bits),
                "exponent": Out(signed_range(*form.exponents)),
                "significand": Out(form.significand_bits),
                "nan": Out(1),
            }
        )

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        form = self._form
        fraction, field = self.code[: form.fraction_bits], self.code[form.fraction_bits :]
        normal = Signal()
        m.d.comb += [
            normal.eq(field.any() if form.zero else Const(1, 1)),
            # a subnormal has the exponent of field 1
            self.exponent.eq(Cat(field[0] | ~normal, field[1:]) - form.bias - form.fraction_bits),
            self.significand.eq(Cat(fraction, normal)),
            self.nan.eq(self.code.all()),
        ]
        return m
