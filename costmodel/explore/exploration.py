"""Exploration: estimate every point of a space, keep the front, say why the others are not on it.

`examine` does the work of a chunk and needs nothing but its arguments, so it runs in this process
or in another one, on another machine; `Exploration` joins what comes back, in any order.

The estimator is an argument: for each technology a function from columns of parameters to an object
with arrays ``area_um2``, ``delay_ps``, ``leakage_uw``, ``energy_fj_per_operation``,
``operations_per_cycle``, ``valid`` and ``inside``, and of spaces with the axis ``clock_ns`` also
``fastest_clock_ps`` and ``period_ps`` (`costmodel.model.estimate`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from costmodel.explore.accelerators import core_columns, system_figures
from costmodel.explore.pareto import Floats, Front, Merger, front_of, joined, unbeaten
from costmodel.explore.points import record_batch
from costmodel.explore.space import CLOCK, ESTIMATED, FASTEST, Chunk, Columns, Products, Space
from costmodel.family import basis_of_columns
from hw.errors import RequestError

__all__ = [
    "Counts",
    "Estimator",
    "Exploration",
    "Part",
    "Task",
    "examine",
    "figures_of",
    "parts",
]

Estimator = Callable[[Columns], Any]
#: Whether other constraints are broken, by how much this one is, and its smaller and larger side.
Nearest = tuple[int, float, float, float]
Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]


@dataclass(frozen=True)
class Task:
    """What is the same for all chunks.

    Attributes:
        space: where the points are.
        estimators: by technology.
        keep_points: whether a part brings all valid points with it.
    """

    space: Space
    estimators: Mapping[str, Estimator]
    keep_points: bool = False


@dataclass
class Counts:
    """How many points there are of each kind; counts of parts add.

    Attributes:
        points: examined.
        valid: that can exist.
        outside: valid ones beyond the region that the model was fitted in.
        undefined: valid ones of which an objective has no finite value.
        feasible: valid, defined, and within all constraints.
        excluded: valid ones that break each constraint.
        alone: valid ones that break each constraint, and no other.
        nearest: of each constraint the valid point that is nearest to meeting it, preferably one
            that meets all others; only of parts without a feasible point.
    """

    points: int = 0
    valid: int = 0
    outside: int = 0
    undefined: int = 0
    feasible: int = 0
    excluded: list[int] = field(default_factory=list)
    alone: list[int] = field(default_factory=list)
    nearest: list[Nearest | None] = field(default_factory=list)

    def __add__(self, other: Counts) -> Counts:
        names = ("points", "valid", "outside", "undefined", "feasible")
        return Counts(
            **{name: getattr(self, name) + getattr(other, name) for name in names},
            excluded=[a + b for a, b in zip(self.excluded, other.excluded, strict=True)],
            alone=[a + b for a, b in zip(self.alone, other.alone, strict=True)],
            nearest=[
                min((x for x in pair if x is not None), default=None)
                for pair in zip(self.nearest, other.nearest, strict=True)
            ],
        )


@dataclass(frozen=True)
class Part:
    """What a chunk came to.

    Attributes:
        technology: of its points.
        front: of its feasible points.
        counts: of all.
        points: its valid points, if they are kept.
    """

    technology: str
    front: Front
    counts: Counts
    points: pa.RecordBatch | None = None


def figures_of(
    estimates: Any, columns: Columns, space: Space, workload: Products | None, technology: str
) -> dict[str, NDArray[Any]]:
    """All figures by name, arrays that broadcast: estimated, of the workload, of the user's own.

    What a core alone does of a workload is token by token: its cycles are those of
    `costmodel.family.Basis.tiles`. Accelerators have figures of the whole besides.
    """
    basis = basis_of_columns(columns)
    values = {name: np.asarray(getattr(estimates, name)) for name in ESTIMATED}
    if space.has_clock or FASTEST in space.mentioned:
        values[FASTEST] = np.asarray(estimates.fastest_clock_ps)
    operations, period = values["operations_per_cycle"], values["delay_ps"]
    if CLOCK in columns:
        period = np.asarray(estimates.period_ps)
    with np.errstate(all="ignore"):
        values["throughput_gops"] = operations * 1e3 / period
        if workload is not None:
            tiles = basis.tiles(workload.layers, columns, operations)
            values |= {
                "cycles_per_token": tiles,
                "core_tokens_per_second": 1e12 / (tiles * period),
                "core_energy_uj_per_token": tiles
                * (operations * values["energy_fj_per_operation"] * 1e-9),
                "utilisation": workload.weights / (tiles * operations),
            }
    if workload is not None and space.accelerators:
        values |= system_figures(columns, estimates, workload, technology, space.node_nm)
    for name, figure in basis.figures.items():
        if name in space.mentioned:
            values[name] = figure(columns)
    for name, formula in space.figures.items():
        values[name] = formula(columns | values)
    return values


def examine(task: Task, chunk: Chunk, bar: Floats) -> Part:
    """Estimate the points of a chunk, count them, and find its front.

    Args:
        task: space and estimators.
        chunk: which points.
        bar: objective values of points found elsewhere on its technology: what these beat may be
            left out.
    """
    space = task.space
    columns = space.mesh(chunk)
    shape = np.broadcast_shapes(*(column.shape for column in columns.values()))
    size = int(np.prod(shape))
    estimates = task.estimators[chunk.technology](core_columns(columns))
    workload = None if chunk.workload is None else space.workloads[chunk.workload]
    figures = figures_of(estimates, columns, space, workload, chunk.technology)
    values = columns | figures | space.names_of(chunk)
    valid, inside = np.asarray(estimates.valid), np.asarray(estimates.inside)
    objectives = [
        _signed(objective.formula(values), objective.maximize) for objective in space.objectives
    ]
    defined = valid
    for objective_values in objectives:
        if not (finite := np.isfinite(objective_values)).all():
            defined = defined & finite
    met = [constraint(values) for constraint in space.constraints]
    feasible = defined
    for mask in met:
        feasible = feasible & mask
    counts = Counts(
        points=size,
        valid=_count(valid, shape),
        outside=_count(valid & ~inside, shape),
        undefined=_count(valid, shape) - _count(defined, shape),
        feasible=_count(feasible, shape),
    )
    _count_exclusions(counts, space, valid, met, values, shape)
    points = None
    if task.keep_points:
        states = {"inside": inside, "feasible": feasible}
        points = record_batch(space, chunk, columns, figures, valid, states)
    front = _front(objectives, feasible, shape, chunk.first, bar)
    return Part(chunk.technology, front, counts, points)


def _signed(values: NDArray[Any], maximize: bool) -> Floats:
    values = np.asarray(values, np.float64)
    return -values if maximize else values


def _count(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> int:
    """How many of all points; a mask may be smaller than the mesh."""
    repeats = int(np.prod(shape)) // max(1, mask.size)
    return int(np.count_nonzero(mask)) * repeats


def _count_exclusions(
    counts: Counts,
    space: Space,
    valid: NDArray[np.bool_],
    met: list[NDArray[np.bool_]],
    values: Mapping[str, NDArray[Any]],
    shape: tuple[int, ...],
) -> None:
    broken = np.zeros((), np.uint8)
    for mask in met:
        broken = broken + ~mask
    for constraint, mask in zip(space.constraints, met, strict=True):
        others = valid & (broken == ~mask)
        counts.excluded.append(_count(valid & ~mask, shape))
        counts.alone.append(_count(others & ~mask, shape))
        # Only where there is no front somebody will ask.
        nearest = None
        if not counts.feasible and (sides := constraint.sides(values)):
            nearest = _nearest(sides, others, 0) or _nearest(sides, valid, 1)
        counts.nearest.append(nearest)


def _nearest(
    sides: tuple[NDArray[Any], NDArray[Any]], among: NDArray[np.bool_], rank: int
) -> Nearest | None:
    with np.errstate(all="ignore"):
        excess = np.asarray(sides[0] - sides[1], float)
    excess = np.where(among & np.isfinite(excess), excess, np.inf)
    place = np.unravel_index(int(excess.argmin()), excess.shape)
    if not np.isfinite(excess[place]):
        return None
    small, large = (float(np.broadcast_to(side, excess.shape)[place]) for side in sides)
    return rank, float(excess[place]), small, large


def _front(
    objectives: list[Floats],
    feasible: NDArray[np.bool_],
    shape: tuple[int, ...],
    first: int,
    bar: Floats,
) -> Front:
    places = np.flatnonzero(np.broadcast_to(feasible, shape))
    everything = len(places) == np.prod(shape)
    columns = []
    for objective in objectives:
        flat = np.broadcast_to(objective, shape).reshape(-1)
        columns.append(flat if everything else flat[places])
    kept = unbeaten(columns, bar)
    rows = np.stack([column[kept] for column in columns], axis=1)
    return front_of(rows, places[kept].astype(np.int64) + first)


class Exploration:
    """What the parts of a space come to together.

    Attributes:
        space: the space.
        counts: of the parts that came.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        zeros = [0] * len(space.constraints)
        nothing: list[Nearest | None] = [None] * len(zeros)
        self.counts = Counts(excluded=zeros, alone=zeros, nearest=nothing)
        self._mergers = {name: Merger(len(space.objectives)) for name in space.technologies}

    def bar(self, technology: str) -> Floats:
        """Objective values that a point on a technology must not be beaten by."""
        return self._mergers[technology].bar

    def add(self, part: Part) -> None:
        """Take what a chunk came to."""
        self.counts = self.counts + part.counts
        self._mergers[part.technology].add(part.front)

    def fronts(self) -> dict[str, Front]:
        """The front of each technology, of the parts that came."""
        return {name: merger.front() for name, merger in self._mergers.items()}

    def front(self) -> Front:
        """The front of all parts that came, whatever their technology.

        Raises:
            RequestError: no point is feasible; the sentence says what is in the way.
        """
        front = joined(self.fronts().values(), len(self.space.objectives))
        if len(front):
            return front
        counts, space = self.counts, self.space
        if not counts.valid:
            raise RequestError(f"none of the {counts.points:,} points of {space.name} can exist")
        if counts.undefined == counts.valid:
            names = " and ".join(repr(objective.name) for objective in space.objectives)
            raise RequestError(f"{names} have no finite value at any point of {space.name}")
        worst = int(np.argmax(counts.excluded))
        constraint = space.constraints[worst]
        hint = ""
        if (nearest := counts.nearest[worst]) is not None:
            breaks_others, _, *sides = nearest
            left, right = reversed(sides) if constraint.greater else sides
            among = "" if breaks_others else " that meets the others"
            hint = f"; the nearest point{among} has {left:.6g} against {right:.6g}"
        raise RequestError(
            f"no point of {space.name} meets all constraints: {constraint.text!r} excludes most,"
            f" {counts.excluded[worst]:,} of the {counts.valid:,} points that can exist{hint}"
        )


def parts(task: Task, exploration: Exploration, most: int, mapper: Mapper = map) -> Iterator[Part]:
    """Examine a space chunk by chunk; each part is added to the exploration and yielded, in order.

    Args:
        task: space and estimators.
        exploration: takes the parts, and tells what is beaten already.
        most: points of a chunk.
        mapper: calls a function with each of some arguments, in order: `map`, or
            `costmodel.flow.cluster.Cluster.ordered`.
    """
    arguments = ((chunk, exploration.bar(chunk.technology)) for chunk in task.space.chunks(most))
    for part in mapper(partial(_examine, task), arguments):
        exploration.add(part)
        yield part


def _examine(task: Task, argument: tuple[Chunk, Floats]) -> Part:
    return examine(task, *argument)
