"""What is doubtful about an elaborated design: it may be meant, or a typing error.

Nets that nobody declared or nothing drives, inputs that are left open, ports of another width than
what is bound to them: a circuit comes out of them, but perhaps not the one that was meant.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby

from costmodel.verilog.faults import Modules, place, title
from costmodel.verilog.messages import UnreadError, legible, plain, read_messages

__all__ = ["doubts", "first_contents"]

_INTEGER = 32  # bits of a plain number
_UNDRIVEN = re.compile(r"Warning: Wire (.+?)\.([\\$]\S+)(?: \[(\d+)\])? is used but has no driver")
_RESIZED = re.compile(r"Resizing cell port (?P<port>.+) from (?P<n>\d+) bits to (?P<m>\d+) bits")
_IMPLICIT = re.compile(r"Identifier `(?P<name>.+)' is implicitly declared")
_REAL = re.compile(r"converting real value (\S+) to binary")
_LATCH = re.compile(
    r"Latch inferred for signal `.*\.(?P<name>\S+)' from process `.*\$proc\$(?P<place>.+:\d+)\$"
)
#: Warnings that say nothing of the design.
_IDLE = re.compile(
    r"Encountered `|Ignoring call to|Yosys has only limited|Replacing memory|Complex async reset"
    r"|Deep recursion|Expanding array assignment"
)


def doubts(said: str, checked: str, modules: Modules) -> Iterator[str]:
    """Sentences on what is doubtful, with file and line.

    Args:
        said: what Yosys did until the design was elaborated.
        checked: what its pass `check` did then.
        modules: the design.

    Raises:
        UnreadError: a name is none of the design's.
    """
    yield from _reader(said, modules)
    yield from _open_inputs(modules)
    yield from _undriven(checked, modules)
    yield from _initial_values(modules)


def _reader(said: str, modules: Modules) -> Iterator[str]:
    """What the reader found doubtful."""
    for message in read_messages(said):
        if message.error or _IDLE.match(message.text):
            continue
        if match := _IMPLICIT.match(message.text):
            name = plain(match["name"])
            if "." in name or name.startswith("$"):
                kind = (
                    "a name inside of another module" if "." in name else "a simulator's function"
                )
                raise UnreadError(f"{message.place}: {name} is {kind}, which is no hardware")
            yield f"{message.place}: {name} is not declared: it becomes a wire of one bit"
        elif match := _LATCH.match(message.text):
            yield f"{match['place']}: {plain(match['name'])} keeps its value in a latch"
        elif (match := _REAL.match(message.text)) and float(match[1]).is_integer():
            continue
        elif match := _RESIZED.match(message.text):
            yield from _resized(match["port"], int(match["n"]), int(match["m"]), modules)
        else:
            yield f"{message.place}: {legible(message.text)}".removeprefix(": ").rstrip(".")


def _resized(port: str, bound: int, bits: int, modules: Modules) -> Iterator[str]:
    """A sentence on a port that is bound to another number of bits than it has."""
    for name, module in modules.items():
        for label, cell in module["cells"].items():
            pin = port.removeprefix(f"{name}.{label}.")
            if pin == port or pin not in cell["connections"]:
                continue
            constant = all(isinstance(bit, str) for bit in cell["connections"][pin])
            if not (constant and bits < bound == _INTEGER):  # a plain number, such as 0 or 1
                yield (
                    f"{place(cell)}: the port {pin} of {label} has {bits} bits and is bound to"
                    f" {bound}"
                )
            return


def _open_inputs(modules: Modules) -> Iterator[str]:
    """Sentences on inputs of instances that nothing is bound to."""
    for module in modules.values():
        for label, cell in module["cells"].items():
            if (inner := modules.get(cell["type"])) is None:
                continue
            for port, declaration in inner["ports"].items():
                bits = cell["connections"].get(port, [])
                if declaration["direction"] == "input" and (not bits or "z" in bits):
                    yield (
                        f"{place(cell)}: nothing is bound to the input {port} of {label}, an"
                        f" instance of {title(cell['type'], inner)}"
                    )


def _undriven(said: str, modules: Modules) -> Iterator[str]:
    """Sentences on nets that are used and have no driver.

    Args:
        said: what Yosys' pass `check` did.
        modules: the design that it looked at.
    """
    bits: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for match in _UNDRIVEN.finditer(said):
        bits[match[1], match[2].removeprefix("\\")].append(int(match[3] or 0))
    for (module, name), offsets in bits.items():
        net = modules.get(module, {}).get("netnames", {}).get(name)
        if net is None:
            yield f"nothing drives {name} of {module}, which is used"
            continue
        label = "a net" if net.get("hide_name") else name
        first = net.get("offset", 0)
        partly = len(offsets) < len(net["bits"])
        which = f"[{_ranges(first + bit for bit in offsets)}]" if partly else ""
        port = modules[module]["ports"].get(name, {})
        use = "an output" if port.get("direction") == "output" else "used"
        yield f"{place(net)}: nothing drives {label}{which}, which is {use}"


def _initial_values(modules: Modules) -> Iterator[str]:
    """A sentence on initial values of registers, if there are any."""
    nets = [
        f"{name} ({place(net)})"
        for module in modules.values()
        for name, net in module["netnames"].items()
        if set(net["attributes"].get("init", "x")) & {"0", "1"} and not net.get("hide_name")
    ]
    yield from _initial_contents(modules)
    if nets:
        more = f" and {len(nets) - 3:,} more" if len(nets) > 3 else ""
        yield (
            f"initial values are left out, for cells of a library have none: of"
            f" {', '.join(nets[:3])}{more}"
        )


def first_contents(modules: Modules) -> Iterator[tuple[str, str]]:
    """Module and name of each cell that says what a memory holds before it is written."""
    for name, module in modules.items():
        written = {
            cell["parameters"]["MEMID"]
            for cell in module["cells"].values()
            if cell["type"].startswith("$memwr")
        }
        for label, cell in module["cells"].items():
            if cell["type"].startswith("$meminit") and cell["parameters"]["MEMID"] in written:
                yield name, label


def _initial_contents(modules: Modules) -> Iterator[str]:
    for name, label in first_contents(modules):
        cell = modules[name]["cells"][label]
        yield (
            f"{place(cell)}: what the memory {plain(cell['parameters']['MEMID'])} holds at first is"
            " left out, for it is written later, and cells of a library hold nothing at first"
        )


def _ranges(numbers: Iterable[int]) -> str:
    """Numbers as ranges of bits, the highest first."""
    ordered = sorted(numbers)
    runs = groupby(ordered, key=lambda number: number - ordered.index(number))
    ends = [(run[-1], run[0]) for _, group in runs if (run := list(group))]
    return ", ".join(f"{high}:{low}" if high > low else f"{low}" for high, low in reversed(ends))
