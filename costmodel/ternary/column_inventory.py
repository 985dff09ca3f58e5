"""The bit heaps of columns, in figures; each one is counted once."""

from __future__ import annotations

import numpy as np

from costmodel.inventory.heaps import HeapCounts, count_heaps

__all__ = ["Heap", "column_heap", "counted", "reduced_bits"]

Rows = tuple[tuple[int, int], ...]
Heap = tuple[Rows, int, int, int]

_KNOWN_HEAPS: dict[Heap, tuple[int, ...]] = {}
_MOST_KNOWN_HEAPS = 1 << 18


def reduced_bits(rows: Rows, luts: int) -> int:
    """Width of the sum of all rows of a tile."""
    return (max(luts, 0) * sum(((1 << bits) - 1) << lsb for lsb, bits in rows)).bit_length()


def column_heap(rows: Rows, luts: int, accumulator_bits: int, reduce_register: bool) -> Heap:
    """The heap of a column: its rows, how many of them, its width, and what the rows add to.

    One for all that cannot exist.
    """
    if not rows or not 1 <= luts <= 1024 or not 2 <= accumulator_bits <= 64:
        return ((), 1, 2, 1)
    if not reduce_register:
        return (rows, luts, accumulator_bits, 1)
    return (rows, luts, min(accumulator_bits, reduced_bits(rows, luts)), 0)


def counted(heaps: tuple[Heap, ...]) -> HeapCounts:
    """What heaps hold; of those that were asked for before, what was found then."""
    new = [heap for heap in heaps if heap not in _KNOWN_HEAPS]
    if new:
        if len(_KNOWN_HEAPS) + len(new) > _MOST_KNOWN_HEAPS:
            _KNOWN_HEAPS.clear()
            new = list(heaps)
        figures = count_heaps([_heights(*heap) for heap in new]).figures
        _KNOWN_HEAPS.update(zip(new, map(tuple, figures.T.tolist()), strict=True))
    counts = np.array([_KNOWN_HEAPS[heap] for heap in heaps], dtype=np.int64)
    return HeapCounts(counts.T)


def _heights(rows: Rows, luts: int, width: int, base: int) -> list[int]:
    """Bits of each weight."""
    heights = [base] * width
    for lsb, bits in rows:
        for weight in range(lsb, min(lsb + bits, width)):
            heights[weight] += luts
    return heights
