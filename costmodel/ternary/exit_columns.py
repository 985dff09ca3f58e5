"""Exits of many configurations at once: what leaves each of them, and which may exist.

An exit is an `ExitPlan`, but for the numbers of columns and of units. What it holds follows from
few parameters, so each plan that occurs is made once, and the plan itself says whether it may be.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.columns import Coded, combine, encode
from hw.errors import RequestError
from hw.ternary.choices import Scale
from hw.ternary.exit_plan import ExitPlan, parse_result, parse_scale
from hw.ternary.style import Arithmetic

__all__ = ["Exits"]

_Ints = NDArray[np.int64]
_Flags = NDArray[np.bool_]

_MOST_INPUTS = 1 << 20
_MOST_BIAS = 1 << 31


class Exits:
    """The exits of configurations.

    Args:
        columns: parameters by name.
        arithmetic: their styles; None where there is none.
    """

    def __init__(
        self, columns: Mapping[str, NDArray[Any]], arithmetic: Coded[Arithmetic | None]
    ) -> None:
        self._columns = columns
        self._arithmetic = arithmetic
        names = ("result", "scale", "scale_format")
        #: Format of the result, what a scale belongs to, and its format; None without an exit.
        self._kind: Coded[tuple[str, str, str] | None] = combine(
            _kind, arithmetic, *(encode(columns[name]) for name in names)
        )
        #: Whether there is an exit.
        self.exists: _Flags = self._kind.flags(lambda kind: kind is not None)
        #: Inputs that share a scale; 0 without groups.
        self.scale_group: _Ints = np.where(
            self._kind.flags(lambda kind: kind is not None and kind[1] == Scale.GROUP),
            columns["scale_group"],
            0,
        ).astype(np.int64)

    @cached_property
    def plans(self) -> Coded[ExitPlan | None]:
        """The plan of each exit, of one column and one unit; None where there is none."""
        names = ("inputs", "nonzeros", "bias_limit")
        if not self.exists.any():
            return Coded((None,), np.zeros((), dtype=np.int64))
        return combine(
            _plan,
            self._kind,
            self._arithmetic,
            *(encode(self._columns[name]) for name in names),
            encode(self.scale_group),
        )

    def valid(self, tile_inputs: _Ints) -> _Flags:
        """Whether scale and result go with each other and with the rest."""
        column = self._columns
        absent = (column["scale"] == Scale.NONE) & (column["exits"] == 0) & ~column["exit_register"]
        group = column["scale_group"]
        tiled = (group >= 32) & (group <= 256) & (group % np.maximum(tile_inputs, 1) == 0)
        grouped = np.where(column["scale"] == Scale.GROUP, tiled, group == 0)
        named = (column["scale_format"] == "") | (column["scale"] != Scale.NONE)
        planned = self.plans.flags(lambda plan: plan is not None)
        return grouped & named & np.where(self.exists, planned, absent)


def _kind(
    style: Arithmetic | None, result: str, scale: str, scale_format: str
) -> tuple[str, str, str] | None:
    if style is not None and style.converts:
        result = result or style.activation.name
    return (result, scale, scale_format) if result else None


def _plan(
    kind: tuple[str, str, str] | None,
    style: Arithmetic | None,
    inputs: int,
    nonzeros: int,
    bias_limit: int,
    scale_group: int,
) -> ExitPlan | None:
    if kind is None or style is None:
        return None
    inputs = min(max(inputs, 1), _MOST_INPUTS)
    most = min(nonzeros or inputs, scale_group or inputs)
    bias_limit = min(max(bias_limit, 0), _MOST_BIAS)
    bound, total = (style.largest_sum(count, bias_limit) for count in (most, inputs))
    return _made(kind, style, bound, total)


@lru_cache(maxsize=1 << 16)
def _made(kind: tuple[str, str, str], style: Arithmetic, bound: int, total: int) -> ExitPlan | None:
    """The plan; None if what is asked for does not go together."""
    result, scale, scale_format = kind
    try:
        return ExitPlan(
            columns=1,
            units=1,
            result=parse_result(result),
            scale=Scale.read("scale", scale),
            # a group that is a tile: whether it may be is not a matter of the plan
            scale_format=parse_scale(
                Scale.read("scale", scale), 32 * (scale == Scale.GROUP), scale_format, 32
            ),
            bound=bound,
            total=total,
            exponents=style.unit_exponents,
            invalid=style.converts,
        )
    except RequestError:
        return None
