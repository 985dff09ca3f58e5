"""Steps of columns, compiled: many sums side by side, in the lanes of the processor.

The same sums as `sim.fma.raw` and `sim.fma.rounded`, made for speed: a step has no branch, a sum is
three integers of 32 bits where its window leaves room, and what the unit's parameters decide is
decided when it is compiled. Products that are 0 have an exponent below all others.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core.extending import intrinsic

from hw.fma import Cut, Difference, Fma, Product
from sim.formats.steps import FloatRules, float_step

__all__ = [
    "DEAD",
    "RawRules",
    "float_columns",
    "float_matrices",
    "looked_up",
    "raw_columns",
    "raw_matrices",
]

#: Exponent of a factor that is 0 or no number: below that of any other one, and of any sum.
DEAD = -(1 << 20)
_LANES = 256  # sums side by side: their significands, exponents and signs stay in the first cache
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "cache": True}


class RawRules(NamedTuple):
    """What a step of a raw sum is compiled for; integers are of the type that sums are made in.

    Attributes:
        zero: 0.
        last: the place of a sign, 31 or 63.
        top: leading zeros that a full window has.
        width: bits of the window.
        guard: bits of it below the sum's own.
        drop: bits of a product below the window.
        first: the place of a product's first bit that may be empty.
        normalized: whether that place is filled.
        exact: whether all leading zeros are shifted out.
        groups: places to the right that leave only what a shift looks at, and the shift.
        jam: whether the last bit tells of bits that are cut.
        inverted: whether a negative difference is one less.
    """

    zero: Any
    last: Any
    top: Any
    width: Any
    guard: Any
    drop: Any
    first: Any
    normalized: bool
    exact: bool
    groups: tuple[tuple[Any, Any], ...]
    jam: bool
    inverted: bool

    @classmethod
    def of(cls, unit: Fma) -> RawRules:
        """The rules of a unit whose accumulator is raw."""
        width, product = unit.window_bits, unit.product_bits
        kind = np.int32 if max(width + 1, product) < 32 else np.int64
        size = 8 * np.dtype(kind).itemsize
        groups, seen = [], 0
        for bits, places in unit.normalizing.groups or ():
            seen += bits
            groups.append((kind(width - seen), kind(places)))
        return cls(
            zero=kind(0),
            last=kind(size - 1),
            top=kind(size - width),
            width=kind(width),
            guard=kind(unit.guard_bits),
            drop=kind(max(0, product - width)),
            first=kind(max(width, product) - 1),
            normalized=unit.product is Product.NORMALIZED,
            exact=unit.normalizing.groups is None,
            groups=tuple(groups) or ((kind(0), kind(0)),),
            jam=unit.cut is Cut.JAM,
            inverted=unit.difference is Difference.INVERTED,
        )


def _count(_context: Any, integer: Any) -> Any:
    """Zeros above the first 1 of an integer; all its bits of 0."""

    def generate(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return integer(integer), generate


def _truncation(_context: Any, integer: Any, wide: Any) -> Any:
    """An integer in the type of another one: Numba makes 64 bits of a sum of two of 32."""

    def generate(_target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.trunc(arguments[1], ir.IntType(signature.return_type.bitwidth))

    return integer(integer, wide), generate


_leading_zeros: Any = intrinsic(_count)
_as: Any = intrinsic(_truncation)


@njit(**_OPTIONS)
def _cut(rules: RawRules, value: Any, places: Any) -> Any:
    """A magnitude shifted right."""
    shifted = _as(value, value >> places)
    if rules.jam:
        shifted = _as(value, shifted | (_as(value, shifted << places) != value))
    return shifted


@njit(**_OPTIONS)
def _raw_step(
    rules: RawRules, product: Any, weight: Any, significand: Any, exponent: Any, sign: Any
) -> Any:
    """Add a signed product with an exponent to a sum, whose sign is 0 or -1."""
    zero = rules.zero
    live = product != zero
    product_sign = _as(zero, product >> rules.last)
    magnitude = abs(product)
    if rules.normalized:
        empty = _as(zero, _as(zero, magnitude >> rules.first) ^ 1)
        magnitude = _as(zero, magnitude << empty)
        weight = _as(zero, weight - empty)
    magnitude = _cut(rules, magnitude, rules.drop)
    first = _as(zero, significand << rules.guard)
    swap = weight > exponent
    distance = min(abs(_as(zero, weight - exponent)), rules.width)
    large = magnitude if swap else first
    small = _cut(rules, first if swap else magnitude, distance)
    opposite = _as(zero, product_sign ^ sign)
    small = _as(zero, _as(zero, small ^ opposite) - opposite)
    total = _as(zero, large + small)
    negative = _as(zero, total >> rules.last)
    sign = _as(zero, (product_sign if swap else sign) ^ negative)
    total = _as(zero, total ^ negative)
    if not rules.inverted:
        total = _as(zero, total - negative)
    carry = _as(zero, total >> rules.width)
    total = _cut(rules, total, carry)
    exponent = _as(zero, max(weight, exponent) + carry)
    shift = zero
    if rules.exact:
        shift = _as(zero, _leading_zeros(total) - rules.top)
        shift = shift if live and total != zero else zero
    else:
        for rest, places in rules.groups:
            shift = places if _as(zero, total >> rest) == zero else shift
        shift = shift if live else zero
    exponent = _as(zero, exponent - shift)
    if rules.exact:
        exponent = zero if live and total == zero else exponent
    return _cut(rules, _as(zero, total << shift), rules.guard), exponent, sign


@njit(**_OPTIONS)
def looked_up(table: Any, codes: Any) -> Any:
    """Entries of a table, an array of the shape of their numbers (two axes)."""
    entries = np.empty(codes.shape, table.dtype)
    for row in range(codes.shape[0]):
        for column in range(codes.shape[1]):
            entries[row, column] = table[codes[row, column]]
    return entries


@cache
def raw_columns(rules: RawRules) -> Callable[..., None]:
    """A loop over columns of raw sums.

    Its arguments: signed significands of the first factors and their exponents, shape (products,
    sums), those of the second ones, and significands, exponents and signs of the sums, shape
    (sums,), which it changes.
    """

    @njit(**_OPTIONS)
    def columns(a: Any, wa: Any, b: Any, wb: Any, sums: Any, exponents: Any, signs: Any) -> None:
        for start in range(0, a.shape[1], _LANES):
            lanes = slice(start, start + _LANES)
            total, exponent, sign = sums[lanes], exponents[lanes], signs[lanes]
            for k in range(a.shape[0]):
                x, y, wx, wy = a[k, lanes], b[k, lanes], wa[k, lanes], wb[k, lanes]
                for j in range(len(total)):
                    total[j], exponent[j], sign[j] = _raw_step(
                        rules,
                        _as(x[j], x[j] * y[j]),
                        _as(x[j], wx[j] + wy[j]),
                        total[j],
                        exponent[j],
                        sign[j],
                    )

    return columns


@cache
def raw_matrices(rules: RawRules) -> Callable[..., None]:
    """A loop over matrix products of raw sums.

    Its arguments are those of `raw_columns`, of shapes (batch, rows, products), (batch, products,
    columns) and (batch, rows, columns).
    """

    @njit(**_OPTIONS)
    def matrices(a: Any, wa: Any, b: Any, wb: Any, sums: Any, exponents: Any, signs: Any) -> None:
        for batch in range(a.shape[0]):
            for start in range(0, b.shape[2], _LANES):
                lanes = slice(start, start + _LANES)
                for row in range(a.shape[1]):
                    total, exponent = sums[batch, row, lanes], exponents[batch, row, lanes]
                    sign = signs[batch, row, lanes]
                    for k in range(a.shape[2]):
                        x, wx = a[batch, row, k], wa[batch, row, k]
                        y, wy = b[batch, k, lanes], wb[batch, k, lanes]
                        for j in range(len(total)):
                            total[j], exponent[j], sign[j] = _raw_step(
                                rules,
                                _as(x, x * y[j]),
                                _as(x, wx + wy[j]),
                                total[j],
                                exponent[j],
                                sign[j],
                            )

    return matrices


@cache
def float_columns(rules: FloatRules) -> Callable[..., None]:
    """A loop over columns of sums in a float: as `raw_columns`, of values alone."""

    @njit(**_OPTIONS)
    def columns(a: Any, b: Any, sums: Any) -> None:
        for start in range(0, a.shape[1], _LANES):
            lanes = slice(start, start + _LANES)
            total = sums[lanes]
            for k in range(a.shape[0]):
                x, y = a[k, lanes], b[k, lanes]
                for j in range(len(total)):
                    total[j] = float_step(rules, x[j] * y[j], total[j])

    return columns


@cache
def float_matrices(rules: FloatRules) -> Callable[..., None]:
    """A loop over matrix products of sums in a float: as `raw_matrices`, of values alone."""

    @njit(**_OPTIONS)
    def matrices(a: Any, b: Any, sums: Any) -> None:
        for batch in range(a.shape[0]):
            for start in range(0, b.shape[2], _LANES):
                lanes = slice(start, start + _LANES)
                for row in range(a.shape[1]):
                    total = sums[batch, row, lanes]
                    for k in range(a.shape[2]):
                        x, y = a[batch, row, k], b[batch, k, lanes]
                        for j in range(len(total)):
                            total[j] = float_step(rules, x * y[j], total[j])

    return matrices
