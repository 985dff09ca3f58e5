"""Partial sums that are neither normalised exactly nor rounded, bit for bit.

A sum is a sign, an exponent and a significand that may start with zeros. The operand with the
smaller exponent (of equal ones the product) is shifted right to the other one's, both are added or
subtracted, a carry shifts the sum right, and leading zeros are shifted out as far as the unit's
normalization says. A product of zero leaves a sum as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.fma import Cut, Difference, Fma, Product
from sim.fma.factors import significand_products, taken_apart

__all__ = ["Products", "RawSums", "accumulate", "products_of"]

Integers = NDArray[np.int64]
Bits = NDArray[np.bool_]


@dataclass(frozen=True)
class RawSums:
    """Partial sums, arrays of one shape.

    Attributes:
        significand, exponent, sign: as `hw.fma.raw.Raw` says.
        nan, positive, negative: each met a NaN, or an infinity of that sign.
    """

    significand: Integers
    exponent: Integers
    sign: Bits
    nan: Bits
    positive: Bits
    negative: Bits

    @classmethod
    def zeros(cls, shape: int | tuple[int, ...]) -> RawSums:
        """Sums to start with."""
        significand, exponent = (np.zeros(shape, np.int64) for _ in range(2))
        sign, nan, positive, negative = (np.zeros(shape, np.bool_) for _ in range(4))
        return cls(significand, exponent, sign, nan, positive, negative)

    def check(self, unit: Fma) -> None:
        """See that they are partial sums of a unit.

        Raises:
            RequestError: a field is out of range, or says what no product of the unit is.
        """
        raw = unit.raw
        most = {"significand": (1 << raw.bits) - 1, "exponent": (1 << raw.exponent_bits) - 2}
        for name, largest in most.items():
            values = getattr(self, name)
            if values.size and not 0 <= values.min() <= values.max() <= largest:
                raise RequestError(f"{name} of c must be 0 to {largest}")
        for name in ("nan", "positive", "negative"):
            if name not in unit.specials and getattr(self, name).any():
                raise RequestError(f"no product of {unit.a} and {unit.b} is {name}: nor is c")

    def values(self, unit: Fma) -> NDArray[np.float64]:
        """What they are worth, exactly; NaN and infinities where they met some."""
        magnitude = np.ldexp(self.significand.astype(np.float64), self.exponent + unit.raw.unit)
        numbers = np.where(self.sign, -magnitude, magnitude)
        numbers[self.positive] = np.inf
        numbers[self.negative] = -np.inf
        numbers[self.nan | (self.positive & self.negative)] = np.nan
        return numbers

    def __getitem__(self, key: object) -> RawSums:
        return RawSums(*(getattr(self, field.name)[key] for field in fields(self)))


@dataclass(frozen=True)
class Products:
    """Products of significands, before they are added; arrays of one shape.

    Attributes:
        live: it is a number other than 0.
        significand: of the unit's window, cut to it.
        exponent: as partial sums have it; 0 of those that are not live.
        sign: of the product.
        nan, positive, negative: it is a NaN or an infinity; then the significand is 0.
    """

    live: Bits
    significand: Integers
    exponent: Integers
    sign: Bits
    nan: Bits
    positive: Bits
    negative: Bits


def products_of(unit: Fma, a: NDArray[np.integer], b: NDArray[np.integer]) -> Products:
    """The products of codes as they enter a raw sum.

    Args:
        unit: a configuration whose accumulator is raw.
        a: codes of the first factor.
        b: codes of the second one, of a shape that fits.

    Raises:
        RequestError: a code is none of its format's.
    """
    x, y = (taken_apart(f, codes) for f, codes in zip(unit.factors, (a, b), strict=True))
    significand = significand_products(unit, x, y)
    sign = x.sign ^ y.sign
    live = significand != 0
    exponent = np.where(live, x.exponent + y.exponent + 2 + unit.exponent_offset, 0)
    nan = x.nan | y.nan | (x.infinite & y.zero) | (y.infinite & x.zero)
    infinite = (x.infinite | y.infinite) & ~nan
    if unit.product is Product.NORMALIZED:
        for _ in range(unit.product_form.zeros):
            empty = live & (significand >> unit.product_bits - 1 == 0)
            significand = np.where(empty, significand << 1, significand)
            exponent = exponent - empty
    places = unit.window_bits - unit.product_bits
    if places >= 0:
        significand = significand << places
    else:
        significand = _shifted_right(unit, significand, np.int64(-places))
    return Products(live, significand, exponent, sign, nan, infinite & ~sign, infinite & sign)


def accumulate(unit: Fma, products: Products, c: RawSums) -> RawSums:
    """Add products to partial sums, one to each.

    Args:
        unit: a configuration whose accumulator is raw.
        products: of `products_of`.
        c: the sums so far, of the same shape.
    """
    first = c.significand << unit.guard_bits
    swap = products.exponent > c.exponent
    exponent = np.maximum(products.exponent, c.exponent)
    distance = np.minimum(np.abs(products.exponent - c.exponent), unit.window_bits)
    large = np.where(swap, products.significand, first)
    small = _shifted_right(unit, np.where(swap, first, products.significand), distance)
    subtract = products.sign ^ c.sign
    total = np.where(subtract, large - small, large + small)
    sign = np.where(swap, products.sign, c.sign) ^ (total < 0)
    total = np.abs(total) - ((total < 0) & (unit.difference is Difference.INVERTED))
    carry = total >> unit.window_bits
    total = _shifted_right(unit, total, carry)
    exponent = exponent + carry
    shift = np.where((carry == 0) & products.live, _shift_of(unit, total), 0)
    total = total << shift
    exponent = exponent - shift
    if unit.normalizing.groups is None:
        exponent[products.live & (total == 0)] = 0
    return RawSums(
        _shifted_right(unit, total, np.int64(unit.guard_bits)),
        exponent,
        sign,
        *(getattr(c, name) | getattr(products, name) for name in ("nan", "positive", "negative")),
    )


def _shift_of(unit: Fma, total: Integers) -> Integers:
    """How far each sum is shifted left."""
    width, groups = unit.window_bits, unit.normalizing.groups
    shift = np.zeros(total.shape, np.int64)
    if groups is None:
        for places in range(1, width):
            shift += total >> width - places == 0
        return shift
    seen = 0
    for bits, places in groups:
        seen += bits
        shift[total >> width - seen == 0] = places
    return shift


def _shifted_right(unit: Fma, value: Integers, places: Integers | np.int64) -> Integers:
    """A significand shifted right, and cut as the unit does it."""
    shifted = value >> places
    if unit.cut is Cut.JAM:
        shifted |= shifted << places != value
    return shifted
