"""Copies of sources for slang, in which nothing names a file but by a name that was given here.

slang opens what an include or a memory image names, wherever that is. So each source and include is
copied under a number, the includes in it are found first (`costmodel.verilog.folder`) and named by
their numbers, and the name of a memory image gets a word before it. The first line of a copy tells
slang what the file is called, so that messages have its own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from costmodel.verilog.folder import SourceFolder
from costmodel.verilog.reset_conditions import split_reset
from costmodel.verilog.simulation_only import initial_block
from hw.errors import RequestError

__all__ = ["Copies"]

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/|(?P<include>`include\b)(?P<blank>[^\S\n]*)"
    r'(?:"(?P<text>[^"\n]*)"|<(?P<system>[^>\n]*)>|`(?P<macro>\w+))'
    r'|(?P<image>\$readmem[hb])\s*\(|"(?:[^"\\\n]|\\.|\\\n)*"|`define\s+(?P<name>\w+)[^\S\n]+'
    r'"(?P<value>[^"\n]*)"[^\S\n]*(?=\r?\n)'
    r"|(?P<unread>(?<![\w$.`\\])(?:pullup|pulldown|tri0|tri1|trireg"
    r"|bufif[01]|notif[01]|r?[np]mos|r?cmos|r?tran(?:if[01])?)(?![\w$]))",
    re.DOTALL,
)
_MODULE = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|(?<![\w$`])(?:macro)?module\s+'
    r"(?:(?:automatic|static)\s+)?(?P<name>\w+)",
    re.DOTALL,
)
_MISSING = "missing"  # before the number of an include that is not there, in its copy's name


class Copies:
    """Copies of sources, and of what they include.

    Attributes:
        names: of the copies, in the order of the sources.
        origins: what each copy is of.
    """

    def __init__(self, folder: SourceFolder, copy: Path, macros: dict[str, str]) -> None:
        """Copy nothing yet.

        Args:
            folder: finds includes.
            copy: a folder for the copies.
            macros: texts of macros that the user defines.
        """
        self._folder, self._copy = folder, copy
        self._macros = {name: text.strip('"') for name, text in macros.items()}
        self._numbers: dict[str, str] = {}
        self._refusals: list[RequestError] = []
        self._texts: dict[str, str] = {}  # by the name that a message has for it
        self.names: list[str] = []
        self.origins: dict[str, str] = {}
        copy.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, source: bytes) -> None:
        """Copy a source, without a mark of its encoding, and all that it includes.

        Args:
            name: relative to the folder around all.
            source: its text.

        Raises:
            RequestError: it has something that no reader reads; or an include whose name is a macro
                that is not known.
        """
        copy = f"source{len(self.names)}.sv"
        self.names.append(copy)
        self.origins[copy] = name
        self._write(copy, name, _decoded(source))

    def missing(self, copy: str) -> RequestError | None:
        """Why an include is not there, by the name that the copies have for it; None for others."""
        match = re.fullmatch(rf"{_MISSING}(\d+)", copy)
        return self._refusals[int(match[1])] if match else None

    def image(self, name: str) -> tuple[str, str] | None:
        """The file that names a memory image, and the image's name in it; None for others."""
        mark, colon, rest = name.partition(":")
        copy = mark.removeprefix("image.")
        return (self.origins[copy], rest) if colon and copy in self.origins else None

    def line_at(self, place: str) -> str:
        """The text at a place, file and line; empty where that is not known."""
        name, _, number = place.rpartition(":")
        lines = self._texts.get(name, "").split("\n")
        return lines[int(number) - 1] if number.isdigit() and int(number) <= len(lines) else ""

    def modules(self) -> dict[str, str]:
        """The modules that the sources define, each with its place."""
        return {
            match["name"]: f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
            for name, text in self._texts.items()
            for match in _MODULE.finditer(text)
            if match["name"]
        }

    def drop_initial(self, place: str) -> bool:
        """Leave out the initial block at a place, file and line; whether there is one."""
        name, _, number = place.rpartition(":")
        text = self._texts.get(name, "")
        block = initial_block(text, int(number)) if text and number.isdigit() else None
        if block is None:
            return False
        start, end = block
        blank = re.sub(r"[^\n]", " ", text[start:end])
        return self._change(name, text[:start] + blank + text[end:])

    def split_reset(self, place: str) -> bool:
        """Ask for a reset alone at a place, file and line; whether that can be said."""
        name, _, number = place.rpartition(":")
        text = self._texts.get(name, "")
        return number.isdigit() and self._change(name, split_reset(text, int(number)))

    def _change(self, name: str, text: str | None) -> bool:
        """Copy another text for a source or an include."""
        copies = [copy for copy, origin in self.origins.items() if origin == name]
        if text is None or not copies:
            return False
        self._write(copies[0], name, text)
        return True

    def _write(self, copy: str, name: str, text: str) -> None:
        self._texts[name] = text
        edits = sorted(self._edits(text, copy, name))
        parts, at = [], 0
        for start, end, by in edits:
            parts += [text[at:start], by]
            at = end
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        parts = [f'`line 1 "{quoted}" 0\n', *parts, text[at:]]
        (self._copy / copy).write_text("".join(parts), encoding="utf-8", newline="")

    def _edits(self, text: str, copy: str, name: str) -> Iterator[tuple[int, int, str]]:
        """What is replaced in a text: from, to, by what."""
        for match in _TOKEN.finditer(text):
            place = f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
            if match["name"]:
                self._macros.setdefault(match["name"], match["value"])
            elif match["include"]:
                wanted = match["text"] or match["system"] or self._macro(match["macro"], place)
                found = self._include(wanted or "", name, place)
                yield match.end("blank"), match.end(), f'"{found}"'
            elif match["image"]:
                end = _argument_end(text, match.end())
                yield match.end(), match.end(), f'$sformatf("image.{copy}:%s", '
                yield end, end, ")"
            elif match["unread"]:
                raise RequestError(
                    f"{place}: {match['unread']} is among the Verilog that is not read"
                )

    def _macro(self, macro: str, place: str) -> str:
        if macro not in self._macros:
            raise RequestError(
                f"{place}: an include is named by the macro `{macro}, and no `define before it or"
                " --define says a name"
            )
        return self._macros[macro]

    def _include(self, wanted: str, name: str, place: str) -> str:
        """The copy of an include; a name that is not there if it is not."""
        try:
            _, path, data = self._folder.find(wanted, name, place, "include", beside_first=True)
        except RequestError as refusal:  # which matters only if the preprocessor gets there
            self._refusals.append(refusal)
            return f"{_MISSING}{len(self._refusals) - 1}"
        if path not in self._numbers:
            copy = self._numbers[path] = f"include{len(self._numbers)}.svh"
            self.origins[copy] = path
            self._write(copy, path, _decoded(data.removeprefix(b"\xef\xbb\xbf")))
        return self._numbers[path]


def _decoded(source: bytes) -> str:
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError:
        return source.decode("latin-1")


def _argument_end(text: str, start: int) -> int:
    """Where the first argument of a call ends that begins at a place."""
    depth, quoted = 0, False
    for at in range(start, len(text)):
        letter = text[at]
        if letter == '"' and text[at - 1] != "\\":
            quoted = not quoted
        elif not quoted and letter in "({[":
            depth += 1
        elif not quoted and (letter in ")}]" or (letter == "," and not depth)):
            if not depth:
                return at
            depth -= 1
    return len(text)
