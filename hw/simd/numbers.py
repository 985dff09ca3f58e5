"""What the operands of SIMD units are once they are taken apart: a sign, an integer, its weight."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

from hw.errors import RequestError
from hw.formats import Float, Format, Integer, Posit

__all__ = ["LANES", "Number", "number_of"]

#: Widths of a lane.
LANES = (4, 8, 16)


@dataclass(frozen=True)
class Number:
    """An operand taken apart: ``(-1)**sign * significand * 2**exponent``.

    Attributes:
        form: its format.
        significand_bits: width of the significand.
        exponents: the least and the largest exponent of a number that is not 0.
        unit: every number is a multiple of ``2**unit``. Where that is above the least exponent,
            significands end in so many zeros when the exponent is small (posits).
        largest: the largest magnitude, in units.
        nan, infinity: whether there are such codes.
        silent: the significand of a code that is no number is 0.
    """

    form: Format
    significand_bits: int
    exponents: tuple[int, int]
    unit: int
    largest: int
    nan: bool = False
    infinity: bool = False
    silent: bool = True

    @property
    def lane(self) -> int:
        """Width of the narrowest lane that a code fits."""
        return next(bits for bits in LANES if self.form.bits <= bits)

    @property
    def slack(self) -> int:
        """How far the least exponent lies below the unit, at least."""
        return self.unit - self.exponents[0]


@singledispatch
def number_of(form: Format) -> Number:
    """How a format's codes are taken apart.

    Raises:
        RequestError: SIMD units do not multiply such numbers, or its codes fit no lane.
    """
    raise RequestError(f"{form.name} is no format of operands: use intN, a float or a posit")


@number_of.register
def _(form: Integer) -> Number:
    _check_width(form)
    return Number(form, form.magnitude.bit_length(), (0, 0), 0, form.magnitude)


@number_of.register
def _(form: Float) -> Number:
    _check_width(form)
    low = form.least_exponent
    largest = form.largest / 2**low if low >= 0 else form.largest * 2**-low
    assert largest.denominator == 1
    return Number(
        form,
        form.significand_bits,
        (low, low + form.largest_field - 1),
        low,
        largest.numerator,
        nan=form.nan != "none",
        infinity=form.infinities,
        silent=form.nan == "none" and not form.infinities,
    )


@number_of.register
def _(form: Posit) -> Number:
    _check_width(form)
    low, high = form.least_exponent, form.largest_exponent
    exponents = (low - form.fraction_bits, high - form.fraction_bits)
    return Number(form, form.significand_bits, exponents, low, 1 << high - low, nan=True)


def _check_width(form: Format) -> None:
    if form.bits > LANES[-1]:
        raise RequestError(
            f"{form.name} is too wide for an operand: its codes have {form.bits} bits, and lanes up"
            f" to {LANES[-1]}"
        )
