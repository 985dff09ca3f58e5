"""Functions of cells: Liberty's notation, and the one that a technology keeps.

Liberty writes a complement as ``!A`` or ``A'``, a conjunction as ``*``, ``&`` or nothing at all, a
disjunction as ``+`` or ``|``, and lets ``^`` bind closer than a conjunction. A technology keeps
Verilog's ``~ & | ^``, with parentheses wherever the two languages (or Python) would group terms
differently. Constants are ``0`` and ``1``. Both put a name in quotes that could be taken for
something else: ``~"1A" & B``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ExpressionError",
    "literal",
    "names",
    "normalize",
    "quoted",
    "substituted",
    "truth_table",
]

_TOKEN = re.compile(r"""\s*("[^"]+"|1'b[01]|[\w$.:<>/@#\[\]-]+|[!~'*&+|^()])\s*""")
_BARE = r"[A-Za-z_][A-Za-z0-9_\[\].]*"  # a name that needs no quotes
_NAME = re.compile(rf'{_BARE}|"[^"]+"')
_PLAIN = re.compile(rf"(?:{_NAME.pattern}|[01](?!\w)|[\s~&|^()])*")
_DEEPEST = 50  # levels of parentheses; Python's stack ends later


class ExpressionError(ValueError):
    """A text that is no Boolean expression of Liberty."""


@dataclass(frozen=True)
class _Term:
    """A part of an expression, and the operator that stands outermost in it ('' for a name)."""

    text: str
    operator: str = ""  # "~" when it is a complement
    under: _Term | None = None  # of what

    def within(self, operator: str) -> str:
        """The text to put beside an operator."""
        return self.text if self.operator in {"", "~", operator} else f"({self.text})"


def normalize(text: str) -> str:
    """An expression of Liberty in Verilog's operators.

    Raises:
        ExpressionError: it is none.
    """
    tokens, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            if not text[at:].strip():
                break
            raise ExpressionError(f"{text!r} has an unknown sign {text[at:].strip()[0]!r}")
        tokens.append(match[1].removeprefix("1'b"))
        at = match.end()
    parser = _Parser(text, tokens)
    term = parser.any_of()
    if parser.tokens:
        raise ExpressionError(f"{text!r} goes on after its end, at {parser.tokens[-1]!r}")
    return term.text


def quoted(pin: str) -> str:
    """A pin as it stands in a normalized expression."""
    return pin if re.fullmatch(_BARE, pin) else f'"{pin}"'


def names(function: str) -> list[str]:
    """The pins of a normalized expression, in the order of their first use."""
    return list(dict.fromkeys(name.strip('"') for name in _NAME.findall(function)))


def substituted(function: str, texts: Mapping[str, str]) -> str:
    """A normalized expression with each pin's name replaced by its text."""
    return _NAME.sub(lambda name: texts[name[0].strip('"')], function)


def literal(function: str) -> tuple[str, bool] | None:
    """The name and whether it is complemented, of an expression that is no more than that."""
    match = re.fullmatch(rf"(~?)({_NAME.pattern})", function)
    return (match[2].strip('"'), bool(match[1])) if match else None


def truth_table(function: str, pins: list[str]) -> NDArray[np.bool_]:
    """What a function gives for every row of values, with one axis of two values for each pin.

    Args:
        function: in ``~ & | ^`` and parentheses, of pins and the constants 0 and 1.
        pins: names of the axes.

    Raises:
        ValueError: the function has anything else in it.
    """
    if not _PLAIN.fullmatch(function) or not set(names(function)) <= set(pins):
        raise ValueError(f"the function {function!r} is not one of the pins {', '.join(pins)}")
    numbers = {pin: f"p{number}" for number, pin in enumerate(pins)}
    python = substituted(function, numbers)
    axes = dict(zip(numbers.values(), np.indices((2,) * len(pins)), strict=True))
    value = eval(python, {"__builtins__": {}}, axes)
    return np.broadcast_to(np.asarray(value) & 1, (2,) * len(pins)).astype(bool)


class _Parser:
    """Recursive descent: complements first, then ^, then conjunctions, then disjunctions."""

    def __init__(self, text: str, tokens: list[str]) -> None:
        self.text = text
        self.tokens = tokens[::-1]
        self._depth = 0

    def any_of(self) -> _Term:
        return self._chain("|", ("+", "|"), self._all_of)

    def _all_of(self) -> _Term:
        terms = [self._unlike()]
        while self.tokens and self.tokens[-1] not in {"+", "|", ")"}:
            if self.tokens[-1] in {"*", "&"}:
                self.tokens.pop()
            terms.append(self._unlike())
        return _joined("&", terms)

    def _unlike(self) -> _Term:
        return self._chain("^", ("^",), self._factor)

    def _chain(self, operator: str, signs: tuple[str, ...], part: Callable[[], _Term]) -> _Term:
        terms = [part()]
        while self.tokens and self.tokens[-1] in signs:
            self.tokens.pop()
            terms.append(part())
        return _joined(operator, terms)

    def _factor(self) -> _Term:
        complemented = False
        while self.tokens and self.tokens[-1] in {"!", "~"}:
            self.tokens.pop()
            complemented = not complemented
        term = self._atom()
        while self.tokens and self.tokens[-1] == "'":
            self.tokens.pop()
            complemented = not complemented
        return _complement(term) if complemented else term

    def _atom(self) -> _Term:
        if not self.tokens:
            raise ExpressionError(f"{self.text!r} ends too early")
        token = self.tokens.pop()
        if token == "(":
            self._depth += 1
            if self._depth > _DEEPEST:
                raise ExpressionError(f"{self.text[:40]!r}... has too many parentheses")
            term = self.any_of()
            if not self.tokens or self.tokens.pop() != ")":
                raise ExpressionError(f"{self.text!r} lacks a closing parenthesis")
            self._depth -= 1
            return term
        if token in {"0", "1"}:
            return _Term(token)
        if token not in set("!~'*&+|^)"):
            return _Term(quoted(token.strip('"')))
        raise ExpressionError(f"{self.text!r} has {token!r} where a pin must stand")


def _joined(operator: str, terms: list[_Term]) -> _Term:
    if len(terms) == 1:
        return terms[0]
    return _Term(f" {operator} ".join(term.within(operator) for term in terms), operator)


def _complement(term: _Term) -> _Term:
    if term.text in {"0", "1"}:
        return _Term("10"[int(term.text)])
    if term.under is not None:
        return term.under
    return _Term(f"~{term.within('~')}", "~", term)
