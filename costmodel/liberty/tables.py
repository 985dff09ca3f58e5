"""Look-up tables of Liberty: delay, transition, energy or setup over two axes.

The first axis is the input transition (of a setup: that of the clock), the second the load (of a
setup: the transition of the data). Between points and beyond them a table is bilinear, as every
timer reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from costmodel.liberty.left_out import LeftOutError
from costmodel.liberty.syntax import Group
from costmodel.liberty.text import LibertyFile, choice, numbers

__all__ = ["Table", "Templates", "choose_points", "mean", "worst"]

Floats = NDArray[np.float64]

_FIRST_AXES = {
    "total_output_net_capacitance": {"input_net_transition", "input_transition_time"},
    "constrained_pin_transition": {"related_pin_transition"},
}  # by the second axis
_SECOND_AXIS = _FIRST_AXES.keys()


@dataclass(frozen=True, eq=False)
class Table:
    """Values over two axes; an axis that the table does not have is the single point 0."""

    first: Floats
    second: Floats
    values: Floats

    def at(self, first: float, second: float) -> float:
        """The value at a point."""
        return float(self.sampled(np.array([first]), np.array([second]))[0, 0])

    def sampled(self, first: Floats, second: Floats) -> Floats:
        """The values at all pairs of points of two axes."""
        return _weights(self.first, first) @ self.values @ _weights(self.second, second).T

    def turned(self) -> Table:
        """The same with its axes exchanged."""
        return Table(self.second, self.first, self.values.T)

    def scaled(self, first: float, second: float, values: float) -> Table:
        """The same in other units."""
        return Table(self.first * first, self.second * second, self.values * values)


class Templates:
    """Reads the tables of one file."""

    def __init__(self, file: LibertyFile) -> None:
        self._file = file
        self._templates = {
            group.args[0]: group
            for kind in ("lu_table_template", "power_lut_template")
            for group in file.library.get_groups(kind)
            if group.args
        }

    def read(self, group: Group) -> Table:
        """A table as the file states it, in the file's units.

        Raises:
            LeftOutError: it is over other axes than those of `Table`, or over three.
            RequestError: its values do not fit its axes, or are no numbers.
        """
        name = (group.args or ["scalar"])[0]
        template = self._templates.get(name)
        if template is None and name != "scalar":
            raise self._file.fault(group, f"the table {group.group_name} names no template: {name}")
        axes: list[tuple[str, Floats]] = []
        for position in (1, 2, 3):
            variable = template and choice(template, f"variable_{position}")
            if template is not None and variable:
                points = self._numbers(group, f"index_{position}")
                if points is None:
                    points = self._numbers(template, f"index_{position}")
                if points is None or not len(points) or (np.diff(points) <= 0).any():
                    reason = "ascend" if points is not None and len(points) else "state any point"
                    raise self._file.fault(
                        group, f"index_{position} of {group.group_name} does not {reason}"
                    )
                axes.append((variable, points))
        _check_axes([variable for variable, _ in axes])
        values = self._numbers(group, "values")
        size = int(np.prod([len(points) for _, points in axes]))
        if values is None or len(values) != size:
            raise self._file.fault(
                group,
                f"the table {group.group_name} has {0 if values is None else len(values)} values,"
                f" its axes make it {' x '.join(str(len(points)) for _, points in axes) or 1}",
            )
        return _oriented(axes, values)

    def _numbers(self, group: Group, name: str) -> Floats | None:
        try:
            values = numbers(group, name)
        except ValueError as error:
            reason = f"{name} of {group.group_name} holds {error}, which is not a number"
            raise self._file.fault(group, reason) from error
        return None if values is None else np.array(values)


def worst(tables: Iterable[Table]) -> Table:
    """The largest value of several tables at each point of the largest one's axes."""
    tables = list(tables)
    base = max(tables, key=lambda table: table.values.size)
    sampled = [
        table.values
        if np.array_equal(table.first, base.first) and np.array_equal(table.second, base.second)
        else table.sampled(base.first, base.second)
        for table in tables
    ]
    return Table(base.first, base.second, np.max(sampled, axis=0))


def mean(values: Iterable[float]) -> float:
    """The mean, of nothing 0."""
    values = list(values)
    return sum(values) / len(values) if values else 0.0


def choose_points(
    tables: Sequence[Table],
    points: Sequence[tuple[Floats, Floats]],
    count: int,
    floor: float,
    keep: tuple[int, int] | None = None,
) -> list[int]:
    """The points of the first axis, of one size in all tables, between which the others lie best.

    Args:
        tables: of different cells; to choose on the second axis, `Table.turned`.
        points: for each table, where it is compared along either axis.
        count: how many points to keep.
        floor: values below it are compared as if they were as large.
        keep: a position among those chosen, and the point that must stand there.

    Returns:
        Their positions, ascending: of all choices the one with the least mean relative error, at
        the points given and, a fiftieth as important, at the table's own.
    """
    cases = []
    for table, (first, second) in zip(tables, points, strict=True):
        at = np.concatenate([first, table.first])
        weights = np.concatenate([np.ones_like(first), np.full_like(table.first, 0.02)])
        curves = table.sampled(table.first, second)
        exact = _weights(table.first, at) @ curves
        scale = weights[:, None] / np.maximum(np.abs(exact), floor)
        cases.append((table.first, at, curves, exact, scale))

    def error(chosen: list[int]) -> float:
        return sum(
            float((np.abs(_weights(axis[chosen], at) @ curves[chosen] - exact) * scale).sum())
            for axis, at, curves, exact, scale in cases
        )

    choices = [list(choice) for choice in combinations(range(len(tables[0].first)), count)]
    if keep is not None:
        choices = [choice for choice in choices if choice[keep[0]] == keep[1]] or choices
    return min(choices, key=error)


def _weights(axis: Floats, points: Floats) -> Floats:
    """What each point of an axis contributes to values at others, shape (points, axis)."""
    weights = np.zeros((len(points), len(axis)))
    if len(axis) == 1:
        weights[:, 0] = 1.0
        return weights
    low = np.clip(np.searchsorted(axis, points) - 1, 0, len(axis) - 2)
    part = (points - axis[low]) / (axis[low + 1] - axis[low])
    rows = np.arange(len(points))
    weights[rows, low] = 1.0 - part
    weights[rows, low + 1] = part
    return weights


def _check_axes(variables: list[str]) -> None:
    """See that a table is over axes of `Table`, each of them once."""
    if len(variables) > 2:
        raise LeftOutError("tables over three variables")
    second = [variable for variable in variables if variable in _SECOND_AXIS]
    known = any(_FIRST_AXES[axis] | {axis} >= set(variables) for axis in _SECOND_AXIS)
    if not known or len(second) > 1 or len(variables) - len(second) > 1:
        raise LeftOutError("tables over other variables than transition and load")


def _oriented(axes: list[tuple[str, Floats]], values: Floats) -> Table:
    """The table with its axes in the order of `Table`."""
    none = np.zeros(1)
    if not axes:
        return Table(none, none, values.reshape(1, 1))
    if len(axes) == 1:
        variable, points = axes[0]
        if variable in _SECOND_AXIS:
            return Table(none, points, values.reshape(1, -1))
        return Table(points, none, values.reshape(-1, 1))
    (variable, first), (_, second) = axes
    grid = values.reshape(len(first), len(second))
    return Table(second, first, grid.T) if variable in _SECOND_AXIS else Table(first, second, grid)
