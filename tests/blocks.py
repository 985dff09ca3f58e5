"""Block formats in exact arithmetic, said as plainly as can be: slow, and sure."""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction
from functools import cache

import numpy as np

from hw.formats import Block, Float, Integer, Scale
from tests.floats import decoded, encoded, floor_log2

__all__ = ["exact_block", "nearest_code", "scale_values"]


@cache
def scale_values(form: Scale) -> list[Fraction]:
    """What the codes below NaN's are worth, in the words of the definition."""
    special = {"ue8m0": (127, False), "ue6m2": (48, False)}
    bias, zero = special.get(form.name, (2 ** (form.exponent_bits - 1) - 1, True))
    worth = []
    for code in range((1 << form.bits) - 1):
        field, fraction = divmod(code, 1 << form.fraction_bits)
        part = Fraction(fraction, 1 << form.fraction_bits)
        if field == 0 and zero:
            worth.append(part * Fraction(2) ** (1 - bias))
        else:
            worth.append((1 + part) * Fraction(2) ** (field - bias))
    return worth


def nearest_code(worth: list[Fraction], value: Fraction, rounding: str = "nearest") -> int:
    """The code of the nearest of ascending values, from the middle the even one."""
    if value >= worth[-1]:
        return len(worth) - 1
    if value < worth[0]:
        return 0
    code = bisect_right(worth, value) - 1
    rest = value - worth[code]
    middle = (worth[code + 1] - worth[code]) / 2
    if rounding == "floor" or rest == 0:
        return code
    if rounding == "round_up":
        return code + 1
    return code + (rest > middle or (rest == middle and code % 2 == 1))


def exact_scale(block: Block, form: Float | Integer, most: Fraction, tensor: Fraction) -> int:
    """The scale's code of a block with a largest magnitude above 0."""
    largest, worth = block.largest_element(form), scale_values(block.scale)
    rounding = str(block.scale_rounding)
    if block.scale.fraction_bits:
        code = nearest_code(worth, most / (largest * tensor), rounding)
        return max(code, 1)
    top = floor_log2(largest)
    power = floor_log2(most)
    if rounding == "ceil":
        power += most != Fraction(2) ** power
    if rounding == "nearest":
        bits = form.fraction_bits if isinstance(form, Float) else form.bits - 2
        unit = Fraction(2) ** (power - bits)
        power = floor_log2(round(most / unit) * unit)
    if rounding == "round_up":
        power = next(
            p for p in range(power - 2, power + 20) if most <= largest * Fraction(2) ** (p - top)
        )
    return min(max(power - top, -127), 127) + 127


def exact_element(block: Block, form: Float | Integer, value: Fraction, minus: bool) -> int:
    """The code of a value over its scale."""
    units = abs(value) / Fraction(2) ** block.element_exponent
    if isinstance(form, Float):
        return encoded(form, units, minus)
    whole = min(round(units), form.maximum)
    return (-whole if minus else whole) % (1 << form.bits)


def element_worth(block: Block, form: Float | Integer, code: int) -> Fraction:
    if isinstance(form, Float):
        worth = decoded(form, code)
        assert isinstance(worth, Fraction)
    else:
        worth = Fraction(code - (code >> form.bits - 1 << form.bits))
    return worth * Fraction(2) ** block.element_exponent


def exact_block(
    block: Block, form: Float | Integer, row: list[float], tensor: Fraction = Fraction(1)
) -> tuple[list[int], int, list[Fraction]]:
    """Elements, scale code, and what the values become."""
    most = max(abs(Fraction(value)) for value in row)
    code = exact_scale(block, form, most, tensor) if most else 0
    scale = scale_values(block.scale)[code] * tensor
    elements = [
        exact_element(block, form, Fraction(value) / scale if most else Fraction(0), minus)
        for value, minus in zip(row, np.signbit(row).tolist(), strict=True)
    ]
    worth = [element_worth(block, form, element) * scale for element in elements]
    return elements, code, worth
