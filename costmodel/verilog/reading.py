"""A user's Verilog as something to be synthesized: read once, refused in a sentence or warned of.

An answer is kept by the source's content and belongs to the included files and memory images as
they were: when one of them has changed, the source is read again.
"""

from __future__ import annotations

import hashlib
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
from costmodel.verilog.folder import SourceFolder, digest
from costmodel.verilog.images import check_image
from costmodel.verilog.names import tidy
from costmodel.verilog.preprocessing import Line, lines_of, preprocess
from costmodel.verilog.simulation_only import IMAGE, leave_out
from costmodel.work.cache import look_up, store
from costmodel.work.worker import DEFAULT_LIMITS, Limits, run_limited
from hw.errors import RequestError

__all__ = ["Reading", "VerilogFile", "read_design"]

_SECONDS = 120.0  # of processor time, for what a loop without end would take


@dataclass(frozen=True)
class VerilogFile:
    """What a user wants to be read.

    Attributes:
        file: the source; what it includes and its memory images are looked for beside it.
        top: the module that is the design.
    """

    file: Path
    top: str


@dataclass(frozen=True)
class Reading:
    """A design that was read.

    Attributes:
        source: to be mapped.
        names: of modules in the source file, by those in `source`.
        warnings: what is doubtful about it, a sentence each.
    """

    source: Source
    names: dict[str, str]
    warnings: tuple[str, ...]

    def title(self, part: str) -> str:
        """What a part of `source`, a module or something in it, is called in the source file."""
        module, slash, inside = part.partition("/")
        return self.names.get(module, module) + slash + inside


def read_design(
    wanted: VerilogFile, technology: Technology, limits: Limits = DEFAULT_LIMITS
) -> Reading:
    """Read a user's Verilog.

    Args:
        wanted: the file and the top module.
        technology: whose cells the source may have instances of.
        limits: of the process that reads it.

    Raises:
        RequestError: it cannot be read, or is no circuit.
    """
    text = _text(wanted.file)
    question = {
        "source": digest(text),
        "name": wanted.file.name,
        "top": wanted.top,
        "technology": technology.digest,
        "reader": _reader(),
    }
    answer = look_up("verilog", question)
    if answer is None or not _is_unchanged(wanted.file.parent, answer["files"]):
        work = partial(_read, wanted, text, technology, limits)
        answer = run_limited(work, limits, f"reading {wanted.file}")
        store("verilog", question, answer)
    source = Source(answer["rtlil"], "rtlil", answer["top"], rows=False)
    return Reading(source, answer["names"], tuple(answer["warnings"]))


def _text(file: Path) -> bytes:
    try:
        if not file.exists():
            raise RequestError(f"the Verilog file {file} is not there")
        if not file.is_file():
            raise RequestError(f"{file} is no file with Verilog in it")
        return file.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError(f"the Verilog file {file} cannot be read ({error})") from error


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
    wanted: VerilogFile,
    source: bytes,
    technology: Technology,
    limits: Limits,
    folder: Path,
) -> dict[str, Any]:
    """In a process of its own: what is kept of a reading."""
    name, copy = wanted.file.name, folder / "files"
    files = SourceFolder(wanted.file.parent.absolute(), copy)
    text = preprocess(source, name, files, copy, folder / "preprocessing.log")
    lines = list(lines_of(text))
    seconds = min(_SECONDS, limits.seconds)
    hardware, waiting = leave_out(text)
    plain = PlainNames.of(technology)
    library = Library(folder / "cells.lib", folder / "wrappers.v")
    library.liberty.write_text(to_liberty(plain.technology), encoding="utf-8")
    library.wrappers.write_text(plain.wrappers(), encoding="utf-8")
    while True:
        try:
            design = elaborate(
                hardware, wanted.top, name, copy, library, seconds, partial(_line_at, lines)
            )
            break
        except MissingImageError as missing:
            beside = missing.place.rpartition(":")[0]
            beside = "" if beside == name else beside
            what = "memory image"
            image = files.take(missing.name, beside, missing.place, what, IMAGE + "{}")
            check_image(image, missing.name, missing.task)
    rtlil, top, names = tidy(design.rtlil, technology.cells.keys() | plain.cells.keys())
    warnings = [
        *(
            f"{lines[i].file}:{lines[i].number}: an initial block is left out that only a simulator"
            " can run"
            for i in waiting
        ),
        *design.warnings,
    ]
    return {
        "rtlil": rtlil,
        "top": top,
        "names": names,
        "warnings": warnings,
        "files": files.looked_up,
    }


def _line_at(lines: list[Line], place: str) -> str:
    """The preprocessed text at a place; empty where it is not known."""
    return next((line.text for line in lines if f"{line.file}:{line.number}" == place), "")


@cache
def _reader() -> str:
    """sha256 of what reads, and of its tool's version."""
    texts = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"\0".join([*texts, version("pyosys").encode()])).hexdigest()
