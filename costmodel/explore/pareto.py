"""Pareto fronts: the points that no other one beats, exactly, of more points than memory holds.

A point beats another one if it is nowhere worse and somewhere better. Points with the same values
beat each other nowhere: they are one row of the front, which has the first one's number and how
many they are. So a front does not depend on the order in which its points came, nor on how they
were cut into chunks, and chunks may be worked on anywhere.

Most points of a chunk are beaten by a few points of the front so far. Those few are found with a
sample and remove, at a pass over the chunk each, all but some percent; the exact algorithm
(moocore's, n log n for two and three objectives) sees only what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import moocore
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Front",
    "Merger",
    "front_of",
    "joined",
    "side_by_side",
    "spread",
    "spread_places",
    "unbeaten",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SAMPLE = 256
_BAR = 256  # rows of the front that remove what they beat
_FEW = 4096  # points that the exact algorithm takes as they are
_LEAST_GAIN = 0.04  # of the points, else a pass costs more than it saves
_PENDING = 20_000


@dataclass(frozen=True)
class Front:
    """Rows of a front, in the order of their numbers.

    Attributes:
        values: a row of values to be minimized for each, all finite.
        numbers: of the first point that has these values.
        equals: how many points have them.
    """

    values: Floats
    numbers: Integers
    equals: Integers

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: slice) -> Front:
        return Front(self.values[rows], self.numbers[rows], self.equals[rows])

    @classmethod
    def empty(cls, objectives: int) -> Front:
        """No rows."""
        return cls(np.empty((0, objectives)), np.empty(0, np.int64), np.empty(0, np.int64))


def front_of(values: Floats, numbers: Integers, equals: Integers | None = None) -> Front:
    """The front of some points.

    Args:
        values: (points, objectives), to be minimized, finite.
        numbers: of each point.
        equals: how many points each one stands for; one without.
    """
    if equals is None:
        equals = np.ones(len(numbers), np.int64)
    if not len(numbers):
        return Front.empty(values.shape[1])
    order = np.lexsort((numbers, *values.T))
    values, numbers = values[order], numbers[order]
    new = np.ones(len(order), bool)
    np.any(values[1:] != values[:-1], axis=1, out=new[1:])
    starts = np.flatnonzero(new)
    values, numbers = values[starts], numbers[starts]
    equals = np.add.reduceat(equals[order], starts)
    if values.shape[1] == 1:  # sorted already, and moocore wants two
        kept = np.zeros(1, np.intp)
    else:
        kept = np.flatnonzero(moocore.is_nondominated(np.ascontiguousarray(values)))
    kept = kept[np.argsort(numbers[kept])]
    return Front(values[kept], numbers[kept], equals[kept])


def joined(fronts: Iterable[Front], objectives: int) -> Front:
    """The front of the rows of several, which have no point in common."""
    parts = [Front.empty(objectives), *fronts]
    return front_of(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.numbers for part in parts]),
        np.concatenate([part.equals for part in parts]),
    )


def side_by_side(fronts: Sequence[Front]) -> Front:
    """The rows of several fronts by their numbers, whether one beats another or not."""
    numbers = np.concatenate([front.numbers for front in fronts])
    order = np.argsort(numbers)
    return Front(
        np.concatenate([front.values for front in fronts])[order],
        numbers[order],
        np.concatenate([front.equals for front in fronts])[order],
    )


def unbeaten(columns: list[Floats], bar: Floats) -> Integers:
    """Where points are that no row of a bar beats; a few that one does may be among them.

    Args:
        columns: of each objective, the values of all points.
        bar: rows of values, any points of the same space.
    """
    places = np.arange(len(columns[0]))
    generator = np.random.default_rng(0)
    if not len(bar) and len(places) > _FEW:
        sample = generator.integers(len(places), size=8 * _SAMPLE)
        rows = np.stack([column[sample] for column in columns], axis=1)
        bar = spread(front_of(rows, sample), _BAR)
    while len(places) > _FEW and len(bar):
        sample = generator.integers(len(places), size=_SAMPLE)
        rows = _strongest(bar, np.stack([column[sample] for column in columns], axis=1))
        if not rows:
            break
        for row in rows:
            kept = np.flatnonzero(~_beaten(columns, bar[row]))
            places, columns = places[kept], [column[kept] for column in columns]
        bar = np.delete(bar, rows, axis=0)
    return places


def _strongest(bar: Floats, sample: Floats) -> list[int]:
    """Rows of a bar that together beat most of a sample, each with a good part of what is left."""
    beaten = _beats(bar[:, None, :], sample[None, :, :])
    rows: list[int] = []
    while left := len(sample) - int(beaten[rows].any(axis=0).sum()):
        gains = (beaten & ~beaten[rows].any(axis=0)).sum(axis=1)
        best = int(gains.argmax())
        if gains[best] < max(_LEAST_GAIN * left, 2):
            break
        rows.append(best)
    return rows


def _beats(one: Floats, other: Floats) -> NDArray[np.bool_]:
    return np.all(one <= other, axis=-1) & np.any(one < other, axis=-1)


def _beaten(columns: list[Floats], row: Floats) -> NDArray[np.bool_]:
    """Which points a row beats."""
    worse = columns[0] >= row[0]
    for column, value in zip(columns[1:], row[1:], strict=True):
        worse &= column >= value
    same = columns[0] == row[0]
    for column, value in zip(columns[1:], row[1:], strict=True):
        same &= column == value
    return worse & ~same


def spread(front: Front, count: int) -> Floats:
    """Rows of a front that are far from each other, at most so many."""
    return front.values[spread_places(front.values, count)]


def spread_places(values: Floats, count: int) -> Integers:
    """Where rows stand that are far from each other: each next one is the farthest from all before.

    Distances are between ranks, so that no unit and no scale matters. The first one is the best
    compromise, the one with the least sum of ranks.
    """
    total, objectives = values.shape
    if total <= count:
        return np.arange(total)
    ranks = np.empty((total, objectives))
    for column in range(objectives):
        _, place = np.unique(values[:, column], return_inverse=True)
        ranks[:, column] = place / max(1, place.max())
    chosen = [int(ranks.sum(axis=1).argmin())]
    distance = np.full(total, np.inf)
    while len(chosen) < count:
        np.minimum(distance, np.abs(ranks - ranks[chosen[-1]]).max(axis=1), out=distance)
        chosen.append(int(distance.argmax()))
    return np.array(chosen)


class Merger:
    """Fronts of chunks, joined into one.

    They are joined when they have become as many as the front is long, so that a long front is not
    gone through for each chunk.
    """

    def __init__(self, objectives: int) -> None:
        self._front = Front.empty(objectives)
        self._pending: list[Front] = []
        self.bar: Floats = np.empty((0, objectives))

    def add(self, front: Front) -> None:
        """Take the front of a chunk."""
        self._pending.append(front)
        waiting = sum(map(len, self._pending))
        if not len(self._front) or waiting >= max(_PENDING, len(self._front)):
            self.front()

    def front(self) -> Front:
        """The front of all that came."""
        if self._pending:
            self._front = joined([self._front, *self._pending], self._front.values.shape[1])
            self._pending = []
            self.bar = spread(self._front, _BAR)
        return self._front
