"""States of a cell: how many of them conditions (`when`) name, and what an output does in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from costmodel.library.expression import (
    ExpressionError,
    names,
    normalize,
    quoted,
    substituted,
    truth_table,
)

__all__ = ["named_part", "sense_of"]

_MOST_NAMES = 16  # of expressions whose states are counted


def named_part(conditions: Sequence[str], functions: Mapping[str, str], possible: str) -> float:
    """The part of a cell's states that one of several conditions names.

    Args:
        conditions: in Liberty's notation.
        functions: what stands for an output or another name in a condition, normalized.
        possible: the states that the cell can be in, normalized.

    Returns:
        0 to 1; 1 where a condition cannot be read, or more than 16 pins are in them.
    """
    expressions = []
    for condition in conditions:
        expression = _read(condition)
        if expression is None:
            return 1.0
        pins = {pin: f"({functions.get(pin, quoted(pin))})" for pin in names(expression)}
        expressions.append(substituted(expression, pins))
    pins_of_all = list(dict.fromkeys(names(" ".join([possible, *expressions]))))
    if len(pins_of_all) > _MOST_NAMES:
        return 1.0
    tables = [truth_table(expression, pins_of_all) for expression in expressions]
    states = truth_table(possible, pins_of_all)
    return float((np.logical_or.reduce(tables) & states).sum() / states.sum())


def sense_of(function: str, pin: str, when: str = "") -> str:
    """How an output follows an input: ``positive``, ``negative``, or ``both``.

    Args:
        function: of the output, normalized.
        pin: the input.
        when: the only states to look at, in Liberty's notation; all without, and where it cannot
            be read.

    Returns:
        ``both`` too where the output does not follow the input in these states, and of functions
        of more than 16 pins.
    """
    condition = _read(when) or "1"
    pins = list(dict.fromkeys([pin, *names(function), *names(condition)]))
    if len(pins) > _MOST_NAMES:
        return "both"
    low, high = truth_table(function, pins)
    allowed = truth_table(condition, pins).any(axis=0)
    rises, falls = (allowed & high & ~low).any(), (allowed & low & ~high).any()
    if rises == falls:
        return "both"
    return "positive" if rises else "negative"


def _read(when: str) -> str | None:
    try:
        return normalize(when)
    except ExpressionError:
        return None
