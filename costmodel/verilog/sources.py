"""What a user wants to be read: files of Verilog or SystemVerilog, and what belongs to them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from hw.errors import RequestError

__all__ = ["VerilogSources", "definition", "parameter", "text_of"]

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
#: A number, a name (perhaps of a package) or a text: nothing that could be more than a value.
_VALUE = re.compile(r"""[+-]?[\w'.:]+|"[^"\\\n]*\"""", re.ASCII)
_SYSTEMVERILOG = frozenset({".sv", ".svh", ".svi"})


@dataclass(frozen=True)
class VerilogSources:
    """What a user wants to be read.

    Attributes:
        files: the sources, in the order in which they are read; what they include and their memory
            images are looked for beside them.
        top: the module that is the design.
        includes: folders in which includes are looked for as well.
        defines: macros and their texts.
        parameters: of the top module, with their values as Verilog writes them.
        libraries: folders in which a module that is missing is looked for, in a file of its name.
        lists: file lists that named the sources.
        remarks: what was left out of them, a sentence each.
    """

    files: tuple[Path, ...]
    top: str
    includes: tuple[Path, ...] = ()
    defines: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    libraries: tuple[Path, ...] = ()
    lists: tuple[Path, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder around all of them."""
        around = [file.absolute().parent for file in self.files]
        around += [folder.absolute() for folder in (*self.includes, *self.libraries)]
        return Path(os.path.commonpath([os.path.normpath(path) for path in around]))

    def relative(self, path: Path) -> str:
        """A path relative to `folder`; empty for that one itself."""
        relative = os.path.relpath(os.path.normpath(path.absolute()), self.folder)
        return "" if relative == "." else relative

    @property
    def names(self) -> tuple[str, ...]:
        """The files, relative to `folder`: as messages call them."""
        return tuple(map(self.relative, self.files))

    @property
    def searched(self) -> tuple[str, ...]:
        """The folders that are searched for what a source names, relative to `folder`."""
        folders = [*self.includes, *(file.parent for file in self.files)]
        return tuple(dict.fromkeys(map(self.relative, folders)))

    @property
    def title(self) -> str:
        """What a sentence calls them."""
        more = f" and {len(self.files) - 1} more files" if len(self.files) > 1 else ""
        return f"{self.names[0]}{more}"

    @property
    def is_systemverilog(self) -> bool:
        """Whether a file is called like one of SystemVerilog."""
        return any(file.suffix.lower() in _SYSTEMVERILOG for file in self.files)


def text_of(file: Path) -> bytes:
    """What is in a source, without a mark of its encoding.

    Raises:
        RequestError: it cannot be read.
    """
    try:
        if not file.exists():
            raise RequestError(f"the Verilog file {file} is not there")
        if not file.is_file():
            raise RequestError(f"{file} is no file with Verilog in it")
        return file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except (OSError, ValueError) as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError(f"the Verilog file {file} cannot be read ({error})") from error


def definition(text: str, origin: str) -> tuple[str, str]:
    """A macro and its text, of ``NAME`` or ``NAME=TEXT``; without a text it is 1.

    Args:
        text: as it is written.
        origin: where, for a sentence.

    Raises:
        RequestError: it is no name of a macro, or its text has more than a line.
    """
    name, equals, value = text.partition("=")
    if not _NAME.fullmatch(name):
        raise RequestError(
            f"{origin} {text!r} defines no macro: what is wanted is NAME or NAME=TEXT, the name of"
            " letters, digits and _"
        )
    if not value.isprintable():
        raise RequestError(f"{origin} {text!r} has characters that cannot be printed")
    return name, value if equals else "1"


def parameter(text: str, origin: str) -> tuple[str, str]:
    """A parameter and its value, of ``NAME=VALUE``.

    Raises:
        RequestError: it is none; the arguments are those of `definition`.
    """
    name, _, value = text.partition("=")
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        raise RequestError(
            f"{origin} {text!r} sets no parameter: what is wanted is NAME=VALUE, with a number, a"
            " name or a text in quotes, such as WIDTH=8, MASK=4'hf, KIND=types::FAST or"
            " 'FILE=\"rom.hex\"'"
        )
    return name, value
