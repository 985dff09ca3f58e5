"""Names of formats, whatever their kind."""

from __future__ import annotations

import re

from hw.errors import RequestError
from hw.formats.floating import FLOAT_ORIGINS, NAMED_FLOATS, Float
from hw.formats.integer import Integer

__all__ = ["Format", "format_meanings", "parse_format"]

#: Any format.
Format = Integer | Float


def parse_format(name: str) -> Format:
    """Read the name of a format, such as ``int8``, ``fp16`` or ``fp8_e4m3+saturate``.

    Raises:
        RequestError: no format has this name, or its sizes or options are not allowed.
    """
    if re.match(r"u?int\d", str(name)):
        return Integer.parse(name)
    if re.match(rf"(e\d+m\d+|{'|'.join(NAMED_FLOATS)})(\+|$)", str(name)):
        return Float.parse(name)
    raise RequestError(
        f"{name!r} is not a number format: use intN or uintN with N from 2 to 16,"
        f" {', '.join(NAMED_FLOATS)}, or eXmY with X exponent and Y fraction bits, floats with"
        " options such as +saturate"
    )


def format_meanings() -> dict[str, str]:
    """One line of plain words for each name that a design may give, or family of names."""
    return {
        "intN": "two's complement integer of N bits, 2 to 16",
        "uintN": "unsigned integer of N bits, 2 to 16",
        "uN.F": "unsigned fixed point for scales, N bits (1 to 32) in units of 2**-F (0 to 63)",
        **{name: _meaning(name, form) for name, form in NAMED_FLOATS.items()},
        "eXmY": "IEEE-like float, X exponent bits (2 to 8) and Y fraction bits (1 to 23)",
        "FLOAT+OPTION": "a float with another policy, such as fp8_e4m3+saturate+toward_zero",
    }


def _meaning(name: str, form: Float) -> str:
    """Where a named format comes from, its fields, its largest number and its special values."""
    special = {"ieee": "NaNs", "one": "one NaN", "none": "no NaN"}[form.nan]
    return (
        f"{FLOAT_ORIGINS[name]}, {form.exponent_bits} exponent and {form.fraction_bits} fraction"
        f" bits, up to {float(form.largest):.6g}, {special},"
        f" {'infinities' if form.infinities else 'no infinities'}"
    )
