"""Registers of a user's Verilog that have no cell: found, and refused by their names.

Yosys goes on where a register cannot be made of the library's cells: it makes latches of flip-flops
and gates, and leaves asynchronous loads as they are. Neither is the circuit that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hw.errors import RequestError

__all__ = ["check_edges", "check_registers"]

_LATCHES = {"$dlatch", "$adlatch", "$dlatchsr", "$sr"}
_LOADS = {"$aldff", "$aldffe"}
_EDGES = {"STp", "STn", "STe"}


def check_edges(module: Any) -> None:
    """See that each register is written at one edge of one signal.

    Args:
        module: of Yosys, its processes with resets told from clocks (`proc_arst`).

    Raises:
        RequestError: one is not; the sentence names it and its place.
    """
    for process in module.processes.values():
        edges = [sync for sync in process.syncs if sync.type.name in _EDGES]
        written = [target for sync in edges for target, _ in sync.actions]
        if len(edges) > 1 and written:
            bits = [bit for target in written for bit in target.to_sigbit_vector()]
            names = sorted({bit.wire.name.str()[1:] for bit in bits if bit.is_wire()})
            raise RequestError(
                f"{_place(process.get_src_attribute())}: the register {', '.join(names)} is written"
                f" at {len(edges)} edges, which no flip-flop does: it has one clock and one edge of"
                " it, and an asynchronous reset is asked for first, by if (reset)"
            )


def check_registers(modules: Mapping[str, Any], technology: str) -> None:
    """See that all registers of modules can be cells.

    Args:
        modules: as Yosys writes them in JSON, with word-level registers.
        technology: the library's name, for the sentence.

    Raises:
        RequestError: one cannot; the sentence names it and its place.
    """
    for module in modules.values():
        for cell in module["cells"].values():
            reasons = {
                **dict.fromkeys(
                    _LATCHES,
                    f"is a latch, and {technology} has no cell for it: where none is meant, some"
                    " ways through its always block assign nothing to it",
                ),
                **dict.fromkeys(
                    _LOADS,
                    "is loaded asynchronously, and no library has such a flip-flop: what a reset"
                    " assigns must be a constant",
                ),
            }
            if reason := reasons.get(cell["type"]):
                place = _place(cell["attributes"].get("src", ""))
                raise RequestError(f"{place}: {_name(module, cell)} {reason}")


def _name(module: Mapping[str, Any], cell: Mapping[str, Any]) -> str:
    """What the source calls a register."""
    bits = set(cell["connections"]["Q"])
    names = sorted(_named(module, bits), key=lambda name: (len(name), name))
    return f"the register {names[0]}" if names else "a register without a name"


def _named(module: Mapping[str, Any], bits: set[int | str]) -> Iterator[str]:
    for name, net in module["netnames"].items():
        if bits & set(net["bits"]) and not net.get("hide_name", 0):
            yield name


def _place(src: str) -> str:
    """The file and the line of Yosys' attribute ``src``: the first of several places."""
    place = src.split("|", 1)[0]
    file, _, span = place.rpartition(":")
    return f"{file.rpartition('/')[2]}:{span.split('.', 1)[0]}" if file else "the design"
