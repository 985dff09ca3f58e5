"""Golden codec of posits, whole arrays at a time."""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from hw.formats import Posit, Rounding

__all__ = ["decode_posits", "encode_posits"]

_FRACTION_BITS = 52  # of a double


def decode_posits(form: Posit, codes: NDArray[np.integer]) -> NDArray[np.float64]:
    """What codes are worth, NaR as NaN.

    Run, exponent and fraction as integers, then one scaling, which is exact.
    """
    size = form.bits - 1
    codes = codes.astype(np.int64)
    negative = codes >> size == 1
    magnitude = np.where(negative, (1 << form.bits) - codes, codes)
    ones = magnitude >> size - 1 & 1 == 1
    # with the run's bits as zeros, `frexp` tells the length of what follows
    inverted = np.where(ones, (1 << size) - 1 - magnitude, magnitude)
    rest = np.frexp(inverted.astype(np.float64))[1].astype(np.int64)
    run = size - rest
    regime = np.where(ones, run - 1, -run)
    rest = np.maximum(rest - 1, 0)  # without the bit that ends the run
    body = (magnitude & (1 << rest) - 1) << form.es  # zeros where the exponent has no room
    exponent, fraction = body >> rest, body & (1 << rest) - 1
    significand = np.ldexp(fraction.astype(np.float64), -rest.astype(np.int32)) + 1
    power = (regime << form.es) + exponent
    values = np.ldexp(np.where(negative, -significand, significand), power.astype(np.int32))
    values[codes == 0] = 0.0
    values[codes == form.nan_code] = np.nan
    return values


def encode_posits(
    form: Posit, random_bits: int, values: NDArray[np.floating], *random: NDArray[np.integer]
) -> NDArray[np.int64]:
    """The codes of values, each rounded once.

    A code of unlimited length is two integers: the bits that are kept and those that are cut off.
    """
    with np.errstate(invalid="ignore"):  # a signalling NaN is one too
        values = values.astype(np.float64, copy=False)
    finite = np.isfinite(values)
    mantissa, exponent = np.frexp(np.where(finite, np.abs(values), 0.0))
    exponent = exponent.astype(np.int64) - 1
    fraction = (np.ldexp(mantissa, _FRACTION_BITS + 1)).astype(np.int64) - (1 << _FRACTION_BITS)
    top = form.largest_exponent
    large, tiny = exponent >= top, exponent < -top
    exponent = np.clip(exponent, -top, top - 1)
    regime = exponent >> form.es
    run = np.where(regime >= 0, regime + 1, -regime)
    prefix = np.where(regime >= 0, (2 << run) - 2, 1)  # the run, and the bit that ends it
    room = form.bits - 2 - run  # for exponent and fraction
    body = (exponent - (regime << form.es) << _FRACTION_BITS) + fraction
    cut = form.es + _FRACTION_BITS - room
    kept = (prefix << room) + (body >> cut)
    lost = body & (1 << cut) - 1
    kept += _outward(form.rounding, kept, lost, cut, values < 0, random_bits, random)
    kept[large], kept[tiny] = form.largest_code, 1
    codes = np.where(values < 0, (1 << form.bits) - kept, kept)
    codes[values == 0] = 0
    codes[~finite] = form.nan_code
    return codes


def _outward(
    rounding: Rounding,
    kept: NDArray[np.int64],
    lost: NDArray[np.int64],
    cut: NDArray[np.int64],
    negative: NDArray[np.bool_],
    random_bits: int,
    random: tuple[NDArray[np.integer], ...],
) -> NDArray[np.bool_]:
    """Whether a magnitude is rounded up, of whose code ``cut`` bits are lost."""
    half = 1 << cut - 1
    match rounding:
        case Rounding.NEAREST_EVEN:
            return (lost > half) | ((lost == half) & (kept & 1 == 1))
        case Rounding.NEAREST_AWAY:
            return lost >= half
        case Rounding.TOWARD_ZERO:
            return np.zeros_like(negative)
        case Rounding.TOWARD_POSITIVE:
            return (lost > 0) & ~negative
        case Rounding.TOWARD_NEGATIVE:
            return (lost > 0) & negative
        case Rounding.STOCHASTIC:
            first = lost << np.maximum(random_bits - cut, 0) >> np.maximum(cut - random_bits, 0)
            return first + random[0] >= 1 << random_bits
        case _:
            assert_never(rounding)
