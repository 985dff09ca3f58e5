"""Lanes: what one key makes of one group of activations.

A lane gives rows of bits, each at a binary weight. Their sum and a constant that the key determines
are the dot product of the key's weights and the group's activations. The constants of all keys that
an output meets are its correction (`TernaryConfiguration.correction`); they depend on the weights
alone, so they belong in the accumulator's initial value and not in the silicon.
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
from hw.ternary.keys import index_bits, key_bits
from hw.ternary.table import Entry

__all__ = ["Lane", "MultiplyLane", "SelectLane", "SignflipLane"]


class Lane(wiring.Component):
    """The interface of the three lanes; combinational.

    Args:
        entries: the table that the lane reads (one entry, the activation itself, for a group of 1).
        group: activations a key stands for.

    Ports:
        source: what all columns share (`broadcast` of the table's entries, ``entry0`` lowest).
        key: the weights' key.
        rows: the bits to be summed (`rows`), the first row lowest.
    """

    #: How often the table stands in what all columns share: once, or also inverted.
    polarities: ClassVar[int] = 1

    def __init__(self, entries: tuple[Entry, ...], group: int) -> None:
        self.entries, self.group = entries, group
        self.bits = widest(entries)
        source = self.polarities * sum(entry.bits for entry in entries)
        rows = sum(bits for _, bits in self.rows_of(entries))
        super().__init__({"source": In(source), "key": In(key_bits(group)), "rows": Out(rows)})

    @staticmethod
    def rows_of(entries: tuple[Entry, ...]) -> tuple[tuple[int, int], ...]:
        """Lowest binary weight and width of each row."""
        return ((0, widest(entries)),)

    @staticmethod
    def broadcast(_m: Module, table: Value) -> Value:
        """What is made of a table once, for all columns; built in the bank's module ``m``."""
        return table

    @staticmethod
    @abstractmethod
    def correction(entries: tuple[Entry, ...], index: int, sign: int) -> int:
        """What a key adds to the sum of the rows; index ``len(entries)`` is the zero group."""


class SelectLane(Lane):
    """Reads one entry out of a table and negates it if the key says so.

    An AND-OR multiplexer selects with the decoded index; the group of zeros selects nothing. The
    sign inverts all bits, which is a negation but for a constant.
    """

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
        index, sign = self.key[: index_bits(self.group)], self.key[-1]
        select = Signal(len(self.entries))
        m.d.comb += select.eq(Cat(_equals(index, i) for i in range(len(self.entries))))
        gated: list[Value] = []
        start = 0
        for i, entry in enumerate(self.entries):
            code = self.source[start : start + entry.bits]
            gated.append(code & select[i].replicate(entry.bits))
            start += entry.bits
        value = Signal(self.bits)
        m.d.comb += [
            value.eq(_any(gated)),
            self.rows.eq(value ^ sign.replicate(self.bits)),
        ]
        return m


class SignflipLane(Lane):
    """Adds or subtracts one activation.

    The row is ``NOT (V AND minus OR NOT V AND plus)``: one AOI22 cell a bit where the library has
    it, with the complement shared by all columns. It is V for +1, NOT V for -1, all ones for 0.
    """

    polarities: ClassVar[int] = 2

    @staticmethod
    def broadcast(m: Module, table: Value) -> Value:
        """The activation and, above it, its complement."""
        complement = Signal(len(table))
        m.d.comb += complement.eq(~table)
        return Cat(table, complement)

    @staticmethod
    def correction(entries: tuple[Entry, ...], index: int, sign: int) -> int:
        """The offset of V, what the inversion added, or the all ones of a zero weight."""
        (entry,) = entries
        all_ones = (1 << entry.bits) - 1
        if index:
            return -all_ones
        return entry.offset - all_ones if sign else -entry.offset

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        zero, minus = self.key
        plus = ~(zero | minus)
        value, complement = self.source[: self.bits], self.source[self.bits :]
        inverted = value & minus.replicate(self.bits) | complement & plus.replicate(self.bits)
        m.d.comb += self.rows.eq(~inverted)
        return m


class MultiplyLane(Lane):
    """Multiplies one activation by its weight, widened to the activation's width.

    A full array of partial products: the weight's bit j gates the activation at 2**j; the row of
    its sign bit, which counts negatively, is inverted and corrected by a constant (as Baugh and
    Wooley do). The array is compressed to two rows, which the column adds up. What a tool makes of
    the equal upper bits of a widened weight is its own affair.
    """

    @staticmethod
    def rows_of(entries: tuple[Entry, ...]) -> tuple[tuple[int, int], ...]:
        """The sum and the carries that remain of the array."""
        bits = widest(entries)
        start = MultiplyLane._heap([Signal(bits) for _ in range(bits)]).plan().carry_propagate_from
        return ((0, 2 * bits), (start, 2 * bits - 1 - start))

    @staticmethod
    def correction(entries: tuple[Entry, ...], index: int, sign: int) -> int:
        """The inverted row's constant, and the activation's offset times the weight."""
        (entry,) = entries
        weight = 0 if index else -1 if sign else 1
        return -(((1 << entry.bits) - 1) << (entry.bits - 1)) - entry.offset * weight

    @staticmethod
    def _heap(products: Sequence[Value]) -> BitHeap:
        heap = BitHeap(2 * len(products))
        for i, product in enumerate(products):
            heap.add(product, lsb=i)
        return heap

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        zero, sign = self.key
        weight = [~zero, *[sign] * (self.bits - 1)]
        products = [Signal(self.bits, name=f"product{i}") for i in range(self.bits)]
        for product, bit in zip(products, weight, strict=True):
            gated = self.source & bit.replicate(self.bits)
            m.d.comb += product.eq(~gated if product is products[-1] else gated)
        first, second, _ = self._heap(products).compress(m, platform)
        m.d.comb += self.rows.eq(Cat(first, second))
        return m


def widest(entries: tuple[Entry, ...]) -> int:
    """Width of the widest entry."""
    return max(entry.bits for entry in entries)


def _equals(value: Value, constant: int) -> Value:
    """A minterm: one AND of the bits of ``value``, inverted where the constant has a 0."""
    return Cat(bit if constant >> i & 1 else ~bit for i, bit in enumerate(value)).all()


def _any(words: Sequence[Value]) -> Value:
    """Bitwise OR of words of different widths, as a balanced tree."""
    while len(words) > 1:
        words = [
            words[i] | words[i + 1] if i + 1 < len(words) else words[i]
            for i in range(0, len(words), 2)
        ]
    return words[0]
