"""The golden model of the exit: scales and result formats, in exact integers.

A number is an integer and the weight of its last bit. Arrays hold Python's integers, so nothing
here overflows, whatever the widths.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.formats import Fixed, Float, Integer, NanCodes
from hw.ternary import ExitPlan

__all__ = ["exit_results", "float_values", "round_to_float", "round_to_integer"]

Integers = NDArray[Any]  # of Python's integers


def exit_results(
    plan: ExitPlan,
    sums: NDArray[np.integer],
    scales: NDArray[np.integer] | None = None,
    *,
    invalid: NDArray[np.bool_] | None = None,
    exponent: NDArray[np.integer] | None = None,
) -> NDArray[np.int64]:
    """What an exit makes of the sums of a core.

    Args:
        plan: the exit's.
        sums: shape (..., groups), without groups of scales (..., 1); codes if the plan says so.
        scales: their codes, of a shape that broadcasts to that of the sums; None without scales.
        invalid: which sums are no numbers, of such a shape; None if all are.
        exponent: of the sums, of the results' shape (...); None if the plan states a constant.

    Returns:
        Results, shape (...): integers, or the codes of floats (not negative).
    """
    exact = sums.astype(object)
    weights = np.full(sums.shape[:-1], plan.exponents[0] if exponent is None else 0, dtype=object)
    if exponent is not None:
        weights = exponent.astype(object)
    nan = np.zeros(sums.shape, dtype=bool) if invalid is None else invalid
    infinity, negative = np.zeros(sums.shape, dtype=bool), exact < 0
    if plan.sums is not None:
        negative, exact, weight, nan, infinity = _parts(plan.sums, sums)
        weights = weight[..., 0]
    infinite_sum = infinity
    if isinstance(plan.scale_format, Fixed):
        assert scales is not None
        exact = exact * scales.astype(object)
        weights = weights - plan.scale_format.fraction_bits
        nan = nan | (infinite_sum & (scales == 0))
    elif isinstance(plan.scale_format, Float):
        assert scales is not None
        sign, significand, weight, scale_nan, infinity = _parts(plan.scale_format, scales)
        nan = nan | scale_nan | (infinity & (exact == 0) & ~infinite_sum)
        nan = nan | (infinite_sum & (significand == 0) & ~infinity)
        negative = negative ^ sign
        infinity = np.broadcast_to(infinity, sums.shape) | infinite_sum
        exact, weights = exact * significand, weights + np.broadcast_to(weight, sums.shape)[..., 0]
    total = exact.sum(axis=-1)
    if isinstance(plan.result, Integer):
        return round_to_integer(plan.result.bits, total, weights).astype(np.int64)
    negative = total < 0 if plan.grouped else negative[..., 0]
    codes = round_to_float(plan.result, np.abs(total), weights)
    codes[infinity.any(axis=-1)] = plan.result.overflow_code
    codes = codes | np.where(negative, 1 << plan.result.bits - 1, 0)
    nan = np.broadcast_to(nan, sums.shape).any(axis=-1)
    if plan.result.overflow_code == plan.result.nan_code:  # a NaN has no sign
        nan = nan | ((codes & (1 << plan.result.bits - 1) - 1) == plan.result.nan_code)
    return np.where(nan, plan.result.nan_code or 0, codes).astype(np.int64)


def round_to_integer(bits: int, numbers: Integers, weights: Integers) -> Integers:
    """``numbers * 2**weights`` rounded to nearest even, saturated to ``bits`` bits."""
    rounded = _shifted(np.abs(numbers), -weights) * np.sign(numbers)
    return np.clip(rounded, -(1 << bits - 1), (1 << bits - 1) - 1)


def round_to_float(form: Float, magnitudes: Integers, weights: Integers) -> Integers:
    """The codes, without sign, of ``magnitudes * 2**weights`` rounded to nearest even.

    Args:
        form: the format, with its policies for subnormals and overflow.
        magnitudes: not negative.
        weights: of the last bit; the same shape.
    """
    lengths = np.frompyfunc(int.bit_length, 1, 1)(magnitudes)
    last = weights + lengths - form.significand_bits  # weight of the last bit that is kept
    if form.subnormals:
        last = np.maximum(last, form.least_exponent)
    significand = _shifted(magnitudes, last - weights)
    # A carry out of the significand makes the next exponent's first number: the sum is its code.
    code = (last - form.least_exponent << form.fraction_bits) + significand
    code = np.where(code > form.largest_code, form.overflow_code, code)
    if not form.subnormals:
        code = np.where(code < 1 << form.fraction_bits, 0, code)
    return np.where(magnitudes == 0, 0, code)


def float_values(form: Float, codes: NDArray[np.integer]) -> NDArray[np.float64]:
    """The numbers that codes stand for, exactly."""
    sign, significand, weight, nan, infinity = _parts(form, codes)
    magnitude = np.ldexp(significand.astype(np.float64), weight.astype(np.int64))
    values = np.where(nan, np.nan, np.where(infinity, np.inf, magnitude))
    return np.where(sign, -values, values)


def _shifted(numbers: Integers, amount: Integers) -> Integers:
    """Numbers that are not negative, shifted right (left if negative), rounded to nearest even."""
    right, left = np.maximum(amount, 0), np.maximum(-amount, 0)
    down = numbers >> right
    twice = numbers - (down << right) << 1
    unit = np.ones_like(down) << right
    away = (twice > unit) | ((twice == unit) & (down & 1 == 1))
    return (down + away) << left


def _parts(form: Float, codes: NDArray[np.integer]) -> tuple[Integers, ...]:
    """Sign, significand, weight of its last bit, whether NaN, whether infinite."""
    codes = codes.astype(np.int64)
    fraction = codes & (1 << form.fraction_bits) - 1
    field = codes >> form.fraction_bits & (1 << form.exponent_bits) - 1
    sign = codes >> form.bits - 1 & 1 == 1
    significand = np.where(field > 0, fraction + (1 << form.fraction_bits), fraction)
    if not form.subnormals:
        significand = np.where(field > 0, significand, 0)
    weight = np.maximum(field, 1) - 1 + form.least_exponent
    top = field == (1 << form.exponent_bits) - 1
    infinity = top & (fraction == 0) & form.infinities
    nan = {
        NanCodes.IEEE: top & ~infinity,
        NanCodes.ONE: top & (fraction == (1 << form.fraction_bits) - 1),
        NanCodes.NONE: np.zeros(codes.shape, dtype=bool),
    }[form.nan]
    return sign, significand.astype(object), weight.astype(object), nan, infinity
