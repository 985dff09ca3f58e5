"""Elaboration: preprocessed Verilog becomes a design in Yosys' RTLIL, or a refusal.

Everything here runs in forks (`costmodel.verilog.steps`): one reads the modules, one in it builds
the hierarchy. When the inner one ends, the outer one still has the modules and finds the place of
what the message names.
"""

from __future__ import annotations

import difflib
import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from costmodel.verilog.examination import Elaborated, examine
from costmodel.verilog.messages import (
    Message,
    UnreadError,
    place_of,
    read_messages,
    sentence,
)
from costmodel.verilog.steps import StepEndedError, Yosys, run_step
from hw.errors import RequestError

__all__ = ["CELLS", "Library", "MissingImageError", "elaborate"]

_SECONDS = 20.0  # of processor time, to find a place
_DEEPEST = 250  # modules inside of each other
#: The preprocessor has run; no functions of C are called; what is empty is looked at here.
_READ = ("read_verilog", "-nopp", "-nodpi", "-noblackbox", "-nowb")
#: The command that reads a library's cells; the file is its last word.
CELLS = ("read_liberty", "-lib", "-nooverwrite", "-ignore_miss_func", "-setattr", "blackbox")
_IMAGE = re.compile(r"Can not open file `image:(.*)` for \\?(\$readmem[hb]).*")
_CELL = re.compile(r"referenced in module `(.+)' in cell `(.+?)'|Output port ([^.]+)\.([^.]+)\.")


@dataclass(frozen=True)
class Library:
    """A library's cells for Yosys.

    Attributes:
        liberty: a file of them, under plain names.
        wrappers: a file with a Verilog module under each one's own name, which holds the cell.
        names: their own names.
    """

    liberty: Path
    wrappers: Path
    names: frozenset[str]


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
    parameters: tuple[tuple[str, str], ...] = (),
) -> Elaborated:
    """Elaborate a design.

    Args:
        text: preprocessed Verilog, only hardware in it.
        top: the module that is asked for.
        name: of its file, or what a sentence calls its files.
        folder: where it was preprocessed, with the images that are there by now.
        library: cells that the design may have instances of.
        seconds: of processor time.
        line_at: the source's text at a place.
        parameters: of the top module, with values as Yosys writes them.

    Raises:
        MissingImageError: an image is missing.
        UnreadError: it is not taken for Verilog.
        RequestError: it is no circuit.
    """
    source, log = folder / ".macsmith.v", folder.parent / "elaboration.log"
    source.write_text(text, encoding="utf-8", errors="surrogateescape")
    log.unlink(missing_ok=True)
    yosys = Yosys(log)
    step = partial(_modules, yosys, source, top, name, library, seconds, line_at, parameters)
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
    parameters: tuple[tuple[str, str], ...],
) -> Elaborated:
    """Read the modules, and elaborate from the top."""
    os.chdir(source.parent)
    yosys.run(*_READ, "-defer", source.name)  # a module that is not used is nobody's fault
    modules = [module.name.str() for module in yosys.design.modules_.values()]
    names = sorted(module.removeprefix("$abstract").removeprefix("\\") for module in modules)
    if top not in names:
        near = difflib.get_close_matches(top, names, 1)
        hint = f"; did you mean {near[0]}?" if near else f": it has {_listed(names)}"
        raise UnreadError(f"{name} has no module {top}{hint}")
    yosys.run(*CELLS, library.liberty)
    yosys.run("read_verilog", "-nooverwrite", library.wrappers)
    for own in filter(None, map(yosys.module, names)):
        yosys.design.remove(own)  # a cell of the library; the source has a module of this name
    try:
        design = partial(_design, yosys, top, parameters, names)
        return run_step(design, seconds, _Depth(yosys.log, top))
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


def _design(
    yosys: Yosys, top: str, parameters: tuple[tuple[str, str], ...], names: list[str]
) -> Elaborated:
    """Build the hierarchy, and look at the design."""
    given = [word for name, value in parameters for word in ("-chparam", name, value)]
    yosys.run("hierarchy", "-check", "-top", top, *given)
    return examine(yosys, top, names)


def _refusal(
    yosys: Yosys, name: str, source: Path, ended: StepEndedError, line_at: Callable[[str], str]
) -> RequestError:
    """Why a step ended, as a sentence."""
    errors = [message for message in read_messages(yosys.said()) if message.error]
    if not errors:
        if ended.status == -signal.SIGXCPU:
            return UnreadError(
                f"{name}: its elaboration takes too long: a loop in it may have no end"
            )
        reason = "it may want more memory than the limit"
        return UnreadError(
            f"{name}: its elaboration ended without a word (status {ended.status}): {reason}"
        )
    error = errors[-1]
    if match := _IMAGE.match(error.text):
        return MissingImageError(match[1], error.place, match[2])
    if error.text.startswith("Assert `"):
        return UnreadError(f"{name}: Yosys fails inside of itself when it reads this")
    if not error.place and (match := _CELL.search(error.text)):
        module, cell = (match[1] or match[3]).removeprefix("\\"), match[2] or match[4]
        if module.startswith("$paramod"):  # by its name before its parameters were set
            module = re.sub(r"\$paramod(\$\w+)?\\(\w+).*", r"\2", module)
        error = Message(True, _place_of_cell(yosys.log, source, module, cell), error.text)
    words = sentence(error, line_at)
    return UnreadError(words if error.place else f"{name}: {words}")


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
