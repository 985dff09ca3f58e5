"""Planes of weights: integers taken apart into ternary digits, and put together again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["join_planes", "split_planes"]


def split_planes(weights: NDArray[np.integer], planes: int) -> NDArray[np.int8]:
    """The ternary digits of weights: the bits of the magnitude, each with the weight's sign.

    Args:
        weights: magnitudes up to ``2**planes - 1``, of any shape.
        planes: digits, 1 to 7.

    Returns:
        -1, 0 or +1, the digit of ``2**0`` first on a new first axis.
    """
    places = np.arange(planes).reshape(-1, *[1] * weights.ndim)
    bits = np.abs(weights.astype(np.int16)) >> places & 1
    return np.where(weights < 0, -bits, bits).astype(np.int8)


def join_planes(digits: NDArray[np.integer]) -> NDArray[np.int16]:
    """Undo `split_planes`; the digits may be any, so two's complement with a negative top too."""
    places = 1 << np.arange(len(digits), dtype=np.int16)
    return np.tensordot(places, digits.astype(np.int16), axes=1)
