"""Moving one parameter of a design by one step: what each figure does then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from costmodel.explore.results import Columns, Results

__all__ = ["Step", "steps_of"]

_GIVEN = ("technology", "workload")  # not a designer's to move


@dataclass(frozen=True)
class Step:
    """A design that differs in one parameter, by one step.

    Attributes:
        parameter: its name.
        before: its value.
        after: the other design's.
        percent: by how much each figure changes; nan where one of the two values is not finite, or
            the first one is 0.
        feasible: whether the other design meets all constraints.
    """

    parameter: str
    before: Any
    after: Any
    percent: dict[str, float]
    feasible: bool


def steps_of(
    results: Results, front: Columns, indices: Sequence[int], figures: Sequence[str]
) -> list[list[Step]]:
    """For each of some designs of the front the steps to its neighbours among all points.

    A step of a number is to the nearest value below and above it that the space has with all else
    the same; a name or truth has as many steps as other values.

    Args:
        results: the exploration.
        front: its front, or some of it.
        indices: of the designs in `front`.
        figures: whose change is told.

    Raises:
        RequestError: the points do not have a figure.
    """
    points = [{name: front[name][i].item() for name in results.parameters} for i in indices]
    columns = [*figures, *(name for name in ("feasible",) if name in results.names)]
    return [
        _steps(point, near, {name: float(front[name][index]) for name in figures})
        for index, point, near in zip(
            indices, points, results.one_step(points, columns), strict=True
        )
    ]


def _steps(point: dict[str, Any], near: Columns, figures: dict[str, float]) -> list[Step]:
    steps: list[Step] = []
    for name, own in point.items():
        if name in _GIVEN or name not in near:
            continue
        values = near[name]
        moved = np.flatnonzero(values != own)
        if len(moved) and values.dtype.kind in "iuf":
            below, above = moved[values[moved] < own], moved[values[moved] > own]
            moved = [below[values[below].argmax()]] if len(below) else []
            moved += [above[values[above].argmin()]] if len(above) else []
        steps += [
            Step(
                name,
                own,
                values[i].item(),
                {figure: _percent(at, float(near[figure][i])) for figure, at in figures.items()},
                bool(near["feasible"][i]) if "feasible" in near else True,
            )
            for i in moved
        ]
    return steps


def _percent(before: float, after: float) -> float:
    known = before and math.isfinite(before) and math.isfinite(after)
    return 100 * (after / before - 1) if known else math.nan
