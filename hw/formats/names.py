"""Names of formats, whatever their kind."""

from __future__ import annotations

from hw.errors import RequestError
from hw.formats.floating import NAMED_FLOATS, Float
from hw.formats.integer import Integer

__all__ = ["Format", "parse_format"]

#: Any format.
Format = Integer | Float


def parse_format(name: str) -> Format:
    """Read the name of a format, such as ``int8``, ``fp16`` or ``fp8_e4m3+saturate``.

    Raises:
        RequestError: no format has this name.
    """
    for kind in (Integer, Float):
        try:
            return kind.parse(name)
        except RequestError:
            continue
    raise RequestError(
        f"{name!r} is not a number format: use intN or uintN with N from 2 to 16,"
        f" {', '.join(NAMED_FLOATS)}, or eXmY with X exponent and Y fraction bits, floats with"
        " options such as +saturate"
    )
