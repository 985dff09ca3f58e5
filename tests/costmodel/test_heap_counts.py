"""Counts of heaps against the plans that are emitted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.inventory.heaps import count_heaps, product_counts
from hw.bitheap import plan

Heights = list[int]


def planned(heights: Heights) -> tuple[int, int, int, int, int]:
    """Full adders, half adders, levels, where the last adder starts, bits on top."""
    made = plan([[0] * height for height in heights])
    figures = made.full_adders, made.half_adders, made.depth, made.carry_propagate_from
    return (*figures, len(made.columns[-1]))


def counted(heaps: list[Heights]) -> list[tuple[int, ...]]:
    """The same of all heaps at once."""
    counts = count_heaps(heaps)
    arrays = counts.full_adders, counts.half_adders, counts.levels, counts.carry_propagate_from
    return [tuple(map(int, count)) for count in zip(*arrays, counts.top_bits, strict=True)]


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=14), min_size=1, max_size=20))
def test_heaps_of_any_shape_together(heaps: list[Heights]) -> None:
    assert counted(heaps) == [planned(heights) for heights in heaps]


def test_heaps_of_columns() -> None:
    """Terms of many groups and an accumulator that is wider, as in a ternary core."""
    heaps = [
        [rows + 1] * bits + [1] * above
        for rows in (*range(1, 20), 32, 64, 100)
        for bits, above in ((5, 0), (9, 6), (10, 14))
    ]
    assert counted(heaps) == [planned(heights) for heights in heaps]


@pytest.mark.parametrize("bits", [1, 2, 3, 8, 11, 24])
def test_products(bits: int) -> None:
    heights = [sum(0 <= w - row < bits for row in range(bits)) for w in range(2 * bits)]
    full, half, levels, start, _ = planned(heights)
    assert product_counts(bits) == {
        "full_adders": full,
        "half_adders": half,
        "levels": levels,
        "second_row_bits": 2 * bits - 1 - start,
    }


def test_no_heaps() -> None:
    assert counted([]) == []
