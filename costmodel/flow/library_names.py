"""Mapped netlists under the library's names again, after tools that saw plain ones."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from costmodel.library.identifiers import escaped
from costmodel.library.plain_names import PlainNames

__all__ = ["restore_names"]


def restore_names(design: Any, names: PlainNames) -> None:
    """Put the library's names, as Verilog can have them, into a mapped design within Yosys.

    A module that is called like a cell of the library gets another name: there can be one only.
    """
    identifier = import_module("pyosys.libyosys").IdString
    taken = {f"\\{escaped(cell.name)}" for cell in names.cells.values()}
    others: dict[str, str] = {}
    for module in [module.name.str() for module in design.modules_.values()]:
        other = module
        while other in taken:
            other += "_"
        taken.add(other)
        if other != module:
            others[module] = other
            design.rename(design.module(identifier(module)), identifier(other))
    for module in design.modules_.values():
        for cell in list(module.cells_.values()):
            kind = cell.type.str()
            plain = kind.removeprefix("\\")
            if kind in others:
                cell.type = identifier(others[kind])
            elif plain in names.cells:
                _restore(cell, plain, names, identifier)


def _restore(cell: Any, plain: str, names: PlainNames, identifier: Any) -> None:
    """Give a cell of the library its name and those of its pins."""
    pins = [
        (identifier(f"\\{old}"), identifier(f"\\{escaped(new)}"))
        for old, new in names.pins[plain].items()
    ]
    nets = [(old, new, cell.getPort(old)) for old, new in pins if cell.hasPort(old)]
    cell.type = identifier(f"\\{escaped(names.cells[plain].name)}")
    for old, _, _ in nets:
        cell.unsetPort(old)
    for _, new, net in nets:
        cell.setPort(new, net)
