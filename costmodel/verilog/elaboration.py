"""Elaboration: preprocessed Verilog becomes a design in Yosys' RTLIL, or a refusal.

Everything here runs in forks (`costmodel.verilog.steps`): one reads the modules, one in it builds
the hierarchy. When the inner one ends, the outer one still has the modules and finds the place of
what the message names.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from costmodel.flow.registers import check_edges
from costmodel.verilog import faults
from costmodel.verilog.doubts import doubts, first_contents
from costmodel.verilog.drivers import driver_conflict
from costmodel.verilog.messages import Message, place_of, read_messages, sentence
from costmodel.verilog.names import number, separate
from costmodel.verilog.steps import StepEndedError, Yosys, run_step
from hw.errors import RequestError

__all__ = ["Elaborated", "Library", "MissingImageError", "elaborate"]

_SECONDS = 20.0  # of processor time, to find a place
_DEEPEST = 250  # modules inside of each other
#: The preprocessor has run; no functions of C are called; what is empty is looked at here.
_READ = ("read_verilog", "-nopp", "-nodpi", "-noblackbox", "-nowb")
_CELLS = ("read_liberty", "-lib", "-nooverwrite", "-ignore_miss_func", "-setattr", "blackbox")
_IMAGE = re.compile(r"Can not open file `image:(.*)` for \\?(\$readmem[hb]).*")
_CELL = re.compile(r"referenced in module `(.+)' in cell `(.+?)'|Output port ([^.]+)\.([^.]+)\.")


@dataclass(frozen=True)
class Library:
    """A library's cells for Yosys.

    Attributes:
        liberty: a file of them, under plain names.
        wrappers: a file with a Verilog module under each one's own name, which holds the cell.
    """

    liberty: Path
    wrappers: Path


@dataclass(frozen=True)
class Elaborated:
    """An elaborated design.

    Attributes:
        rtlil: its text.
        warnings: what is doubtful, a sentence each, with file and line.
    """

    rtlil: str
    warnings: tuple[str, ...]


class MissingImageError(RequestError):
    """The design reads a memory image that is not there; says which, where, and by which task."""

    def __init__(self, name: str, place: str, task: str) -> None:
        super().__init__(name, place, task)
        self.name, self.place, self.task = name, place, task


def elaborate(
    text: str,
    top: str,
    name: str,
    folder: Path,
    library: Library,
    seconds: float,
    line_at: Callable[[str], str],
) -> Elaborated:
    """Elaborate a design.

    Args:
        text: preprocessed Verilog, only hardware in it.
        top: the module that is asked for.
        name: of its file.
        folder: where it was preprocessed, with the images that are there by now.
        library: cells that the design may have instances of.
        seconds: of processor time.
        line_at: the source's text at a place.

    Raises:
        MissingImageError: an image is missing.
        RequestError: it is no design, or no circuit.
    """
    source, log = folder / ".macsmith.v", folder.parent / "elaboration.log"
    source.write_text(text, encoding="utf-8", errors="surrogateescape")
    log.unlink(missing_ok=True)
    yosys = Yosys(log)
    step = partial(_modules, yosys, source, top, name, library, seconds, line_at)
    try:
        return run_step(step, seconds)
    except StepEndedError as ended:
        raise _refusal(yosys, name, source, ended, line_at) from ended


def _modules(
    yosys: Yosys,
    source: Path,
    top: str,
    name: str,
    library: Library,
    seconds: float,
    line_at: Callable[[str], str],
) -> Elaborated:
    """Read the modules, and elaborate from the top."""
    os.chdir(source.parent)
    yosys.run(*_READ, "-defer", source.name)  # a module that is not used is nobody's fault
    modules = [module.name.str() for module in yosys.design.modules_.values()]
    names = sorted(module.removeprefix("$abstract").removeprefix("\\") for module in modules)
    if top not in names:
        near = difflib.get_close_matches(top, names, 1)
        hint = f"; did you mean {near[0]}?" if near else f": it has {_listed(names)}"
        raise RequestError(f"{name} has no module {top}{hint}")
    yosys.run(*_CELLS, library.liberty)
    yosys.run("read_verilog", "-nooverwrite", library.wrappers)
    for own in filter(None, map(yosys.module, names)):
        yosys.design.remove(own)  # a cell of the library; the source has a module of this name
    try:
        return run_step(partial(_design, yosys, top, names), seconds, _Depth(yosys.log, top))
    except StepEndedError as ended:
        raise _refusal(yosys, name, source, ended, line_at) from ended


def _listed(names: list[str]) -> str:
    if not names:
        return "no module at all"
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


class _Depth:
    """Watches that modules with other parameters at each level come to an end."""

    def __init__(self, log: Path, top: str) -> None:
        self._log, self._top, self._read = log, top, 0

    def __call__(self) -> None:
        with self._log.open(encoding="utf-8", errors="surrogateescape") as file:
            file.seek(self._read)
            text = file.read()
            self._read = file.tell()
        if "Used module: " + " " * 4 * _DEEPEST in text:
            raise RequestError(
                f"the modules in {self._top} hold others, more than {_DEEPEST} deep: one holds"
                " itself without end"
            )


def _design(yosys: Yosys, top: str, names: list[str]) -> Elaborated:
    """Build the hierarchy, down to registers and operators, and look at it."""
    yosys.run("hierarchy", "-check", "-top", top)
    for command in ("proc_clean", "proc_rmdead", "proc_prune", "proc_init", "proc_arst"):
        yosys.run(command)
    for module in yosys.design.modules_.values():
        check_edges(module)
    yosys.run("proc", "-noopt")  # the flow decides comparisons with x before anything is folded
    modules, black = _modules_of(yosys)
    faults.refuse_structure(modules, {name: black[name] for name in names if name in black})
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


def _refusal(
    yosys: Yosys, name: str, source: Path, ended: StepEndedError, line_at: Callable[[str], str]
) -> RequestError:
    """Why a step ended, as a sentence."""
    errors = [message for message in read_messages(yosys.said()) if message.error]
    if not errors:
        if ended.status == -signal.SIGXCPU:
            return RequestError(
                f"{name}: its elaboration takes too long: a loop in it may have no end"
            )
        reason = "it may want more memory than the limit"
        return RequestError(
            f"{name}: its elaboration ended without a word (status {ended.status}): {reason}"
        )
    error = errors[-1]
    if match := _IMAGE.match(error.text):
        return MissingImageError(match[1], error.place, match[2])
    if error.text.startswith("Assert `"):
        return RequestError(f"{name}: Yosys fails inside of itself when it reads this")
    if not error.place and (match := _CELL.search(error.text)):
        module, cell = (match[1] or match[3]).removeprefix("\\"), match[2] or match[4]
        if module.startswith("$paramod"):  # by its name before its parameters were set
            module = re.sub(r"\$paramod(\$\w+)?\\(\w+).*", r"\2", module)
        error = Message(True, _place_of_cell(yosys.log, source, module, cell), error.text)
    words = sentence(error, line_at)
    return RequestError(words if error.place else f"{name}: {words}")


def _place_of_cell(log: Path, source: Path, module: str, label: str) -> str:
    """Where a cell stands, from another reading, in which nothing is elaborated below it."""

    def find() -> str:
        yosys = Yosys(log.with_suffix(".place.log"))
        yosys.run(*_READ, source)
        cell = yosys.module(module).cell(yosys.identifier(label))
        return place_of(cell.get_src_attribute()) if cell is not None else ""

    try:
        return run_step(find, _SECONDS)
    except StepEndedError:
        return ""
