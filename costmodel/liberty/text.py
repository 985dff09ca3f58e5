"""Liberty files: opened, parsed, and quoted with their lines when something in them is wrong.

The parser is the package `liberty-parser`, which gives the lines of syntax errors only; the line of
a group that is well formed but absurd is found by counting the groups that open before it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Any

from liberty.parser import ExceptionWithLineNum, ParserError, parse_liberty
from liberty.types import EscapedString, Group, WithUnit

from costmodel.library.technology import LARGEST_LIBERTY
from hw.errors import RequestError
from sim.reading import read_bytes

__all__ = ["LibertyFile", "arguments", "attribute", "numbers"]

_QUIET = re.compile(r'"(?:\\.|[^"\\])*"|/\*.*?\*/|//[^\n]*', re.DOTALL)
_OPENING = re.compile(r"[A-Za-z_]\w*\s*\([^(){};]*\)\s*\{")


class LibertyFile:
    """One library file.

    Attributes:
        name: the file's name, without ``.gz``.
        sha256: of its uncompressed bytes.
        library: the group ``library``.

    Raises:
        RequestError: it cannot be read or is no Liberty.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        data = _read(path)
        self.name = path.name.removesuffix(".gz")
        self.sha256 = hashlib.sha256(data).hexdigest()
        if not data.strip():
            raise RequestError(f"{path} is empty")
        try:
            self._text = data.decode()
        except UnicodeDecodeError:
            self._text = data.decode("latin-1")
        if "\0" in self._text:
            raise RequestError(f"{path} is no Liberty file: it holds binary data")
        self.library = self._parse()

    def fault(self, group: Group, reason: str) -> RequestError:
        """What to raise when a group of this file is wrong."""
        return RequestError(f"{self._path}, line {self.line(group)}: {reason}")

    def line(self, group: Group) -> int:
        """Where a group opens."""
        position = next(i for i, each in enumerate(_all_groups(self.library)) if each is group)
        bare = _QUIET.sub(lambda match: "\n" * match[0].count("\n"), self._text)
        for i, opening in enumerate(_OPENING.finditer(bare)):
            if i == position:
                return bare.count("\n", 0, opening.start()) + 1
        return 1

    def number(self, group: Group, name: str) -> float | None:
        """A number that a group states; None if it does not."""
        value = attribute(group, name)
        if value is None:
            return None
        try:
            found = float(value)
        except ValueError:
            found = float("nan")
        if not isfinite(found):
            raise self.fault(group, f"{name} = {value} {_of(group)} is not a number")
        return found

    def _parse(self) -> Group:
        lines = self._text.count("\n") + 1
        try:
            library = parse_liberty(self._text)
        except ExceptionWithLineNum as error:
            line = min(error.line_num + 1, lines)
            cut = line >= self._text.rstrip().count("\n") + 1 and self._text.count("{") > 0
            reason = (
                "the file ends, or does not go on, in the middle of a group"
                if cut
                else f"this is no Liberty: {error.e}"
            )
            raise RequestError(f"{self._path}, line {line}: {reason}") from error
        except (ParserError, AssertionError, RecursionError) as error:
            raise RequestError(f"{self._path}, line 1: this is no Liberty: {error}") from error
        if library.group_name != "library" or not library.args:
            raise RequestError(
                f"{self._path}, line 1: a Liberty file starts with library (NAME) {{,"
                f" this one with {library.group_name}"
            )
        return library


def attribute(group: Group, name: str) -> str | None:
    """What a group states for a simple attribute, without quotes; None if it does not."""
    values = group.get_attributes(name)
    if not values or isinstance(values[0], list):
        return None
    return str(getattr(values[0], "value", values[0])).replace('\\"', '"').strip()


def arguments(group: Group) -> list[str]:
    """The names in a group's parentheses."""
    return [_name(each) for each in group.args]


def numbers(group: Group, name: str) -> list[float] | None:
    """All numbers of a complex attribute such as ``values``; None if it is missing.

    Raises:
        ValueError: one is no number.
    """
    found = group.get_attributes(name)
    if not found:
        return None
    parts = found[0] if isinstance(found[0], list) else [found[0]]
    text = " ".join(str(getattr(part, "value", part)) for part in parts)
    return [float(word) for word in text.replace(",", " ").replace("\\", " ").split()]


def _read(path: Path) -> bytes:
    data = read_bytes(path, "Liberty", LARGEST_LIBERTY)
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as file:
            unpacked = file.read(LARGEST_LIBERTY + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise RequestError(f"{path} cannot be unpacked: {error}") from error
    if len(unpacked) > LARGEST_LIBERTY:
        raise RequestError(f"{path} is larger than {LARGEST_LIBERTY >> 20} MiB when it is unpacked")
    return unpacked


def _all_groups(group: Group) -> Iterator[Group]:
    yield group
    for each in group.groups:
        yield from _all_groups(each)


def _name(argument: Any) -> str:
    if isinstance(argument, WithUnit):  # as in the cell 2NAND
        return f"{argument.value:g}{argument.unit}"
    return str(argument.value if isinstance(argument, EscapedString) else argument)


def _of(group: Group) -> str:
    return f"of {group.group_name} ({', '.join(arguments(group))})".replace(" ()", "")
