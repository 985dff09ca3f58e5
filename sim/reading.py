"""Files that somebody else wrote: read whole, or refused with a sentence.

What is no plain file (a folder, a pipe, a device) is refused before it is opened, since reading it
may never end. Numbers of JSON and TOML are finite and have at most 64 bits, as both formats
promise; nothing is nested deeper than a person would write.
"""

from __future__ import annotations

import json
import stat
from math import isfinite
from pathlib import Path
from typing import Any

from hw.errors import RequestError

__all__ = [
    "DEEPEST",
    "LARGEST",
    "check_file",
    "check_values",
    "parse_json",
    "read_bytes",
    "read_json",
    "read_text",
]

#: Bytes of a file, if nothing else is said.
LARGEST = 256 << 20
#: Levels of tables and lists in each other.
DEEPEST = 64

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def check_file(path: Path, kind: str) -> None:
    """See that a plain file is there.

    Args:
        path: where; links are followed.
        kind: what kind of file is wanted, for the sentence: ``design``.

    Raises:
        RequestError: there is none, or something else.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RequestError(f"the {kind} file {path} is not there") from error
    except OSError as error:
        raise RequestError(f"the {kind} file {path} cannot be read: {error.strerror}") from error
    except ValueError as error:  # a zero byte in the name
        raise RequestError(f"the {kind} file {str(path)!r} cannot be there: {error}") from error
    for is_other, other_kind in _KINDS:
        if is_other(mode):
            raise RequestError(f"{path} is {other_kind}, and not the {kind} file that is asked for")


def read_bytes(path: Path, kind: str, most: int = LARGEST) -> bytes:
    """The bytes of a plain file.

    Args:
        path: the file.
        kind: what kind of file it is, for the sentence.
        most: bytes that it may have.

    Raises:
        RequestError: it is not there, is no plain file, is too large, or cannot be read.
    """
    check_file(path, kind)
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise RequestError(f"the {kind} file {path} cannot be read: {error.strerror}") from error
    if len(data) > most:
        raise RequestError(f"the {kind} file {path} is larger than {most >> 20} MiB")
    return data


def read_text(path: Path, kind: str, encoding: str = "utf-8") -> str:
    """The text of a plain file; lines end in a line feed.

    Raises:
        RequestError: as `read_bytes`, or it is not text in this encoding.
    """
    data = read_bytes(path, kind)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RequestError(
            f"the {kind} file {path} cannot be read as text in UTF-8: byte"
            f" {data[error.start]:#04x} in line {line}"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_json(path: Path, kind: str) -> Any:
    """What a JSON file holds.

    Raises:
        RequestError: as `read_text` and `parse_json`.
    """
    return parse_json(read_text(path, kind), f"{path}")


def parse_json(text: str, place: str, *, numbers: bool = True) -> Any:
    """What a text in JSON holds.

    Args:
        text: the text.
        place: where it is from, for the sentence.
        numbers: whether to look at all numbers and levels; not for who looks at each of them.

    Raises:
        RequestError: it is not JSON, is nested deeper than `DEEPEST`, or has a number that is
            infinite, none (NaN), or whole and of more than 64 bits.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise RequestError(
            f"{place} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except RecursionError as error:
        raise RequestError(f"{place} is nested deeper than {DEEPEST} levels") from error
    except ValueError as error:  # Python reads whole numbers of so many digits only
        raise RequestError(f"{place} has a whole number of thousands of digits") from error
    if numbers:
        check_values(value, place)
    return value


def check_values(value: Any, place: str, path: str = "", depth: int = 0) -> None:
    """See that all numbers in nested dictionaries and lists are finite and have at most 64 bits.

    Args:
        value: what was read.
        place: where it is from, for the sentence.
        path: of the value in there, such as ``layers[3].count``.
        depth: how many dictionaries and lists the value stands in.

    Raises:
        RequestError: a number is not, or something is nested deeper than `DEEPEST`.
    """
    kind = type(value)
    if kind is dict or kind is list:
        if depth == DEEPEST:
            raise RequestError(f"{place} is nested deeper than {DEEPEST} levels")
        if kind is dict:
            for key, member in value.items():
                check_values(member, place, f"{path}.{key}" if path else key, depth + 1)
        else:
            for number, member in enumerate(value):
                check_values(member, place, f"{path}[{number}]", depth + 1)
    elif kind is float:
        if not isfinite(value):
            raise RequestError(f"{place}: {path or 'it'} is {value}, and not a finite number")
    elif kind is int and not -(1 << 63) <= value < 1 << 63:
        raise RequestError(f"{place}: {path or 'it'} is a whole number of more than 64 bits")
