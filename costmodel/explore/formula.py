"""Expressions over figures and parameters: ``area_um2 * delay_ps``, ``throughput_gops >= 500``.

A formula is Python's notation with a short list of what may stand in it. It is checked once, names
and kinds, and then walked for each chunk of points: nothing of it is ever compiled or executed.
"""

from __future__ import annotations

import ast
import difflib
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError

__all__ = ["NUMBER", "TEXT", "TRUTH", "Formula", "parse_formula"]

#: Kinds of values.
NUMBER, TRUTH, TEXT = "number", "truth", "text"

_LONGEST = 300
_ARITHMETIC: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_COMPARISONS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ANY_KIND = (ast.Eq, ast.NotEq)
# Function, least and most arguments.
_FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (np.minimum, 2, 8),
    "max": (np.maximum, 2, 8),
    "sqrt": (np.sqrt, 1, 1),
    "log2": (np.log2, 1, 1),
    "abs": (np.abs, 1, 1),
}


@dataclass(frozen=True)
class Formula:
    """A checked expression.

    Attributes:
        text: as it was written.
        kind: of its value: `NUMBER` or `TRUTH`.
        names: figures and parameters that stand in it.
        tree: its syntax.
    """

    text: str
    kind: str
    names: frozenset[str]
    tree: ast.expr = field(compare=False, repr=False)

    def __call__(self, values: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Its value, which has the shape that those of its names broadcast to.

        What has no value (a root of a negative number, 0/0) is NaN, and no comparison holds of it.
        """
        with np.errstate(all="ignore"):
            return np.asarray(_value(self.tree, values))

    @property
    def greater(self) -> bool:
        """Whether the formula says that its left side is above its right one."""
        return isinstance(self.tree, ast.Compare) and isinstance(self.tree.ops[0], ast.Gt | ast.GtE)

    def sides(self, values: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]] | None:
        """Both sides, the smaller one first, where the formula says that one number is below."""
        tree = self.tree
        if not isinstance(tree, ast.Compare) or len(tree.ops) > 1:
            return None
        left, right = tree.left, tree.comparators[0]
        if self.greater:
            left, right = right, left
        elif not isinstance(tree.ops[0], ast.Lt | ast.LtE):
            return None
        with np.errstate(all="ignore"):
            return np.asarray(_value(left, values)), np.asarray(_value(right, values))


def parse_formula(text: Any, place: str, kinds: Mapping[str, str], wanted: str) -> Formula:
    """Check an expression.

    Args:
        text: the expression.
        place: where it stands, for the sentence.
        kinds: of each name that may stand in it.
        wanted: kind of the whole.

    Raises:
        RequestError: it is not one of these; the sentence tells what in it is not.
    """
    if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
        raise RequestError(
            f"{place} = {str(text)[:40]!r} is not an expression: a text of 1 to {_LONGEST}"
            " characters such as 'area_um2 <= 2e6'"
        )
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise RequestError(f"{place} = {text!r} is not an expression") from error
    try:
        kind = _kind(tree, kinds)
    except RequestError as error:
        raise RequestError(f"{place} = {text!r}: {error}") from error
    if kind != wanted:
        should = {
            TRUTH: "a comparison such as 'area_um2 <= 2e6'",
            NUMBER: "a number such as 'area_um2 / luts'",
        }
        raise RequestError(f"{place} = {text!r} is a {kind}: it must be {should[wanted]}")
    names = frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    return Formula(text, kind, names - frozenset(_FUNCTIONS), tree)


def _kind(tree: ast.expr, kinds: Mapping[str, str]) -> str:
    """The kind of an expression's value, after everything in it was checked."""
    inner = {
        ast.Name: _kind_of_name,
        ast.Constant: _kind_of_constant,
        ast.BinOp: _kind_of_arithmetic,
        ast.UnaryOp: _kind_of_sign,
        ast.BoolOp: _kind_of_junction,
        ast.Compare: _kind_of_comparison,
        ast.Call: _kind_of_call,
    }.get(type(tree))
    if inner is None:
        raise RequestError(
            f"{ast.unparse(tree)!r} may not stand in an expression: it has names, numbers,"
            f" + - * / **, comparisons, and, or, not and {', '.join(_FUNCTIONS)}"
        )
    return inner(tree, kinds)


def _kind_of_name(tree: ast.Name, kinds: Mapping[str, str]) -> str:
    if tree.id not in kinds:
        close = difflib.get_close_matches(tree.id, kinds, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else f": there are {', '.join(kinds)}"
        raise RequestError(f"{tree.id!r} is neither a figure nor a parameter of all points{hint}")
    return kinds[tree.id]


def _kind_of_constant(tree: ast.Constant, _kinds: Mapping[str, str]) -> str:
    value = tree.value
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, str):
        return TEXT
    if isinstance(value, int | float) and abs(value) < 1e300:
        return NUMBER
    raise RequestError(f"{ast.unparse(tree)[:40]} is not a finite number")


def _kind_of_arithmetic(tree: ast.BinOp, kinds: Mapping[str, str]) -> str:
    if type(tree.op) not in _ARITHMETIC:
        raise RequestError(f"{ast.unparse(tree)!r} has another operator than + - * / **")
    _numbers(tree, (tree.left, tree.right), kinds)
    return NUMBER


def _kind_of_sign(tree: ast.UnaryOp, kinds: Mapping[str, str]) -> str:
    if isinstance(tree.op, ast.Not):
        _truths(tree, (tree.operand,), kinds)
        return TRUTH
    if not isinstance(tree.op, ast.USub | ast.UAdd):
        raise RequestError(f"{ast.unparse(tree)!r} has another sign than + or -")
    _numbers(tree, (tree.operand,), kinds)
    return NUMBER


def _kind_of_junction(tree: ast.BoolOp, kinds: Mapping[str, str]) -> str:
    _truths(tree, tree.values, kinds)
    return TRUTH


def _kind_of_comparison(tree: ast.Compare, kinds: Mapping[str, str]) -> str:
    terms = [tree.left, *tree.comparators]
    for left, op, right in zip(terms, tree.ops, terms[1:], strict=False):
        if type(op) not in _COMPARISONS:
            raise RequestError(
                f"{ast.unparse(tree)!r} compares by another sign than < <= > >= == !="
            )
        if not isinstance(op, _ANY_KIND):
            _numbers(tree, (left, right), kinds)
        elif (one := _kind(left, kinds)) != (other := _kind(right, kinds)):
            raise RequestError(f"{ast.unparse(tree)!r} compares a {one} with a {other}")
    return TRUTH


def _kind_of_call(tree: ast.Call, kinds: Mapping[str, str]) -> str:
    name = tree.func.id if isinstance(tree.func, ast.Name) else ""
    if name not in _FUNCTIONS or tree.keywords:
        raise RequestError(
            f"{ast.unparse(tree)[:60]!r} calls another function than {', '.join(_FUNCTIONS)}"
        )
    _, least, most = _FUNCTIONS[name]
    if not least <= len(tree.args) <= most:
        raise RequestError(f"{ast.unparse(tree)[:60]!r}: {name} takes {least} to {most} numbers")
    _numbers(tree, tree.args, kinds)
    return NUMBER


def _numbers(tree: ast.expr, parts: Any, kinds: Mapping[str, str]) -> None:
    for part in parts:
        if (kind := _kind(part, kinds)) != NUMBER:
            raise RequestError(
                f"{ast.unparse(tree)!r} wants numbers, {ast.unparse(part)} is a {kind}"
            )


def _truths(tree: ast.expr, parts: Any, kinds: Mapping[str, str]) -> None:
    for part in parts:
        if (kind := _kind(part, kinds)) != TRUTH:
            raise RequestError(
                f"{ast.unparse(tree)!r} joins comparisons, {ast.unparse(part)} is a {kind}"
            )


def _value(tree: ast.expr, values: Mapping[str, NDArray[Any]]) -> Any:
    """The value of a checked expression."""
    match tree:
        case ast.Name(name):
            value = values[name]
            # Whole numbers would wrap where a product is large.
            return value.astype(np.float64) if value.dtype.kind in "iu" else value
        case ast.Constant(bool(value)):
            return value
        case ast.Constant(value):
            return np.float64(value) if isinstance(value, int | float) else value
        case ast.BinOp(left, op, right):
            return _ARITHMETIC[type(op)](_value(left, values), _value(right, values))
        case ast.UnaryOp(ast.Not(), operand):
            return np.logical_not(_value(operand, values))
        case ast.UnaryOp(op, operand):
            value = _value(operand, values)
            return -value if isinstance(op, ast.USub) else value
        case ast.BoolOp(op, terms):
            joined = np.logical_and if isinstance(op, ast.And) else np.logical_or
            return reduce(joined, (_value(term, values) for term in terms))
        case ast.Compare(left, ops, rights):
            terms = [_value(left, values), *(_value(right, values) for right in rights)]
            pairs = zip(ops, terms, terms[1:], strict=False)
            return reduce(np.logical_and, (_COMPARISONS[type(op)](a, b) for op, a, b in pairs))
        case ast.Call(ast.Name(name), arguments):
            function = _FUNCTIONS[name][0]
            terms = [_value(argument, values) for argument in arguments]
            return reduce(function, terms) if len(terms) > 1 else function(terms[0])
    raise AssertionError(ast.dump(tree))
