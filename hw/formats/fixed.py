"""Unsigned fixed-point numbers: what integers are scaled with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hw.errors import RequestError
from hw.formats.format import NumbersOnly

__all__ = ["Fixed"]

_MOST_BITS, _MOST_FRACTION_BITS = 32, 63


@dataclass(frozen=True)
class Fixed(NumbersOnly):
    """An unsigned fixed-point number: the code ``m`` is worth ``m * 2**-fraction_bits``.

    Attributes:
        bits: width of a code, 1 to 32.
        fraction_bits: 0 to 63; more than ``bits`` for numbers that are all below a power of 1/2.

    Raises:
        RequestError: a width is out of its range.
    """

    bits: int
    fraction_bits: int

    def __post_init__(self) -> None:
        if not (1 <= self.bits <= _MOST_BITS and 0 <= self.fraction_bits <= _MOST_FRACTION_BITS):
            raise RequestError(
                f"a fixed-point format of {self.bits} bits, {self.fraction_bits} of them below the"
                f" point, is not supported: it may have 1 to {_MOST_BITS} bits in units of"
                f" 2**-0 to 2**-{_MOST_FRACTION_BITS}"
            )

    @classmethod
    def usage(cls) -> str:
        """How names are formed."""
        return "uN.F, N bits in units of 2**-F"

    @classmethod
    def reads(cls, name: str) -> bool:
        """Whether a name looks like one of a fixed-point format."""
        return bool(re.match(r"u\d+\.", name))

    @classmethod
    def parse(cls, name: str) -> Fixed:
        """Read a format's name: ``u16.24`` is 16 bits in units of ``2**-24``.

        Raises:
            RequestError: it is no such name.
        """
        match = None
        if isinstance(name, str):
            match = re.fullmatch(r"u([1-9][0-9]?)\.(0|[1-9][0-9]?)", name)
        if match is None:
            raise RequestError(
                f"{name!r} is not a fixed-point format: use {cls.usage()}, such as 'u16.24'"
            )
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """One line for the family of names."""
        return {
            "uN.F": f"unsigned fixed point for scales, N bits (1 to {_MOST_BITS}) in units of"
            f" 2**-F (0 to {_MOST_FRACTION_BITS})"
        }

    @property
    def name(self) -> str:
        """The name that `parse` reads back."""
        return f"u{self.bits}.{self.fraction_bits}"

    @property
    def largest_code(self) -> int:
        """The largest code."""
        return (1 << self.bits) - 1

    @property
    def signed(self) -> bool:
        """Never."""
        return False

    @property
    def least(self) -> Fraction:
        """0."""
        return Fraction(0)

    @property
    def largest(self) -> Fraction:
        """What `largest_code` is worth."""
        return Fraction(self.largest_code, 1 << self.fraction_bits)

    def encoding(self) -> dict[str, Any]:
        """Name, units, width."""
        units = f"unsigned, in units of 2**-{self.fraction_bits}"
        return {"format": self.name, "encoding": units, "bits": self.bits}
