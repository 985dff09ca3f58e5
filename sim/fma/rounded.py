"""Sums of a product and a number, rounded once to a float, and what is to be said of them.

A product of two factors is a double, whatever the multiplier. Its sum with a number is rounded to
odd in a double, which has at least two bits more than any format: so the code that it is rounded to
is that of the exact sum (S. Boldo, G. Melquiond, "Emulation of FMA and correctly rounded sums:
proved algorithms using rounding to odd", IEEE Trans. Computers 57(4), 2008).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from hw.fma import Fma
from hw.formats import Float, Rounding
from sim.fma.factors import product_values
from sim.formats import decode, encode
from sim.formats.arithmetic import odd_sum

__all__ = ["Flags", "rounded_sums"]


@dataclass(frozen=True)
class Flags:
    """What is said of each sum.

    Attributes:
        invalid: zero times infinity, or infinities of opposite signs, and no NaN came in.
        overflow: the rounded sum would exceed the largest number.
        underflow: the exact sum is below the smallest normal number, not 0, and the result is
            another number.
        inexact: the result is not the exact sum of numbers.
    """

    invalid: NDArray[np.bool_]
    overflow: NDArray[np.bool_]
    underflow: NDArray[np.bool_]
    inexact: NDArray[np.bool_]

    def words(self) -> NDArray[np.int64]:
        """All of them, the first one lowest."""
        words = np.zeros(self.invalid.shape, np.int64)
        for place, field in enumerate(fields(self)):
            words |= getattr(self, field.name).astype(np.int64) << place
        return words


def rounded_sums(
    unit: Fma, a: NDArray[np.integer], b: NDArray[np.integer], c: NDArray[np.integer]
) -> tuple[NDArray[np.unsignedinteger], Flags]:
    """Codes of ``a * b + c``, each rounded once, and their flags.

    ``x + -x`` is +0, but -0 when rounded toward negative.

    Args:
        unit: a configuration whose accumulator is a float.
        a: codes of the first factor.
        b: codes of the second one, of the same shape.
        c: codes of the accumulator's format, likewise.

    Raises:
        RequestError: a code is none of its format's.
    """
    form = unit.sum_format
    assert form is not None
    x, y = (decode(factor, codes) for factor, codes in zip(unit.factors, (a, b), strict=True))
    z = decode(form, c)
    with np.errstate(invalid="ignore"):
        product = product_values(unit, a, b)
        total = odd_sum(product, z)
    if form.rounding is Rounding.TOWARD_NEGATIVE:
        total[(total == 0) & (np.signbit(product) | np.signbit(z))] = -0.0
    codes = encode(form, total)
    came_nan = np.isnan(x) | np.isnan(y) | np.isnan(z)
    finite = np.isfinite(total) & np.isfinite(product) & np.isfinite(z)
    overflow = finite & _exceeds(form, total)
    values = decode(form, codes)
    inexact = finite & (values != total)
    tiny = (np.abs(total) < float(form.min_normal)) & (total != 0)
    return codes, Flags(np.isnan(total) & ~came_nan, overflow, inexact & tiny, inexact)


def _exceeds(form: Float, total: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether numbers, rounded with an exponent without an end, exceed the largest one."""
    largest = float(form.largest)
    step = 2.0 ** (form.largest_field - form.bias - form.fraction_bits)
    magnitude = np.abs(total)
    match form.rounding:
        case Rounding.NEAREST_EVEN:
            # from the middle to the even one, which of powers of two is the larger one
            odd = form.largest_fraction % 2 == 1 or form.fraction_bits == 0
            middle = largest + step / 2
            return magnitude >= middle if odd else magnitude > middle
        case Rounding.NEAREST_AWAY:
            return magnitude >= largest + step / 2
        case _:
            outward = np.signbit(total) == form.rounding.outward_sign
            return np.where(outward, magnitude > largest, magnitude >= largest + step)
