"""Modules that say the same become one: slang writes a module for each instance.

The flow maps a module that occurs often once, and tells its area under one name; both want the
design as its source has it.
"""

from __future__ import annotations

import re

__all__ = ["share_modules"]

_MODULE = re.compile(r"(?:^attribute .*\n)*^module (\S+)\n(?:.*\n)*?^end\n", re.MULTILINE)
_CELL = re.compile(r"^(\s+cell )(\S+)( \S+)$", re.MULTILINE)


def share_modules(rtlil: str) -> str:
    """Make one module of all that are the same but for their names and those of modules in them.

    Args:
        rtlil: a design, without recursion.

    Returns:
        The design; each module has the name of the first of its kind, the top module its own.
    """
    blocks = {match[1]: match[0] for match in _MODULE.finditer(rtlil)}
    head = rtlil[: next(iter(_MODULE.finditer(rtlil))).start()] if blocks else rtlil
    kept: dict[str, str] = {}  # names by contents
    same: dict[str, str] = {}

    def visit(name: str) -> str:
        """The module that stands for one."""
        if name not in same:
            same[name] = name  # so that a module in itself ends
            text = _CELL.sub(
                lambda cell: (
                    f"{cell[1]}{visit(cell[2])}{cell[3]}" if cell[2] in blocks else cell[0]
                ),
                blocks[name],
            )
            blocks[name] = text
            contents = text.replace(f"module {name}\n", "module\n", 1)
            same[name] = kept.setdefault(contents, name)
        return same[name]

    for name in blocks:
        visit(name)
    return head + "".join(blocks[name] for name in blocks if same[name] == name)
