"""Joining arrays that broadcast, so that as little as can be is of full size."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["joined", "total"]

Array = NDArray[Any]


def joined(function: np.ufunc, arrays: Iterable[Array]) -> Array:
    """All arrays joined by a function that does not care for their order, such as `numpy.maximum`.

    Those of one shape meet first, and then always the two whose result is the smallest.

    Args:
        function: of two arrays.
        arrays: one at least; they are used up, since results are written into them.
    """
    held: dict[tuple[int, ...], Array] = {}

    def take(array: Array) -> None:
        shape = np.shape(array)
        partner = held.pop(shape, None)
        held[shape] = array if partner is None else _join(function, partner, array, shape)

    for array in arrays:
        take(array)
    while len(held) > 1:
        pairs = {pair: np.broadcast_shapes(*pair) for pair in combinations(held, 2)}
        one, other = min(pairs, key=lambda pair: int(np.prod(pairs[pair])))
        take(_join(function, held.pop(one), held.pop(other), pairs[one, other]))
    (last_array,) = held.values()
    return last_array


def total(arrays: Iterable[Array]) -> Array:
    """Their sum, as `joined`; 0 of none."""
    return joined(np.add, [np.zeros(()), *arrays])


def _join(function: np.ufunc, one: Array, other: Array, shape: tuple[int, ...]) -> Array:
    dtype = np.result_type(one, other)
    for array in (one, other):
        if isinstance(array, np.ndarray) and array.shape == shape and array.dtype == dtype:
            return function(one, other, out=array)
    return function(one, other)
