"""Factors taken apart, and the products of their significands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw.fma import Fma, Multiplier
from hw.formats import Float
from sim.formats import decode
from sim.formats.codes import checked_codes

__all__ = ["Apart", "product_values", "significand_products", "taken_apart"]

Integers = NDArray[np.int64]
Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class Apart:
    """A factor: significand and exponent of its last bit above the least one, and what it is."""

    significand: Integers
    exponent: Integers
    sign: Bits
    nan: Bits
    infinite: Bits
    zero: Bits


def taken_apart(form: Float, codes: NDArray[np.integer]) -> Apart:
    """Factors as what they are made of; the significand is 0 of what is no number."""
    values = decode(form, codes)
    codes = checked_codes(form, codes).astype(np.int64)
    field = codes >> form.fraction_bits & (1 << form.exponent_bits) - 1
    finite = np.isfinite(values)
    exponent = np.maximum(field - 1, 0)
    least = 2.0**form.least_exponent
    significand = np.ldexp(np.abs(np.where(finite, values, 0)) / least, -exponent)
    return Apart(
        significand.astype(np.int64),
        exponent,
        codes >> form.bits - 1 == 1,
        np.isnan(values),
        np.isinf(values),
        values == 0,
    )


def significand_products(unit: Fma, x: Apart, y: Apart) -> Integers:
    """Products of significands, in units of the last bit of the unit's products; 0 of 0.

    Of what is not exact the factors are told as real numbers from 1 to below 2.
    """
    if unit.multiplier is Multiplier.EXACT:
        return x.significand * y.significand
    first, second = (
        apart.significand / (1 << form.fraction_bits) - 1
        for apart, form in zip((x, y), unit.factors, strict=True)
    )
    if unit.multiplier is Multiplier.POWER_OF_TWO:
        product = (1 + first) * np.where(second >= 0.5, 2, 1)
    else:
        total = first + second
        if unit.multiplier is Multiplier.L_MUL:
            total = total + _correction(unit)
        whole = np.floor(total)
        rest = total - whole
        if unit.multiplier is Multiplier.LNS:
            places = 2.0**unit.product_form.fraction_bits
            significand = np.round(np.exp2(rest) * places) / places
        else:
            significand = 1 + rest
        product = significand * 2**whole
    live = (x.significand != 0) & (y.significand != 0)
    return np.where(live, product * 2.0**unit.product_form.fraction_bits, 0).astype(np.int64)


def _correction(unit: Fma) -> float:
    """What L-Mul adds to the sum of fractions."""
    bits = max(form.fraction_bits for form in unit.factors)
    return 2.0 ** -(bits if bits < 4 else 3 if bits == 4 else 4)


def product_values(
    unit: Fma, a: NDArray[np.integer], b: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Products of codes as the unit's multiplier makes them; exactly, and NaN and infinities.

    Raises:
        RequestError: a code is none of its format's.
    """
    factors = tuple(zip(unit.factors, (a, b), strict=True))
    x, y = (decode(form, codes) for form, codes in factors)
    with np.errstate(invalid="ignore"):
        values = x * y  # zeros, with their signs, and what is no number, whatever the multiplier
    if unit.multiplier is Multiplier.EXACT:
        return values
    first, second = (taken_apart(form, codes) for form, codes in factors)
    significands = significand_products(unit, first, second).astype(np.float64)
    exponents = first.exponent + second.exponent + unit.product_exponents[0]
    magnitudes = np.ldexp(significands, exponents)
    return np.where(magnitudes > 0, np.copysign(magnitudes, values), values)
