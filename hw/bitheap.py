"""Bit heaps: sums of many words as explicit trees of full and half adders.

A bit heap is a bag of bits, each with a binary weight; its value is their weighted sum. Full adders
replace three bits of a weight by one of that weight and one of the next, until no weight has more
than two bits; one carry-propagate adder ends it. Which bits meet is chosen by the three-greedy
approach (Stelling, Martel, Oklobdzija, Ravi, "Optimal circuits for parallel multipliers", IEEE
Trans. Computers 47(3), 1998): weight by weight, the three bits that arrive first. A full adder
removes exactly one bit, so their number is the least possible. A half adder removes none; it is
used where three bits are left and a full adder would be late, and where it finishes the low end of
the sum while the tree above is still busy, which shortens the carry-propagate adder.

A heap works in positive logic (a bit counts when it is 1) or in negative logic (a bit counts when
it is 0): see `BitHeap`. The plan is the same, and so are the full adders, which are self-dual.

Reference for the idea of one heap for a whole expression: de Dinechin, Istoan, Massouri,
"Sum-of-product architectures computing just right", ASAP 2014.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.modules import Modules

__all__ = ["Adder", "AdderRow", "BitHeap", "Plan", "compress", "plan"]


@dataclass(frozen=True)
class Adder:
    """One full adder (three inputs) or half adder (two) of a plan; bits are named by numbers."""

    column: int
    level: int
    inputs: tuple[int, ...]
    sum: int
    carry: int


@dataclass(frozen=True)
class Plan:
    """How a heap is compressed.

    Attributes:
        adders: in an order in which every input is made before it is used.
        columns: the bits that remain of every weight: at most two, but for the highest weight,
            where any number may remain, of which only the parity counts.
        depth: adders on the longest path.
    """

    adders: tuple[Adder, ...]
    columns: tuple[tuple[int, ...], ...]
    depth: int

    @property
    def full_adders(self) -> int:
        """Number of full adders in the tree."""
        return sum(len(adder.inputs) == 3 for adder in self.adders)

    @property
    def half_adders(self) -> int:
        """Number of half adders in the tree."""
        return len(self.adders) - self.full_adders

    @property
    def carry_propagate_from(self) -> int:
        """The lowest weight with two bits left, where the final adder starts."""
        top = len(self.columns) - 1
        return next((i for i in range(top) if len(self.columns[i]) > 1), top)


def plan(arrivals: Sequence[Sequence[int]]) -> Plan:
    """Plan the compression of a heap to at most two bits of every weight but the highest.

    Args:
        arrivals: for every weight, lowest first, the arrival time of each of its bits, in adder
            delays. Bits are numbered in this order, from 0. What is carried beyond the highest
            weight is dropped: the sum is modulo ``2**len(arrivals)``.

    The tree is as shallow as the approach allows: the least deadline that it can meet. As many of
    the lowest weights as this deadline allows are brought down to a single bit.
    """
    deadline = max((time for column in arrivals for time in column), default=0)
    while compress(arrivals, deadline, finish_below=0).depth > deadline:
        deadline += 1
    most_finished_first = reversed(range(len(arrivals)))
    trees = (compress(arrivals, deadline, finish_below=weight) for weight in most_finished_first)
    return next(tree for tree in trees if tree.depth <= deadline)


def compress(arrivals: Sequence[Sequence[int]], deadline: int, finish_below: int) -> Plan:
    """Compress, with an eye on the deadline; weights below ``finish_below`` to a single bit.

    Args:
        arrivals: as of `plan`, which finds the two others.
        deadline: levels; a tree that cannot meet it is deeper.
        finish_below: a binary weight.
    """
    fresh = sum(map(len, arrivals))
    numbers = iter(range(fresh))
    columns = [[(time, next(numbers)) for time in column] for column in arrivals]
    adders: list[Adder] = []
    for weight, column in enumerate(columns[:-1]):  # carries out of the highest weight are lost
        heapq.heapify(column)
        while len(column) > 2 or (len(column) == 2 and weight < finish_below):
            late = len(column) == 3 and max(column)[0] + 1 > deadline
            taken = [heapq.heappop(column) for _ in range(2 if late else min(3, len(column)))]
            level = taken[-1][0] + 1
            adders.append(Adder(weight, level, tuple(bit for _, bit in taken), fresh, fresh + 1))
            heapq.heappush(column, (level, fresh))
            columns[weight + 1].append((level, fresh + 1))
            fresh += 2
    adders.sort(key=lambda adder: adder.level)
    remaining = tuple(tuple(bit for _, bit in sorted(column)) for column in columns)
    depth = max((time for column in columns for time, _ in column), default=0)
    return Plan(tuple(adders), remaining, depth)


class AdderRow(wiring.Component):
    """A row of independent adders; combinational.

    Args:
        kind: ``full``, ``half`` or ``dual_half``: a full adder whose third input is not there,
            hence 0 in positive logic (half) and 1 in negative logic (dual half: XNOR and OR).
        width: adders in the row.

    Ports:
        a, b, c: the operands, a bit for each adder (c only for ``full``).
        sum: the sums.
        carry: the carries, of twice their weight.

    In the emitted netlist these modules are called ``<kind>_adders_<width>``: the names by which
    synthesis finds them, to map them to the library's adder cells.
    """

    def __init__(self, kind: Literal["full", "half", "dual_half"], width: int) -> None:
        self._kind = kind
        operands = "abc" if kind == "full" else "ab"
        super().__init__(
            dict.fromkeys(operands, In(width)) | {"sum": Out(width), "carry": Out(width)}
        )

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        half = Signal(len(self.a))
        m.d.comb += half.eq(self.a ^ self.b)
        if self._kind == "full":
            m.d.comb += [self.sum.eq(half ^ self.c), self.carry.eq(self.a & self.b | half & self.c)]
        elif self._kind == "half":
            m.d.comb += [self.sum.eq(half), self.carry.eq(self.a & self.b)]
        else:
            m.d.comb += [self.sum.eq(~half), self.carry.eq(self.a | self.b)]
        return m


@dataclass
class BitHeap:
    """Collects addends and emits their sum modulo ``2**width``.

    Addends are unsigned bit strings: a signed operand enters with its sign bit inverted (offset
    binary) and the constant that this adds is accounted for outside, so that no heap ever holds a
    sign extension.

    Attributes:
        width: bits of the sum.
        name: stem of the names of its signals.
        negative: work in negative logic: every bit string, in and out, stands for its complement,
            so that ``sum = ~(~addend + ~addend + ..)`` and a string of ones counts nothing. A full
            adder of complements gives the complements of sum and carry: nothing is inverted on the
            way. What is not there is a 1 and not a 0, so half adders are the dual ones, and the
            final adder has a carry-in: ``~(~a + ~b) = a + b + 1 = a - ~b``, one subtractor.
    """

    width: int
    name: str = "sum"
    negative: bool = False
    _columns: list[list[tuple[int, Value]]] = field(init=False)

    def __post_init__(self) -> None:
        self._columns = [[] for _ in range(self.width)]

    def add(self, value: Value, *, lsb: int = 0, arrival: int = 0) -> None:
        """Add ``value * 2**lsb``; bits of a weight of ``2**width`` and more are dropped.

        Args:
            value: an unsigned bit string; a signal, since an expression would be built anew for
                each of its bits.
            lsb: binary weight of its lowest bit.
            arrival: when it is ready, in adder delays; early bits enter the tree first.
        """
        for weight, bit in enumerate(value, start=lsb):
            if weight < self.width:
                self._columns[weight].append((arrival, bit))

    def plan(self) -> Plan:
        """The compression that `emit` builds."""
        return plan([[arrival for arrival, _ in column] for column in self._columns])

    def compress(self, m: Module, modules: Modules) -> tuple[Value, Value, int]:
        """Build the tree in ``m`` without its final adder.

        Returns:
            Two rows and the binary weight of the second one's lowest bit: the sum is
            ``first + (second << weight)`` modulo ``2**width`` (of what they stand for, in negative
            logic). The second row ends below the highest weight, where the first row has the parity
            of all bits.
        """
        half = "dual_half" if self.negative else "half"
        compression = self.plan()
        bits = dict(enumerate(bit for column in self._columns for _, bit in column))
        for row in _rows(compression.adders):
            kind = "full" if len(row[0].inputs) == 3 else half
            operands = {
                name: Cat(bits[adder.inputs[position]] for adder in row)
                for position, name in enumerate("abc"[: len(row[0].inputs)])
            }
            outputs = modules.place(
                m,
                f"{kind}_level{row[0].level}_bit{row[0].column}_{row[0].sum}",
                f"{kind}_adders_{len(row)}",
                partial(AdderRow, kind, len(row)),
                **operands,
            )
            for i, adder in enumerate(row):
                bits[adder.sum], bits[adder.carry] = outputs.sum[i], outputs.carry[i]
        start = compression.carry_propagate_from
        missing = Const(self.negative, 1)
        *lower, highest = compression.columns
        first = [bits[column[0]] if column else missing for column in lower]
        second = [bits[column[1]] if len(column) > 1 else missing for column in lower]
        parity = Cat(bits[bit] for bit in highest).xor()
        if self.negative and len(highest) % 2 == 0:
            parity = ~parity
        return Cat(*first, parity), Cat(second[start:]), start

    def emit(self, m: Module, modules: Modules) -> Value:
        """Build the tree and its final adder in ``m``; returns the sum, ``width`` bits wide."""
        first, second, start = self.compress(m, modules)
        high = Signal(self.width - start, name=f"{self.name}_high")
        low = first[start:-1]
        m.d.comb += high.eq(low - ~second if self.negative else low + second)
        # The top bit of `high` is the carry (in negative logic inverted); it meets the parity.
        return Cat(first[:start], high[:-1], high[-1] ^ first[-1])


def _rows(adders: Sequence[Adder]) -> list[list[Adder]]:
    """Group adders that can stand in one row: equal kind and level, neighbouring weights."""
    open_rows: dict[tuple[int, int, int, int], list[Adder]] = {}
    rows: list[list[Adder]] = []
    ordinals: Counter[tuple[int, int, int]] = Counter()
    for adder in sorted(adders, key=lambda adder: (adder.level, adder.column)):
        cell = (len(adder.inputs), adder.level, adder.column)
        ordinal = ordinals[cell]
        ordinals[cell] += 1
        row = open_rows.pop((*cell, ordinal), None)
        if row is None:
            rows.append(row := [])
        row.append(adder)
        open_rows[(cell[0], cell[1], cell[2] + 1, ordinal)] = row
    return rows
