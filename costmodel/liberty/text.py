"""Liberty files: opened with all that they include, and quoted with their lines when wrong."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import re
import zlib
from contextlib import suppress
from math import isfinite
from pathlib import Path

from costmodel.liberty.syntax import Group, LibertySyntaxError, Text, parse, words
from hw.errors import RequestError
from sim.reading import read_bytes

__all__ = [
    "LARGEST_LIBERTY",
    "LibertyFile",
    "attribute",
    "choice",
    "flag",
    "included_files",
    "numbers",
]

#: Bytes of a Liberty file, unpacked.
LARGEST_LIBERTY = 2 << 30

_INCLUDE = re.compile(rb"include_file\s*\(([^()\n]*)\)")


class LibertyFile:
    """One library file.

    Attributes:
        name: the file's name, without ``.gz``.
        files: sha256 of the uncompressed bytes of the file and of those that it includes, by name.
        library: the group ``library``.

    Raises:
        RequestError: it cannot be read or is no Liberty.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.name.removesuffix(".gz")
        self.files: dict[str, str] = {}
        text = self._open(path)
        try:
            groups = parse(text, self._include).groups
        except LibertySyntaxError as error:
            raise _fault(error.text, error.position, str(error)) from error
        first = groups[0] if groups else None
        if first is None or first.group_name != "library":
            raise RequestError(
                f"{path}, line {text.line(first.position if first else 0)}: a Liberty file starts"
                f" with library (NAME) {{, this one with {first or 'something else'}"
            )
        if len(groups) > 1:
            raise self.fault(groups[1], f"{groups[1]} stands behind the library's end")
        self.library = first

    @staticmethod
    def fault(group: Group, reason: str) -> RequestError:
        """What to raise when a group is wrong."""
        return _fault(group.source, group.position, reason)

    def number(self, group: Group, name: str) -> float | None:
        """A number that a group states; None if it does not."""
        value = attribute(group, name)
        if value is None:
            return None
        try:
            return _number(value)
        except ValueError as error:
            raise self.fault(group, f"{name} = {value} of {group} is not a number") from error

    def _open(self, path: Path) -> Text:
        data = _read(path)
        self.files[path.name.removesuffix(".gz")] = hashlib.sha256(data).hexdigest()
        if not data.strip():
            raise RequestError(f"{path} is empty")
        encodings = ("utf-16",) if data.startswith(codecs.BOM_UTF16) else ("utf-8-sig", "latin-1")
        text = "\0"
        data = data.removesuffix(b"\x1a")  # DOS ends a text by it
        for encoding in encodings:
            with suppress(UnicodeDecodeError):
                text = data.decode(encoding)
                break
        if "\0" in text:
            raise RequestError(f"{path} is no Liberty file: it holds binary data")
        return Text(path, text)

    def _include(self, asked: Group) -> Text:
        name = asked.args[0] if asked.args else ""
        try:
            return self._open(_beside(asked.source.path, name))
        except RequestError as error:
            raise self.fault(asked, f"include_file ({name}): {error}") from error


def attribute(group: Group, name: str) -> str | None:
    """What a group states for a simple attribute, without quotes; None if it does not."""
    return group.simple.get(name)


def choice(group: Group, name: str) -> str:
    """What a group states for an attribute of few allowed words, in small letters; else empty."""
    return (attribute(group, name) or "").lower()


def flag(group: Group, name: str) -> bool:
    """Whether a group states that something is true."""
    return choice(group, name) in {"true", "1"}


def numbers(group: Group, name: str) -> list[float] | None:
    """All numbers of a complex attribute such as ``values``; None if it is missing.

    Raises:
        ValueError: one is no number, which the message is.
    """
    inside = group.complex.get(name, group.simple.get(name))
    if inside is None:
        return None
    return [_number(number) for word in words(inside) for number in words(word)]


def _number(text: str) -> float:
    with suppress(ValueError):
        number = float(text)
        if isfinite(number) and "_" not in text:
            return number
    raise ValueError(text)


def included_files(path: Path) -> list[Path]:
    """The files that are there of those that a file includes, and that they include in turn.

    It is found by looking for the word alone, so that what a comment names may be among them.
    """
    included_paths: list[Path] = []
    waiting = [path]
    while waiting:
        including = waiting.pop()
        for name in _INCLUDE.findall(_read(including)):
            other = _beside(including, " ".join(words(name.decode())))
            if other not in included_paths and other.is_file():
                included_paths.append(other)
                waiting.append(other)
    return included_paths


def _beside(path: Path, name: str) -> Path:
    """A file by the name that another one gives it."""
    return path.parent / name


def _fault(text: Text, position: int, reason: str) -> RequestError:
    return RequestError(f"{text.path}, line {text.line(position)}: {reason}")


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
