"""Sums of many products, one after the other, as they pass down columns of units."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.fma import Fma, Multiplier
from hw.formats import Float, Rounding
from sim.fma.factors import taken_apart
from sim.fma.raw import RawSums, accumulate, products_of
from sim.fma.rounded import rounded_sums
from sim.formats import decode
from sim.formats.codes import checked_codes

__all__ = ["column_values", "matrix_values", "stepped_values"]

_AT_ONCE = 1 << 9  # sums whose factors stay in the cache
_MOST_TABLE_BITS = 16
Codes = NDArray[np.integer]
Values = NDArray[np.float64]
_Kind = type[np.signedinteger[Any]]


def column_values(unit: Fma, a: Codes, b: Codes) -> Values:
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
    _check(unit, len(a), a, b)
    if not _compiles(unit):
        return stepped_values(unit, a, b)
    values = np.empty(a.shape[1])
    for start in range(0, a.shape[1], _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        values[part] = _looped(unit, a[:, part], b[:, part], values[part].shape)
    return values


def matrix_values(unit: Fma, a: Codes, b: Codes) -> Values:
    """The same of matrix products: every entry is the sum of a column.

    Args:
        unit: every unit of the columns.
        a: codes of the first factors, shape (batch, rows, products).
        b: codes of the second ones, shape (batch, products, columns).

    Returns:
        Shape (batch, rows, columns); exact.

    Raises:
        RequestError: as `column_values`.
    """
    _check(unit, a.shape[2], a, b)
    shape = (*a.shape[:2], b.shape[2])
    if _compiles(unit):
        return _looped(unit, a, b, shape)
    values = np.empty(shape)
    for batch, row in np.ndindex(shape[:2]):
        first = np.broadcast_to(a[batch, row, :, None], b.shape[1:])
        values[batch, row] = stepped_values(unit, first, b[batch])
    return values


def stepped_values(unit: Fma, a: Codes, b: Codes) -> Values:
    """`column_values`, step by step by the model of the unit: slow, and the measure of the other.

    Raises:
        RequestError: a code is none of its format's.
    """
    if unit.sum_format is not None:
        codes = np.zeros(a.shape[1], np.int64)
        for x, y in zip(a, b, strict=True):
            codes = rounded_sums(unit, x, y, codes)[0]
        return decode(unit.sum_format, codes)
    sums = RawSums.zeros(a.shape[1])
    for x, y in zip(a, b, strict=True):
        sums = accumulate(unit, products_of(unit, x, y), sums)
    return sums.values(unit)


def _check(unit: Fma, products: int, *factors: Codes) -> None:
    if products > unit.workload.terms:
        raise RequestError(
            f"a column of {products} units is longer than the sums of {unit.workload.terms} terms"
            " that they are made for"
        )
    for form, codes in zip(unit.factors, factors, strict=True):
        checked_codes(form, codes)


def _compiles(unit: Fma) -> bool:
    """Whether there is a compiled step: of exact products, and of floats that round as usual."""
    form = unit.sum_format
    if unit.multiplier is not Multiplier.EXACT:
        return False
    return form is None or form.rounding is Rounding.NEAREST_EVEN


def _looped(unit: Fma, a: Codes, b: Codes, shape: tuple[int, ...]) -> Values:
    """Sums of columns, or of matrix products, by a compiled loop."""
    from sim.fma import compiled  # it takes a while, and other work on units needs none
    from sim.formats.steps import FloatRules

    matrices = len(shape) > 1
    factors = tuple(zip(unit.factors, (a, b), strict=True))
    if unit.sum_format is not None:
        values = np.zeros(shape)
        make = compiled.float_matrices if matrices else compiled.float_columns
        loop = make(FloatRules.of(unit.sum_format))
        loop(*(decode(form, codes) for form, codes in factors), values)
        return values
    rules = compiled.RawRules.of(unit)
    kind = type(rules.zero)
    places = max(0, unit.window_bits - unit.product_bits)
    first = _parts(unit.factors[0], a, kind, places, 2 + unit.exponent_offset)
    second = _parts(unit.factors[1], b, kind)
    significand, exponent, sign = (np.zeros(shape, kind) for _ in range(3))
    make = compiled.raw_matrices if matrices else compiled.raw_columns
    make(rules)(*first, *second, significand, exponent, sign)
    none = np.zeros(shape, np.bool_)
    values = RawSums(significand, exponent, sign < 0, none, none, none).values(unit)
    return _with_specials(factors, values) if unit.specials else values


def _parts(
    form: Float, codes: Codes, kind: _Kind, places: int = 0, more: int = 0
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Factors taken apart: see `_taken_apart`, of all codes where there are not too many."""
    from sim.fma.compiled import looked_up

    if form.bits > _MOST_TABLE_BITS:
        return _taken_apart(form, codes, kind, places, more)
    rows = codes.reshape(-1, codes.shape[-1])
    significands, exponents = (
        looked_up(table, rows).reshape(codes.shape) for table in _tables(form, kind, places, more)
    )
    return significands, exponents


@cache
def _tables(form: Float, kind: _Kind, places: int, more: int) -> tuple[NDArray[Any], NDArray[Any]]:
    return _taken_apart(form, np.arange(1 << form.bits), kind, places, more)


def _taken_apart(
    form: Float, codes: Codes, kind: _Kind, places: int, more: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Significands with signs, shifted left, and exponents, raised; of 0 and no numbers DEAD."""
    from sim.fma.compiled import DEAD

    apart = taken_apart(form, codes)
    significands = np.where(apart.sign, -apart.significand, apart.significand) << places
    exponents = np.where(apart.significand == 0, DEAD, apart.exponent + more)
    return significands.astype(kind), exponents.astype(kind)


def _with_specials(factors: Sequence[tuple[Float, Codes]], values: Values) -> Values:
    """The same values, but for NaN and the infinities of sums that met some."""
    x, y = (decode(form, codes) for form, codes in factors)
    if np.isfinite(x).all() and np.isfinite(y).all():
        return values
    x, y = (np.where(np.isfinite(factor), np.sign(factor), factor) for factor in (x, y))
    with np.errstate(invalid="ignore"):
        met = (x * y).sum(axis=0) if values.ndim == 1 else x @ y
    return np.where(np.isfinite(met), values, met)
