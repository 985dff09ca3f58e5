"""What is wrong with an elaborated design: what no circuit can be is refused.

A library of gates and flip-flops has no circuit for three-state drivers, loops of logic and modules
that hold themselves, whatever the tools make of them. (`costmodel.verilog.drivers` looks for nets
with two drivers, `costmodel.verilog.doubts` for what is only doubtful.)
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Any

from costmodel.verilog.messages import place_of, plain
from hw.errors import RequestError

__all__ = [
    "Modules",
    "loop",
    "place",
    "refuse_structure",
    "refuse_three_state",
    "title",
]

#: The modules of a design by their names, as Yosys' JSON has them.
Modules = dict[str, Any]

_COMPARISONS = frozenset("$eq $ne $eqx $nex".split())
_LATCH = re.compile(r"cell \S+ \(\$(_D?LATCH|a?dlatch|dlatchsr|_?SR|sr)")


def refuse_structure(modules: Modules, black: Modules) -> None:
    """Refuse recursion, black boxes and ports of both directions.

    Args:
        modules: the design.
        black: modules of the source that are declared to be black boxes.

    Raises:
        RequestError: there is one; the sentence names it and its place.
    """
    top = next((n for n, m in modules.items() if int(m["attributes"].get("top", "0"), 2)), None)
    if top is None:
        raise RequestError("the top module is declared a black box: that has no area")
    _refuse_recursion(modules, top)
    for name, module in modules.items():
        for port, declaration in module["ports"].items():
            if declaration["direction"] == "inout":
                raise RequestError(
                    f"{place(module['netnames'][port])}: the port {port} of {title(name, module)}"
                    " is an inout: three-state wires are no circuit of these cells"
                )
        for label, cell in module["cells"].items():
            kind = cell["type"]
            inner = black.get(kind) or modules.get(kind)
            if inner is not None and (kind in black or _is_empty(inner)):
                raise RequestError(
                    f"{place(cell)}: {label} is an instance of {title(kind, inner)}, with nothing"
                    f" inside ({place(inner)}): a black box has no area"
                )


def _refuse_recursion(modules: Modules, top: str) -> None:
    done: set[str] = set()

    def visit(name: str, around: tuple[str, ...]) -> None:
        for label, cell in modules[name]["cells"].items():
            kind = cell["type"]
            if kind in (*around, name):
                raise RequestError(
                    f"{place(cell)}: {label} is an instance of {title(kind, modules[kind])} inside"
                    " of itself: that has no end"
                )
            if kind in modules and kind not in done:
                visit(kind, (*around, name))
        done.add(name)

    visit(top, ())


def refuse_three_state(modules: Modules) -> None:
    """Refuse drivers that let go of their net.

    Raises:
        RequestError: there is one.
    """
    for module in modules.values():
        for cell in module["cells"].values():
            inputs = [bits for port, bits in cell["connections"].items() if _reads(cell, port)]
            floats = any("z" in bits for bits in inputs) and cell["type"] not in _COMPARISONS
            if cell["type"] == "$tribuf" or (floats and cell["type"] not in modules):
                raise RequestError(
                    f"{place(cell)}: a three-state driver: its net floats when nothing drives it,"
                    " which no circuit of these cells does"
                )
        for name, net in module["netnames"].items():
            if "z" in net["bits"] and not net.get("hide_name"):
                raise RequestError(
                    f"{place(net)}: {name} is given the value z: no circuit of these cells lets a"
                    " net float"
                )


def loop(said: str) -> str | None:
    """The first loop of logic that `check` found in a flat design, as a sentence.

    Loops through latches are none of logic, and what `check` calls doubtful is left to timing.
    """
    for report in said.split("Warning: found logic loop in module ")[1:]:
        text = "\n".join(takewhile(lambda line: line.startswith(" "), report.splitlines()[1:]))
        if "overapproximated" in text or _LATCH.search(text):
            continue
        nets = dict.fromkeys(plain(net) for net in re.findall(r"wire (\\\S+(?: \[\d+\])?)", text))
        places = re.findall(r"source: (\S.*)", text)
        through = f" through {', '.join(nets)}" if nets else ""
        return f"{place_of(places[0]) if places else 'the design'}: a loop of logic{through}"
    return None


def title(name: str, module: dict[str, Any]) -> str:
    """A module's name in the source."""
    return plain(module["attributes"].get("hdlname", name))


def _reads(cell: dict[str, Any], port: str) -> bool:
    return cell["port_directions"].get(port) != "output"


def _is_empty(module: dict[str, Any]) -> bool:
    """Whether a module has outputs and nothing that might drive them."""
    outputs = [port["bits"] for port in module["ports"].values() if port["direction"] == "output"]
    inputs = {b for p in module["ports"].values() if p["direction"] == "input" for b in p["bits"]}
    driven = any(isinstance(bit, str) or bit in inputs for bits in outputs for bit in bits)
    return bool(outputs) and not module["cells"] and not driven


def place(member: dict[str, Any]) -> str:
    """File and line of a module, a cell or a net; empty where they are not known."""
    return place_of(member["attributes"].get("src", ""))
