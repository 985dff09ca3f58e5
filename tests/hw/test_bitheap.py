"""Bit heaps: the plan as arithmetic, its cost and depth, and the emitted tree by proof."""

from __future__ import annotations

import heapq
import re
from bisect import bisect_left
from collections.abc import Callable
from typing import Any

import pytest
from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hw.bitheap import BitHeap, Plan, plan
from hw.formats import Integer
from hw.modules import Modules, to_rtlil
from hw.ternary import TernaryLut, Workload

Prover = Callable[[wiring.Component, str], bool]
RowShapes = list[tuple[int, int]]  # lowest weight and bits of each row

#: Rows that d levels of adders bring down to two (Dadda, Alta Frequenza 34, 1965), from d = 0.
DADDA = [2, 3, 4, 6, 9, 13, 19, 28, 42, 63, 94]

heaps = st.lists(st.lists(st.integers(0, 4), max_size=20), min_size=1, max_size=12)
modest = settings(deadline=None, derandomize=True, max_examples=100)


def rows_of_bits(rows: RowShapes, width: int) -> list[list[int]]:
    """Arrivals of a heap of rows (lowest weight, bits) that are all ready at once."""
    return [[0 for lsb, bits in rows if lsb <= w < lsb + bits] for w in range(width)]


def total(compression: Plan, bits: list[int]) -> int:
    """What a plan computes: its adders one after the other, then the sum of what remains."""
    values = dict(enumerate(bits))
    for adder in compression.adders:
        ones = sum(values[bit] for bit in adder.inputs)
        values[adder.sum], values[adder.carry] = ones & 1, ones >> 1
    return sum(values[bit] << w for w, column in enumerate(compression.columns) for bit in column)


def depth_without_half_adders(arrivals: list[list[int]]) -> int:
    """Depth of the plain tree: full adders only, of each weight the three earliest bits first."""
    columns = [list(column) for column in arrivals]
    for weight, column in enumerate(columns[:-1]):
        heapq.heapify(column)
        while len(column) > 2:
            latest = [heapq.heappop(column) for _ in range(3)][-1]
            heapq.heappush(column, latest + 1)
            columns[weight + 1].append(latest + 1)
    return max((time for column in columns for time in column), default=0)


def dadda_levels(rows: int) -> int:
    """The fewest levels of full adders that bring so many rows down to two."""
    return bisect_left(DADDA, rows)


@modest
@given(heaps, st.integers(0, 2**240 - 1))
def test_plan_keeps_the_sum(arrivals: list[list[int]], seed: int) -> None:
    """For any heap and any bits, what the plan computes is their sum modulo 2**width."""
    weights = [w for w, column in enumerate(arrivals) for _ in column]
    bits = [seed >> i & 1 for i in range(len(weights))]
    expected = sum(bit << w for bit, w in zip(bits, weights, strict=True))
    assert (total(plan(arrivals), bits) - expected) % 2 ** len(arrivals) == 0


@modest
@given(heaps)
def test_at_most_two_bits_remain(arrivals: list[list[int]]) -> None:
    """Every weight below the highest is down to two bits."""
    assert all(len(column) <= 2 for column in plan(arrivals).columns[:-1])


@modest
@given(heaps)
def test_every_bit_is_used_once_and_made_before(arrivals: list[list[int]]) -> None:
    """A bit goes into one adder or remains; no adder reads a bit that is not there yet."""
    compression = plan(arrivals)
    bits = set(range(sum(map(len, arrivals))))
    for adder in compression.adders:
        assert len(adder.inputs) in (2, 3)
        assert bits.issuperset(adder.inputs)
        bits = bits.difference(adder.inputs) | {adder.sum, adder.carry}
    remaining = [bit for column in compression.columns for bit in column]
    assert len(remaining) == len(set(remaining))
    assert set(remaining) == bits


@modest
@given(heaps)
def test_bits_meet_at_their_own_weight(arrivals: list[list[int]]) -> None:
    """An adder's inputs and sum have its weight, its carry the next, and its level fits them."""
    compression = plan(arrivals)
    at = dict(enumerate((w, time) for w, column in enumerate(arrivals) for time in column))
    for adder in compression.adders:
        assert {at[bit][0] for bit in adder.inputs} == {adder.column}
        assert adder.level == 1 + max(at[bit][1] for bit in adder.inputs)
        at[adder.sum] = adder.column, adder.level
        at[adder.carry] = adder.column + 1, adder.level
    left = [(bit, w) for w, column in enumerate(compression.columns) for bit in column]
    assert all(at[bit][0] == w for bit, w in left)
    assert compression.depth == max((at[bit][1] for bit, _ in left), default=0)


@modest
@given(heaps)
def test_full_adders_are_the_bits_that_vanish(arrivals: list[list[int]]) -> None:
    """Conservation: three bits in, two out of a full adder; two in, two out of a half adder."""
    compression = plan(arrivals)
    remaining = sum(map(len, compression.columns))
    assert compression.full_adders == sum(map(len, arrivals)) - remaining
    assert compression.full_adders + compression.half_adders == len(compression.adders)


