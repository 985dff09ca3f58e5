"""Liberty's syntax: groups with their attributes, of a file and of those that it includes.

What the field writes is read, also where the format's description would have it otherwise: units
without quotes, lists without commas, missing or doubled semicolons, names of any signs, spaces
behind a line's backslash. Groups may be as deep as they like.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

__all__ = ["Group", "LibertySyntaxError", "Text", "parse", "words"]

_DEEPEST = 20  # of files that include one another

# Every part takes all that it can and gives nothing back (`*+`): no text takes long.
_COMMENT = r"/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/"
_SPACE = rf"(?:\s|\\(?=\s)|{_COMMENT}|//[^\n]*+)*+"
_STRING = r'"(?:[^"\\]|\\.)*+"'
_NAME = rf'(?:{_STRING}|[^\s(){{}};:,"\\/]++)'
_INSIDE = rf'(?:{_STRING}|[^()"/]|{_COMMENT}|(?<=\s)//[^\n]*+|/)*+'
_VALUE = rf'(?:{_STRING}|[^;{{}}\n"/\\]|\\\s*+|{_COMMENT}|/(?!/))*+'

_STATEMENT = re.compile(
    rf"(?P<name>{_NAME}){_SPACE}(?:\((?P<inside>{_INSIDE})\){_SPACE}(?P<open>\{{)?"
    rf"|:{_SPACE}(?P<value>{_VALUE}))",
    re.DOTALL,
)
_BEGUN = re.compile(rf"(?P<name>{_NAME}){_SPACE}(?:\({_INSIDE}|:{_SPACE}{_VALUE})?", re.DOTALL)
_FILLER = re.compile(rf"(?:\s|;|\\(?=\s)|{_COMMENT}|//[^\n]*+)*+")
_WORD = re.compile(
    rf'(?:\s|,|\\(?=\s)|{_COMMENT})*+(?:({_STRING})|((?:[^\s,"\\/]|\\(?!\s)|/(?!\*))++))', re.DOTALL
)


class LibertySyntaxError(Exception):
    """A text that is no Liberty; the message is a sentence.

    Attributes:
        text: where it is wrong.
        position: in it.
    """

    def __init__(self, text: Text, position: int, reason: str) -> None:
        super().__init__(reason)
        self.text, self.position = text, position


@dataclass(frozen=True, eq=False)
class Text:
    """A file's text."""

    path: Path
    text: str

    def line(self, position: int) -> int:
        """The line of a position, from 1."""
        return self.text.count("\n", 0, position) + 1


@dataclass(eq=False)
class Group:
    """A group: ``name (args) { .. }``.

    Attributes:
        group_name: what it is.
        source: the text that it stands in.
        position: where it opens there.
        inside: what stands in its parentheses.
        simple: the text of each attribute ``name : text;``, the first of a name.
        complex: what stands in the parentheses of each attribute ``name (..);``, likewise.
        groups: the groups in it.
    """

    group_name: str
    source: Text
    position: int
    inside: str = ""
    simple: dict[str, str] = field(default_factory=dict)
    complex: dict[str, str] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)

    @cached_property
    def args(self) -> list[str]:
        """The names in its parentheses."""
        return words(self.inside)

    def get_groups(self, name: str) -> list[Group]:
        """The groups of a kind in it."""
        return [group for group in self.groups if group.group_name == name]

    def __str__(self) -> str:
        return f"{self.group_name} ({', '.join(self.args)})".replace(" ()", "")


def words(text: str) -> list[str]:
    """A list's parts without quotes: between commas or spaces, or in quotes."""
    return [_unquoted(string) if string else word for string, word in _WORD.findall(text)]


def parse(text: Text, include: Callable[[Group], Text]) -> Group:
    """The groups of a text.

    Args:
        text: of a file.
        include: the text of the file that an ``include_file``, given as a group, asks for.

    Returns:
        A group without a name that has the text's groups in it.

    Raises:
        LibertySyntaxError: the text, or one that it includes, is no Liberty.
    """
    root = Group("", text, 0)
    _read(text, root, include, (text.path,))
    return root


def _read(
    source: Text, outermost: Group, include: Callable[[Group], Text], paths: tuple[Path, ...]
) -> None:
    """Put what a text holds into a group; ``paths`` led to it."""
    text, position = source.text, 0
    opened = [outermost]
    while (position := _behind_filler(text, position)) < len(text):
        if text[position] == "}":
            if len(opened) == 1:
                raise LibertySyntaxError(source, position, "this } closes no group")
            opened.pop()
            position += 1
            continue
        statement = _STATEMENT.match(text, position)
        if statement is None:
            raise LibertySyntaxError(source, position, _reason(text, position))
        name, inside, value = (statement[part] for part in ("name", "inside", "value"))
        group = Group(_unquoted(name), source, position, inside or "")
        if value is not None:
            value = _unquoted(re.sub(_COMMENT, " ", value))
            opened[-1].simple.setdefault(group.group_name, value)
        elif statement["open"]:
            opened[-1].groups.append(group)
            opened.append(group)
        elif group.group_name == "include_file":
            included = include(group)
            if included.path in paths or len(paths) > _DEEPEST:
                raise LibertySyntaxError(source, position, f"{included.path} includes itself")
            _read(included, opened[-1], include, (*paths, included.path))
        else:
            opened[-1].complex.setdefault(group.group_name, inside)
        position = statement.end()
    if len(opened) > 1:
        begin = f"{opened[-1]}, which opens in line {source.line(opened[-1].position)}"
        raise LibertySyntaxError(source, len(text.rstrip()), f"the file ends in the group {begin}")


def _behind_filler(text: str, position: int) -> int:
    """Where the next statement or the end of a group stands."""
    filler = _FILLER.match(text, position)
    return filler.end() if filler else position


def _reason(text: str, position: int) -> str:
    """What is wrong with a text where no statement can be read."""
    begun = _BEGUN.match(text, position)
    if begun is None:
        return f"this is no Liberty: {_shown(text, position)} stands where a name must"
    if begun.end() == len(text) or text[begun.end()] == '"':
        return f"the file ends in the middle of {_start(begun['name'])}"
    return (
        f"this is no Liberty: a group or an attribute is NAME (..) or NAME : VALUE, and behind"
        f" {_start(begun['name'])} stands {_shown(text, begun.end())}"
    )


def _shown(text: str, position: int) -> str:
    """The beginning of what stands somewhere."""
    return repr(_start(text[position : position + 40]))


def _start(text: str) -> str:
    """The first signs of a text's first line."""
    return (text.splitlines() or [""])[0][:20]


def _unquoted(text: str) -> str:
    r"""A value without quotes, its lines joined, ``\"`` as it is meant."""
    text = text.strip()
    if text.startswith('"') and re.fullmatch(_STRING, text, re.DOTALL):
        text = text[1:-1]
        if "\\" in text:
            text = re.sub(r"\\\s*\n", "", text).replace('\\"', '"')
    return text.strip()
