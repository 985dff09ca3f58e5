"""Lanes: what one key makes of one group of activations.

A lane gives rows of bits in negative logic (see `hw.bitheap.BitHeap`): a row stands for its
complement, and a row of ones counts nothing. What the rows stand for and a constant that the key
determines are the dot product of the key's weights and the group's activations. The constants of
all keys that an output meets are its correction (`TernaryConfiguration.correction`); they depend on
the weights alone, so they belong in the accumulator's initial value and not in the silicon.

Negative logic makes nothing cost nothing. A zero weight selects nothing, and without a tile the
table is forced to 0 (gated), of which no lane can make anything: the accumulators then add nothing,
and so hold without an enable.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.bitheap import BitHeap
from hw.modules import Modules
from hw.ternary.select import Selector, any_of
from hw.ternary.table import Entry, alike_in_lowest_bit

__all__ = ["Lane", "MultiplyLane", "SelectLane", "SignflipLane", "SparseLane", "widest"]


class Lane(wiring.Component):
    """The interface of the three lanes; combinational.

    Args:
        entries: the table that the lane reads (one entry, the activation itself, for a group of 1).
        group: activations a key stands for.
        gated: give rows of ones while ``enable`` is low, whatever the key. All that columns share
            is then 0 (complements alone: ones); ``enable`` is there to silence what is left.

    Ports:
        source: what all columns share: of the table's entries the lowest bits, above them the upper
            bits of each entry, entry 0 first; with two `polarities` the complements above all.
        key: the weights' key.
        enable: without it all rows are ones, whatever the key (only with ``gated``, and where a
            table of 0 is not enough).
        rows: the bits to be summed, in negative logic, the first row lowest; those of a real part
            below those of an imaginary one.
    """

    #: Sums that a key has a part in: one, or two for a complex one.
    parts: ClassVar[int] = 1
    #: What columns share: the complements of the entries, or the entries and, above, complements.
    polarities: ClassVar[int] = 1
    #: Whether a key can make something of a table without a tile.
    needs_enable: ClassVar[bool] = False
    #: Whether the index after the last entry's is the group of zeros.
    has_zeros: ClassVar[bool] = True

    def __init__(self, entries: tuple[Entry, ...], group: int, *, gated: bool = False) -> None:
        self.entries, self.group = entries, group
        self.gated = gated and self.needs_enable
        self.bits = widest(entries)
        self.index_bits = (len(entries) - 1 + self.has_zeros).bit_length()
        lowest, upper = len(alike_in_lowest_bit(entries)), sum(e.bits - 1 for e in entries)
        source = self.polarities * (lowest + upper)
        rows = self.parts * sum(bits for _, bits in self.rows_of(entries))
        inputs = {"source": In(source), "key": In(self.key_width)}
        if self.gated:
            inputs["enable"] = In(1)
        super().__init__(inputs | {"rows": Out(rows)})

    @property
    def key_width(self) -> int:
        """Width of a key."""
        return self.index_bits + 1

    @staticmethod
    def rows_of(entries: tuple[Entry, ...]) -> tuple[tuple[int, int], ...]:
        """Lowest binary weight and width of each row of a part."""
        return ((0, widest(entries)),)

    @staticmethod
    @abstractmethod
    def correction(entries: tuple[Entry, ...], index: int, sign: int) -> int:
        """What a key adds to the sum of the rows; index ``len(entries)`` is the zero group."""


class SelectLane(Lane):
    """Reads one entry out of a table and negates it if the key says so.

    An AND-OR multiplexer selects with the decoded index; the group of zeros selects nothing. The
    sign inverts all bits, which is a negation but for a constant. Nothing selected and no sign is a
    row of ones. The decoder takes reserved codes for whatever saves gates; where it can tell them
    cheaply, entries that are alike in their lowest bit have one term there.

    Entries come as complements: two of them are then an OAI22 cell a bit where the library has it,
    whose selects are low when active and come of NAND cells without an inverter.
    """

    needs_enable: ClassVar[bool] = True

    @staticmethod
    def correction(entries: tuple[Entry, ...], index: int, sign: int) -> int:
        """Zero for the zero group, else the entry's offset and what the inversion added."""
        if index == len(entries):
            return 0
        bits = widest(entries)
        offset = entries[index].offset
        return offset + 1 - (1 << bits) if sign else -offset

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        index, sign = self.key[: self.index_bits], self.key[-1]
        selector = Selector(self.index_bits, len(self.entries))
        selects = [Signal(name=f"select{i}") for i in range(len(self.entries))]
        for i, select in enumerate(selects):
            m.d.comb += select.eq(selector.selected(index, i, selects))
        alike = alike_in_lowest_bit(self.entries)
        lowest: list[Value] = []
        for bit, indices in zip(self.source, alike, strict=False):
            together = len(indices) > 1 and 0 < selector.telling(indices).bit_count() <= 2
            chosen = (
                [selector.one_of(index, indices)] if together else [selects[i] for i in indices]
            )
            lowest += [~bit & select for select in chosen]
        upper: list[Value] = []
        start = len(alike)
        for entry, select in zip(self.entries, selects, strict=True):
            bits = entry.bits - 1
            upper.append(~self.source[start : start + bits] & select.replicate(bits))
            start += bits
        value = Signal(self.bits)
        minus = Signal()
        m.d.comb += [
            value.eq(Cat(any_of(lowest), any_of(upper))),
            minus.eq(sign & self.enable if self.gated else sign),
            self.rows.eq(~(value ^ minus.replicate(self.bits))),
        ]
        return m


