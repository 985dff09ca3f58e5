"""A user's Verilog as something to be synthesized: read once, refused in a sentence or warned of.

Two readers take turns: Yosys' own for plain Verilog, slang for SystemVerilog. What is called
``.sv`` is given to slang first, anything else to Yosys; the other one is asked where the first does
not take the text. An answer is kept by the sources' content and belongs to the included files and
memory images as they were: when one of them has changed, the sources are read again.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from costmodel.library.liberty_writer import to_liberty
from costmodel.library.plain_names import PlainNames
from costmodel.library.technology import Technology
from costmodel.netlist.source import Source
from costmodel.verilog.elaboration import Library, MissingImageError, elaborate
from costmodel.verilog.examination import Elaborated
from costmodel.verilog.folder import SourceFolder, digest
from costmodel.verilog.images import check_image
from costmodel.verilog.messages import UnreadError
from costmodel.verilog.names import tidy
from costmodel.verilog.preprocessing import Line, lines_of, preprocess
from costmodel.verilog.simulation_only import IMAGE, leave_out
from costmodel.verilog.slang import read_by_slang
from costmodel.verilog.sources import VerilogSources, text_of
from costmodel.work.cache import look_up, store
from costmodel.work.worker import DEFAULT_LIMITS, Limits, run_limited
from hw.errors import RequestError

__all__ = ["Reading", "read_design"]

_SECONDS = 120.0  # of processor time, for what a loop without end would take


_NUMBER = re.compile(r"(?:(\d+)\s*'[sS]?([bodhBODH])\s*([0-9a-fA-F_]+)|\d+|\"[^\"\\]*\")$")


@dataclass(frozen=True)
class Reading:
    """A design that was read.

    Attributes:
        source: to be mapped.
        reader: ``yosys`` or ``slang``, which read it.
        names: of modules in the source file, by those in `source`.
        warnings: what is doubtful about it, a sentence each.
    """

    source: Source
    reader: str
    names: dict[str, str]
    warnings: tuple[str, ...]

    def title(self, part: str) -> str:
        """What a part of `source`, a module or something in it, is called in the source file."""
        module, slash, inside = part.partition("/")
        return self.names.get(module, module) + slash + inside


def read_design(
    wanted: VerilogSources, technology: Technology, limits: Limits = DEFAULT_LIMITS
) -> Reading:
    """Read a user's Verilog.

    Args:
        wanted: the files and the top module.
        technology: whose cells the source may have instances of.
        limits: of the process that reads it.

    Raises:
        RequestError: it cannot be read, or is no circuit.
    """
    texts = [text_of(file) for file in wanted.files]
    question = {
        "sources": [*zip(wanted.names, map(digest, texts), strict=True)],
        "folders": [
            list(map(wanted.relative, folders)) for folders in (wanted.includes, wanted.libraries)
        ],
        "defines": wanted.defines,
        "parameters": wanted.parameters,
        "top": wanted.top,
        "technology": technology.digest,
        "reader": _reader(),
    }
    answer = look_up("verilog", question)
    if answer is None or not _is_unchanged(wanted.folder, answer["files"]):
        work = partial(_read, wanted, technology, limits)
        answer = run_limited(work, limits, f"reading {wanted.files[0]}")
        store("verilog", question, answer)
    source = Source(answer["rtlil"], "rtlil", answer["top"], rows=False)
    warnings = (*wanted.remarks, *answer["warnings"])
    return Reading(source, answer["reader"], answer["names"], warnings)


def _is_unchanged(folder: Path, files: dict[str, str | None]) -> bool:
    """Whether what was read beside a source is still what it was."""
    for name, before in files.items():
        try:
            now = digest((folder / name).read_bytes())
        except OSError:
            now = None
        if now != before:
            return False
    return True


def _read(
    wanted: VerilogSources, technology: Technology, limits: Limits, folder: Path
) -> dict[str, Any]:
    """In a process of its own: what is kept of a reading."""
    plain = PlainNames.of(technology)
    library = Library(
        folder / "cells.lib", folder / "wrappers.v", frozenset(technology.cells.keys())
    )
    library.liberty.write_text(to_liberty(plain.technology), encoding="utf-8")
    library.wrappers.write_text(plain.wrappers(), encoding="utf-8")
    readers = {"yosys": _read_by_yosys, "slang": _read_by_slang}
    if wanted.is_systemverilog:
        readers = dict(reversed(readers.items()))
    refusals: dict[str, UnreadError] = {}
    looked_up: dict[str, str | None] = {}
    for reader, read in readers.items():
        copy = folder / reader
        files = SourceFolder(wanted.folder, copy, wanted.searched)
        try:
            design = read(wanted, files, copy, library, min(_SECONDS, limits.seconds))
        except UnreadError as error:
            refusals[reader] = error
            looked_up |= files.looked_up
            continue
        rtlil, top, names = tidy(design.rtlil, technology.cells.keys() | plain.cells.keys())
        return {
            "rtlil": rtlil,
            "top": top,
            "names": names,
            "reader": reader,
            "warnings": design.warnings,
            "files": looked_up | files.looked_up,
        }
    modern = wanted.is_systemverilog or "SystemVerilog" in str(refusals["yosys"])
    raise refusals["slang" if modern else "yosys"]


def _read_by_slang(
    wanted: VerilogSources, files: SourceFolder, copy: Path, library: Library, seconds: float
) -> Elaborated:
    return read_by_slang(wanted, files, copy, library, seconds)


def _read_by_yosys(
    wanted: VerilogSources, files: SourceFolder, copy: Path, library: Library, seconds: float
) -> Elaborated:
    if wanted.libraries:
        raise UnreadError("only slang looks for modules in a folder")
    text = preprocess(wanted, files, copy, copy.parent / "preprocessing.log")
    lines = list(lines_of(text))
    try:
        hardware, waiting = leave_out(text)
    except RequestError as error:
        raise UnreadError(str(error)) from error
    parameters = tuple((name, _constant(name, value)) for name, value in wanted.parameters)
    line_at = partial(_line_at, lines)
    while True:
        try:
            design = elaborate(
                hardware, wanted.top, wanted.title, copy, library, seconds, line_at, parameters
            )
            break
        except MissingImageError as missing:
            beside = missing.place.rpartition(":")[0]
            what = "memory image"
            image = files.take(missing.name, beside, missing.place, what, IMAGE + "{}")
            check_image(image, missing.name, missing.task)
    left_out = (
        f"{lines[i].file}:{lines[i].number}: an initial block is left out that only a simulator"
        " can run"
        for i in waiting
    )
    return Elaborated(design.rtlil, (*left_out, *design.warnings))


def _constant(name: str, value: str) -> str:
    """A parameter's value as Yosys' commands take it.

    Raises:
        UnreadError: it is more than a number or a text.
    """
    match = _NUMBER.match(value)
    if match is None:
        raise UnreadError(f"the parameter {name} is given {value}, which is no plain number")
    if match[1] is None:
        return value
    base = {"b": 2, "o": 8, "d": 10, "h": 16}[match[2].lower()]
    try:
        number = int(match[3], base)
    except ValueError as error:
        raise UnreadError(f"the parameter {name} is given {value}, which is no number") from error
    width = int(match[1])
    return f"{width}'b{number % 2**width:0{width}b}"


def _line_at(lines: list[Line], place: str) -> str:
    """The preprocessed text at a place; empty where it is not known."""
    return next((line.text for line in lines if f"{line.file}:{line.number}" == place), "")


@cache
def _reader() -> str:
    """sha256 of what reads, and of its tool's version."""
    texts = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"\0".join([*texts, version("pyosys").encode()])).hexdigest()
