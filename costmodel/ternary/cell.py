"""What a table and the lanes that read it are made for, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from costmodel.inventory.heaps import product_counts
from hw.formats import Float, Integer
from hw.ternary.lane import Lane, MultiplyLane, SparseLane
from hw.ternary.sparse import sparse_entries
from hw.ternary.table import Entry, table_entries

__all__ = ["Cell"]


@dataclass(frozen=True)
class Cell:
    """What table and lane are made for: the kind of lane, group, operand, and what is added."""

    lane: type[Lane]
    group: int
    operand: Integer
    addition: Float | None

    @property
    def multiplies(self) -> bool:
        """Whether the lane multiplies in floating point."""
        return self.addition is not None and self.lane is MultiplyLane

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Of the table."""
        return _entries(self.group, self.operand, self.sparse)[0]

    @property
    def helpers(self) -> tuple[Entry, ...]:
        """Sums that entries are made of and that no key selects."""
        return _entries(self.group, self.operand, self.sparse)[1]

    @property
    def sparse(self) -> bool:
        """Whether one weight of each group is 0, and the others are not."""
        return self.lane is SparseLane

    @property
    def index_bits(self) -> int:
        """Width of a key's index, where lanes select."""
        return (len(self.entries) - self.sparse).bit_length()

    @property
    def depth(self) -> int:
        """Adders on the longest path through the table."""
        return _depth(self.group, self.operand, self.sparse)

    @property
    def key_bits(self) -> int:
        """Width of a key."""
        if self.addition and self.multiplies:
            return self.addition.bits
        return self.index_bits + 1

    @property
    def term_rows(self) -> tuple[tuple[int, int], ...]:
        """The rows that a lane gives, as `Lane.rows_of`; of a float none."""
        if self.addition:
            return ()
        if self.lane is MultiplyLane:
            bits = self.operand.bits
            start = 2 * bits - 1 - product_counts(bits)["second_row_bits"]
            return ((0, 2 * bits), (start, 2 * bits - 1 - start))
        return self.lane.rows_of(self.entries)

    @property
    def term_bits(self) -> int:
        """Bits that a lane gives to a sum."""
        return self.addition.bits if self.addition else sum(bits for _, bits in self.term_rows)


@cache
def _entries(
    group: int, operand: Integer, sparse: bool
) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    return sparse_entries(operand) if sparse else (table_entries(group, operand), ())


@cache
def _depth(group: int, operand: Integer, sparse: bool) -> int:
    return max(entry.depth for entry in _entries(group, operand, sparse)[0])