class SparseLane(SelectLane):
    """Reads a table whose entries are all groups that there are: no key is the group of zeros."""

    has_zeros: ClassVar[bool] = False


class SignflipLane(Lane):
    """Adds or subtracts one activation.

    The row is ``NOT (V AND plus OR NOT V AND minus)``: one AOI22 cell a bit where the library has
    it, with the complement shared by all columns. It stands for V for +1, NOT V for -1, nothing
    for 0.
    """

    polarities: ClassVar[int] = 2

    @staticmethod
    def correction(entries: tuple[Entry, ...], index: int, sign: int) -> int:
        """Zero for a zero weight, else the offset of V and what the inversion added."""
        (entry,) = entries
        if index:
            return 0
        return entry.offset + 1 - (1 << entry.bits) if sign else -entry.offset

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        zero, minus = self.key
        plus = ~(zero | minus)
        value, complement = self.source[: self.bits], self.source[self.bits :]
        chosen = value & plus.replicate(self.bits) | complement & minus.replicate(self.bits)
        m.d.comb += self.rows.eq(~chosen)
        return m


class MultiplyLane(Lane):
    """Multiplies one activation by its weight, widened to the activation's width.

    A full array of partial products: the weight's bit j gates the activation at 2**j; the row of
    its sign bit, which counts negatively, gates the complement, and a constant of the weight makes
    up for it (much as Baugh and Wooley do, but a weight of 0 is nothing but zeros). The array is
    compressed to two rows, which the column adds up. What a tool makes of the equal upper bits of a
    widened weight is its own affair.
    """

    polarities: ClassVar[int] = 2

    @staticmethod
    def rows_of(entries: tuple[Entry, ...]) -> tuple[tuple[int, int], ...]:
        """The sum and the carries that remain of the array."""
        bits = widest(entries)
        start = MultiplyLane._heap([Signal(bits) for _ in range(bits)]).plan().carry_propagate_from
        return ((0, 2 * bits), (start, 2 * bits - 1 - start))

    @staticmethod
    def correction(entries: tuple[Entry, ...], index: int, sign: int) -> int:
        """The activation's offset times the weight, and what the sign bit's inversion added."""
        (entry,) = entries
        if index:
            return 0
        if not sign:
            return -entry.offset
        return entry.offset - (((1 << entry.bits) - 1) << (entry.bits - 1))

    @staticmethod
    def _heap(products: Sequence[Value]) -> BitHeap:
        heap = BitHeap(2 * len(products), negative=True)
        for i, product in enumerate(products):
            heap.add(product, lsb=i)
        return heap

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        zero, sign = self.key
        weight = [~zero, *[sign] * (self.bits - 1)]
        value, complement = self.source[: self.bits], self.source[self.bits :]
        multiplicands = [*[value] * (self.bits - 1), complement]
        products = [Signal(self.bits, name=f"product{i}") for i in range(self.bits)]
        for product, multiplicand, bit in zip(products, multiplicands, weight, strict=True):
            m.d.comb += product.eq(~(multiplicand & bit.replicate(self.bits)))
        first, second, _ = self._heap(products).compress(m, platform)
        m.d.comb += self.rows.eq(Cat(first, second))
        return m


def widest(entries: tuple[Entry, ...]) -> int:
    """Width of the widest entry."""
    return max(entry.bits for entry in entries)
