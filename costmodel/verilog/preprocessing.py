"""The preprocessor, run until everything that the source includes is there.

Yosys expands macros and includes and leaves marks of files in the text, from which the place of
each line is known. Includes that it misses are copied from the source's folder, one round after the
other; so exactly what the source reads is known, whatever its macros say.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from costmodel.verilog.folder import SourceFolder
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


def preprocess(source: bytes, name: str, folder: SourceFolder, copy: Path, log: Path) -> str:
    """A source's text with all macros and includes expanded.

    Args:
        source: its text, in any encoding whose first 128 characters are those of ASCII.
        name: of its file, for messages.
        folder: takes what is included.
        copy: where `folder` puts it.
        log: a file for what Yosys says.

    Returns:
        The text; marks in it tell the files, as `lines_of` reads them.

    Raises:
        RequestError: an include is not there, or the source includes without end.
    """
    copy.mkdir(parents=True, exist_ok=True)
    (copy / _MAIN).write_bytes(source.removeprefix(b"\xef\xbb\xbf"))
    while True:
        text = _expanded(name, copy, log)
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


def _expanded(name: str, copy: Path, log: Path) -> str:
    """What the preprocessor makes of the source with the includes that are there by now."""
    log.unlink(missing_ok=True)
    yosys = Yosys(log)

    def expand() -> None:
        os.chdir(copy)
        # `-defer` looks at the grammar only; what is wrong with that is told of later
        yosys.run("read_verilog", "-ppdump", "-nodpi", "-defer", _MAIN)

    try:
        run_step(expand, _SECONDS + 2e-6 * (copy / _MAIN).stat().st_size)
    except StepEndedError as ended:
        if _END not in yosys.said():
            raise RequestError(_failure(name, yosys.said())) from ended
    said = yosys.said()
    text = said[said.index(_BEGIN) + len(_BEGIN) : said.rindex(_END) + 1]
    return text.replace(f'`file_push "{_MAIN}"', f'`file_push "{name}"', 1)


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
