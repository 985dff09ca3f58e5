"""Scales of blocks: unsigned floats of a byte or less."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hw.errors import RequestError
from hw.formats.rounding import Rounding

__all__ = ["NAMED_SCALES", "Scale"]

_EXPONENT_BITS, _FRACTION_BITS = (2, 8), (0, 7)

#: Those of which every code but NaN is a normal number, so that none is 0; and their bias.
_WITHOUT_ZERO = {(8, 0): 127, (6, 2): 48}


@dataclass(frozen=True)
class Scale:
    """An unsigned float: exponent field ``e`` and fraction field ``f``, from the top bit down.

    A code is worth ``2**(e - bias) * (1 + f / 2**fraction_bits)``, and with ``e = 0``
    ``2**(1 - bias) * f / 2**fraction_bits``, with a bias of ``2**(exponent_bits - 1) - 1``. Two
    formats have no such exception and no zero: ``ue8m0``, OCP's E8M0 of bias 127, and ``ue6m2``
    of bias 48. The code of all ones is NaN; there is no infinity.

    A number becomes the nearest one, from the middle the one with an even significand (of
    ``ue8m0`` the larger one). What is too large becomes the largest, in a format without zero what
    is too small the smallest; infinity and NaN become NaN.

    Attributes:
        exponent_bits: 2 to 8.
        fraction_bits: 0 to 7.

    Raises:
        RequestError: a width is out of range.
    """

    exponent_bits: int
    fraction_bits: int

    def __post_init__(self) -> None:
        for field, (low, high) in (
            ("exponent_bits", _EXPONENT_BITS),
            ("fraction_bits", _FRACTION_BITS),
        ):
            if not low <= getattr(self, field) <= high:
                raise RequestError(
                    f"a scale with {field} = {getattr(self, field)} is not supported: it must be"
                    f" {low} to {high}"
                )

    @classmethod
    def usage(cls) -> str:
        """How names are formed."""
        return "ueXmY, a scale of X exponent bits ({} to {}) and Y fraction bits ({} to {})".format(
            *_EXPONENT_BITS, *_FRACTION_BITS
        )

    @classmethod
    def reads(cls, name: str) -> bool:
        """Whether a name looks like one of a scale."""
        return bool(re.match(r"ue\d+m\d+$", name))

    @classmethod
    def parse(cls, name: str) -> Scale:
        """Read a format's name, such as ``ue4m3``.

        Raises:
            RequestError: it is no such name.
        """
        match = None
        if isinstance(name, str):
            match = re.fullmatch(r"ue([1-9][0-9]?)m(0|[1-9][0-9]?)", name)
        if match is None:
            raise RequestError(f"{name!r} is not a scale: use {cls.usage()}, such as 'ue4m3'")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """One line for each named scale, one for the others."""
        return {
            **{name: f"scale of {where}" for name, where in NAMED_SCALES.items()},
            "ueXmY": "unsigned float for scales, X exponent bits ({} to {}) and Y fraction bits ({}"
            " to {}), one NaN".format(*_EXPONENT_BITS, *_FRACTION_BITS),
        }

    @property
    def name(self) -> str:
        """The name that `parse` reads back."""
        return f"ue{self.exponent_bits}m{self.fraction_bits}"

    @property
    def zero(self) -> bool:
        """Whether the code 0 is worth 0, and those above it, up to the first normal number, less.

        Otherwise it is worth the smallest number, ``2**-bias``.
        """
        return (self.exponent_bits, self.fraction_bits) not in _WITHOUT_ZERO

    @property
    def bias(self) -> int:
        """What an exponent field exceeds its exponent by."""
        usual = (1 << self.exponent_bits - 1) - 1
        return _WITHOUT_ZERO.get((self.exponent_bits, self.fraction_bits), usual)

    @property
    def bits(self) -> int:
        """Width of a code."""
        return self.exponent_bits + self.fraction_bits

    @property
    def significand_bits(self) -> int:
        """Width of a significand with its leading bit."""
        return self.fraction_bits + 1

    @property
    def signed(self) -> bool:
        """Never."""
        return False

    @property
    def largest_code(self) -> int:
        """The code below NaN's."""
        return self.nan_code - 1

    @property
    def exponents(self) -> tuple[int, int]:
        """Least and largest weight of a decoded significand's last bit."""
        most = self.largest_code >> self.fraction_bits
        return int(
            self.zero
        ) - self.bias - self.fraction_bits, most - self.bias - self.fraction_bits

    @property
    def smallest(self) -> Fraction:
        """The smallest number above 0."""
        units = 1 if self.zero else 1 << self.fraction_bits
        return units * Fraction(2) ** self.exponents[0]

    @property
    def least(self) -> Fraction:
        """0, where there is one, else `smallest`."""
        return Fraction(0) if self.zero else self.smallest

    @property
    def largest(self) -> Fraction:
        """The largest number."""
        fraction = self.largest_code & (1 << self.fraction_bits) - 1
        return ((1 << self.fraction_bits) + fraction) * Fraction(2) ** self.exponents[1]

    @property
    def rounding(self) -> Rounding:
        """To nearest; a block's own choice of its scale is `hw.formats.ScaleRounding`."""
        return Rounding.NEAREST_EVEN

    @property
    def nan_code(self) -> int:
        """All ones."""
        return (1 << self.bits) - 1

    @property
    def infinity_code(self) -> None:
        """There is none."""

    def encoding(self) -> dict[str, Any]:
        """Name, width, fields, special codes."""
        return {
            "format": self.name,
            "encoding": "unsigned floating point: exponent, fraction, from the top bit down",
            "bits": self.bits,
            "fields": {
                "fraction": {"lowest_bit": 0, "bits": self.fraction_bits},
                "exponent": {"lowest_bit": self.fraction_bits, "bits": self.exponent_bits},
            },
            "bias": self.bias,
            "zero": self.zero,
            "largest_code": self.largest_code,
            "nan_code": self.nan_code,
        }


#: The scales of published block formats.
NAMED_SCALES: dict[str, str] = {
    "ue8m0": "OCP MX: powers of two, 2**-127 to 2**127, no zero, one NaN",
    "ue4m3": "NVFP4: 4 exponent and 3 fraction bits, subnormals, up to 448, one NaN",
    "ue5m3": "NVFP4 with a wider scale: 5 exponent and 3 fraction bits, subnormals, up to 114688,"
    " one NaN",
    "ue6m2": "HiFloat4: 6 exponent and 2 fraction bits, 2**-48 to 49152, no zero, one NaN",
}
