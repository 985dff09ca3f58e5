"""What the scales of two blocks make of a dot product: both multiply it."""

from __future__ import annotations

from dataclasses import dataclass

from hw.errors import RequestError
from hw.formats import Block, Float, Integer, Scale
from hw.simd.numbers import Number, number_of

__all__ = ["Scaling", "element_of"]


@dataclass(frozen=True)
class Scaling:
    """The product of two scales, ``significand * 2**exponent``, within a window of exponents.

    Attributes:
        a, b: the formats of the scales.
        places: binary places of the window: a product of powers of two is served from
            ``2**(-places / 2)`` to ``2**(places / 2 - 1)``.
    """

    a: Scale
    b: Scale
    places: int

    @property
    def all_exponents(self) -> tuple[int, int]:
        """The least and the largest exponent of a product."""
        low, high = zip(self.a.exponents, self.b.exponents, strict=True)
        return sum(low), sum(high)

    @property
    def exponents(self) -> tuple[int, int]:
        """Those of them that are served."""
        below = self.a.fraction_bits + self.b.fraction_bits  # of a significand
        low, high = self.all_exponents
        return max(low, -(self.places // 2) - below), min(high, self.places // 2 - 1 - below)

    @property
    def significand_bits(self) -> int:
        """Width of the product of both significands; that of a power of two is 1."""
        widths = (self.a.significand_bits, self.b.significand_bits)
        return max(widths) if min(widths) == 1 else sum(widths)

    @property
    def largest(self) -> int:
        """The largest product, in units of the least exponent that is served."""
        a, b = ((1 << scale.significand_bits) - 1 for scale in (self.a, self.b))
        low, high = self.exponents
        return a * b << high - low


def element_of(block: Block) -> Number:
    """How the elements of a block format are taken apart.

    What becomes of numbers that are too large is left out of the element's format: codes mean the
    same, so that elements and plain operands share a decoder.

    Raises:
        RequestError: elements of one block differ in more than their codes.
    """
    if block.groups or block.other_element is not None:
        what = "groups of elements have exponents" if block.groups else "blocks have formats"
        raise RequestError(f"{block.name} is no format of operands: {what} of their own")
    element = block.element
    if isinstance(element, Integer):
        return number_of(element)
    return number_of(Float.parse(element.name.split("+")[0]))
