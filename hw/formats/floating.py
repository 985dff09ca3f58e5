"""Floating-point formats with all their policies as fields."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, assert_never

from hw.errors import RequestError
from hw.formats.nan_codes import NanCodes
from hw.formats.rounding import Rounding

__all__ = ["FLOAT_ORIGINS", "NAMED_FLOATS", "Float"]

_MOST_EXPONENT_BITS, _MOST_FRACTION_BITS = 8, 23

#: What a name may add with ``+``, and what it sets.
_OPTIONS: dict[str, tuple[str, Any]] = {
    "subnormals": ("subnormals", True),
    "flush": ("subnormals", False),
    "infinities": ("infinities", True),
    "finite": ("infinities", False),
    **{f"nan_{codes}": ("nan", codes) for codes in NanCodes},
    "saturate": ("saturate", True),
    "overflow": ("saturate", False),
    **{rounding.value: ("rounding", rounding) for rounding in Rounding},
}

_NANS = {NanCodes.IEEE: "NaNs", NanCodes.ONE: "one NaN", NanCodes.NONE: "no NaN"}


@dataclass(frozen=True)
class Float:
    """A binary floating-point format: sign, exponent, fraction, from the top bit down.

    The exponent's bias is ``2**(exponent_bits - 1) - 1``. With exponent field ``e`` and fraction
    field ``f`` a code is worth ``(-1)**s * 2**(e - bias) * (1 + f / 2**fraction_bits)``, or with
    ``e = 0`` ``(-1)**s * 2**(1 - bias) * f / 2**fraction_bits`` (subnormal), but for:

    Attributes:
        exponent_bits: 1 to 8; one bit leaves room for normal numbers only without ``ieee`` NaN.
        fraction_bits: 0 to 23; without a fraction every number but 0 is a power of two.
        subnormals: when false, codes with ``e = 0`` are zeros of their sign, and a result whose
            magnitude, after rounding as if the exponent had no lower end, is below ``min_normal``
            becomes a zero of its sign.
        infinities: the largest exponent with fraction 0 is infinity.
        nan: which codes are NaN: a `NanCodes`, or its name.
        saturate: what is too large after rounding (infinity included) becomes the largest finite
            number of its sign. Otherwise it becomes infinity, without infinities NaN (`nan_code`,
            whatever its sign), and without NaN it saturates anyway.
        rounding: a `Rounding`, or its name.

    Overflow is what exceeds `largest` after rounding with an unlimited exponent, also with
    ``toward_zero``; only a finite number whose sign ``toward_positive`` or ``toward_negative``
    rounds toward zero never overflows, but becomes the largest finite number of its sign. A NaN
    that becomes a number's code has `nan_code`; a format without NaN turns it into zero.

    Formats without infinities use the largest exponent for numbers, but for the codes that are
    NaN. With ``infinities`` the NaN codes must be ``ieee``, and there must be a fraction to tell
    them apart. Without a fraction ``one`` is ``ieee`` and reads so; a midpoint, which lies between
    two powers of two then, goes to the larger magnitude with ``nearest_even`` too, as IEEE 754 has
    it where no last digit is even; only half of the smallest number goes to 0.

    Raises:
        RequestError: a width is out of range, or policies contradict each other.
    """

    exponent_bits: int
    fraction_bits: int
    subnormals: bool = True
    infinities: bool = True
    nan: NanCodes = NanCodes.IEEE
    saturate: bool = False
    rounding: Rounding = Rounding.NEAREST_EVEN

    def __post_init__(self) -> None:
        for field, low, high in (
            ("exponent_bits", 1, _MOST_EXPONENT_BITS),
            ("fraction_bits", 0, _MOST_FRACTION_BITS),
        ):
            if not low <= getattr(self, field) <= high:
                raise RequestError(
                    f"a floating-point format with {field} = {getattr(self, field)} is not"
                    f" supported: it must be {low} to {high}"
                )
        for field, allowed in (
            ("nan", tuple(NanCodes)),
            ("rounding", tuple(Rounding)),
        ):
            if getattr(self, field) not in allowed:
                raise RequestError(
                    f"{field} = {getattr(self, field)!r} of a floating-point format is not one of"
                    f" {', '.join(allowed)}"
                )
        object.__setattr__(self, "rounding", Rounding(self.rounding))
        object.__setattr__(self, "nan", NanCodes(self.nan))
        if self.infinities and self.nan is not NanCodes.IEEE:
            raise RequestError(
                f"a floating-point format with infinities has nan = 'ieee', not {self.nan!r}"
            )
        if self.fraction_bits == 0:
            self._check_powers_of_two()
        if self.exponent_bits == 1 and self.nan is NanCodes.IEEE:
            raise RequestError(
                "a floating-point format with exponent_bits = 1 has no exponent left for normal"
                " numbers with nan = 'ieee': use finite with nan_one or nan_none"
            )

    def _check_powers_of_two(self) -> None:
        """What holds without a fraction: the largest exponent has a single code."""
        if self.infinities:
            raise RequestError(
                "a floating-point format with fraction_bits = 0 has one code with the largest"
                " exponent, so not both infinity and NaN: use finite"
            )
        if self.nan is NanCodes.ONE:
            object.__setattr__(self, "nan", NanCodes.IEEE)

    @classmethod
    def usage(cls) -> str:
        """How names are formed."""
        return (
            f"{', '.join(NAMED_FLOATS)}, or eXmY with X exponent and Y fraction bits, floats with"
            " options such as +saturate"
        )

    @classmethod
    def reads(cls, name: str) -> bool:
        """Whether a name starts with a named float, or looks like ``eXmY``."""
        return bool(re.match(rf"(e\d+m\d+|{'|'.join(NAMED_FLOATS)})(\+|$)", name))

    @classmethod
    def parse(cls, name: str) -> Float:
        """Read a format's name: one of `NAMED_FLOATS` or ``eXmY``, then options after ``+``.

        ``eXmY`` is IEEE-like: subnormals, infinities, NaN. Where these leave no room, with one
        exponent bit or without a fraction, it is finite, without NaN, and saturates, as the FP4 and
        FP6 of OCP. Options: ``subnormals`` or ``flush``,
        ``infinities`` or ``finite``, ``nan_ieee``, ``nan_one`` or ``nan_none``, ``saturate`` or
        ``overflow``, and the names of the `Rounding` choices.

        Raises:
            RequestError: it is no such name.
        """
        base, *options = name.split("+") if isinstance(name, str) else [""]
        shape = re.fullmatch(r"e([1-9][0-9]?)m(0|[1-9][0-9]?)", base)
        if base in NAMED_FLOATS:
            form = NAMED_FLOATS[base]
        elif shape:
            form = cls._plain(int(shape[1]), int(shape[2]))
        else:
            raise RequestError(
                f"{name!r} is not a floating-point format: use {', '.join(NAMED_FLOATS)} or eXmY"
            )
        changes: dict[str, Any] = {}
        for option in options:
            if option not in _OPTIONS:
                raise RequestError(f"{option!r} in {name!r} is not one of {', '.join(_OPTIONS)}")
            key, value = _OPTIONS[option]
            changes[key] = value
        return replace(form, **changes)

    @classmethod
    def _plain(cls, exponent_bits: int, fraction_bits: int) -> Float:
        """The format of a name without options."""
        if exponent_bits > 1 and fraction_bits > 0:
            return cls(exponent_bits, fraction_bits)
        return cls(exponent_bits, fraction_bits, infinities=False, nan=NanCodes.NONE, saturate=True)

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """One line for each named float, one for the others, one for options."""
        exponents, fractions = f"1 to {_MOST_EXPONENT_BITS}", f"0 to {_MOST_FRACTION_BITS}"
        return {
            **{name: form.meaning(name) for name, form in NAMED_FLOATS.items()},
            "eXmY": f"IEEE-like float, X exponent bits ({exponents}) and Y fraction bits"
            f" ({fractions}); finite if X is 1 or Y is 0",
            "FLOAT+OPTION": "a float with another policy, such as fp8_e4m3+saturate+toward_zero",
        }

    def meaning(self, name: str) -> str:
        """Where a named format comes from, its fields, its largest number, its special values."""
        special = _NANS[self.nan]
        return (
            f"{FLOAT_ORIGINS[name]}, {self.exponent_bits} exponent and {self.fraction_bits}"
            f" fraction bits, up to {float(self.largest):.6g}, {special},"
            f" {'infinities' if self.infinities else 'no infinities'}"
        )

    @property
    def name(self) -> str:
        """The name that `parse` reads back, as short as can be."""
        plain = self._plain(self.exponent_bits, self.fraction_bits)
        bases = NAMED_FLOATS | {f"e{self.exponent_bits}m{self.fraction_bits}": plain}
        names = [
            "+".join([base, *self._options_beside(form)])
            for base, form in bases.items()
            if (form.exponent_bits, form.fraction_bits) == (self.exponent_bits, self.fraction_bits)
        ]
        return min(names, key=lambda name: name.count("+"))

    def _options_beside(self, form: Float) -> list[str]:
        """The options that turn another format of the same widths into this one."""
        return [
            option
            for option, (field, value) in _OPTIONS.items()
            if getattr(self, field) == value != getattr(form, field)
        ]

    @property
    def signed(self) -> bool:
        """Always."""
        return True

    @property
    def bits(self) -> int:
        """Width of a code."""
        return 1 + self.exponent_bits + self.fraction_bits

    @property
    def significand_bits(self) -> int:
        """Width of a significand with its leading bit."""
        return self.fraction_bits + 1

    @property
    def bias(self) -> int:
        """What an exponent field exceeds its exponent by."""
        return (1 << self.exponent_bits - 1) - 1

    @property
    def largest_field(self) -> int:
        """The largest exponent field that a number has."""
        top = (1 << self.exponent_bits) - 1
        return top - 1 if self.nan is NanCodes.IEEE else top

    @property
    def largest_fraction(self) -> int:
        """The largest fraction field that a number with the largest exponent has."""
        return (1 << self.fraction_bits) - 1 - (self.nan is NanCodes.ONE)

    @property
    def least_exponent(self) -> int:
        """Exponent of the last bit of a subnormal: every number is a multiple of 2 to it."""
        return 1 - self.bias - self.fraction_bits

    @property
    def exponents(self) -> tuple[int, int]:
        """Least and largest weight of a decoded significand's last bit."""
        return self.least_exponent, self.least_exponent + self.largest_field - 1

    @property
    def magnitude_bits(self) -> int:
        """Width of the largest magnitude in units of ``2**least_exponent``: 40 for fp16."""
        return self.largest_field - 1 + self.significand_bits

    @property
    def min_normal(self) -> Fraction:
        """The smallest number with a leading bit of 1."""
        return Fraction(2) ** (1 - self.bias)

    @property
    def largest(self) -> Fraction:
        """The largest finite number."""
        significand = (1 << self.fraction_bits) + self.largest_fraction
        return significand * Fraction(2) ** (self.least_exponent + self.largest_field - 1)

    @property
    def least(self) -> Fraction:
        """The opposite of `largest`."""
        return -self.largest

    @property
    def nan_code(self) -> int | None:
        """The code that a NaN becomes: positive, quiet (the fraction's top bit is 1); or none."""
        top = ((1 << self.exponent_bits) - 1) << self.fraction_bits
        match self.nan:
            case NanCodes.IEEE:
                return top | 1 << self.fraction_bits >> 1
            case NanCodes.ONE:
                return top | (1 << self.fraction_bits) - 1
            case NanCodes.NONE:
                return None
            case _:
                assert_never(self.nan)

    @property
    def infinity_code(self) -> int | None:
        """The code of positive infinity, or none."""
        return ((1 << self.exponent_bits) - 1) << self.fraction_bits if self.infinities else None

    @property
    def largest_code(self) -> int:
        """The code of `largest`."""
        return self.largest_field << self.fraction_bits | self.largest_fraction

    @property
    def overflow_code(self) -> int:
        """The code that a positive overflow becomes."""
        if self.saturate:
            return self.largest_code
        return next(
            code
            for code in (self.infinity_code, self.nan_code, self.largest_code)
            if code is not None
        )

    def encoding(self) -> dict[str, Any]:
        """Name, width, fields, policies and special codes."""
        return {
            "format": self.name,
            "encoding": "floating point: sign, exponent, fraction, from the top bit down",
            "bits": self.bits,
            "fields": {
                "fraction": {"lowest_bit": 0, "bits": self.fraction_bits},
                "exponent": {"lowest_bit": self.fraction_bits, "bits": self.exponent_bits},
                "sign": {"lowest_bit": self.bits - 1, "bits": 1},
            },
            "bias": self.bias,
            "subnormals": self.subnormals,
            "largest_code": self.largest_code,
            "infinity_code": self.infinity_code,
            "nan_code": self.nan_code,
            "nan_codes": {
                NanCodes.IEEE: "all with the largest exponent"
                + (" and a fraction other than 0" if self.infinities else ""),
                NanCodes.ONE: "those with exponent and fraction of ones",
                NanCodes.NONE: "none",
            }[self.nan],
            "overflow_code": self.overflow_code,
            "rounding": self.rounding,
        }


