"""The kinds of number formats, and the names of all of them."""

from __future__ import annotations

from collections.abc import Iterable

from hw.errors import RequestError
from hw.formats.fixed import Fixed
from hw.formats.floating import Float
from hw.formats.format import Format
from hw.formats.integer import Integer
from hw.formats.posit import Posit
from hw.formats.scale import Scale

__all__ = ["KINDS", "format_meanings", "parse_format"]

#: Every kind of formats; a further one joins here.
KINDS: list[type[Format]] = [Integer, Fixed, Float, Posit, Scale]


def parse_format(name: str, kinds: Iterable[type[Format]] | None = None) -> Format:
    """Read the name of a format, such as ``int8``, ``fp16`` or ``fp8_e4m3+saturate``.

    Args:
        name: the name.
        kinds: of formats that it may be of; by default all.

    Raises:
        RequestError: no format of these kinds has this name, or its sizes or options are not
            allowed.
    """
    allowed = tuple(KINDS if kinds is None else kinds)
    for kind in allowed:
        if isinstance(name, str) and kind.reads(name):
            return kind.parse(name)
    usages = "; ".join(kind.usage() for kind in allowed)
    raise RequestError(f"{name!r} is not a number format: use {usages}")


def format_meanings() -> dict[str, str]:
    """One line of plain words for each name that a design may give, or family of names."""
    return {name: line for kind in KINDS for name, line in kind.meanings().items()}
