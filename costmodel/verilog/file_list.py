"""File lists, as simulators and other tools take them by ``-f``: sources, folders, macros.

A list is words apart by blanks and lines: names of sources, ``-I FOLDER`` and ``+incdir+FOLDER``,
``-D NAME=TEXT`` and ``+define+NAME=TEXT``, ``-y FOLDER`` with modules in files of their names,
``-v FILE``, other lists by ``-f`` and ``-F``. Comments begin with ``//`` or ``#`` or stand between
``/*`` and ``*/``; ``$NAME`` and ``${NAME}`` are variables of the environment. Names are relative to
the list; what is not there is looked for in the working directory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from costmodel.verilog.sources import definition
from hw.errors import RequestError

__all__ = ["FileList", "read_file_list"]

_WORD = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z)|#[^\n]*)|(?P<line>\\?\r?\n)|(?P<blank>[^\S\n]+)"
    r'|(?P<word>(?:"[^"\n]*"|\\[^\n]|/(?![/*])|[^\s"/\\])+)|(?P<other>.)',
    re.DOTALL,
)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\}|\((\w+)\))")
#: Options that take a word, the next one; or one that is glued to them.
_OPTIONS = ("-I", "--include", "-y", "-D", "-v", "-f", "-F")
_GLUED = ("-I", "-y", "-D")
#: Options of simulators and their warnings, which say nothing of the design.
_IDLE = re.compile(
    r"-(?:W\S*|-?sv|-sverilog|-?timescale\S*|-timing|-lint-only|full64|g2012|-?assert|-O\d?)"
    r"|\+(?:libext\+\S*|notimingchecks|nospecify|lint\S*|verilog\d*ext\+\S*"
    r"|systemverilogext\+\S*|v2k|\d+-\d+ext\+\S*)"
)
_DEEPEST = 50  # lists inside of each other


@dataclass
class FileList:
    """What stands in a file list and in those that it names.

    Attributes:
        files: the sources.
        includes: folders of includes.
        defines: macros and their texts.
        libraries: folders of modules.
        lists: the lists themselves.
        remarks: sentences on what was left out.
    """

    files: list[Path] = field(default_factory=list)
    includes: list[Path] = field(default_factory=list)
    defines: list[tuple[str, str]] = field(default_factory=list)
    libraries: list[Path] = field(default_factory=list)
    lists: list[Path] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def read_file_list(file: Path) -> FileList:
    """Read a file list.

    Raises:
        RequestError: it cannot be read, or something in it is not understood; the sentence has the
            list's name and the line.
    """
    contents = FileList()
    _read(file, contents, ())
    if not contents.files:
        raise RequestError(f"the file list {file} names no file")
    return contents


def _read(file: Path, contents: FileList, around: tuple[Path, ...]) -> None:
    if file.resolve() in around or len(around) > _DEEPEST:
        raise RequestError(f"the file list {file} names itself, by way of others or at once")
    try:
        text = file.read_bytes().removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise RequestError(f"the file list {file} cannot be read ({reason})") from error
    contents.lists.append(file)
    words = _words(text, file)
    for place, word in words:
        _take(place, word, words, file, contents, (*around, file.resolve()))


def _take(
    place: str,
    word: str,
    words: Iterator[tuple[str, str]],
    file: Path,
    contents: FileList,
    around: tuple[Path, ...],
) -> None:
    """One word of a list, with the one after it where it asks for that."""
    if _IDLE.fullmatch(word):
        contents.remarks.append(f"{place}: {word} means nothing here and is left out")
    elif word.startswith("+incdir+"):
        folders = word.removeprefix("+incdir+").split("+")
        contents.includes += [_folder(name, file, place) for name in folders if name]
    elif word.startswith("+define+"):
        texts = word.removeprefix("+define+").split("+")
        contents.defines += [definition(text, f"{place}:") for text in texts if text]
    elif word[0] not in "-+":
        contents.files.append(_path(word, file, place, "file"))
    else:
        option = next((name for name in _OPTIONS if _is_option(word, name)), None)
        if option is None:
            raise RequestError(
                f"{place}: {word} is not understood: a file list has names of files, -I, -D, -y,"
                " -v, -f, -F, +incdir+ and +define+"
            )
        value = word.removeprefix(option).removeprefix("=")
        if word == option and (value := next(words, ("", ""))[1]) == "":
            raise RequestError(f"{place}: {option} wants something after it")
        _take_option(place, option, value, file, contents, around)


def _is_option(word: str, option: str) -> bool:
    """Whether a word is an option, or one of a letter with its value glued to it."""
    return word == option or (option in _GLUED and word.startswith(option))


def _take_option(
    place: str, option: str, value: str, file: Path, contents: FileList, around: tuple[Path, ...]
) -> None:
    if option in ("-I", "--include"):
        contents.includes.append(_folder(value, file, place))
    elif option == "-y":
        contents.libraries.append(_folder(value, file, place))
    elif option == "-D":
        contents.defines.append(definition(value, f"{place}:"))
    elif option == "-v":
        contents.files.append(_path(value, file, place, "file"))
    else:
        _read(_path(value, file, place, "file list"), contents, around)


def _words(text: str, file: Path) -> Iterator[tuple[str, str]]:
    """Each word with its place."""
    line, name = 1, file.name
    for match in _WORD.finditer(text):
        place = f"{name}:{line}"
        line += match[0].count("\n")
        if match["word"] is not None:
            word = re.sub(r'"([^"]*)"|\\(.)', lambda part: part[1] or part[2] or "", match[0])
            yield place, _VARIABLE.sub(lambda part, at=place: _variable(part, at), word)
        elif match["other"] is not None:
            raise RequestError(f"{place}: {match[0]!r} begins a name that does not end")


def _variable(match: re.Match[str], place: str) -> str:
    name = match[1] or match[2] or match[3]
    value = os.environ.get(name)
    if value is None:
        raise RequestError(f"{place}: the environment has no variable {name}")
    return value


def _path(name: str, file: Path, place: str, what: str) -> Path:
    for path in (file.parent / name, Path(name)):
        if path.exists():
            return path
    raise RequestError(
        f"{place}: the {what} {name} is neither beside the list nor in the working directory"
    )


def _folder(name: str, file: Path, place: str) -> Path:
    path = _path(name, file, place, "folder")
    if not path.is_dir():
        raise RequestError(f"{place}: {name} is no folder")
    return path
