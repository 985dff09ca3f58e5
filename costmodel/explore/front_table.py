"""The front as a table: of each point its parameters, all figures, and what binds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from costmodel.explore.accelerators import core_columns
from costmodel.explore.exploration import Task, figures_of
from costmodel.explore.formula import Formula
from costmodel.explore.goals import errors_of
from costmodel.explore.pareto import Front
from costmodel.explore.points import kind_of_axis
from costmodel.explore.space import ESTIMATED, FASTEST, Chunk, Space
from costmodel.model.broadcast import joined

__all__ = ["front_table"]

_PARTS = {"area_parts": "area_um2", "energy_parts": "energy_fj"}


def front_table(task: Task, front: Front) -> pa.Table:
    """A front's points, in the order of their numbers.

    Returns:
        Columns: ``number``, ``technology``, ``workload`` (if any), parameters (null where a point
        has none of that name), figures, objectives that are expressions, ``equals`` (points with
        the same objectives, this one included), ``inside``, the expected error of each figure
        (``area_error_percent``), parts of area and energy (``area_um2_table``,
        ``energy_fj_table``), and of the constraint with the least room left ``tightest_constraint``
        and ``room_percent``; ``uncertain`` where a constraint has less room than the margin
        (`costmodel.explore.space.Space.margin_percent`).
    """
    pieces = []
    for chunk in task.space.runs():
        last = chunk.first + task.space.blocks[chunk.block].size
        low, high = np.searchsorted(front.numbers, (chunk.first, last))
        if low < high:
            pieces.append(_rows(task, chunk, front[low:high]))
    table = pa.concat_tables(pieces, promote_options="default")
    names = ["number", "technology", "workload", "inputs", *task.space.parameters]
    order = [name for name in dict.fromkeys(names) if name in table.column_names]
    return table.select([*order, *(n for n in table.column_names if n not in order)])


def _rows(task: Task, run: Chunk, front: Front) -> pa.Table:
    """The points of one block on one technology and one workload."""
    space, block = task.space, task.space.blocks[run.block]
    places = np.unravel_index(front.numbers - run.first, block.shape)
    columns = {
        name: values[place]
        for (name, values), place in zip(block.axes.items(), places, strict=True)
    }
    workload = None if run.workload is None else space.workloads[run.workload]
    if workload is not None:
        columns["inputs"] = np.full(len(front), workload.inputs)
    estimates = task.estimators[run.technology](core_columns(columns))
    figures = figures_of(estimates, columns, space, workload, run.technology)
    for number, objective in enumerate(space.objectives):
        # What the front was made of, to the last bit.
        values = front.values[:, number]
        figures[objective.name] = -values if objective.maximize else values
    contents: dict[str, Any] = {"number": front.numbers} | {
        name: np.full(len(front), str(value)) for name, value in space.names_of(run).items()
    }
    contents |= columns | figures
    contents |= {"equals": front.equals, "inside": np.asarray(estimates.inside)}
    errors = _errors(estimates)
    contents |= errors | _parts(estimates)
    contents |= _tightest(space, columns | figures | space.names_of(run), errors, len(front))
    return pa.table(
        {name: _array(task, name, column, len(front)) for name, column in contents.items()}
    )


def _errors(estimates: Any) -> dict[str, NDArray[Any]]:
    errors: Mapping[str, Any] = estimates.errors
    return {
        f"{name.split('_', maxsplit=1)[0]}_error_percent": np.asarray(errors[name], float)
        for name in (*ESTIMATED, FASTEST)
        if name in errors
    }


def _parts(estimates: Any) -> dict[str, NDArray[Any]]:
    return {
        f"{prefix}_{part}": np.asarray(values, float)
        for field, prefix in _PARTS.items()
        for part, values in getattr(estimates, field).items()
    }


def _tightest(
    space: Space,
    values: Mapping[str, NDArray[Any]],
    errors: Mapping[str, NDArray[Any]],
    rows: int,
) -> dict[str, Any]:
    """The constraint that is nearest to being broken, the room to it in percent, and the doubt."""
    room, texts = [], []
    uncertain = np.zeros(rows, dtype=bool)
    for constraint in space.constraints:
        if (sides := constraint.sides(values)) is not None:
            with np.errstate(all="ignore"):
                scale = np.maximum(np.abs(sides[0]), np.abs(sides[1]))
                left = np.where(scale > 0, (sides[1] - sides[0]) / scale, 0.0)
            room.append(np.broadcast_to(100 * left, rows))
            texts.append(constraint.text)
            # ... also where nothing is known of the error.
            uncertain |= ~(room[-1] >= _margin(space, constraint, errors))
    if not texts:
        return {}
    tightest = np.argmin(room, axis=0)
    return {
        "tightest_constraint": np.array(texts)[tightest],
        "room_percent": np.take_along_axis(np.array(room), tightest[None], axis=0)[0],
        "uncertain": uncertain,
    }


def _margin(space: Space, constraint: Formula, errors: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """How much room a constraint should have: 0 where nothing in it is estimated."""
    formulas = {name: formula.text for name, formula in space.figures.items()}
    columns = [errors[n] for n in errors_of(constraint.text, formulas) if n in errors]
    if not columns:
        return np.zeros(())
    if space.margin_percent is not None:
        return np.asarray(space.margin_percent)
    return joined(np.maximum, [1.0 * column for column in columns])


def _array(task: Task, name: str, values: NDArray[Any], rows: int) -> pa.Array:
    values = np.broadcast_to(values, rows)
    if values.dtype.kind == "U":
        return pa.array(values.tolist(), pa.string())
    if name in task.space.parameters:
        return pa.array(values, kind_of_axis(task.space, name))
    return pa.array(values, from_pandas=True)  # NaN, an error that is not known, is null
