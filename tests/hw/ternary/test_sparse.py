"""The table for 3:4 sparse weights: its cost as emitted, and every entry's value."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
from amaranth.hdl import Cat
from amaranth.sim import Simulator

from hw.formats import Integer
from hw.modules import to_rtlil
from hw.ternary import TernaryLut, Workload
from hw.ternary.choices import PackingName
from hw.ternary.packing import sparse_groups
from hw.ternary.sparse import sparse_entries
from hw.ternary.table import Table, alike_in_lowest_bit

both_ways = pytest.mark.parametrize("shifts", [False, True])


def table(name: str, *, shifts: bool, **settings: bool) -> Any:
    """The table's circuit."""
    form = Integer.parse(name)
    entries, helpers = sparse_entries(form, shifts=shifts)
    return Table(4, form, entries=entries, helpers=helpers, **settings)


def test_groups_are_all_with_one_zero_up_to_sign() -> None:
    """Sixteen groups, each with one 0 and +1 first; with their negatives they are all 32."""
    groups = sparse_groups()
    negatives = [tuple(-w for w in weights) for weights in groups]
    wanted = {w for w in product((-1, 0, 1), repeat=4) if w.count(0) == 1}
    assert {next(filter(None, weights)) for weights in groups} == {1}
    assert set(groups) | set(negatives) == wanted
    assert len(groups) == 16 == len(wanted) // 2


@pytest.mark.parametrize("name", ["int8", "uint4", "int2", "int16"])
@pytest.mark.parametrize(("shifts", "adders", "depth"), [(False, 20, 2), (True, 18, 3)])
def test_adders_of_the_netlist(name: str, shifts: bool, adders: int, depth: int) -> None:
    """As few adders as are claimed, one for each sum of two activations or more."""
    netlist = to_rtlil(table(name, shifts=shifts), "table")
    assert set(re.findall(r"^ *cell (\S+) ", netlist, re.MULTILINE)) <= {"$add", "$sub", "$not"}
    assert len(re.findall(r"cell \$(?:add|sub) ", netlist)) == adders
    entries, helpers = sparse_entries(Integer.parse(name), shifts=shifts)
    assert sum(entry.operands is not None for entry in entries + helpers) == adders
    assert max(entry.depth for entry in entries) == depth


@both_ways
def test_sums_of_three_have_two_bits_more(shifts: bool) -> None:
    """Width and lowest bit: one for each position of the zero."""
    entries, _ = sparse_entries(Integer.parse("int8"), shifts=shifts)
    assert {entry.bits for entry in entries} == {10}
    assert alike_in_lowest_bit(entries) == tuple(tuple(range(i, i + 4)) for i in range(0, 16, 4))


@both_ways
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(("name", "gated"), [("int2", True), ("uint2", True), ("int3", False)])
def test_emitted_table_exhaustively(name: str, gated: bool, inverted: bool, shifts: bool) -> None:
    """Every entry is the signed sum of its activations, for all of these; and 0 if disabled."""
    form = Integer.parse(name)
    circuit = table(name, shifts=shifts, gated=gated, inverted=inverted)
    entries, _ = sparse_entries(form, shifts=shifts)
    upper: Any = Cat(getattr(circuit, f"upper{i}") for i in range(16))
    upper_bits = form.bits + 1
    checked = 0

    async def testbench(ctx: Any) -> None:
        nonlocal checked
        for activations in product(range(form.minimum, form.maximum + 1), repeat=4):
            mask = (1 << form.bits) - 1
            word = sum((a & mask) << form.bits * i for i, a in enumerate(activations))
            ctx.set(circuit.activations, word)
            for enable in (0, 1) if gated else (1,):
                if gated:
                    ctx.set(circuit.enable, enable)
                await ctx.delay(1e-9)
                words, lowest = ctx.get(upper) ^ -inverted, ctx.get(circuit.lowest) ^ -inverted
                for i, entry in enumerate(entries):
                    code = (words >> upper_bits * i & (1 << upper_bits) - 1) << 1
                    code |= lowest >> i // 4 & 1
                    total = sum(w * a for w, a in zip(entry.weights, activations, strict=True))
                    assert code == (total + entry.offset if enable else 0)
                    checked += 1

    simulator = Simulator(circuit)
    simulator.add_testbench(testbench)
    simulator.run()
    assert checked == (1 << 4 * form.bits) * 16 * (1 + gated)


def test_keys_are_all_words() -> None:
    """Each of the 32 words is a key: no code is reserved, none stands for the same weights."""
    workload = Workload(inputs=8, outputs=1)
    c = TernaryLut(
        group=4,
        luts=2,
        columns=1,
        activation=Integer(8, True),
        packing=PackingName.SPARSE34,
        workload=workload,
    )
    keys = list(c.keys())
    assert [key.code for key in keys] == list(range(32))
    assert len({key.weights for key in keys}) == 32
    assert (c.key_bits, c.word_bits, c.words, c.reports_corrupt) == (5, 5, 2, False)
