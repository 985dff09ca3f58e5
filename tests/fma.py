"""What the tests of fused multiply-add units share."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import floor
from typing import Any

import pytest

from hw.families import FAMILIES, Family, joined
from hw.fma import Fma, FmaLimits
from tests.floats import decoded, floor_log2

__all__ = ["fma", "fma_family", "plain_product"]


def fma(a: str, accumulator: str, terms: int = 4096, **changes: Any) -> Fma:
    """A unit with sums of so many terms."""
    return Fma(a=a, accumulator=accumulator, workload=FmaLimits(terms), **changes)


@pytest.fixture(autouse=True)
def fma_family() -> Iterator[None]:
    """The family, as long as it is not one of the house."""
    if "fma" in FAMILIES:
        yield
        return
    with joined(Family("fma")):
        yield


def plain_product(unit: Fma, a: int, b: int) -> Fraction:
    """The product of two codes that are numbers, said as plainly as can be.

    Products that are no exact ones as their inventors wrote them: of codes without their signs,
    which are added as if each was a logarithm.
    """
    x, y = (decoded(form, code) for form, code in zip(unit.factors, (a, b), strict=True))
    assert isinstance(x, Fraction)
    assert isinstance(y, Fraction)
    if unit.multiplier == "exact" or x == 0 or y == 0:
        return x * y
    if unit.multiplier == "power_of_two":
        power = Fraction(2) ** floor_log2(abs(y))
        if abs(y) - power >= 2 * power - abs(y):
            power *= 2
        return x * (power if y > 0 else -power)
    bits = max(form.fraction_bits for form in unit.factors)
    total = 0
    for form, code in zip(unit.factors, (a, b), strict=True):
        magnitude = code % (1 << form.bits - 1)
        total += magnitude - (form.bias << form.fraction_bits) << bits - form.fraction_bits
    if unit.multiplier == "l_mul":
        place = {1: 1, 2: 2, 3: 3, 4: 3}.get(bits, 4)
        total += 1 << bits - place
    whole, rest = divmod(total, 1 << bits)
    significand = 1 + Fraction(rest, 1 << bits)
    if unit.multiplier == "lns":
        significand = _power(rest, bits)
    size = significand * Fraction(2) ** whole
    return size if (x < 0) == (y < 0) else -size


def _power(rest: int, bits: int) -> Fraction:
    """2**(rest / 2**bits), rounded to two bits more than the fraction: compared as whole powers."""
    places = 1 << bits + 2
    guess = floor(2 ** (rest / (1 << bits)) * places)
    (nearest,) = (
        number
        for number in range(guess - 1, guess + 3)
        if (2 * number - 1) ** (1 << bits)
        < 2**rest * (2 * places) ** (1 << bits)
        < (2 * number + 1) ** (1 << bits)
    )
    return Fraction(nearest, places)
