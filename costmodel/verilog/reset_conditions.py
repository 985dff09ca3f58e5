"""A reset that is asked for together with something else, asked for alone: `if (rst || !enable)`.

A register with an asynchronous reset is written as ``if (reset) ... else ...``, and slang knows it
in this form only. Where the condition has more in it, the same is said as ``if (reset) ... else if
(the rest) ...``, with the statement twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from costmodel.verilog.simulation_only import Token, Walk, tokens_of

__all__ = ["split_reset"]

_PROCESSES = ("always", "always_ff")


def split_reset(text: str, line: int) -> str | None:
    """A source with the condition on a line split; with as many lines.

    Args:
        text: of a source, before the preprocessor.
        line: from 1, on which the condition stands.

    Returns:
        The text; None if there is no such condition, or a directive stands in the statement.
    """
    tokens = list(tokens_of(text))
    walk = Walk(tokens)
    for i, token in enumerate(tokens):
        if token.text != "if" or walk.at(i + 1) != "(":
            continue
        after = walk.group(i + 1)
        last_line = text.count("\n", 0, tokens[min(after, len(tokens)) - 1].start) + 1
        if not text.count("\n", 0, token.start) + 1 <= line <= last_line:
            continue
        terms = list(_terms(tokens[i + 2 : after - 1]))
        resets = [term for term in terms if _joined(term) in _resets(walk, i)]
        end = walk.statement(after)
        body = tokens[after:end]
        if len(resets) == 1 and len(terms) > 1 and all(t.kind != "directive" for t in body):
            rest = " || ".join(f"({_joined(term)})" for term in terms if term is not resets[0])
            again = _joined(body)
            return "".join(
                [
                    text[: tokens[i + 2].start],
                    _joined(resets[0]),
                    "\n" * text.count("\n", tokens[i + 2].start, tokens[after - 1].start),
                    text[tokens[after - 1].start : body[0].start],
                    "begin ",
                    text[body[0].start : body[-1].end],
                    f" end else if ({rest}) begin {again} end",
                    text[body[-1].end :],
                ]
            )
    return None


def _resets(walk: Walk, i: int) -> set[str]:
    """The conditions of resets that the events of the process around an if allow."""
    while i >= 0 and walk.at(i) not in _PROCESSES:
        i -= 1
    if i < 0 or walk.at(i + 1) != "@" or walk.at(i + 2) != "(":
        return set()
    conditions = set()
    for at in range(i + 3, walk.group(i + 2) - 1):
        name = walk.at(at + 1)
        if walk.at(at) == "posedge":
            conditions.add(name)
        elif walk.at(at) == "negedge":
            conditions |= {f"!{name}", f"~{name}"}
    return conditions


def _terms(tokens: list[Token]) -> Iterator[list[Token]]:
    """What a condition joins by ``||`` or ``|``."""
    depth, term = 0, []
    for token in tokens:
        depth += (token.text in ("(", "{", "[")) - (token.text in (")", "}", "]"))
        if token.text != "|" or depth:
            term.append(token)
        elif term:
            yield term
            term = []
    if term:
        yield term


def _joined(tokens: list[Token]) -> str:
    """Tokens on one line, apart where something stood between them."""
    parts = [tokens[0].text]
    for before, token in pairwise(tokens):
        parts += [" " if token.start > before.end else "", token.text]
    return "".join(parts)