@modest
@given(heaps)
@example([[3, 2], [4, 1], []])
@example([[0] * 11] * 8)
def test_half_adders_cost_no_delay(arrivals: list[list[int]]) -> None:
    """The plan is no deeper than the same tree without half adders."""
    assert plan(arrivals).depth <= depth_without_half_adders(arrivals)


@modest
@given(heaps)
def test_final_adder_starts_above_what_is_finished(arrivals: list[list[int]]) -> None:
    """Below the final adder's first weight one bit remains; at it, two (or it is the highest)."""
    compression = plan(arrivals)
    start = compression.carry_propagate_from
    assert all(len(column) <= 1 for column in compression.columns[:start])
    assert start == len(arrivals) - 1 or len(compression.columns[start]) == 2


@pytest.mark.parametrize("rows", range(3, 64))
def test_equal_rows_take_a_level_more_than_dadda_at_most(rows: int) -> None:
    """Rows of 8 bits, modulo 2**8: the classical bound and at most one level above it."""
    compression = plan([[0] * rows] * 8)
    assert dadda_levels(rows) <= compression.depth <= dadda_levels(rows) + 1


@pytest.mark.parametrize("bits", [4, 8, 16])
def test_multiplier_array_takes_a_level_more_than_dadda_at_most(bits: int) -> None:
    """A multiplier's partial products, the three-greedy approach's own example."""
    array = rows_of_bits([(i, bits) for i in range(bits)], 2 * bits)
    assert plan(array).depth <= dadda_levels(bits) + 1


@pytest.mark.parametrize("reduce_register", [False, True])
@pytest.mark.parametrize("luts", [3, 5, 10, 32])
def test_column_tree_takes_a_level_more_than_dadda_at_most(
    luts: int, reduce_register: bool
) -> None:
    """The heap of a core's column, whose highest weights hold little but carries."""
    workload = Workload(inputs=4096, outputs=64)
    c = TernaryLut(
        luts=luts,
        columns=1,
        activation=Integer.parse("int8"),
        reduce_register=reduce_register,
        workload=workload,
    )
    rows = list(c.term_rows * luts)
    if not reduce_register:
        rows.append((0, c.accumulator_bits))
    width = c.reduced_bits if reduce_register else c.accumulator_bits
    assert plan(rows_of_bits(rows, width)).depth <= dadda_levels(len(rows)) + 1


