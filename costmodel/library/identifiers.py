"""Names in Verilog: any name, written so that Verilog takes it for one name."""

from __future__ import annotations

import re
from functools import cache

from hw.keywords import SYSTEMVERILOG, VERILOG

__all__ = ["escaped", "identifier"]


def escaped(name: str) -> str:
    """A name in signs that an escaped identifier may hold; different names stay different.

    Spaces and signs outside of ASCII become their UTF-8 bytes, as in an address: ``NAND%202``.
    """
    if name.isascii() and name.isprintable() and not set(name) & set(" %"):
        return name
    return "".join(
        chr(byte) if 0x21 <= byte <= 0x7E and byte != ord("%") else f"%{byte:02X}"
        for byte in name.encode()
    )


@cache
def identifier(name: str) -> str:
    r"""A name as Verilog has to write it: as it is, or escaped (``\74AC04 ``).

    Args:
        name: of anything; the backslash before some names of Yosys' JSON is dropped.
    """
    name = name.removeprefix("\\")
    reserved = name in VERILOG or name in SYSTEMVERILOG
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and not reserved:
        return name
    return f"\\{escaped(name)} "