#: The named formats: OCP FP8, FP6 and FP4 (OFP8 rev. 1.0, MX v1.0), bfloat16, IEEE 754.
NAMED_FLOATS: dict[str, Float] = {
    "fp4_e2m1": Float(2, 1, infinities=False, nan=NanCodes.NONE, saturate=True),
    "fp6_e2m3": Float(2, 3, infinities=False, nan=NanCodes.NONE, saturate=True),
    "fp6_e3m2": Float(3, 2, infinities=False, nan=NanCodes.NONE, saturate=True),
    "fp8_e4m3": Float(4, 3, infinities=False, nan=NanCodes.ONE),
    "fp8_e5m2": Float(5, 2),
    "bf16": Float(8, 7),
    "fp16": Float(5, 10),
    "fp32": Float(8, 23),
}

#: Where each of them is defined.
FLOAT_ORIGINS: dict[str, str] = {
    "fp4_e2m1": "OCP MX FP4",
    "fp6_e2m3": "OCP MX FP6",
    "fp6_e3m2": "OCP MX FP6",
    "fp8_e4m3": "OCP FP8",
    "fp8_e5m2": "OCP FP8",
    "bf16": "bfloat16",
    "fp16": "IEEE 754 binary16",
    "fp32": "IEEE 754 binary32",
}
