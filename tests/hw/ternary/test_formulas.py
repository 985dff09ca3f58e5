"""Formulas of tiles, exits and latencies: of numbers what counting says, of arrays the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest

from hw.ternary import formulas

_SIZES = (1, 2, 3, 7, 8, 9, 32, 100)


def chunks(total: int, size: int) -> list[int]:
    """What is taken of a total, so many at a time."""
    return [min(size, total - start) for start in range(0, total, size)]


def counted_groups(inputs: int, scale_group: int) -> int:
    return len(chunks(inputs, scale_group or inputs))


def counted_tiles(inputs: int, tile_inputs: int, scale_group: int) -> int:
    first, *_ = chunks(inputs, scale_group or inputs)
    return len(chunks(first, tile_inputs))


def counted_exits(columns: int, tiles: int, interleave: int) -> int:
    """The least number of exits with which a sum's results have left when the next one ends."""
    enough = (exits for exits in range(1, columns + 1) if len(chunks(columns, exits)) <= tiles)
    return columns if interleave > 1 else next(enough)


def counted_levels(terms: int) -> int:
    levels = 0
    while terms > 1:
        terms, levels = terms // 2 + terms % 2, levels + 1
    return levels


def counted_turns(sums: int, interleave: int) -> int:
    return sum(interleave for _ in chunks(sums, interleave))


@pytest.mark.parametrize(
    ("formula", "counted", "arguments"),
    [
        (formulas.blocks, lambda outputs, columns: len(chunks(outputs, columns)), [_SIZES] * 2),
        (formulas.words, lambda inputs, weights: len(chunks(inputs, weights)), [_SIZES] * 2),
        (formulas.beats, lambda columns, exits: len(chunks(columns, exits)), [_SIZES] * 2),
        (formulas.groups, counted_groups, [_SIZES, (0, 1, 8, 32)]),
        (formulas.tiles_of_sum, counted_tiles, [_SIZES, (1, 3, 8), (0, 1, 8, 32)]),
        (formulas.exits, counted_exits, [_SIZES, _SIZES, (1, 4)]),
        (formulas.tree_levels, counted_levels, [(*_SIZES, 512, 513, 1023, 1024)]),
        (formulas.interleave, lambda stages: max(stages, 1), [range(6)]),
        (formulas.turns, counted_turns, [_SIZES, (1, 2, 5)]),
        (formulas.exit_latency, lambda b, r: int(b > 1) + int(r), [(1, 2, 9), (False, True)]),
        (formulas.table_latency, lambda r, d, s: r + d * s, [(False, True), (0, 3), (0, 5)]),
        (formulas.reduce_latency, lambda r, d, s: r + d * s, [(False, True), (0, 3), (0, 5)]),
    ],
)
def test_numbers_and_arrays(
    formula: Callable[..., Any], counted: Callable[..., int], arguments: Sequence[Sequence[int]]
) -> None:
    """All combinations: one by one, as columns of equal length, and as an open mesh."""
    rows = list(product(*arguments))
    expected = [counted(*row) for row in rows]
    assert [formula(*row) for row in rows] == expected
    np.testing.assert_array_equal(formula(*map(np.array, zip(*rows, strict=True))), expected)
    axes = [
        np.array(values).reshape([-1 if i == j else 1 for j in range(len(arguments))])
        for i, values in enumerate(arguments)
    ]
    np.testing.assert_array_equal(np.ravel(formula(*axes)), expected)
