"""Names of modules that the flow can work with, and a text without what must not steer it.

The flow's tools select modules by name and read patterns there; a library's cells and the flow's
own modules have names, too. So a module whose name is more than a plain word, or taken, gets
another one. Attributes steer Yosys' passes (`blackbox`, `keep_hierarchy`, `techmap_...`): of those
in a source only places and what is to be kept stay.

The names that Yosys itself gives, to a register say, begin with ``$``, tell the line, and end with
a number that counts on through the whole design. Its passes go through a module by name, as text,
and ABC's results depend on that order: a blank line in the source could change an area. So these
names are numbered anew in each module, all with as many digits.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from costmodel.verilog.steps import Yosys

__all__ = ["number", "separate", "tidy"]

_MODULE = re.compile(r"module (\S+)\n")
_CELL = re.compile(r"(\s+cell )(\S+)( \S+\n)")
_ATTRIBUTE = re.compile(r"\s*attribute \\(\S+) (.*)\n")
_KEPT = frozenset({"src", "keep", "init"})
_COUNT = re.compile(r"\d+$")
_FIRST = 10**8  # of the numbers that Yosys gives later on: all have as many digits
_PLAIN = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_RESERVED = "macsmith_"


def separate(yosys: Yosys) -> None:
    """Rename nets that are called like a bit of another one: ABC takes both for the same."""
    ports: dict[tuple[str, str], str] = {}  # new names, by module and old name
    for module in yosys.design.modules_.values():
        wires = list(module.wires_.values())
        bits = {
            f"{wire.name.str()}[{wire.start_offset + bit}]"
            for wire in wires
            if wire.width > 1
            for bit in range(wire.width)
        }
        for wire in wires:
            if (old := wire.name.str()) in bits:
                module.rename(wire, module.uniquify(yosys.identifier(f"{old}_")))
                ports[module.name.str(), old] = wire.name.str()
    for module in yosys.design.modules_.values():
        for cell in module.cells_.values():
            kind = cell.type.str()
            for old in [port.str() for port in cell.connections_]:
                if new := ports.get((kind, old)):
                    net = cell.getPort(yosys.identifier(old))
                    cell.unsetPort(yosys.identifier(old))
                    cell.setPort(yosys.identifier(new), net)


def number(yosys: Yosys) -> None:
    """Rename what Yosys has named, by module and in the order in which it did so."""
    for module in yosys.design.modules_.values():
        members = [*module.wires_.values(), *module.cells_.values()]
        given = {name: member for member in members if (name := member.name.str()).startswith("$")}
        for place, name in enumerate(sorted(given, key=_order)):
            module.rename(given[name], yosys.identifier(f"${place:08}"))
        module.sort()


def _order(name: str) -> tuple[int, str]:
    """When Yosys gave a name; what it numbers not is by name."""
    count = _COUNT.search(name)
    return int(count[0]) if count else 0, name


def tidy(rtlil: str, taken: Collection[str]) -> tuple[str, str, dict[str, str]]:
    """Rename modules and leave out attributes.

    Args:
        rtlil: a design.
        taken: names that no module may have.

    Returns:
        The design, its top module's name there, and for each module's name there the one that its
        source gives it.
    """
    lines = [f"{line}\n" for line in rtlil.split("\n")]
    titles: dict[str, str] = {}
    attributes: dict[str, str] = {}
    top = ""
    for line in lines:
        if match := _ATTRIBUTE.match(line):
            attributes[match[1]] = match[2].strip('"')
        elif match := _MODULE.match(line):
            titles[match[1]] = attributes.get("hdlname", match[1].removeprefix("\\"))
            top = match[1] if "top" in attributes else top
        else:
            attributes = {}
    names: dict[str, str] = {}
    for module, title in titles.items():
        names[module] = _name(title, module == f"\\{title}", {*taken, *names.values()})
    text = []
    for line in lines:
        if match := _MODULE.match(line):
            text.append(f"module \\{names[match[1]]}\n")
        elif (match := _CELL.match(line)) and match[2] in names:
            text.append(f"{match[1]}\\{names[match[2]]}{match[3]}")
        elif line.startswith("autoidx "):
            text.append(f"autoidx {_FIRST}\n")
        elif not (match := _ATTRIBUTE.match(line)) or match[1] in _KEPT:
            text.append(line)
    return "".join(text), names[top], {names[m]: title for m, title in titles.items()}


def _name(title: str, own: bool, taken: Collection[str]) -> str:
    """A plain word that is not taken, near to a module's title."""
    word = re.sub(r"\W", "_", title, flags=re.ASCII)
    if not _PLAIN.fullmatch(word) or word.startswith(_RESERVED):
        word = f"m_{word}"
    choices = [word] if own else []
    number = 1
    while True:
        for choice in choices:
            if choice not in taken:
                return choice
        choices = [f"{word}_{number}"]
        number += 1
