"""The preprocessor, run until everything that the source includes is there.

Yosys expands macros and includes and leaves marks of files in the text, from which the place of
each line is known. Includes that it misses are copied from the source's folder, one round after the
other; so exactly what the source reads is known, whatever its macros say.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from costmodel.verilog.folder import SourceFolder
from costmodel.verilog.messages import UnreadError
from costmodel.verilog.sources import VerilogSources, text_of
from costmodel.verilog.steps import StepEndedError, Yosys, run_step
from hw.errors import RequestError

__all__ = ["Line", "lines_of", "preprocess"]

_SECONDS = 3  # of processor time, and two more a megabyte, which takes less than one
_MAIN = ".macsmith.v"  # the source's copy; no include is called like it
_BEGIN, _END = "-- Verilog code after preprocessor --\n", "\n-- END OF DUMP --"
_ENTER = re.compile(r'`file_push "([^"\n]*)"$')
_MISSING = re.compile(r"`file_notfound (.*)$")


class Line(NamedTuple):
    """A line of preprocessed text, with the file that it comes from and its number there."""

    text: str
    file: str
    number: int


def preprocess(wanted: VerilogSources, folder: SourceFolder, copy: Path, log: Path) -> str:
    """The text of sources with all macros and includes expanded.

    Args:
        wanted: the sources, in any encoding whose first 128 characters are those of ASCII. Several
            are one text, so that a later one has the macros of those before it.
        folder: takes what is included.
        copy: where `folder` puts it.
        log: a file for what Yosys says.

    Returns:
        The text; marks in it tell the files, as `lines_of` reads them.

    Raises:
        UnreadError: an include is not there, or the source includes without end.
    """
    copies = {}
    for number, (file, name) in enumerate(zip(wanted.files, wanted.names, strict=True)):
        own = _MAIN if len(wanted.files) == 1 else f".macsmith{number}.v"
        own = posixpath.join(posixpath.dirname(name), own)
        copies[own] = name
        to = copy / own
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(text_of(file))
    if len(copies) > 1:
        (copy / _MAIN).write_text("".join(f'`include "{own}"\n' for own in copies))
    options = [f"-D{macro}={text}" for macro, text in wanted.defines]
    options += [f"-I{path}" for path in folder.searched if path]
    try:
        return _complete(copies, options, folder, copy, log)
    except RequestError as error:
        raise UnreadError(str(error)) from error


def _complete(
    copies: dict[str, str], options: list[str], folder: SourceFolder, copy: Path, log: Path
) -> str:
    """What the preprocessor makes of the sources, with all that they include."""
    name = next(iter(copies.values()))
    while True:
        text = _expanded(copies, options, copy, log)
        missing = {}
        for line in lines_of(text):
            place = f"{line.file}:{line.number}"
            if match := _MISSING.search(line.text):
                missing.setdefault((match[1], line.file), place)
            elif (entered := _ENTER.search(line.text)) and line.file:
                folder.check(entered[1], place, "include")
        for (include, including), place in missing.items():
            folder.take(include, "" if including == name else including, place, "include")
        if not missing:
            return text


def _expanded(copies: dict[str, str], options: list[str], copy: Path, log: Path) -> str:
    """What the preprocessor makes of the sources with the includes that are there by now."""
    name = next(iter(copies.values()))
    log.unlink(missing_ok=True)
    yosys = Yosys(log)

    def expand() -> None:
        os.chdir(copy)
        # `-defer` looks at the grammar only; what is wrong with that is told of later
        yosys.run("read_verilog", "-ppdump", "-nodpi", "-defer", *options, _MAIN)

    size = sum((copy / own).stat().st_size for own in copies)
    try:
        run_step(expand, _SECONDS + 2e-6 * size)
    except StepEndedError as ended:
        if _END not in yosys.said():
            raise RequestError(_failure(name, yosys.said())) from ended
    said = yosys.said()
    text = said[said.index(_BEGIN) + len(_BEGIN) : said.rindex(_END) + 1]
    for own, origin in {_MAIN: name, **copies}.items():
        text = text.replace(f'`file_push "{own}"', f'`file_push "{origin}"', 1)
    return text


def _failure(name: str, said: str) -> str:
    if errors := [line for line in said.splitlines() if line.startswith("ERROR: ")]:
        return f"{name}: {errors[-1].removeprefix('ERROR: ')}"
    return f"{name}: its macros and includes do not come to an end: a file may include itself"


def lines_of(text: str) -> Iterator[Line]:
    """Each line of preprocessed text with its place; a mark has the place of the line around it."""
    files: list[list[Any]] = [["", 1]]
    for line in text.split("\n"):
        yield Line(line, *files[-1])
        if line == "`file_pop" and len(files) > 1:
            files.pop()
        elif entered := _ENTER.search(line):
            files.append([entered[1], 1])
        else:
            files[-1][1] += 1
