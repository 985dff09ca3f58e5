"""Sums rounded to a float, one step at a time, compiled: for loops over many of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from hw.formats import Float

__all__ = ["FloatRules", "float_step"]

_FRACTION_BITS, _BIAS = 52, 1023  # of a double
_MAGNITUDE = (1 << 63) - 1


class FloatRules(NamedTuple):
    """What a step of a sum in a float is compiled for, which rounds to nearest even.

    Attributes:
        floor: exponent field, of a double, below which the last bit's weight does not fall.
        ceiling: that above which it does not rise.
        places: from a double's exponent field to that of the power of two that rounds it.
        least: what is below becomes 0.
        largest: the largest number.
        overflow: what a larger one becomes.
        nan: what NaN becomes.
    """

    floor: int
    ceiling: int
    places: int
    least: float
    largest: float
    overflow: float
    nan: float

    @classmethod
    def of(cls, form: Float) -> FloatRules:
        """The rules of a format that rounds to nearest even."""
        if form.saturate or not (form.infinities or form.nan_code is not None):
            overflow = float(form.largest)
        else:
            overflow = np.inf if form.infinities else np.nan
        return cls(
            floor=form.subnormals - form.bias + _BIAS,
            ceiling=form.largest_field - form.bias + 2 + _BIAS,
            places=_FRACTION_BITS - form.fraction_bits,
            least=0.0 if form.subnormals else float(form.min_normal),
            largest=float(form.largest),
            overflow=overflow,
            nan=0.0 if form.nan_code is None else np.nan,
        )


@njit(nogil=True, error_model="numpy", cache=True)
def float_step(rules: FloatRules, product: Any, value: Any) -> Any:
    """Add a product to a sum: rounded to odd as a double, then to the format."""
    total = product + value
    part = total - product
    error = (product - (total - part)) + (value - part)
    bits = np.float64(total).view(np.int64)
    step = (bits & 1) ^ 1
    step = step if (error > 0) == (total > 0) else -step
    bits += step if abs(error) > 0 else 0
    magnitude = bits & _MAGNITUDE
    field = max(min(magnitude >> _FRACTION_BITS, rules.ceiling), rules.floor)
    adder = np.int64(field + rules.places << _FRACTION_BITS).view(np.float64)
    rounded = (np.int64(magnitude).view(np.float64) + adder) - adder
    rounded = rounded if rounded <= rules.largest else rules.overflow
    rounded = rounded if rounded >= rules.least or rounded != rounded else 0.0
    return np.copysign(rounded, total) if total == total else rules.nan
