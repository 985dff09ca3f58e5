"""TOML files of a person's: read, and every key checked, with a sentence for what is wrong."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hw.errors import RequestError
from sim.reading import DEEPEST, check_values, read_text

__all__ = [
    "check_keys",
    "check_once",
    "check_present",
    "nearest",
    "one_line",
    "parse_toml",
    "read_toml",
    "subtable",
]


def read_toml(path: Path, kind: str) -> dict[str, Any]:
    """Read a TOML file.

    Args:
        path: the file.
        kind: what kind of file it is, for the sentence.

    Raises:
        RequestError: it is not there, cannot be read, is not TOML, or as `parse_toml`.
    """
    text = read_text(path, kind)
    try:
        return parse_toml(text, str(path))
    except tomllib.TOMLDecodeError as error:
        raise RequestError(f"{path} is not TOML: {error}") from error


def parse_toml(text: str, place: str) -> dict[str, Any]:
    """What a text in TOML holds; its numbers are finite and have at most 64 bits.

    Args:
        text: the text.
        place: where it is from, for the sentence.

    Raises:
        tomllib.TOMLDecodeError: it is not TOML.
        RequestError: it has another number, or is nested too deep.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError as error:
        raise RequestError(f"{place} is nested deeper than {DEEPEST} levels") from error
    except ValueError as error:  # Python reads whole numbers of so many digits only
        raise RequestError(f"{place} has a number of thousands of digits") from error
    check_values(table, place)
    return table


def subtable(table: dict[str, Any], name: str) -> dict[str, Any]:
    """A table in a table, empty if it is not there.

    Raises:
        RequestError: there is something else.
    """
    value = table.get(name, {})
    if not isinstance(value, dict):
        raise RequestError(f"{name} is not a table: write it as [{name}]")
    return value


def one_line(table: dict[str, Any], name: str) -> str:
    """A text of one line, empty if it is not there.

    Raises:
        RequestError: it is not.
    """
    value = table.get(name, "")
    if not isinstance(value, str) or "\n" in value:
        raise RequestError(f"{name} is not one line of text")
    return value


def check_keys(place: str, table: Iterable[str], allowed: Sequence[str]) -> None:
    """See that all keys are known.

    Raises:
        RequestError: one is not; the sentence has the nearest one that is.
    """
    for key in table:
        if key not in allowed:
            hint = nearest(key, allowed) or f": it must be one of {', '.join(allowed)}"
            raise RequestError(f"{place}{key} is unknown{hint}")


def check_once(options: Iterable[str]) -> None:
    """See that options of the form ``key=...`` have a key each of their own.

    Raises:
        RequestError: one is given twice, and no one can tell which is meant.
    """
    keys: set[str] = set()
    for option in options:
        key = option.partition("=")[0].strip()
        if key in keys:
            raise RequestError(f"{key} is set twice: say --set or --sweep {key}=... once")
        keys.add(key)


def check_present(place: str, table: dict[str, Any], names: Sequence[str]) -> None:
    """See that all of these keys are there.

    Raises:
        RequestError: one is missing.
    """
    for name in names:
        if name not in table:
            raise RequestError(f"{place}{name} is missing")


def nearest(name: str, names: Sequence[str]) -> str:
    """A question whether the nearest of some names was meant; nothing if none is near."""
    close = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
