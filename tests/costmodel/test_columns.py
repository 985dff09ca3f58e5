"""Columns that broadcast: levels, combinations, and exact widths of large numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.model.columns import bit_length, combine, encode, mesh, quantities

modest = settings(deadline=None, derandomize=True, max_examples=100)


@modest
@given(st.lists(st.sampled_from(["", "int8", "int16", "fp16+flush", "é"])), st.integers(1, 700))
def test_levels_give_the_column_back(words: list[str], times: int) -> None:
    """Also long columns, where words are told apart by numbers."""
    array = np.array(words * times, dtype="U10")
    column = encode(array)
    assert [column.levels[code] for code in column.codes] == array.tolist()
    assert len(set(column.levels)) == len(column.levels)


@pytest.mark.parametrize("times", [1, 1000])
@pytest.mark.parametrize("values", [[3, -5, 3], [0, 1 << 40], [True, False, True]])
def test_numbers_give_the_column_back(values: list[int], times: int) -> None:
    column = encode(values * times)
    assert [column.levels[code] for code in column.codes] == values * times
    assert {type(level) for level in column.levels} == {type(values[0])}


def test_values_become_plain() -> None:
    for values, kind in (([1, 2], int), ([True], bool), (["a"], str)):
        assert {type(level) for level in encode(values).levels} == {kind}


def test_a_function_is_called_for_what_occurs() -> None:
    calls: list[tuple[Any, ...]] = []

    def product(*factors: int) -> int:
        calls.append(factors)
        return factors[0] * factors[1]

    a, b = encode([2, 3, 2, 6]), encode([3, 2, 3, 1])
    combined = combine(product, a, b)
    assert sorted(calls) == [(2, 3), (3, 2), (6, 1)]
    assert combined.levels == (6,)
    assert combined.numbers(int).tolist() == [6] * 4


def test_only_the_axes_that_matter_are_of_size() -> None:
    axes = {name: encode(values) for name, values in mesh(a=[1, 2], b=[5, 6, 7], c=[0, 1]).items()}
    combined = combine(lambda a, c: 10 * a + c, axes["a"], axes["c"])
    assert combined.codes.shape == (2, 1, 2)
    assert combined.numbers(int).reshape(-1).tolist() == [10, 11, 20, 21]


@modest
@given(st.lists(st.tuples(*[st.integers(0, 4000)] * 3), min_size=1))
def test_many_levels(rows: list[tuple[int, int, int]]) -> None:
    """More combinations than a table of flags has room for."""
    columns = [encode([row[i] for row in rows]) for i in range(3)]
    combined = combine(lambda *row: row, *columns)
    assert [combined.levels[code] for code in combined.codes] == rows


def test_truth_values_are_values_of_a_mesh() -> None:
    assert mesh(a=[False, True], b=[1])["a"].tolist() == [[False], [True]]


def test_quantities_that_a_level_has_not_are_0() -> None:
    counts = combine(lambda level: {"bits": level} if level else {}, encode([3, 0, 3]))
    assert {name: values.tolist() for name, values in quantities(counts).items()} == {
        "bits": [3, 0, 3]
    }


@modest
@given(st.lists(st.integers(0, (1 << 64) - 1)))
def test_bit_length(numbers: list[int]) -> None:
    numbers += [(1 << i) - d for i in range(1, 64) for d in (0, 1)]
    lengths = bit_length(np.array(numbers, dtype=np.uint64))
    assert lengths.tolist() == [number.bit_length() for number in numbers]
