"""Posits in exact arithmetic, as the standard words them: bit by bit, slow, and sure."""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from functools import cache

from hw.formats import Posit

__all__ = ["posit_nearest", "posit_value", "posit_values"]


def posit_value(bits: int, es: int, code: int) -> Fraction | None:
    """What a code is worth; None for NaR."""
    if code == 0:
        return Fraction(0)
    if code == 1 << bits - 1:
        return None
    if code >> bits - 1:
        opposite = posit_value(bits, es, (1 << bits) - code)
        assert opposite is not None
        return -opposite
    text = f"{code:0{bits}b}"[1:]
    run = len(text) - len(text.lstrip(text[0]))
    regime = run - 1 if text[0] == "1" else -run
    rest = text[run + 1 :]
    exponent = int(rest[:es].ljust(es, "0") or "0", 2)
    fraction = rest[es:]
    significand = 1 + Fraction(int(fraction or "0", 2), 1 << len(fraction))
    return significand * Fraction(2) ** (regime * 2**es + exponent)


@cache
def posit_values(bits: int, es: int) -> list[Fraction]:
    """All magnitudes by code, from 0 to the largest, ascending."""
    values = [posit_value(bits, es, code) for code in range(1 << bits - 1)]
    return [value for value in values if value is not None]


def posit_nearest(form: Posit, value: Fraction) -> int:
    """The code of a number, rounded to nearest as in the Posit Standard (2022), section 4.1."""
    values = posit_values(form.bits, form.es)
    magnitude = abs(value)
    if magnitude == 0:
        return 0
    if magnitude >= values[-1]:
        code = len(values) - 1
    elif magnitude <= values[1]:
        code = 1
    else:
        code = bisect_right(values, magnitude) - 1
        if values[code] != magnitude:
            between = posit_value(form.bits + 1, form.es, 2 * code + 1)
            assert between is not None
            code += magnitude > between or (magnitude == between and code % 2 == 1)
    return code if value > 0 else (1 << form.bits) - code
