"""Names of a module's wires in Verilog: plain identifiers, each of which says something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hw.keywords import SYSTEMVERILOG, VERILOG
from sim.verilog.expressions import Expressions
from sim.verilog.netlist import REGISTERS, Module, Value, inputs

__all__ = ["name_instances", "wire_names"]

_KEYWORDS = VERILOG | SYSTEMVERILOG

#: What an intermediate value without a name is called after what makes it.
_KINDS = {
    "$not": "inverted",
    "$and": "and",
    "$or": "or",
    "$xor": "xor",
    "$add": "sum",
    "$sub": "difference",
    "$mul": "product",
    "$neg": "negative",
    "$mux": "choice",
    "$pmux": "choice",
    "$reduce_and": "all",
    "$reduce_or": "any",
    "$reduce_bool": "any",
    "$reduce_xor": "parity",
    "$eq": "equal",
    "$ne": "unequal",
    "$lt": "less",
    "$le": "less",
    "$gt": "greater",
    "$ge": "greater",
    "$logic_not": "none",
}


def name_instances(module: Module) -> None:
    """Give instances plain identifiers for names, which are those of nothing else in the module."""
    instances = [cell for cell in module.cells if cell.is_instance]
    taken = {*_KEYWORDS, *module.wires}
    for cell in sorted(instances, key=lambda cell: cell.label != _plain(cell.label)):
        cell.label = _free(_plain(cell.label), taken)


def wire_names(module: Module, expressions: Expressions, wires: Iterable[str]) -> dict[str, str]:
    """Names for wires.

    A wire keeps its own name, as a plain identifier. One without a name is called after the named
    signal that it serves first, and what it does: ``<register>_next``, ``<instance>_<port>`` or
    ``<signal>_sum``. What would be called alike is numbered, in the order of the wires.

    Args:
        module: the module.
        expressions: of the module.
        wires: what gets a name.

    Returns:
        The names, by the wires' own, in the same order.
    """
    names, ports = dict.fromkeys(wires, ""), set(module.ports)
    taken = {*_KEYWORDS, *ports, *(cell.label for cell in module.cells if cell.is_instance)}
    names |= {wire: wire for wire in names if wire in ports}
    named = [wire for wire, name in names.items() if not name and not wire.startswith("$")]
    for wire in sorted(named, key=lambda wire: wire != _plain(wire)):  # plain ones first
        names[wire] = _free(_plain(wire), taken)
    purposes: dict[str, _Purpose] = {}
    for purpose, value in _purposes(module, expressions):
        whole = len(value) == 1 and value[0].wire not in expressions.nested
        for wire in expressions.reads(value):
            first = purposes.setdefault(wire, purpose if whole else purpose._replace(role=None))
            if first.target != purpose.target and first.row and first.row == purpose.row:
                purposes[wire] = first._replace(target=first.row)
    makers = {bits.wire: cell.kind for cell in module.cells for bits in cell.ports.get("Y", ())}
    for wire in [wire for wire, name in names.items() if not name]:
        purpose = purposes.get(wire, _Purpose("unused"))
        role = _KINDS.get(makers.get(wire, ""), "bits") if purpose.role is None else purpose.role
        target, passed = purpose.target, {wire}
        while target.startswith("$") and target not in passed:
            passed.add(target)
            target = purposes[target].target if target in purposes else "unused"
        stem = names.get(target) or _plain(target)
        names[wire] = _free(f"{stem}_{role}" if role else stem, taken)
    return names


class _Purpose(NamedTuple):
    """What a wire serves first.

    Attributes:
        target: a wire, or an instance and its port.
        role: what it is there; None if that is to be told by what makes it.
        row: of numbered instances and their port what they all have of its name.
    """

    target: str
    role: str | None = None
    row: str = ""


def _purposes(module: Module, expressions: Expressions) -> Iterator[tuple[_Purpose, Value]]:
    """What values are read for, in the order of the cells."""
    for cell in module.cells:
        if cell.is_instance:
            for port, value in cell.ports.items():
                row = f"{cell.label.rstrip('0123456789')}_{port}"
                yield _Purpose(f"{cell.label}_{port}", "", row), value
        elif cell.kind in REGISTERS:
            for port, role in (("D", "next"), ("EN", "enable"), ("SRST", "clear")):
                yield _Purpose(cell.ports["Q"][0].wire, role), cell.ports.get(port, ())
        elif (target := cell.ports["Y"][0].wire) not in expressions.nested:
            for value in inputs(cell):
                yield _Purpose(target), value
    for driven, value in module.assigned:
        yield _Purpose(driven[0].wire), value


def _plain(name: str) -> str:
    """A name without the number that told it from others, as an identifier."""
    identifier = re.sub(r"\W+", "_", re.sub(r"\$\d+$", "", name)).strip("_")
    return identifier if identifier[:1].isalpha() else f"n{identifier}"


def _free(name: str, taken: set[str]) -> str:
    """The name, numbered if it is taken; from then on it is taken, too."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    taken.add(free)
    return free
