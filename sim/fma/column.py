"""Sums of many products, one after the other, as they pass down a column of units."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.fma import Fma
from sim.fma.raw import Products, RawSums, accumulate, products_of
from sim.fma.rounded import rounded_sums
from sim.formats import decode

__all__ = ["column_values"]

_AT_ONCE = 1 << 12  # sums that stay in the cache


def column_values(unit: Fma, a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.float64]:
    """What the sums of products are worth when they leave a column, before they are rounded.

    Args:
        unit: every unit of the column.
        a: codes of the first factors, shape (products, sums).
        b: codes of the second ones, likewise.

    Returns:
        Shape (sums,); exact.

    Raises:
        RequestError: there are more products than the unit's sums take, or a code is none of its
            format's.
    """
    if len(a) > unit.workload.terms:
        raise RequestError(
            f"a column of {len(a)} units is longer than the sums of {unit.workload.terms} terms"
            " that they are made for"
        )
    values = np.empty(a.shape[1])
    for start in range(0, a.shape[1], _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        values[part] = _values(unit, a[:, part], b[:, part])
    return values


def _values(unit: Fma, a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.float64]:
    if unit.sum_format is not None:
        codes = np.zeros(a.shape[1], np.int64)
        for x, y in zip(a, b, strict=True):
            codes = rounded_sums(unit, x, y, codes)[0]
        return decode(unit.sum_format, codes)
    sums = RawSums.zeros(a.shape[1])
    products = products_of(unit, a, b)
    for row in range(len(a)):
        one = Products(*(getattr(products, field.name)[row] for field in fields(products)))
        sums = accumulate(unit, one, sums)
    return sums.values(unit)
