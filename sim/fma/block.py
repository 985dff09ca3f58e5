"""Block sums: products and an addend, aligned to the largest exponent, truncated, then added.

The sums of GPU matrix units as published models have them: F. A. Khattak, M. Mikaitis, "Accurate
models of NVIDIA tensor cores" (arXiv 2512.07004) and P. Xie et al., MMA-Sim (arXiv 2511.10909).
Where the two differ, docs/block_fma.md says which one is followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hw.formats import Float, NanCodes

__all__ = ["TWINS", "BlockSum", "block_sums"]

_NAN_CODE = 0x7FFFFFFF  # of a binary32 result
_BINARY32 = Float.parse("fp32")
_FAR = 62  # a shift that leaves nothing of a term


@dataclass(frozen=True, kw_only=True)
class BlockSum:
    """A block sum ``a[0] * b[0] + a[1] * b[1] + .. + c`` with c and the result in binary32.

    Attributes:
        factor: format of all a and b.
        terms: products.
        fraction_bits: kept below the largest exponent; what is below is dropped, of each term
            toward zero. A product's exponent is the sum of its factors', so it is below 4.
        result_bits: fraction bits of a normal result; the sum is truncated toward zero to them.
        floor: the least that the largest exponent can be.
    """

    factor: Float
    terms: int
    fraction_bits: int
    result_bits: int = 23
    floor: int = -1024


_AMPERE = BlockSum(factor=Float.parse("fp16"), terms=8, fraction_bits=24, floor=-132)
_HOPPER = BlockSum(factor=Float.parse("fp16"), terms=16, fraction_bits=25, floor=-133)
_HOPPER_FP8 = replace(_HOPPER, terms=32, fraction_bits=13, result_bits=13)

#: Block sums of published models, by name.
TWINS: Mapping[str, BlockSum] = {
    "twin-volta": BlockSum(factor=Float.parse("fp16"), terms=4, fraction_bits=23),
    "twin-ampere-fp16": _AMPERE,
    "twin-ampere-bf16": replace(_AMPERE, factor=Float.parse("bf16")),
    "twin-hopper-fp16": _HOPPER,
    "twin-hopper-bf16": replace(_HOPPER, factor=Float.parse("bf16")),
    "twin-hopper-fp8-e4m3": replace(_HOPPER_FP8, factor=Float.parse("fp8_e4m3")),
    "twin-hopper-fp8-e5m2": replace(_HOPPER_FP8, factor=Float.parse("fp8_e5m2")),
}


class _Numbers(NamedTuple):
    """What codes stand for: ``(-1)**sign * significand * 2**(exponent - fraction bits)``."""

    significand: NDArray[np.int64]
    exponent: NDArray[np.int64]
    negative: NDArray[np.bool_]
    nan: NDArray[np.bool_]
    infinite: NDArray[np.bool_]


def block_sums(
    block: BlockSum,
    a: NDArray[np.integer],
    b: NDArray[np.integer],
    c: NDArray[np.integer],
) -> NDArray[np.int64]:
    """Codes of block sums, of binary32.

    A sum of 0 is +0, one beyond the largest number infinite, and every NaN has the code 0x7FFFFFFF.

    Args:
        block: what is summed.
        a: codes of first factors, shape (sums, terms).
        b: codes of second ones, likewise.
        c: codes of binary32, shape (sums,).
    """
    x, y, z = _numbers(block.factor, a), _numbers(block.factor, b), _numbers(_BINARY32, c)
    beside = z.significand[:, None], z.exponent[:, None], z.negative[:, None]
    significand = np.concatenate([x.significand * y.significand, beside[0]], 1)
    exponent = np.concatenate([x.exponent + y.exponent, beside[1]], 1)
    negative = np.concatenate([x.negative ^ y.negative, beside[2]], 1)
    widths = np.full(significand.shape[1], 2 * block.factor.fraction_bits)
    widths[-1] = _BINARY32.fraction_bits
    there = np.where(significand != 0, exponent, block.floor)
    largest = np.maximum(there.max(1), block.floor)
    kept = _shifted(significand, exponent - largest[:, None] + block.fraction_bits - widths)
    total = np.where(negative, -kept, kept).sum(1)
    codes = _rounded(block, total, largest - block.fraction_bits)
    return _with_specials(codes, x, y, z)


def _numbers(form: Float, codes: NDArray[np.integer]) -> _Numbers:
    """Take codes apart."""
    words = codes.astype(np.int64)
    fraction = words & (1 << form.fraction_bits) - 1
    field = words >> form.fraction_bits & (1 << form.exponent_bits) - 1
    magnitude = words & (1 << form.bits - 1) - 1
    last = (1 << form.exponent_bits) - 1
    if form.nan is NanCodes.IEEE:
        infinite = (field == last) & (fraction == 0) & form.infinities
        nan = (field == last) & ~infinite
    else:
        infinite = np.zeros(words.shape, np.bool_)
        nan = (magnitude == (1 << form.bits - 1) - 1) & (form.nan is NanCodes.ONE)
    significand = np.where(field > 0, fraction | 1 << form.fraction_bits, fraction)
    significand[nan | infinite] = 0
    exponent = np.maximum(field, 1) - form.bias
    return _Numbers(significand, exponent, words >> form.bits - 1 == 1, nan, infinite)


def _shifted(magnitude: NDArray[np.int64], left: NDArray[np.int64]) -> NDArray[np.int64]:
    """Magnitudes shifted left, or right where that is below 0; what leaves at the right is lost."""
    return magnitude << np.clip(left, 0, _FAR) >> np.clip(-left, 0, _FAR)


def _rounded(
    block: BlockSum, total: NDArray[np.int64], unit: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Codes of ``total * 2**unit``, truncated toward zero."""
    form = _BINARY32
    magnitude = np.abs(total)
    bits = np.frexp(magnitude.astype(np.float64))[1]  # of magnitudes below 2**53
    exponent = np.maximum(unit + bits - 1, 1 - form.bias)
    exponent[magnitude == 0] = 1 - form.bias
    kept = _shifted(magnitude, unit - exponent + block.result_bits)
    kept <<= form.fraction_bits - block.result_bits
    codes = kept + (exponent + form.bias - 1 << form.fraction_bits)
    infinity = (1 << form.exponent_bits) - 1 << form.fraction_bits
    codes = np.minimum(codes, infinity)
    return np.where((total < 0) & (codes > 0), codes | 1 << form.bits - 1, codes)


def _with_specials(
    codes: NDArray[np.int64], x: _Numbers, y: _Numbers, z: _Numbers
) -> NDArray[np.int64]:
    """Put NaN and infinities in the place of sums that have such operands."""
    zero_x, zero_y = ((n.significand == 0) & ~n.nan & ~n.infinite for n in (x, y))
    negative = x.negative ^ y.negative
    infinite = x.infinite | y.infinite
    nan = x.nan | y.nan | x.infinite & zero_y | y.infinite & zero_x
    up = (infinite & ~negative).any(1) | z.infinite & ~z.negative
    down = (infinite & negative).any(1) | z.infinite & z.negative
    infinity = np.int64((1 << _BINARY32.exponent_bits) - 1 << _BINARY32.fraction_bits)
    codes = np.where(up, infinity, np.where(down, infinity | 1 << 31, codes))
    return np.where(nan.any(1) | z.nan | up & down, _NAN_CODE, codes)