class Rows(wiring.Component):
    """Sums rows (lowest weight, bits) modulo ``2**width``."""

    def __init__(self, width: int, rows: RowShapes, *, negative: bool = False) -> None:
        self.total: Signal
        self.width, self.rows, self.negative = width, rows, negative
        ports = {f"row{i}": In(bits) for i, (_, bits) in enumerate(rows)}
        super().__init__(ports | {"total": Out(width)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        heap = BitHeap(self.width, negative=self.negative)
        for i, (lsb, _) in enumerate(self.rows):
            heap.add(getattr(self, f"row{i}"), lsb=lsb, arrival=i % 2)
        m.d.comb += self.total.eq(heap.emit(m, platform))
        return m


def sum_in_verilog(width: int, rows: RowShapes, operator: str = "+") -> str:
    """What `Rows` does, in one line of Verilog."""
    ports = [f"input [{bits - 1}:0] row{i}" for i, (_, bits) in enumerate(rows)]
    terms = [f"(row{i} << {lsb})" for i, (lsb, _) in enumerate(rows)]
    return (
        f"module reference({', '.join(ports)}, output [{width - 1}:0] total);"
        f" assign total = {f' {operator} '.join(terms)}; endmodule"
    )


def sum_of_complements_in_verilog(width: int, rows: RowShapes) -> str:
    """The same in negative logic: the complement of the sum of the rows' complements."""
    ports = [f"input [{bits - 1}:0] row{i}" for i, (_, bits) in enumerate(rows)]
    wires = [f"wire [{bits - 1}:0] not{i} = ~row{i};" for i, (_, bits) in enumerate(rows)]
    total = " + ".join(f"(not{i} << {lsb})" for i, (lsb, _) in enumerate(rows))
    return (
        f"module reference({', '.join(ports)}, output [{width - 1}:0] total);"
        f" {' '.join(wires)} wire [{width - 1}:0] counted = {total};"
        " assign total = ~counted; endmodule"
    )


class Product(wiring.Component):
    """Multiplies two unsigned 4-bit numbers: a triangle of partial products."""

    def __init__(self) -> None:
        self.a: Signal
        self.b: Any
        self.total: Signal
        super().__init__({"a": In(4), "b": In(4), "total": Out(8)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        heap = BitHeap(8)
        for i in range(4):
            row = Signal(4, name=f"row{i}")
            m.d.comb += row.eq(self.a & self.b[i].replicate(4))
            heap.add(row, lsb=i)
        m.d.comb += self.total.eq(heap.emit(m, platform))
        return m


SHAPES: dict[str, tuple[int, RowShapes]] = {
    "five rows of four": (7, [(0, 4)] * 5),
    "different lowest weights": (10, [(0, 6), (3, 4), (1, 7), (5, 2), (2, 5), (0, 1)]),
    "cut off above": (5, [(0, 8), (2, 6), (0, 5), (4, 3), (1, 4)]),
    "wider than its sum": (9, [(0, 4)] * 3),
    "nothing at the lowest weights": (6, [(2, 3), (2, 3)]),
    "one row": (6, [(1, 3)]),
    "one weight": (1, [(0, 2)] * 4),
}

every_shape = pytest.mark.parametrize(("width", "rows"), SHAPES.values(), ids=SHAPES)


@every_shape
def test_emitted_tree_adds(width: int, rows: RowShapes, proved_equal: Prover) -> None:
    """The netlist of a heap of rows equals Verilog's plus, for all inputs."""
    assert proved_equal(Rows(width, rows), sum_in_verilog(width, rows))


@every_shape
def test_emitted_tree_adds_in_negative_logic(
    width: int, rows: RowShapes, proved_equal: Prover
) -> None:
    """With every string its complement, in and out, it is the same sum, for all inputs."""
    circuit = Rows(width, rows, negative=True)
    assert proved_equal(circuit, sum_of_complements_in_verilog(width, rows))


def test_negative_logic_is_not_positive_logic(proved_equal: Prover) -> None:
    """The proof in negative logic can fail: the plain sum is another function."""
    width, rows = SHAPES["different lowest weights"]
    assert not proved_equal(Rows(width, rows, negative=True), sum_in_verilog(width, rows))


def test_emitted_tree_multiplies(proved_equal: Prover) -> None:
    """The netlist of a triangle of partial products equals Verilog's times, for all inputs."""
    reference = "input [3:0] a, input [3:0] b, output [7:0] total); assign total = a * b; endmodule"
    assert proved_equal(Product(), f"module reference({reference}")


def test_prover_finds_a_difference(proved_equal: Prover) -> None:
    """The proofs above can fail: a heap does not equal Verilog's minus."""
    width, rows = SHAPES["five rows of four"]
    assert not proved_equal(Rows(width, rows), sum_in_verilog(width, rows, operator="-"))


@pytest.mark.parametrize("negative", [False, True])
@every_shape
def test_emitted_adders_are_the_planned_ones(width: int, rows: RowShapes, negative: bool) -> None:
    """Full and half adders in the netlist, counted by the names that synthesis looks for.

    In negative logic the plan is the same one, and its half adders are dual.
    """
    heap = BitHeap(width)
    for i, (lsb, bits) in enumerate(rows):
        heap.add(Signal(bits), lsb=lsb, arrival=i % 2)
    netlist = to_rtlil(Rows(width, rows, negative=negative), "heap")
    counted = dict.fromkeys(("full", "half", "dual_half"), 0)
    for kind, adders in re.findall(r"cell \\heap_(\w+?)_adders_(\d+) ", netlist):
        counted[kind] += int(adders)
    planned, half = heap.plan(), "dual_half" if negative else "half"
    assert counted.pop("full") == planned.full_adders
    assert counted.pop(half) == planned.half_adders
    assert set(counted.values()) == {0}


@pytest.mark.parametrize("width", [1, 4, 9])
def test_nothing_adds_nothing_in_negative_logic(width: int, proved_equal: Prover) -> None:
    """Rows of ones leave one of them as it is, whatever it is: so an accumulator holds."""
    rows = [(0, width), *[(0, max(1, width - 1))] * 3]
    ones = "".join(f" & (&row{i})" for i in range(1, len(rows)))
    circuit = Guarded(width, rows)
    ports = ", ".join(f"input [{bits - 1}:0] row{i}" for i, (_, bits) in enumerate(rows))
    reference = (
        f"module reference({ports}, output [{width - 1}:0] total);"
        f" assign total = 1'b1{ones} ? row0 : 0; endmodule"
    )
    assert proved_equal(circuit, reference)


class Guarded(Rows):
    """`Rows` in negative logic, and 0 unless all rows but the first are ones."""

    def __init__(self, width: int, rows: RowShapes) -> None:
        super().__init__(width, rows, negative=True)

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        heap = BitHeap(self.width, negative=True)
        others = Cat(getattr(self, f"row{i}") for i in range(1, len(self.rows)))
        for i, (lsb, _) in enumerate(self.rows):
            heap.add(getattr(self, f"row{i}"), lsb=lsb)
        m.d.comb += self.total.eq(Mux(others.all(), heap.emit(m, platform), 0))
        return m
