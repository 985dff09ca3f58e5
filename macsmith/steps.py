"""Moving one parameter of a design by one step: what each figure does then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from costmodel.results import Columns, Results

__all__ = ["Step", "steps_of"]

_GIVEN = ("technology", "workload")  # not a designer's to move


@dataclass(frozen=True)
class Step:
    """A design that differs in one parameter, by one step.

    Attributes:
        parameter: its name.
        before: its value.
        after: the other design's.
        percent: by how much each figure changes.
        feasible: whether the other design meets all constraints.
    """

    parameter: str
    before: Any
    after: Any
    percent: dict[str, float]
    feasible: bool


def steps_of(results: Results, front: Columns, index: int, figures: list[str]) -> list[Step]:
    """The steps from a design of the front to its neighbours among all points.

    A step of a number is to the nearest value below and above it that the space has with all else
    the same; a name or truth has as many steps as other values.

    Args:
        results: the exploration.
        front: its front, or some of it.
        index: of the design in `front`.
        figures: whose change is told.
    """
    point = {name: front[name][index].item() for name in results.parameters}
    near = results.one_step(point)
    steps: list[Step] = []
    for name in results.parameters:
        moved = np.flatnonzero(near[name] != point[name])
        if name in _GIVEN or not len(moved):
            continue
        values = near[name]
        if values.dtype.kind in "iuf":
            below, above = moved[values[moved] < point[name]], moved[values[moved] > point[name]]
            moved = [below[values[below].argmax()]] if len(below) else []
            moved += [above[values[above].argmin()]] if len(above) else []
        steps += [
            Step(
                name,
                point[name],
                values[i].item(),
                {
                    figure: 100 * float(near[figure][i] / front[figure][index] - 1)
                    for figure in figures
                    if figure in near
                },
                bool(near["feasible"][i]) if "feasible" in near else True,
            )
            for i in moved
        ]
    return steps
