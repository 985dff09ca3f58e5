"""How significands are multiplied, and how wide what comes out is."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt

from hw.choices import Choice
from hw.errors import RequestError
from hw.formats import Float

__all__ = ["Multiplier", "ProductForm", "correction_place", "powers", "product_form"]

_MOST_TABLE_BITS = 8  # a table of the powers has 256 entries at most
_MORE_TABLE_BITS = 2  # bits of a power below those that fractions have


class Multiplier(Choice):
    """How two factors are multiplied. All but the exact one take each number to be normal.

    Attributes:
        EXACT: a tree of full adders.
        MITCHELL: fractions are added as if they were logarithms, and a carry goes into the
            exponent (J. N. Mitchell, "Computer multiplication and division using binary
            logarithms", IRE Trans. EC-11, 1962).
        L_MUL: the same and a constant (H. Luo, W. Sun, arXiv 2410.00907), by codes: where the
            fractions' sum carries, the constant counts twice.
        LNS: codes are logarithms, fraction and all: they are added, and a table gives the power of
            two that the sum's fraction stands for.
        POWER_OF_TWO: the second factor is rounded to the nearest power of two, away from zero
            between two of them: the first one's significand is the product's.
    """

    EXACT = "exact"
    MITCHELL = "mitchell"
    L_MUL = "l_mul"
    LNS = "lns"
    POWER_OF_TWO = "power_of_two"


@dataclass(frozen=True)
class ProductForm:
    """A product of significands: from 1 on, below 4 or, with two zeros, 8.

    Attributes:
        fraction_bits: below the bit that is worth 1.
        zeros: the most that it starts with.
    """

    fraction_bits: int
    zeros: int = 1

    @property
    def bits(self) -> int:
        """Its width."""
        return 1 + self.zeros + self.fraction_bits


def product_form(multiplier: Multiplier, first: Float, second: Float) -> ProductForm:
    """The products of two formats.

    Raises:
        RequestError: the multiplier cannot have such factors.
    """
    if multiplier is Multiplier.EXACT:
        return ProductForm(first.fraction_bits + second.fraction_bits)
    for name, form in (("a", first), ("b", second)):
        if form.subnormals:
            raise RequestError(
                f"multiplier = {multiplier!r} is not allowed with {name} = {form.name!r}: it takes"
                f" each number to be normal, as in '{form.name}+flush'"
            )
    fraction_bits = max(first.fraction_bits, second.fraction_bits)
    match multiplier:
        case Multiplier.POWER_OF_TWO:
            return ProductForm(first.fraction_bits)
        case Multiplier.MITCHELL:
            return ProductForm(fraction_bits)
        case Multiplier.L_MUL:
            if fraction_bits == 0:
                raise RequestError(
                    f"multiplier = 'l_mul' is not allowed with a = {first.name!r} and b ="
                    f" {second.name!r}: it is about fractions, and they have none"
                )
            steps = (1 << fraction_bits - correction_place(fraction_bits)) + sum(
                ((1 << form.fraction_bits) - 1) << fraction_bits - form.fraction_bits
                for form in (first, second)
            )
            return ProductForm(fraction_bits, steps >> fraction_bits)
        case Multiplier.LNS:
            if fraction_bits > _MOST_TABLE_BITS:
                raise RequestError(
                    f"multiplier = 'lns' is not allowed with a = {first.name!r} and b ="
                    f" {second.name!r}: fractions of {fraction_bits} bits need a table of"
                    f" {1 << fraction_bits} powers, and at most {1 << _MOST_TABLE_BITS} are built"
                )
            return ProductForm(fraction_bits + _MORE_TABLE_BITS)


def correction_place(fraction_bits: int) -> int:
    """The l of L-Mul's constant ``2**-l``, of the wider fraction."""
    return fraction_bits if fraction_bits <= 3 else 3 if fraction_bits == 4 else 4


def powers(fraction_bits: int) -> tuple[int, ...]:
    """The table of ``2**(i / 2**fraction_bits)``, rounded to the fraction bits of an LNS product.

    A root of a power of two is one square root after the other, rounded down each; one bit more
    than is kept rounds it to the nearest number.
    """
    table = []
    for i in range(1 << fraction_bits):
        root = 1 << i + ((fraction_bits + _MORE_TABLE_BITS + 1) << fraction_bits)
        for _ in range(fraction_bits):
            root = isqrt(root)
        table.append(root + 1 >> 1)
    return tuple(table)
