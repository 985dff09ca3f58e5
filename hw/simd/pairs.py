"""Pairs of operand formats, the modes of a SIMD unit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hw.errors import RequestError
from hw.formats import parse_format
from hw.simd.numbers import Number, number_of

__all__ = ["Pair", "parse_pairs"]

_MOST_PAIRS = 64


@dataclass(frozen=True)
class Pair:
    """The formats of the two operands of a multiplication.

    Attributes:
        a, b: the operands, taken apart.
    """

    a: Number
    b: Number

    @classmethod
    def parse(cls, name: str) -> Pair:
        """Read a pair's name: two formats with ``*`` between them, or one for both.

        Raises:
            RequestError: it is none.
        """
        names = [part.strip() for part in name.split("*")]
        if not 1 <= len(names) <= 2:
            raise RequestError(f"{name!r} is no pair of formats: write it as 'int4*int8'")
        a, b = (number_of(parse_format(part)) for part in (names[0], names[-1]))
        return cls(a, b)

    @property
    def name(self) -> str:
        """The name that `parse` reads back, as short as can be."""
        a, b = self.a.form.name, self.b.form.name
        return a if a == b else f"{a}*{b}"

    @property
    def lane(self) -> int:
        """Width of its lanes: that of the wider operand; the other one lies in its low bits."""
        return max(self.a.lane, self.b.lane)

    @property
    def starts(self) -> tuple[int, ...]:
        """Quarters of a slice that its lanes start at."""
        return tuple(range(0, 4, self.lane // 4))

    @property
    def unit(self) -> int:
        """Every product is a multiple of ``2**unit``."""
        return self.a.unit + self.b.unit

    @cached_property
    def largest(self) -> int:
        """The largest magnitude of a product, in units."""
        return self.a.largest * self.b.largest

    @property
    def product_bits(self) -> int:
        """Width of the product of two significands."""
        return self.a.significand_bits + self.b.significand_bits

    @property
    def nan(self) -> bool:
        """Whether a product may be NaN: a NaN, or zero times infinity."""
        return self.a.nan or self.b.nan or self.infinity

    @property
    def infinity(self) -> bool:
        """Whether a product may be infinite."""
        return self.a.infinity or self.b.infinity

    @property
    def silent(self) -> bool:
        """Whether the product of the significands is 0 if an operand is no number."""
        return self.a.silent and self.b.silent

    def sum_bits(self, products: int) -> int:
        """Bits of the exact sum of so many products, in two's complement and in units."""
        return (self.largest * products).bit_length() + 1


def parse_pairs(names: object) -> tuple[Pair, ...]:
    """Read the pairs of a configuration: names with commas between them.

    Raises:
        RequestError: one is no pair, or stands there twice.
    """
    if not isinstance(names, str) or not names.strip():
        raise RequestError(
            f"pairs = {names!r} is not allowed: it must be a text such as 'fp4_e2m1, int4*int8'"
        )
    try:
        pairs = tuple(Pair.parse(name.strip()) for name in names.split(","))
    except RequestError as error:
        raise RequestError(f"pairs = {names!r} is not allowed: {error}") from error
    for position, pair in enumerate(pairs):
        if pair in pairs[:position]:
            raise RequestError(f"pairs = {names!r} is not allowed: {pair.name!r} is there twice")
    if len(pairs) > _MOST_PAIRS:
        raise RequestError(f"pairs has {len(pairs)} where at most {_MOST_PAIRS} are supported")
    return pairs
