"""Pairs of operand formats, the modes of a SIMD unit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hw.errors import RequestError
from hw.formats import NAMED_BLOCKS, Block, parse_block, parse_format
from hw.simd.numbers import Number, number_of
from hw.simd.scaling import Scaling, element_of

__all__ = ["Pair", "parse_pairs"]

_MOST_PAIRS = 64


@dataclass(frozen=True)
class Pair:
    """The formats of the two operands of a multiplication.

    Attributes:
        a, b: the operands, taken apart; of block formats their elements.
        blocks: the block formats, if they are such: then the operation's sum is multiplied with the
            scales of both operands' blocks.
        places: of the window that the product of the scales lies in (`Scaling`); else 0.
    """

    a: Number
    b: Number
    blocks: tuple[Block, Block] | None = None
    places: int = 0

    @classmethod
    def parse(cls, name: str, places: int = 64) -> Pair:
        """Read a pair's name: two formats with ``*`` between them, or one for both.

        Args:
            name: of formats of numbers, or of block formats.
            places: of the window of scales.

        Raises:
            RequestError: it is none.
        """
        names = [part.strip() for part in name.split("*")]
        if not 1 <= len(names) <= 2:
            raise RequestError(f"{name!r} is no pair of formats: write it as 'int4*int8'")
        blocks = [part.split("+")[0] in NAMED_BLOCKS for part in (names[0], names[-1])]
        if not any(blocks):
            a, b = (number_of(parse_format(part)) for part in (names[0], names[-1]))
            return cls(a, b)
        if not all(blocks):
            raise RequestError(
                f"{name!r} is no pair of formats: {names[blocks.index(False)]} has no blocks, and"
                " blocks are multiplied with blocks"
            )
        one, other = (parse_block(part) for part in (names[0], names[-1]))
        pair = cls(element_of(one), element_of(other), (one, other), places)
        if pair.infinity and (one.scale.zero or other.scale.zero):
            raise RequestError(
                f"{name!r} is no pair of formats: elements of one of them may be infinite, and a"
                " scale of the other one 0, whose product is NaN; that is not built"
            )
        return pair

    @property
    def name(self) -> str:
        """The name that `parse` reads back, as short as can be."""
        a, b = (form.name for form in self.blocks or (self.a.form, self.b.form))
        return a if a == b else f"{a}*{b}"

    @cached_property
    def scaling(self) -> Scaling | None:
        """What the scales make of an operation's sum; None where there are none."""
        if self.blocks is None:
            return None
        return Scaling(self.blocks[0].scale, self.blocks[1].scale, self.places)

    @property
    def lane(self) -> int:
        """Width of its lanes: that of the wider operand; the other one lies in its low bits."""
        return max(self.a.lane, self.b.lane)

    @property
    def starts(self) -> tuple[int, ...]:
        """Quarters of a slice that its lanes start at."""
        return tuple(range(0, 4, self.lane // 4))

    @property
    def element_unit(self) -> int:
        """Every product of elements is a multiple of ``2**element_unit``."""
        exponents = sum(block.element_exponent for block in self.blocks or ())
        return self.a.unit + self.b.unit + exponents

    @property
    def unit(self) -> int:
        """Every sum is a multiple of ``2**unit``, scales and all."""
        return self.element_unit + (self.scaling.exponents[0] if self.scaling else 0)

    @cached_property
    def largest(self) -> int:
        """The largest magnitude of a product of elements, in their units."""
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
        scale = self.scaling.largest if self.scaling else 1
        return (self.largest * products * scale).bit_length() + 1

    def element_sum_bits(self, products: int) -> int:
        """The same before scales multiply it."""
        return (self.largest * products).bit_length() + 1


def parse_pairs(names: object, places: int) -> tuple[Pair, ...]:
    """Read the pairs of a configuration: names with commas between them.

    Args:
        names: of the pairs.
        places: of the window of scales.

    Raises:
        RequestError: one is no pair, or stands there twice.
    """
    if not isinstance(names, str) or not names.strip():
        raise RequestError(
            f"pairs = {names!r} is not allowed: it must be a text such as 'fp4_e2m1, int4*int8'"
        )
    try:
        pairs = tuple(Pair.parse(name.strip(), places) for name in names.split(","))
    except RequestError as error:
        raise RequestError(f"pairs = {names!r} is not allowed: {error}") from error
    for position, pair in enumerate(pairs):
        if pair in pairs[:position]:
            raise RequestError(f"pairs = {names!r} is not allowed: {pair.name!r} is there twice")
    if len(pairs) > _MOST_PAIRS:
        raise RequestError(f"pairs has {len(pairs)} where at most {_MOST_PAIRS} are supported")
    return pairs
