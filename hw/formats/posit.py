"""Posits: the exponent of a number takes as many bits as it needs, its fraction has the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hw.errors import RequestError
from hw.formats.rounding import Rounding

__all__ = ["NAMED_POSITS", "Posit"]

_LEAST_BITS, _MOST_BITS, _MOST_ES = 3, 32, 4


@dataclass(frozen=True)
class Posit:
    """A posit: sign, regime, exponent, fraction, from the top bit down.

    A positive code goes on, after its sign bit 0, with a run of r equal bits, which ends at the
    first other bit or with the code. The run stands for ``k = r - 1`` if it is of ones and for
    ``k = -r`` if it is of zeros. Then follow ``es`` bits of an exponent ``e`` and the fraction
    ``f``, as far as the code has room; bits that have none are zeros. The number is
    ``2**(k * 2**es + e) * (1 + f)``. A negative number has the two's complement of the opposite
    number's code, 0 has the code 0, and the code of a one and zeros is NaR, "not a real".

    Rounding is that of the Posit Standard (2022), section 4.1, for any ``es``: a magnitude above
    `largest` becomes `largest`, one below `smallest` and not 0 becomes `smallest`, so that nothing
    is rounded to 0 or to NaR. Between these a number lies on one side or the other of the posit of
    one bit more that stands between its neighbours; from there it goes to the even code. Where bits
    of the exponent have no room this is not the middle: of ``posit4_1`` it is 8 between 4 and 16.
    Other roundings cut the same unlimited code where they cut a float's significand. NaN and
    infinities become NaR.

    Attributes:
        bits: width of a code, 3 to 32.
        es: most bits of an exponent, 0 to 4; the standard's posits have 2.
        rounding: a `Rounding`, or its name.

    Raises:
        RequestError: a width is out of range, or there is no such rounding.
    """

    bits: int
    es: int
    rounding: Rounding = Rounding.NEAREST_EVEN

    def __post_init__(self) -> None:
        for field, low, high in (("bits", _LEAST_BITS, _MOST_BITS), ("es", 0, _MOST_ES)):
            if not low <= getattr(self, field) <= high:
                raise RequestError(
                    f"a posit with {field} = {getattr(self, field)} is not supported: it must be"
                    f" {low} to {high}"
                )
        object.__setattr__(
            self, "rounding", Rounding.read("the rounding of a posit", self.rounding)
        )

    @classmethod
    def usage(cls) -> str:
        """How names are formed."""
        return (
            f"positN_E, a posit of N bits ({_LEAST_BITS} to {_MOST_BITS}) with E exponent bits (0"
            f" to {_MOST_ES})"
        )

    @classmethod
    def reads(cls, name: str) -> bool:
        """Whether a name starts as one of a posit does."""
        return bool(re.match(r"posit\d", name))

    @classmethod
    def parse(cls, name: str) -> Posit:
        """Read a format's name, such as ``posit8_0``, or with a rounding ``posit8_0+stochastic``.

        Raises:
            RequestError: it is no such name.
        """
        match = None
        if isinstance(name, str):
            match = re.fullmatch(r"posit([1-9][0-9]?)_([0-9])(?:\+(\w+))?", name)
        if match is None:
            raise RequestError(f"{name!r} is not a posit: use {cls.usage()}, such as 'posit16_1'")
        rounding = Rounding.read(f"the rounding of {name!r}", match[3] or Rounding.NEAREST_EVEN)
        return cls(int(match[1]), int(match[2]), rounding)

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """One line for each named posit, one for the others."""
        return {
            **{name: form.meaning() for name, form in NAMED_POSITS.items()},
            "positN_E": f"posit of N bits ({_LEAST_BITS} to {_MOST_BITS}) with E exponent bits (0"
            f" to {_MOST_ES}), rounded as the 2022 standard says",
        }

    def meaning(self) -> str:
        """Its numbers nearest to 1 and furthest from it, in words."""
        return (
            f"posit, {self.es} exponent and up to {self.fraction_bits} fraction bits, magnitudes"
            f" from 2**{-self.largest_exponent} to 2**{self.largest_exponent}, one NaR"
        )

    @property
    def name(self) -> str:
        """The name that `parse` reads back."""
        nearest = self.rounding is Rounding.NEAREST_EVEN
        return f"posit{self.bits}_{self.es}" + ("" if nearest else f"+{self.rounding}")

    @property
    def signed(self) -> bool:
        """Always."""
        return True

    @property
    def fraction_bits(self) -> int:
        """Most bits of a fraction: those of the numbers next to 1."""
        return max(0, self.bits - 3 - self.es)

    @property
    def significand_bits(self) -> int:
        """Width of the longest significand with its leading bit."""
        return self.fraction_bits + 1

    @property
    def largest_exponent(self) -> int:
        """Exponent of the leading bit of `largest`, and the opposite of that of `smallest`."""
        return self.bits - 2 << self.es

    @property
    def least_exponent(self) -> int:
        """Every number is a multiple of 2 to it: that of `smallest`."""
        return -self.largest_exponent

    @property
    def exponents(self) -> tuple[int, int]:
        """Least and largest weight of a decoded significand's last bit.

        The least one is 0's, 2**es below that of `smallest`.
        """
        low = self.least_exponent - (1 << self.es)
        return low - self.fraction_bits, self.largest_exponent - self.fraction_bits

    @property
    def magnitude_bits(self) -> int:
        """Width of the largest magnitude in units of ``2**least_exponent``: 13 for posit8_0."""
        return 2 * self.largest_exponent + 1

    @property
    def smallest(self) -> Fraction:
        """The smallest positive number, minPos."""
        return Fraction(1, 1 << self.largest_exponent)

    @property
    def largest(self) -> Fraction:
        """The largest number, maxPos."""
        return Fraction(1 << self.largest_exponent)

    @property
    def least(self) -> Fraction:
        """The opposite of `largest`."""
        return -self.largest

    @property
    def largest_code(self) -> int:
        """The code of `largest`."""
        return (1 << self.bits - 1) - 1

    @property
    def nan_code(self) -> int:
        """The code of NaR."""
        return 1 << self.bits - 1

    @property
    def infinity_code(self) -> None:
        """There is none: infinities become NaR."""

    def encoding(self) -> dict[str, Any]:
        """Name, width, fields, rounding and special codes."""
        return {
            "format": self.name,
            "encoding": "posit: sign, regime, exponent, fraction, from the top bit down; negative"
            " numbers are the two's complement of positive ones",
            "bits": self.bits,
            "exponent_bits": self.es,
            "largest_code": self.largest_code,
            "nan_code": self.nan_code,
            "rounding": self.rounding,
        }


#: The named posits: of SIMD units that have been published, and of the standard of 2022 (es = 2).
NAMED_POSITS: dict[str, Posit] = {
    form.name: form for form in (Posit(4, 1), Posit(8, 0), Posit(16, 1), Posit(8, 2), Posit(16, 2))
}
