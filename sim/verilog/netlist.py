"""A netlist as Yosys writes it in RTLIL, read into plain objects."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = [
    "REGISTERS",
    "Bits",
    "Cell",
    "Module",
    "Value",
    "Wire",
    "inputs",
    "joined",
    "part_of",
    "read_netlist",
    "width_of",
]

REGISTERS = ("$dff", "$dffe", "$sdff", "$sdffe", "$sdffce")  #: without asynchronous resets

_TOKEN = re.compile(
    r"(?P<wire>[\\$]\S+)(?: \[(?P<high>\d+)(?::(?P<low>\d+))?\])?|(?P<width>\d+)'(?P<bits>[01x]*)"
    r"|(?P<number>-?\d+)"
)
_WIRE = re.compile(r"wire (?:width (\d+) )?(?:(input|output) (\d+) )?(?:signed )?([\\$]\S+)")


class Bits(NamedTuple):
    """Neighbouring bits of a wire, or constant ones.

    Attributes:
        wire: the wire's name; empty for constants.
        low: the lowest bit; 0 for constants.
        width: how many.
        constant: of a constant its digits 0, 1 and x, the highest first; else empty.
    """

    wire: str
    low: int
    width: int
    constant: str = ""


Value = tuple[Bits, ...]  #: the highest bits first


@dataclass(frozen=True)
class Wire:
    """A wire of a module.

    Attributes:
        width: in bits.
        direction: ``input`` or ``output`` of a port, else empty.
        number: of a port among its module's ports; else 0.
    """

    width: int
    direction: str = ""
    number: int = 0


@dataclass
class Cell:
    """A cell: an operator or register of Yosys (``$and``), or an instance of a module.

    Attributes:
        kind: the operator, with its dollar sign, or the module's name.
        label: the instance's name.
        parameters: numbers, by name.
        ports: what is connected, by the port's name.
    """

    kind: str
    label: str
    parameters: dict[str, int] = field(default_factory=dict)
    ports: dict[str, Value] = field(default_factory=dict)

    @property
    def is_instance(self) -> bool:
        """An instance of a module, not an operator or a register."""
        return not self.kind.startswith("$")


@dataclass
class Module:
    """A module.

    Attributes:
        name: its name.
        wires: by name; a public name stands without its backslash, a hidden one with its dollar.
        cells: all, in the order of the text.
        assigned: pairs of what is driven and by what.
    """

    name: str
    wires: dict[str, Wire] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    assigned: list[tuple[Value, Value]] = field(default_factory=list)

    @property
    def ports(self) -> list[str]:
        """The ports' names in their order."""
        numbered = [(wire.number, name) for name, wire in self.wires.items() if wire.direction]
        return [name for _, name in sorted(numbered)]


def width_of(value: Value) -> int:
    """Bits of a value."""
    return sum(bits.width for bits in value)


def inputs(cell: Cell) -> list[Value]:
    """What an operator or a register reads, in the order of its ports."""
    return [value for port, value in cell.ports.items() if port not in ("Y", "Q")]


def part_of(value: Value, low: int, width: int) -> Value:
    """Some bits of a value."""
    taken: list[Bits] = []
    at = 0
    for bits in reversed(value):
        first, last = max(low, at), min(low + width, at + bits.width)
        if first < last:
            count, start = last - first, first - at
            end = bits.width - start
            digits = bits.constant[end - count : end]
            taken.append(Bits(bits.wire, (bits.low + start) * bool(bits.wire), count, digits))
        at += bits.width
    return tuple(reversed(taken))


def joined(parts: Iterable[Bits]) -> Value:
    """Parts as a value, neighbouring constants in one piece."""
    value: list[Bits] = []
    for bits in parts:
        if value and not bits.wire and not value[-1].wire:
            digits = value.pop().constant + bits.constant
            value.append(Bits("", 0, len(digits), digits))
        elif bits.width:
            value.append(bits)
    return tuple(value)


def read_netlist(text: str) -> list[Module]:
    """The modules of a netlist without processes and memories, in the order of the text.

    Raises:
        ValueError: a line is none that such a netlist has.
    """
    modules: list[Module] = []
    cell: Cell | None = None
    for line in text.splitlines():
        head, _, rest = line.strip().partition(" ")
        if head in ("", "#", "autoidx", "attribute"):
            continue
        if head == "module":
            modules.append(Module(_plain(rest)))
        elif head == "end":
            cell = None
        elif head == "cell":
            kind, label = rest.split()
            cell = Cell(_plain(kind), _plain(label))
            modules[-1].cells.append(cell)
        elif head == "parameter" and cell:
            name, _, number = rest.removeprefix("signed ").rpartition(" ")
            cell.parameters[_plain(name)] = _number(number)
        elif head == "connect" and cell:
            name, _, value = rest.partition(" ")
            cell.ports[_plain(name)] = _value(value, modules[-1])
        elif head == "connect":
            driven, value = _sides(rest)
            modules[-1].assigned.append((_value(driven, modules[-1]), _value(value, modules[-1])))
        elif head == "wire" and (wire := _WIRE.fullmatch(line.strip())):
            width, direction, number, name = wire.groups()
            modules[-1].wires[_plain(name)] = Wire(
                int(width or 1), direction or "", int(number or 0)
            )
        else:
            raise ValueError(f"cannot read the netlist at: {line.strip()}")
    return modules


def _plain(name: str) -> str:
    return name.removeprefix("\\")


def _number(text: str) -> int:
    _, quote, digits = text.partition("'")
    return int(digits, 2) if quote else int(text)


def _sides(text: str) -> tuple[str, str]:
    """The two values of a connection."""
    if text.startswith("{"):
        end = text.index("}") + 1
    else:
        driven = _TOKEN.match(text)
        assert driven
        end = driven.end()
    return text[:end], text[end:]


def _value(text: str, module: Module) -> Value:
    return joined(_bits(match, module) for match in _TOKEN.finditer(text))


def _bits(match: re.Match[str], module: Module) -> Bits:
    name, high, low, _, digits, number = match.groups()
    if name:
        wire = _plain(name)
        if high is None:
            return Bits(wire, 0, module.wires[wire].width)
        first = int(low or high)
        return Bits(wire, first, int(high) - first + 1)
    if number:
        digits = f"{int(number) & 0xFFFFFFFF:032b}"
    return Bits("", 0, len(digits), digits)
