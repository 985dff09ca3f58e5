"""What the Verilog says of its modules and ports, from the docstrings of their components."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amaranth.hdl import Shape, ShapeLike
from amaranth.lib import data, wiring

from hw.modules import flat_ports

__all__ = ["LINE", "Comments", "commented", "comments_on"]

#: Characters of a line, where it can be broken.
LINE = 100

_ENTRY = re.compile(r"    ([\w<>]+(?:, [\w<>]+)*)( \.\.)?: (.*)")
_PLACEHOLDER = re.compile(r"<\w+>")  # stands for letters or for a number, as in ``sign<lane>``
_WHEN = re.compile(r" \((?:\w+ )?only [^()]*\)")  # when a port is there, which the Verilog shows
_CLOCKS = {
    "clk": "clock, rising edge",
    "rst": "reset, synchronous, active high",
}


@dataclass(frozen=True)
class Comments:
    """What is said of a module.

    Attributes:
        module: what it is.
        ports: what each port carries, by its name; a stream's three ports say the same.
    """

    module: str
    ports: Mapping[str, str]


def comments_on(component: wiring.Component, meanings: Mapping[str, str] | None = None) -> Comments:
    """The first paragraph of a component's docstring, and the entries of its section ``Ports``.

    Args:
        component: the component.
        meanings: what to say instead of some ports or streams, by name.
    """
    documents = [inspect.cleandoc(kind.__doc__ or "") for kind in type(component).__mro__]
    texts = {name: text for document in reversed(documents) for name, text in _entries(document)}
    texts |= meanings or {}
    ports = dict(_CLOCKS)
    for name, member in component.signature.members.items():
        text = _text_of(name, texts)
        if member.is_signature:
            payload = member.signature.members["payload"].shape
            for port, _ in flat_ports(wiring.Signature({name: member})):
                ports[port] = f"{name}: {_plain(text)}{_fields(payload)}"
        else:
            ports[name] = f"{_plain(text)}{_fields(member.shape)}"
    return Comments(_plain(documents[0].split("\n\n")[0]), ports)


def commented(text: str, indent: str = "") -> list[str]:
    """A text as lines of comment."""
    return [f"{indent}// {line}" for line in textwrap.wrap(text, LINE - len(indent) - 3)]


def _fields(shape: ShapeLike) -> str:
    """Where the fields of a structure are, or that a word is a signed one."""
    if isinstance(shape, data.StructLayout):
        ends = ((name, field.offset, field.offset + field.width - 1) for name, field in shape)
        listed = [
            f"{name} [{high}:{low}]" if high > low else f"{name} [{low}]"
            for name, low, high in ends
        ]
        return f"; {', '.join(listed)}"
    if not isinstance(shape, data.Layout) and Shape.cast(shape).signed:
        return "; two's complement"
    return ""


def _text_of(port: str, texts: Mapping[str, str]) -> str:
    """What is said of a port: by its name, else of its row, else of names with placeholders."""
    for name in (port, port.rstrip("0123456789") + " .."):
        if name in texts:
            return texts[name]
    for name, text in texts.items():
        if re.fullmatch(_PLACEHOLDER.sub("(?:[a-z]+|[0-9]+)", name), port):
            return text
    return ""


def _entries(document: str) -> Iterator[tuple[str, str]]:
    """Names and texts of the section ``Ports``.

    A numbered row of ports is called ``name ..``; in ``sign<lane>`` something else stands in the
    place of what is in angle brackets.
    """
    _, heading, section = document.partition("\nPorts")
    names: list[str] = []
    text = ""
    for line in section.split("\n")[1:] if heading else ():
        if entry := _ENTRY.fullmatch(line):
            yield from ((name, text) for name in names)
            listed, row, text = entry.groups()
            names = [
                name.rstrip("0123456789") + row if row else name for name in listed.split(", ")
            ]
        elif line.startswith("     ") and names:
            text += f" {line.strip()}"
        elif names:
            break
    yield from ((name, text) for name in names)


def _plain(text: str) -> str:
    """Without the markup of docstrings, on one line."""
    line = re.sub(r" \(`\w+`\)", "", " ".join(text.split()))  # where the docstring refers to code
    return _WHEN.sub("", re.sub(r"`+([^`]*)`+", r"\1", line)).removesuffix(".")
