"""From a floating-point format to one that holds all its numbers."""

from __future__ import annotations

from functools import partial

from amaranth.hdl import Const, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec import Decoder, Encoder
from hw.errors import RequestError
from hw.formats import Float, NanCodes
from hw.modules import Modules

__all__ = ["FloatWiden", "holds"]


def holds(wide: Float, narrow: Float) -> bool:
    """Whether every value of one format, infinities and NaN too, is one of the other."""
    return (
        wide.fraction_bits >= narrow.fraction_bits
        and wide.largest >= narrow.largest
        and (
            wide.least_exponent <= narrow.least_exponent
            if wide.subnormals
            else wide.min_normal.denominator
            >= narrow.min_normal.denominator << (narrow.fraction_bits if narrow.subnormals else 0)
        )
        and (wide.infinities or not narrow.infinities)
        and (wide.nan is not NanCodes.NONE or narrow.nan is NanCodes.NONE)
    )


class FloatWiden(wiring.Component):
    """Writes a number in a wider format; exact, combinational. A NaN becomes `Float.nan_code`.

    Args:
        narrow: the format that comes in.
        wide: the format that goes out.
        name: stem of the names of the modules in it, one for each pair of formats in a design.

    Ports:
        a: a code of the narrow format.
        result: the same number as a code of the wide format.

    Raises:
        RequestError: ``wide`` does not hold all numbers of ``narrow``.
    """

    def __init__(self, narrow: Float, wide: Float, name: str = "widen") -> None:
        if not holds(wide, narrow):
            raise RequestError(f"{wide.name} does not hold every number of {narrow.name}")
        self._narrow, self._wide, self._name = narrow, wide, name
        super().__init__({"a": In(narrow.bits), "result": Out(wide.bits)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        narrow, wide = self._narrow, self._wide
        number = platform.place(
            m, "decoder", f"{self._name}_decoder", partial(Decoder, narrow), code=self.a
        )
        low = narrow.least_exponent
        high = low + narrow.largest_field - 1
        encoder = platform.place(
            m,
            "encoder",
            f"{self._name}_encoder",
            partial(Encoder, wide, narrow.significand_bits, (low, high)),
            sign=number.sign,
            magnitude=number.significand,
            exponent=number.exponent,
            sticky=Const(0, 1),
            nan=number.nan,
            infinity=number.infinity,
        )
        m.d.comb += self.result.eq(encoder.code)
        return m
