"""Partial sums as they are between units of a column: not normalised, not rounded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hw.errors import RequestError, check_integer

__all__ = ["Raw", "is_raw"]

LEAST_BITS, MOST_BITS = 4, 48


def is_raw(name: object) -> bool:
    """Whether an accumulator's name says how many bits of its significand are kept: ``raw17``."""
    return isinstance(name, str) and re.fullmatch(r"raw\d+", name) is not None


@dataclass(frozen=True)
class Raw:
    """A partial sum: ``(-1)**sign * significand * 2**(exponent + unit)``; it has any leading zeros.

    Attributes:
        bits: of the significand, 4 to 48.
        unit: binary weight of its last bit at exponent 0.
        largest_exponent: the largest exponent that a sum reaches.

    Raises:
        RequestError: the bits are out of range.
    """

    bits: int
    unit: int
    largest_exponent: int

    def __post_init__(self) -> None:
        check_integer("bits of accumulator", self.bits, LEAST_BITS, MOST_BITS)

    @staticmethod
    def width_of(name: str) -> int:
        """The bits of a significand that an accumulator's name says.

        Raises:
            RequestError: there cannot be so many.
        """
        bits = int(name.removeprefix("raw"))
        if not LEAST_BITS <= bits <= MOST_BITS:
            raise RequestError(
                f"accumulator = {name!r} is not allowed: a significand that is not normalised has"
                f" {LEAST_BITS} to {MOST_BITS} bits"
            )
        return bits

    @property
    def exponent_bits(self) -> int:
        """Width of the exponent, so that one more than the largest one still fits."""
        return (self.largest_exponent + 1).bit_length()

    def encoding(self) -> dict[str, Any]:
        """What a stranger must know of its fields; JSON."""
        return {
            "encoding": "(-1)**sign * significand * 2**(exponent + unit_exponent), the significand"
            " with any number of leading zeros",
            "significand_bits": self.bits,
            "exponent_bits": self.exponent_bits,
            "unit_exponent": self.unit,
            "largest_exponent": self.largest_exponent,
        }
