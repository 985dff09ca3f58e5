"""Names of any characters as they are written in Verilog."""

from __future__ import annotations

import re

from hw.keywords import SYSTEMVERILOG, VERILOG

__all__ = ["identifier"]

_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def identifier(name: str) -> str:
    r"""A name in Verilog: as it is, or escaped where it is more than a word, or a reserved one.

    Args:
        name: as Yosys' JSON has it, in which some names begin with a backslash.
    """
    name = name.removeprefix("\\")
    if _PLAIN.fullmatch(name) and name not in VERILOG and name not in SYSTEMVERILOG:
        return name
    return f"\\{name} "
