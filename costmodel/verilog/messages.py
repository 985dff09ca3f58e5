"""What Yosys says about Verilog, as sentences for somebody who does not know Yosys.

A place is a file and a line, as in ``adder.v:12``. Yosys writes it before a message, or leaves it
out and names a cell or a process, whose place has to be found.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hw.errors import RequestError

__all__ = ["Message", "UnreadError", "legible", "place_of", "plain", "read_messages", "sentence"]

_MESSAGE = re.compile(
    r"^(?:(?P<place>.+?:\d+)(?:\.\d+-[\d.]+)?: )?(?P<kind>Warning|ERROR): ?(?P<text>.*)$"
)
_SOURCE = re.compile(r"(.*?:\d+)(?:\.\d+)?(?:-[\d.]+)?(?:\||$)")
_PROCESS = re.compile(r"\$proc\$(.+?:\d+)\$\d+'")
_DERIVED = re.compile(
    r"\$paramod(?:\$[0-9a-f]+)?\\([^\\\s]+?)(?:\\[^\\\s=]+=[^\\\s`]*?)*(?='(?:\s|$)|[.\s]|$)"
)
_AT = re.compile(r"(?: at |, at )(.+?:\d+)\.\d+-[\d.]+\.?$")

#: What is said of errors, by what Yosys says; ``{place}`` and the groups are filled in.
_ERRORS = {
    r"Unimplemented compiler directive or undefined macro `(?P<name>\w+)\.": (
        "the macro `{name} is not defined"
    ),
    r"Parameter defaults can only be omitted in SystemVerilog mode!": (
        "a parameter has no default value"
    ),
    r"Identifier `(?P<name>.+)' is implicitly declared and `default_nettype is set to none\.": (
        "{name} is not declared"
    ),
    r"Re-definition of module `(?P<name>.+)'!": "the module {name} is defined a second time",
    r"Module `(?P<type>.+)' referenced in module `.*' in cell `(?P<cell>.+)' is not part of the"
    r" design\.": "there is no module {type}, of which {cell} is an instance",
    r"Module `(?P<type>.+)' referenced in module `.*' in cell `(?P<cell>.+)' does not have a port"
    r" named '(?P<port>.+)'\.": "{cell} binds a port {port}, which its module {type} does not have",
    r"Module `(?P<type>.+)' referenced in module `.*' in cell `(?P<cell>.+)' has only (?P<n>\d+)"
    r" ports, requested port (?P<m>\d+)\.": (
        "{cell} binds {m} ports or more; its module {type} has {n}"
    ),
    r"Module `(?P<type>.+)' referenced in module `.*' in cell `(?P<cell>.+)' does not have a"
    r" parameter named '(?P<port>.+)'\.": (
        "{cell} sets a parameter {port}, which its module {type} does not have"
    ),
    r"Can't find object for defparam `(?P<name>.+)`!": (
        "an instance of this module sets a parameter {name}, which it does not have"
    ),
    r"Output port (?P<port>.+) \((?P<type>.+)\) is connected to constants: .*": (
        "the output {port}, of the module {type}, is bound to a constant"
    ),
    r"Multiple edge sensitive events found for this signal!": (
        "a register takes its value at two edges: no flip-flop does"
    ),
    r"Mixed always event with edge and/or level sensitive events!": (
        "a process waits for an edge and for a level"
    ),
    r"syntax error, unexpected (?P<what>.*?)(?:, expecting .*)?": "a syntax error at {what}",
    r"Can't resolve (?:task|function) name `(?P<name>.+)'\.": (
        "{name} is neither defined here nor has it a meaning in hardware"
    ),
}
_SYSTEMVERILOG = re.compile(
    r"(?<![\w$`])(logic|bit|byte|int|shortint|longint|typedef|enum|struct|union|packed|interface"
    r"|modport|package|import|export|always_ff|always_comb|always_latch|unique|unique0|priority"
    r"|endpackage|endinterface|return|break|continue|inside|string|void)(?![\w$])"
)
_UNREAD = re.compile(
    r"(?<![\w$`])(pullup|pulldown|tri0|tri1|trireg|triand|trior|primitive|force|release"
    r"|deassign|event|real|realtime|time|fork|wait|disable|forever)(?![\w$])"
)
_TOKENS = {
    "TOK_ID": "a name",
    "TOK_CONSTVAL": "a number",
    "TOK_STRING": "a text",
    "TOK_REALVAL": "a real number",
    "end of file": "the end of the file",
}


class UnreadError(RequestError):
    """A reader does not take the text, for a reason in a sentence; another one may."""


@dataclass(frozen=True)
class Message:
    """A warning or an error.

    Attributes:
        error: which of them.
        place: file and line; empty where none is said.
        text: what is said, with names as Yosys has them (`plain` makes them legible).
    """

    error: bool
    place: str
    text: str


def read_messages(said: str) -> list[Message]:
    """The warnings and errors in a log."""
    messages = []
    process = ""
    for line in said.splitlines():
        if match := _PROCESS.search(line):
            process = match[1]
        if match := _MESSAGE.match(line):
            place, text = match["place"] or "", match["text"]
            error = match["kind"] == "ERROR"
            if not place and (at := _AT.search(text)):
                place, text = at[1], text[: at.start()]
            elif not place and error and "for this signal" in text:
                place = process
            messages.append(Message(error, place, text))
    return messages


def sentence(message: Message, line_at: Callable[[str], str]) -> str:
    """An error as a sentence, with its place if that is known.

    Args:
        message: the error.
        line_at: the source's text at a place.
    """
    text = plain(message.text)
    for pattern, words in _ERRORS.items():
        if match := re.fullmatch(pattern, text):
            text = words.format(**match.groupdict())
            break
    else:
        text = legible(message.text)
    if text.startswith("a syntax error at "):
        what = text.removeprefix("a syntax error at ").strip("'")
        text = f"a syntax error at {_TOKENS.get(what, what.removeprefix('TOK_').lower())}"
        if match := _SYSTEMVERILOG.search(line_at(message.place)):
            text = f"{match[1]} is a word of SystemVerilog; only plain Verilog (2005) is read"
        elif match := _UNREAD.search(line_at(message.place)):
            text += f"; {match[1]} is among the Verilog that is not read"
    return f"{message.place}: {text.rstrip('.')}" if message.place else text.rstrip(".")


def place_of(source: str) -> str:
    """File and line of an attribute ``src``; empty where there is none."""
    match = _SOURCE.match(source)
    return match[1] if match else ""


def legible(text: str) -> str:
    """What is said with plain names, and without quotes around them."""
    return re.sub(r"`([^'`\s]+)['`]", r"\1", plain(text))


def plain(text: str) -> str:
    """Names as they stand in the source: without marks, of modules without parameters."""
    text = _DERIVED.sub(r"\1", text.replace("$abstract\\", ""))
    return re.sub(r"(?<![\w\\])\\(?=[^\s\\])", "", text)
