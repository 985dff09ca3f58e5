"""Integer formats."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hw.errors import RequestError
from hw.formats.format import NumbersOnly

__all__ = ["Integer"]

_MIN_BITS, _MAX_BITS = 2, 64
_MAX_NAMED_BITS = 16  # of a format that a design may ask for


@dataclass(frozen=True)
class Integer(NumbersOnly):
    """A two's complement or unsigned integer.

    Attributes:
        bits: width of a code, 2 to 64; more than 16 are for numbers inside a unit.
        signed: two's complement when true, plain binary otherwise.

    Raises:
        RequestError: the width is outside 2 to 64.
    """

    bits: int
    signed: bool

    def __post_init__(self) -> None:
        if not _MIN_BITS <= self.bits <= _MAX_BITS:
            raise RequestError(
                f"an integer format of {self.bits} bits is not supported:"
                f" the width must be {_MIN_BITS} to {_MAX_BITS} bits"
            )

    @classmethod
    def usage(cls) -> str:
        """How names are formed."""
        return f"intN or uintN with N from {_MIN_BITS} to {_MAX_NAMED_BITS}"

    @classmethod
    def reads(cls, name: str) -> bool:
        """Whether a name starts as one of an integer does."""
        return bool(re.match(r"u?int\d", name))

    @classmethod
    def parse(cls, name: str) -> Integer:
        """Read a format's name, such as ``int8`` or ``uint4``.

        Raises:
            RequestError: the name is not ``intN`` or ``uintN`` with N from 2 to 16.
        """
        match = re.fullmatch(r"(u?)int([1-9][0-9]?)", name) if isinstance(name, str) else None
        if match is None or not _MIN_BITS <= int(match[2]) <= _MAX_NAMED_BITS:
            raise RequestError(
                f"{name!r} is not a number format: use intN (two's complement) or uintN"
                f" (unsigned) with N from {_MIN_BITS} to {_MAX_NAMED_BITS}, such as 'int8'"
            )
        return cls(bits=int(match[2]), signed=not match[1])

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """One line for each family of names."""
        range_ = f"of N bits, {_MIN_BITS} to {_MAX_NAMED_BITS}"
        return {
            "intN": f"two's complement integer {range_}",
            "uintN": f"unsigned integer {range_}",
        }

    @property
    def name(self) -> str:
        """The name that `parse` reads back."""
        return f"{'' if self.signed else 'u'}int{self.bits}"

    @property
    def minimum(self) -> int:
        """The smallest value."""
        return -(1 << self.bits - 1) if self.signed else 0

    @property
    def maximum(self) -> int:
        """The largest value."""
        return (1 << self.bits - self.signed) - 1

    @property
    def magnitude(self) -> int:
        """The largest absolute value: 128 for int8, 255 for uint8."""
        return max(-self.minimum, self.maximum)

    @property
    def least(self) -> Fraction:
        """As `minimum`."""
        return Fraction(self.minimum)

    @property
    def largest(self) -> Fraction:
        """As `maximum`."""
        return Fraction(self.maximum)

    def encoding(self) -> dict[str, Any]:
        """Name, two's complement or not, width."""
        signed = "two's complement" if self.signed else "unsigned"
        return {"format": self.name, "encoding": signed, "bits": self.bits}
