"""Sums of arrays that broadcast: right, and small for as long as they can be."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.model.broadcast import joined, total

_SHAPES = st.lists(st.tuples(*(st.sampled_from([1, size]) for size in (2, 3, 4))), min_size=1)


@given(_SHAPES, st.integers(0, 99))
def test_joined_as_one_by_one(shapes: list[tuple[int, ...]], seed: int) -> None:
    rng = np.random.default_rng(seed)
    arrays = [rng.integers(0, 100, shape) for shape in shapes]
    copies = [array.copy() for array in arrays]
    joined_arrays = joined(np.maximum, arrays)
    assert (joined_arrays == reduce(np.maximum, copies)).all()
    assert joined_arrays.shape == np.broadcast_shapes(*shapes)


@given(_SHAPES)
def test_sums(shapes: list[tuple[int, ...]]) -> None:
    arrays = [np.full(shape, 10.0**i) for i, shape in enumerate(shapes[:9])]
    assert (total(arrays) == sum(10.0**i for i in range(len(shapes[:9])))).all()


def test_nothing_sums_to_zero_and_kinds_are_kept() -> None:
    assert total([]) == 0
    whole, half = np.array([1, 2]), np.array([0.5, 0.5])
    assert total([whole, half]).tolist() == [1.5, 2.5]
    assert joined(np.add, [np.array([True, False]), whole]).tolist() == [2, 2]


def test_only_the_last_is_of_full_size() -> None:
    sizes = []

    def add(one: Any, other: Any, **out: Any) -> Any:
        total = np.add(one, other, **out)
        sizes.append(np.size(total))
        return total

    shapes = [(30, 40, 1), (1, 40, 50), (30, 40, 1), (1, 1, 50), (), (30, 1, 1)]
    arrays = [np.ones(shape) for shape in shapes]
    function: Any = add
    assert (joined(function, arrays) == len(shapes)).all()
    assert sizes.count(30 * 40 * 50) == 1


def test_results_are_written_into_what_is_there() -> None:
    first = np.ones(5)
    assert joined(np.add, [first, np.ones(5)]) is first
    with pytest.raises(ValueError, match="unpack"):
        joined(np.add, [])
