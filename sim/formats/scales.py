"""Golden codec of the scales of blocks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import Scale

__all__ = ["decode_scales", "encode_scales", "scale_codes"]


def decode_scales(form: Scale, codes: NDArray[np.integer]) -> NDArray[np.float64]:
    """What codes are worth."""
    codes = codes.astype(np.int64)
    field, fraction = codes >> form.fraction_bits, codes & (1 << form.fraction_bits) - 1
    lowest = (field == 0) & form.zero
    units = np.where(lowest, fraction, fraction + (1 << form.fraction_bits))
    power = np.where(lowest, 1, field) - form.bias - form.fraction_bits
    values = np.ldexp(units.astype(np.float64), power.astype(np.int32))
    values[codes == form.nan_code] = np.nan
    return values


def encode_scales(
    form: Scale, _random_bits: int, values: NDArray[np.floating]
) -> NDArray[np.int64]:
    """The codes of values, each rounded to nearest.

    Raises:
        RequestError: a number is below 0.
    """
    if (values < 0).any():
        raise RequestError(
            f"{values[values < 0][0]} is to become a code of {form.name}, which has no sign"
        )
    return scale_codes(form, values.astype(np.float64), np.rint)


def scale_codes(
    form: Scale,
    values: NDArray[np.float64],
    whole: Callable[[NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.int64]:
    """The codes of values that are not below 0.

    Args:
        form: the format.
        values: numbers; what is out of the range becomes its end, infinity and NaN become NaN.
        whole: makes integers of multiples of the significand's last bit.
    """
    finite = np.isfinite(values)
    exponent = np.frexp(np.where(finite, values, 1.0))[1].astype(np.int64) - 1
    least = int(form.zero) - form.bias
    exponent = np.where(values == 0, least, exponent)
    exponent = np.clip(exponent, least, form.exponents[1] + form.fraction_bits)
    shift = (form.fraction_bits - exponent).astype(np.int32)
    units = np.where(finite, np.ldexp(values, shift), 0.0)
    bound = float(2 << form.fraction_bits)  # what is beyond is out of the range
    codes = whole(np.minimum(units, bound)).astype(np.int64)
    codes += exponent - least << form.fraction_bits
    codes -= 0 if form.zero else 1 << form.fraction_bits
    return np.where(finite, np.clip(codes, 0, form.largest_code), form.nan_code)
