"""Block sums of GPU matrix units in plain Python and exact fractions, from the papers' prose.

F. A. Khattak, M. Mikaitis, "Accurate models of NVIDIA tensor cores" (arXiv 2512.07004), and P. Xie
et al., MMA-Sim (arXiv 2511.10909): all products and c are aligned to the largest exponent, each is
truncated toward zero to a number of fraction bits below it, their sum is exact, and what comes of
it is truncated toward zero once. Products are not normalised: 1.5 * 1.5 has the exponent 0. What is
subnormal has the least exponent of its format. What is 0 takes no part in the largest exponent.
"""

from __future__ import annotations

from fractions import Fraction
from math import inf, isnan, nan

__all__ = ["block_sum"]


def block_sum(
    a: list[float],
    b: list[float],
    c: float,
    *,
    least_exponents: tuple[int, int, int],
    fraction_bits: int,
    result_bits: int,
    floor: int | None = None,
) -> float:
    """The sum of all products and c.

    Args:
        a, b: the factors; doubles that are numbers of their formats, or infinite, or NaN.
        c: what is added, likewise.
        least_exponents: of normal numbers of the formats of a, b and c.
        fraction_bits: that are kept below the largest exponent.
        result_bits: fraction bits of a normal result.
        floor: the least that the largest exponent can be; None if there is no such.
    """
    special = _special(a, b, c)
    if special is not None:
        return special
    terms = [(Fraction(c), _exponent(c, least_exponents[2]))] if c else []
    for x, y in zip(a, b, strict=True):
        if x and y:
            exponent = _exponent(x, least_exponents[0]) + _exponent(y, least_exponents[1])
            terms.append((Fraction(x) * Fraction(y), exponent))
    if not terms:
        return 0.0
    largest = max(exponent for _, exponent in terms)
    largest = largest if floor is None else max(largest, floor)
    grid = Fraction(2) ** (largest - fraction_bits)
    total = sum(int(value / grid) for value, _ in terms) * grid  # int() is toward zero
    if total == 0:
        return 0.0
    exponent = 0
    while abs(total) >= Fraction(2) ** (exponent + 1):
        exponent += 1
    while abs(total) < Fraction(2) ** exponent:
        exponent -= 1
    step = Fraction(2) ** (max(exponent, least_exponents[2]) - result_bits)
    return float(int(total / step) * step)


def _special(a: list[float], b: list[float], c: float) -> float | None:
    """What an infinite or NaN operand makes of the sum; None where there is none."""
    infinite = {c} & {inf, -inf}
    for x, y in zip(a, b, strict=True):
        if isnan(x) or isnan(y) or (inf in (abs(x), abs(y)) and 0 in (x, y)):
            return nan
        if inf in (abs(x), abs(y)):
            infinite.add(x * y)
    if isnan(c) or len(infinite) > 1:
        return nan
    return infinite.pop() if infinite else None


def _exponent(x: float, least: int) -> int:
    """Of a number other than 0: that of its format's field."""
    magnitude, exponent = abs(Fraction(x)), least
    while magnitude >= Fraction(2) ** (exponent + 1):
        exponent += 1
    return exponent
