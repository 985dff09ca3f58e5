"""Sums and products of codes, rounded once.

The sum of two numbers may need more bits than a double has. Rounding it to a double and then to
nearest even in the format is as good as rounding once, if a double has at least 2p + 2 bits for the
format's p <= 24 (S. A. Figueroa, "When is double rounding innocuous?", SIGNUM Newsletter 30(3),
1995). Other roundings take the double that is rounded to odd (S. Boldo, G. Melquiond, "[...] proved
algorithms using rounding to odd", IEEE Trans. Computers 57(4), 2008). Products of two numbers are
doubles.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hw.formats import Float, Rounding
from sim.formats.codes import (
    checked_codes,
    checked_random,
    code_type,
    decode,
    encode_block,
    in_blocks,
)

__all__ = ["add", "multiply", "odd_sum"]


def add(
    form: Float,
    a: NDArray[np.integer],
    b: NDArray[np.integer],
    random: NDArray[np.integer] | None = None,
    random_bits: int = 0,
) -> NDArray[np.unsignedinteger]:
    """The codes of sums of numbers of a format, each rounded once.

    ``x + -x`` is +0, but -0 when rounded toward negative; ``-0 + -0`` is -0, and opposite
    infinities add to NaN. A NaN has `Float.nan_code`.

    Args:
        form: the format.
        a: codes.
        b: codes, of a shape that fits.
        random: as for `encode`, of the shape of the sum.
        random_bits: likewise.

    Raises:
        RequestError: as for `decode` and `encode`.
    """

    def sums(a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.float64]:
        x, y = decode(form, a), decode(form, b)
        if form.rounding is Rounding.NEAREST_EVEN:
            return x + y
        total = odd_sum(x, y)
        if form.rounding is Rounding.TOWARD_NEGATIVE:
            total[(total == 0) & (np.signbit(x) | np.signbit(y))] = -0.0
        return total

    return _combined(form, sums, a, b, random, random_bits)


def multiply(
    form: Float,
    a: NDArray[np.integer],
    b: NDArray[np.integer],
    random: NDArray[np.integer] | None = None,
    random_bits: int = 0,
) -> NDArray[np.unsignedinteger]:
    """The codes of products of numbers of a format, each rounded once; otherwise as `add`.

    Zero times infinity is NaN. The sign of a zero is that of the product.
    """

    def products(a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.float64]:
        return decode(form, a) * decode(form, b)

    return _combined(form, products, a, b, random, random_bits)


def _combined(
    form: Float,
    operation: Callable[..., NDArray[np.float64]],
    a: NDArray[np.integer],
    b: NDArray[np.integer],
    random: NDArray[np.integer] | None,
    random_bits: int,
) -> NDArray[np.unsignedinteger]:
    a, b = np.broadcast_arrays(checked_codes(form, a), checked_codes(form, b))
    words = checked_random(form, a.shape, random, random_bits)

    def block(
        a: NDArray[np.integer], b: NDArray[np.integer], *words: NDArray[np.integer]
    ) -> NDArray[np.int64]:
        with np.errstate(invalid="ignore"):
            values = operation(a, b)
        return encode_block(form, random_bits, values, *words)

    return in_blocks(block, code_type(form), a, b, *words)


def odd_sum(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums, rounded to odd: an inexact one is the neighbour whose last bit is 1."""
    total = x + y
    part = total - x
    error = (x - (total - part)) + (y - part)  # exact (D. E. Knuth's TwoSum)
    bits = total.view(np.int64)
    even = bits & 1 ^ 1
    outwards = (error > 0) == (total > 0)
    step = np.where(outwards, even, -even)
    step[~(np.abs(error) > 0)] = 0  # exact; or not finite, and the error is NaN
    return (bits + step).view(np.float64)
