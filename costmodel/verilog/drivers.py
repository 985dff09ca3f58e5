"""Which things drive a net, and the first net that two of them do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from costmodel.verilog.messages import place_of, plain
from costmodel.verilog.steps import Yosys

__all__ = ["driver_conflict"]

Bit = tuple[str, int]


def driver_conflict(yosys: Yosys, modules: Iterable[str]) -> str | None:
    """The first bit of a net in one of the modules that several things drive, as a sentence.

    Assignments are looked at as they stand: joined into one net, the two sides of each would hide
    which of them was assigned twice.
    """
    for name in modules:
        module = yosys.module(name)
        for (label, position), drivers in _drivers(module).items():
            if len(drivers) > 1:
                wire = module.wire(yosys.identifier(label))
                index = f"[{position + wire.start_offset}]" if wire.width > 1 else ""
                return (
                    f"{place_of(wire.get_src_attribute())}: {plain(label)}{index} has"
                    f" {len(drivers)} drivers: {' and '.join(drivers)}"
                )
    return None


def _drivers(module: Any) -> dict[Bit, list[str]]:
    """What drives each bit of a module's wires, in words."""
    drivers: defaultdict[Bit, list[str]] = defaultdict(list)
    for bit, words in _outputs(module):
        drivers[bit].append(words)
    outputs = {bit: words[0] for bit, words in drivers.items()}
    for left, right in _assignments(module):
        for bit, value in zip(left.bits(), right.bits(), strict=True):
            words = "a constant"
            if value.wire is not None:
                name = value.wire.name.str()
                words = outputs.get(_key(value), plain(name) if name[0] != "$" else "an expression")
            drivers[_key(bit)].append(words)
    for wire in module.wires_.values():
        if wire.port_input:
            for position in range(wire.width):
                drivers[wire.name.str(), position].append("the input itself")
    return drivers


def _assignments(module: Any) -> Iterator[tuple[Any, Any]]:
    """What is assigned and to what: Yosys joins them, slang puts a cell between."""
    yield from module.connections()
    for cell in module.cells_.values():
        if cell.type.str() == "$buf":
            ports = {port.str(): signal for port, signal in cell.connections_.items()}
            yield ports["\\Y"], ports["\\A"]


def _outputs(module: Any) -> Iterator[tuple[Bit, str]]:
    """Each bit that a cell drives, and what that cell is."""
    for cell in module.cells_.values():
        if cell.type.str() == "$buf":
            continue
        place = place_of(cell.get_src_attribute())
        for port, signal in cell.connections_.items():
            if not cell.output(port):
                continue
            words = _words(cell.type.str(), cell.name.str(), port.str())
            for bit in signal.bits():
                if bit.wire is not None:
                    yield _key(bit), f"{words} ({place})" if place else words


def _words(kind: str, label: str, port: str) -> str:
    if not kind.startswith("$") or kind.startswith("$paramod"):
        return f"the output {plain(port)} of {plain(label)}"
    return "a register" if "dff" in kind else "a latch" if "latch" in kind else "an expression"


def _key(bit: Any) -> Bit:
    return bit.wire.name.str(), bit.offset
