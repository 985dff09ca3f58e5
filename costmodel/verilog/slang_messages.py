"""What slang says about SystemVerilog, as sentences for somebody who does not know slang."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from hw.errors import RequestError

__all__ = ["SlangMessage", "read_slang_messages", "slang_doubts", "slang_sentence"]

#: Warnings that say nothing of the circuit, or what an examination of it says in better words.
_IDLE = re.compile(
    r"invalid UTF-8|input port '.*' (?:has no connection|is explicitly)|output port '.*' (?:has no"
    r"|is explicitly)|expected pragma|no top-level|'case' marked|.* marked 'unique'|unknown pragma"
    r"|extra ';'|empty statement|unknown warning|.*--ignore-|.*delays? .*ignored"
)
_WIDTHS = re.compile(r".*port connection (?:expands|truncates) from (\d+) to (\d+) bits")
_FLOATS = "high-impedance state (Z)"
_MAY_COMPARE = re.compile(
    r"[=!]==|[=!]=\?|\bcase[xz]?\b|\binside\b|'[bhdoBHDO]\w*\?|\?.*:.*\belse\b"
)
#: What comes first: later errors may come of these.
_FIRST = re.compile(r"unknown (?:macro|package|directive)|expected |.* not found in package")
_SENTENCES = {
    r"unknown macro or compiler directive '`(\w+)'": r"the macro `\1 is not defined",
    r"unknown module '(.+)'": r"there is no module \1, of which this is an instance",
    r"unknown interface '(.+)'": r"there is no interface \1",
    r"unknown package '(.+)'": (
        r"there is no package \1: the file that has it must be named as well"
    ),
    r"duplicate definition of '(.+)'": r"the module \1 is defined a second time",
    r"port '(.+)' does not exist in '(.+)'": (
        r"a port \1 is bound, which the module \2 does not have"
    ),
    r"parameter '(.+)' does not exist in '(.+)'": (
        r"a parameter \1 is set, which the module \2 does not have"
    ),
    r"use of undeclared identifier '(.+?)'(.*)": r"\1 is not declared\2",
    r"module instantiation exceeded maximum depth of (\d+)": (
        r"modules hold others, more than \1 deep: one is inside of itself"
    ),
    r"\$(?:error|fatal) encountered: (.*)": r"\1",
    r"unroll limit of \d+ exhausted.*": "a loop goes round too often, or has no end",
    r"high-impedance state \(Z\) .*": (
        "a three-state driver: its net floats when nothing drives it, which no circuit of these"
        " cells does"
    ),
}


class SlangMessage(NamedTuple):
    """What slang says.

    Attributes:
        error: whether it ends the reading.
        place: file and line; empty where none is said.
        text: its words.
    """

    error: bool
    place: str
    text: str


def read_slang_messages(file: Path) -> list[SlangMessage]:
    """The messages that slang wrote as JSON; none if it wrote nothing."""
    try:
        entries = json.loads(file.read_text(encoding="utf-8", errors="replace"))
    except (FileNotFoundError, ValueError):
        return []
    return [
        SlangMessage(
            entry["severity"] in ("error", "fatal"),
            entry.get("location", "").rpartition(":")[0],
            entry["message"],
        )
        for entry in entries
    ]


def slang_sentence(messages: list[SlangMessage]) -> str:
    """The error among messages that others come of, as a sentence with its place."""
    errors = [message for message in messages if message.error]
    error = next((e for e in errors if _FIRST.match(e.text)), errors[0])
    return _with_place(error.place, _words(error.text))


def slang_doubts(messages: list[SlangMessage], line_at: Callable[[str], str]) -> Iterator[str]:
    """Sentences on what is doubtful.

    Args:
        messages: of a reading that came to its end.
        line_at: the text at a place.

    Raises:
        RequestError: something is driven with z, which slang takes for any value.
    """
    for message in messages:
        if message.text.startswith(_FLOATS):
            if not _MAY_COMPARE.search(line_at(message.place)):
                raise RequestError(_with_place(message.place, _words(message.text)))
        elif match := _WIDTHS.match(message.text):
            yield (
                f"{message.place}: a port and what is bound to it have {match[1]} and {match[2]}"
                " bits"
            )
        elif not _IDLE.match(message.text):
            yield _with_place(message.place, _words(message.text))


def _with_place(place: str, words: str) -> str:
    return f"{place}: {words}" if place else words


def _words(text: str) -> str:
    for pattern, words in _SENTENCES.items():
        if match := re.fullmatch(pattern, text, re.DOTALL):
            return match.expand(words)
    return re.sub(r"'([^'\s]+)'", r"\1", text).rstrip(".")
