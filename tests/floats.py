"""Floating-point formats in exact arithmetic, said as plainly as can be: slow, and sure."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import assert_never

from hw.formats import Float, NanCodes, Rounding

__all__ = ["EPSILON", "decoded", "encoded", "floor_log2"]

#: Less than anything that a rounding looks at.
EPSILON = Fraction(1, 1 << 4000)


def decoded(form: Float, code: int) -> Fraction | str:
    """What a code is worth: a number, ``"nan"``, ``"infinity"`` or ``"-infinity"``."""
    sign, field = code >> form.bits - 1, code >> form.fraction_bits & (1 << form.exponent_bits) - 1
    fraction = code & (1 << form.fraction_bits) - 1
    if field == (1 << form.exponent_bits) - 1:
        if form.nan is NanCodes.IEEE:
            infinite = form.infinities and fraction == 0
            return ("-infinity" if sign else "infinity") if infinite else "nan"
        if form.nan is NanCodes.ONE and fraction == (1 << form.fraction_bits) - 1:
            return "nan"
    bias = 2 ** (form.exponent_bits - 1) - 1
    part = Fraction(fraction, 2**form.fraction_bits)
    if field:
        magnitude = (1 + part) * Fraction(2) ** (field - bias)
    else:
        magnitude = part * Fraction(2) ** (1 - bias) * form.subnormals
    return -magnitude if sign else magnitude


def encoded(
    form: Float, magnitude: Fraction, negative: bool = False, random: int = 0, random_bits: int = 0
) -> int:
    """The code of a finite number, rounded by the format's policies."""
    sign = negative << form.bits - 1
    if magnitude == 0:
        return sign
    exponent = floor_log2(magnitude)
    if form.subnormals:
        exponent = max(exponent, 1 - form.bias)
    unit = Fraction(2) ** (exponent - form.fraction_bits)
    units = magnitude / unit
    rounded = (floor(units) + _outward(form.rounding, units, negative, random, random_bits)) * unit
    if rounded > form.largest:
        inward = Rounding.TOWARD_POSITIVE if negative else Rounding.TOWARD_NEGATIVE
        code = form.largest_code if form.rounding is inward else form.overflow_code
        return code if code == form.nan_code else sign | code
    if rounded == 0 or (not form.subnormals and rounded < form.min_normal):
        return sign
    exponent = max(floor_log2(rounded), 1 - form.bias)
    significand = rounded / Fraction(2) ** (exponent - form.fraction_bits)
    assert significand.denominator == 1
    normal = significand >= 1 << form.fraction_bits
    fraction = int(significand) - (normal << form.fraction_bits)
    return sign | (exponent + form.bias if normal else 0) << form.fraction_bits | fraction


def floor_log2(value: Fraction) -> int:
    """The exponent of a positive number's leading bit."""
    exponent = value.numerator.bit_length() - value.denominator.bit_length()
    return exponent if value >= Fraction(2) ** exponent else exponent - 1


def _outward(
    rounding: Rounding, units: Fraction, negative: bool, random: int, random_bits: int
) -> bool:
    """Whether a magnitude, in units of the last bit to keep, is rounded away from zero."""
    whole, half = floor(units), Fraction(1, 2)
    rest = units - whole
    match rounding:
        case Rounding.NEAREST_EVEN:
            return rest > half or (rest == half and whole % 2 == 1)
        case Rounding.NEAREST_AWAY:
            return rest >= half
        case Rounding.TOWARD_ZERO:
            return False
        case Rounding.TOWARD_POSITIVE:
            return rest > 0 and not negative
        case Rounding.TOWARD_NEGATIVE:
            return rest > 0 and negative
        case Rounding.STOCHASTIC:
            return floor(rest * 2**random_bits) + random >= 2**random_bits
        case _:
            assert_never(rounding)
