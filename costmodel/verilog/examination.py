"""An elaborated design, by whichever reader: what is wrong with it, what is doubtful, its text."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from costmodel.flow.registers import check_edges
from costmodel.verilog import faults
from costmodel.verilog.doubts import doubts, first_contents
from costmodel.verilog.drivers import driver_conflict
from costmodel.verilog.names import number, separate
from costmodel.verilog.steps import Yosys
from hw.errors import RequestError

__all__ = ["Elaborated", "examine"]


@dataclass(frozen=True)
class Elaborated:
    """An elaborated design.

    Attributes:
        rtlil: its text.
        warnings: what is doubtful, a sentence each, with file and line.
    """

    rtlil: str
    warnings: tuple[str, ...]


def examine(yosys: Yosys, top: str, own: Collection[str]) -> Elaborated:
    """Bring a design down to registers and operators, and look at it.

    Args:
        yosys: with the design, its hierarchy built; its log tells of that.
        top: the top module.
        own: names of modules of the source; those of a library are not among them.

    Raises:
        RequestError: it is no circuit.
    """
    for command in ("proc_clean", "proc_rmdead", "proc_prune", "proc_init", "proc_arst"):
        yosys.run(command)
    for module in yosys.design.modules_.values():
        check_edges(module)
    yosys.run("proc", "-noopt")  # the flow decides comparisons with x before anything is folded
    modules, black = _modules_of(yosys)
    faults.refuse_structure(modules, {name: black[name] for name in own if name in black})
    faults.refuse_three_state(modules)
    said = yosys.said()
    yosys.run("check")
    checked = yosys.said()[len(said) :]
    if "conflicting" in checked:
        conflict = driver_conflict(yosys, modules)
        raise RequestError(conflict or f"{top}: two things drive the same net")
    warnings = tuple(dict.fromkeys(doubts(said, checked, modules)))
    for module, label in first_contents(modules):
        inside = yosys.module(module)
        inside.remove(inside.cell(yosys.identifier(label)))
    separate(yosys)
    number(yosys)
    yosys.run("delete", "=A:blackbox")
    file = yosys.log.with_suffix(".il")
    yosys.run("write_rtlil", file)
    rtlil = file.read_text(encoding="utf-8", errors="surrogateescape")
    yosys.log.write_text("")
    for command in ("flatten", "opt_expr", "opt_clean"):  # which opens loops through constants
        yosys.run(command)
    yosys.run("check", "-force-detailed-loop-check")
    if loop := faults.loop(yosys.said()):
        raise RequestError(loop)
    return Elaborated(rtlil, warnings)


def _modules_of(yosys: Yosys) -> tuple[faults.Modules, faults.Modules]:
    """The design's modules, and the black boxes."""
    file = yosys.log.with_suffix(".json")
    yosys.run("write_json", file)
    modules = json.loads(file.read_text(encoding="utf-8", errors="surrogateescape"))["modules"]
    black = {n: m for n, m in modules.items() if int(m["attributes"].get("blackbox", "0"), 2)}
    return {name: module for name, module in modules.items() if name not in black}, black
