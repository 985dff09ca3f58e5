"""Which way a figure is better, and whose expected error it has.

An objective says itself which way it is better. Of other figures those of `RISING` are better the
larger they are, and a formula is as what it is made of: ``throughput_gops / area_um2`` rises with
what is to be large and falls with what is to be small, so it is to be large.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

__all__ = ["ERRORS", "RISING", "erring", "errors_of", "rises"]

#: Figures that are better the larger they are; all others that are estimated are costs.
RISING = frozenset(
    (
        *("operations_per_cycle", "throughput_gops", "utilisation"),
        *("core_tokens_per_second", "tokens_per_second"),
    )
)
#: Figures whose relative error is that of an estimated one, and the column that has it.
ERRORS = {
    "area_um2": "area_error_percent",
    "delay_ps": "delay_error_percent",
    "leakage_uw": "leakage_error_percent",
    "energy_fj_per_operation": "energy_error_percent",
    "fastest_clock_ps": "fastest_error_percent",
    "throughput_gops": "delay_error_percent",
    "core_tokens_per_second": "delay_error_percent",
    "core_energy_uj_per_token": "energy_error_percent",
}
#: Names that costs start with: what a formula holds besides is a parameter, better neither way.
_COSTS = (
    *("area_", "delay_", "leakage_", "energy_", "cycles_", "core_energy_", "chip_", "system_"),
    *("memory_wait_", "rms_", "overflow_", "fastest_"),
)


def rises(name: str, objectives: Mapping[str, bool], figures: Mapping[str, str]) -> bool:
    """Whether a figure is better the larger it is.

    Args:
        name: a figure, or an expression.
        objectives: of those that are one, whether they are to be large.
        figures: the user's own figures and their formulas.

    Returns:
        False also where nothing says which way is better.
    """
    if name in objectives:
        return objectives[name]
    tree = _parsed(figures.get(name, name))
    return tree is not None and _direction(tree, objectives, figures) > 0


def erring(name: str, figures: Mapping[str, str]) -> str | None:
    """The column of the expected error that is a figure's own; None if none is known to be.

    A product or a quotient of one erring figure and of exact ones errs as that figure does.

    Args:
        name: a figure, or an expression.
        figures: the user's own figures and their formulas.
    """
    tree = _parsed(figures.get(name, name))
    columns = [] if tree is None else _errors(tree, figures)
    return columns[0] if len(columns) == 1 else None


def errors_of(text: str, figures: Mapping[str, str]) -> list[str]:
    """Columns of the expected errors of all that an expression, a constraint too, is made of."""
    tree = _parsed(text)
    return [] if tree is None else list(dict.fromkeys(_errors(tree, figures)))


def _parsed(text: str) -> ast.expr | None:
    """A formula's syntax; None for a name that is no formula."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _direction(tree: ast.expr, objectives: Mapping[str, bool], figures: Mapping[str, str]) -> int:
    """1 for what is to be large, -1 for what is to be small, 0 for what is neither."""
    if not isinstance(tree, ast.Name):
        parts = _signed_parts(tree)
        signs = {sign * _direction(part, objectives, figures) for sign, part in parts} - {0}
        return signs.pop() if len(signs) == 1 else 0
    if tree.id in objectives:
        return 1 if objectives[tree.id] else -1
    if (inner := _parsed(figures.get(tree.id, ""))) is not None:
        return _direction(inner, objectives, figures)
    return 1 if tree.id in RISING else -1 if tree.id.startswith(_COSTS) else 0


def _signed_parts(tree: ast.expr) -> list[tuple[int, ast.expr]]:
    """What a formula is made of, and whether it rises (1) or falls (-1) with each part."""
    match tree:
        case ast.UnaryOp(ast.USub(), operand):
            return [(-1, operand)]
        case ast.BinOp(ast.UnaryOp(ast.USub(), ast.Constant()), ast.Mult(), right):
            return [(-1, right)]
        case ast.BinOp(left, ast.Mult() | ast.Add(), right):
            return [(1, left), (1, right)]
        case ast.BinOp(left, ast.Div() | ast.Sub(), right):
            return [(1, left), (-1, right)]
        case ast.BinOp(left, ast.Pow(), exponent):
            return [(-1 if isinstance(exponent, ast.UnaryOp) else 1, left)]
        case ast.Call(ast.Name("min" | "max" | "sqrt" | "log2"), parts):
            return [(1, part) for part in parts]
    return []


def _errors(tree: ast.expr, figures: Mapping[str, str]) -> list[str]:
    """Columns of errors that a formula's value has; two where it is none of them alone."""
    match tree:
        case ast.Name(name) if name in figures:
            inner = _parsed(figures[name])
            return [] if inner is None else _errors(inner, figures)
        case ast.Name(name):
            return [ERRORS[name]] if name in ERRORS else []
        case ast.UnaryOp(ast.USub(), operand):
            return _errors(operand, figures)
        case ast.BinOp(left, ast.Mult() | ast.Div(), right):
            return _errors(left, figures) + _errors(right, figures)
    parts = [part for part in ast.walk(tree) if isinstance(part, ast.Name) and part is not tree]
    return [column for part in parts for column in _errors(part, figures)] * 2
