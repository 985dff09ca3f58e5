"""What the trees of many bit heaps hold, without building one of them.

`hw.bitheap.plan` says which bits meet in which adder. What a tree costs follows from less: of each
weight only the arrival times of its bits count, and bits of the same time are alike. So a weight is
a histogram over time, its adders are made time by time, and all heaps are worked on at once, weight
by weight. The counts are those of the plan, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["HeapCounts", "count_heaps", "product_counts"]

_Ints = NDArray[np.integer]
_Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class HeapCounts:
    """The plans of many heaps in figures; see `hw.bitheap.Plan`.

    Attributes:
        figures: a row for each of the properties below, in their order; a column for each heap.
    """

    figures: NDArray[np.int64]

    @property
    def full_adders(self) -> NDArray[np.int64]:
        """Full adders in the tree."""
        return self.figures[0]

    @property
    def half_adders(self) -> NDArray[np.int64]:
        """Half adders in the tree."""
        return self.figures[1]

    @property
    def levels(self) -> NDArray[np.int64]:
        """Adders on the longest path through the tree."""
        return self.figures[2]

    @property
    def carry_propagate_from(self) -> NDArray[np.int64]:
        """The lowest weight with two bits left."""
        return self.figures[3]

    @property
    def top_bits(self) -> NDArray[np.int64]:
        """Bits left of the highest weight, of which only the parity counts."""
        return self.figures[4]


def count_heaps(heights: Sequence[Sequence[int]]) -> HeapCounts:
    """Count what `hw.bitheap.plan` makes of heaps whose bits all arrive at time 0.

    Args:
        heights: of each heap the number of bits of every weight, the lowest first.
    """
    widths = np.array([len(heap) for heap in heights], dtype=np.int64)
    grid = np.zeros((int(widths.max(initial=1)), len(heights)), dtype=np.int32)
    for i, heap in enumerate(heights):
        grid[: len(heap), i] = heap
    heaps = _Heaps(grid, widths)

    # The least deadline that the tree can meet.
    deadline = np.zeros(len(heights), dtype=np.int32)
    waiting = np.arange(len(heights))
    while len(waiting):
        late = heaps.run(waiting, deadline[waiting], np.zeros_like(waiting)).failed >= 0
        waiting = waiting[late]
        deadline[waiting] += 1

    # As many of the lowest weights down to a single bit as it allows. Where a weight is late with
    # all below it finished, no more than these can be.
    finished = np.maximum(widths - 1, 0)
    figures = np.zeros((5, len(heights)), dtype=np.int64)
    waiting = np.arange(len(heights))
    while len(waiting):
        tree = heaps.run(waiting, deadline[waiting], finished[waiting])
        good = tree.failed < 0
        figures[:, waiting[good]] = tree.figures[:, good]
        bad = waiting[~good]
        finished[bad] = np.minimum(finished[bad] - 1, tree.failed[~good])
        waiting = bad
    return HeapCounts(figures)


@cache
def product_counts(bits: int) -> Mapping[str, int]:
    """What the tree of a square array of partial products holds.

    Returns:
        ``full_adders``, ``half_adders``, ``levels``, and ``second_row_bits``: width of the second
        one of the two rows that remain.
    """
    width = 2 * bits
    counts = count_heaps([[max(0, bits - abs(bits - 1 - i)) for i in range(width)]])
    return {
        "full_adders": int(counts.full_adders[0]),
        "half_adders": int(counts.half_adders[0]),
        "levels": int(counts.levels[0]),
        "second_row_bits": width - 1 - int(counts.carry_propagate_from[0]),
    }


@dataclass(frozen=True)
class _Trees:
    """Figures of heaps as in `HeapCounts`, and the weight at which each failed, or -1."""

    figures: _Ints
    failed: _Ints


class _Heaps:
    """Heaps side by side: ``grid[weight, heap]`` bits."""

    def __init__(self, grid: _Ints, widths: _Ints) -> None:
        self._grid, self._widths = grid, widths

    def run(self, chosen: _Ints, deadline: _Ints, finish_below: _Ints) -> _Trees:
        """Compress some heaps as `hw.bitheap` does; a heap that is late is given up."""
        figures = np.zeros((5, len(chosen)), dtype=np.int32)
        failed = np.full(len(chosen), -1)
        figures[3] = -1
        places = np.arange(len(chosen))  # of those that are worked on, in the results
        times = int(deadline.max(initial=0)) + 2
        carried = np.zeros((times, len(chosen)), dtype=np.int32)
        for weight in range(len(self._grid)):
            carried[0] = self._grid[weight, chosen]
            widths = self._widths[chosen]
            top: _Flags = np.equal(widths - 1, weight)
            column = _Column(carried, ~top, deadline, weight < finish_below)
            now = figures[:, places]
            now[0] += column.full
            now[1] += column.half
            np.maximum(now[2], column.last, out=now[2])
            now[3] = np.where((now[3] < 0) & (top | (column.left > 1)), weight, now[3])
            now[4] = np.where(top, column.left, now[4])
            figures[:, places] = now
            late = column.last > deadline
            failed[places[late]] = weight
            going = ~late & ~top
            carried = column.carries
            if not going.all():
                carried, places, chosen = carried[:, going], places[going], chosen[going]
                deadline, finish_below = deadline[going], finish_below[going]
            if not len(chosen):
                break
        return _Trees(figures, failed)


class _Column:
    """The adders of one weight in all heaps.

    Args:
        bits: how many there are, by time and heap; used up.
        compressed: heaps in which it is not the highest weight.
        deadline: when each heap is to be ready.
        finish: heaps in which a single bit is to remain.

    Attributes:
        full, half: adders.
        left: bits that remain.
        last: when the last of them is ready; 0 without any.
        carries: to the next weight, by time and heap.
    """

    def __init__(
        self,
        bits: _Ints,
        compressed: _Flags,
        deadline: _Ints,
        finish: _Flags,
    ) -> None:
        times, heaps = bits.shape
        number = bits.sum(axis=0, dtype=bits.dtype)
        # Full adders of the three earliest bits, until two or three bits are left.
        budget = np.where(compressed, np.maximum(number - 2, 0) // 2, 0)
        self.full = budget.copy()
        self.carries = np.zeros_like(bits)
        left, second = np.zeros_like(number), np.zeros_like(number)
        late = np.zeros(heaps, dtype=bool)
        for time in range(times):
            height = left + bits[time]
            adders = np.minimum(height // 3, budget)
            budget -= adders
            used = adders > 0
            np.copyto(second, time, where=used | ((left <= 1) & (height > 1)))
            left = height - 3 * adders
            if time + 1 < times:
                bits[time + 1] += adders
                self.carries[time + 1] = adders
            else:
                late = used
        last = times - 1 - (bits[::-1] > 0).argmax(axis=0)
        last = np.where(late, times, np.where(number > 0, last, 0))
        every = np.arange(heaps)

        # The last three: a full adder, or a half adder of the earlier two if that would be late.
        three = compressed & (left == 3)
        half = three & (last + 1 > deadline)
        full = three & ~half
        self._carry(full, last + 1, every)
        self._carry(half, second + 1, every)
        last = np.where(half, np.maximum(second + 1, last), last + full)
        left -= 2 * full + half

        last_half = compressed & finish & (left == 2)
        self._carry(last_half, last + 1, every)
        self.full += full
        self.half = half.astype(np.int32) + last_half
        self.left = left - last_half
        self.last = last + last_half

    def _carry(self, adders: _Flags, time: _Ints, every: _Ints) -> None:
        """One carry where an adder is."""
        self.carries[np.minimum(time, len(self.carries) - 1), every] += adders
