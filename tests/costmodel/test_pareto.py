"""Fronts against brute force, with ties, duplicates and chunks cut anywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.explore.pareto import Floats, Front, Merger, front_of, spread_places, unbeaten


def _by_force(values: Floats) -> dict[int, int]:
    """Number of the first of equal points that none beats, and how many are equal to it."""
    best: dict[int, int] = {}
    for number, row in enumerate(values):
        beaten = ((values <= row).all(axis=1) & (values < row).any(axis=1)).any()
        same = np.flatnonzero((values == row).all(axis=1))
        if not beaten and same[0] == number:
            best[number] = len(same)
    return best


def _as_found(front: Front) -> dict[int, int]:
    return dict(zip(front.numbers.tolist(), front.equals.tolist(), strict=True))


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(1, 4), st.integers(1, 60), st.sampled_from([2, 3, 10, 1000]))
def test_front_is_exact(data: st.DataObject, objectives: int, count: int, levels: int) -> None:
    """Few levels make many ties; each chunk order gives the same front."""
    seed = data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    values = rng.integers(-levels, levels, (count, objectives)).astype(float)
    expected = _by_force(values)
    numbers = np.arange(count)
    assert _as_found(front_of(values, numbers)) == expected
    merger = Merger(objectives)
    pieces = np.array_split(rng.permutation(count), data.draw(st.integers(1, 5)))
    for piece in pieces:
        merger.add(front_of(values[piece], numbers[piece]))
    front = merger.front()
    assert _as_found(front) == expected
    assert (values[front.numbers] == front.values).all()
    assert (np.diff(front.numbers) > 0).all()


@pytest.mark.parametrize("objectives", [1, 2, 3, 4])
@pytest.mark.parametrize("levels", [5, 1 << 20])
def test_filter_leaves_all_that_count(objectives: int, levels: int) -> None:
    """What `unbeaten` removes is beaten: the front of the rest is the front, duplicates counted."""
    rng = np.random.default_rng(objectives)
    values = rng.integers(0, levels, (40_000, objectives)).astype(float)
    numbers = np.arange(len(values))
    whole = front_of(values, numbers)
    columns = [np.ascontiguousarray(column) for column in values.T]
    for bar in (np.empty((0, objectives)), whole.values[:3]):
        kept = unbeaten(columns, bar)
        assert len(kept) < len(values)
        assert _as_found(front_of(values[kept], kept)) == _as_found(whole)


def test_signed_zeros_are_equal() -> None:
    """A maximized 0 is -0.0, the same value."""
    front = front_of(np.array([[0.0, 1.0], [-0.0, 1.0]]), np.arange(2))
    assert _as_found(front) == {0: 2}


def test_nothing_has_an_empty_front() -> None:
    assert len(front_of(np.empty((0, 3)), np.empty(0, np.int64))) == 0
    assert len(Merger(3).front()) == 0


def test_bars_are_rows_of_the_front() -> None:
    merger = Merger(2)
    merger.add(front_of(np.array([[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]]), np.arange(3)))
    assert merger.bar.tolist() == [[1.0, 2.0], [2.0, 1.0]]


def test_spread_has_the_best_compromise_and_the_ends() -> None:
    """Whatever the units: an axis in millions counts as much as one in thousandths."""
    along = np.linspace(0, 1, 101)
    values = np.stack([1e6 * along, 1e-3 * (1 - along) ** 3], axis=1)
    chosen = spread_places(values, 3)
    assert len(set(chosen)) == 3
    assert {0, 100} <= set(spread_places(values, 4).tolist())
    assert spread_places(values, 500).tolist() == list(range(101))
