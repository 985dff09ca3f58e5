"""The table: its cost as emitted, and every entry's value."""

from __future__ import annotations

import random
import re
from itertools import product
from math import ceil, log2
from typing import Any

import pytest
from amaranth.hdl import Cat
from amaranth.sim import Simulator

from hw.formats import Integer
from hw.modules import to_rtlil
from hw.ternary.table import Entry, Table, alike_in_lowest_bit, table_entries

GROUPS = range(1, 8)
FORMATS = ["int8", "uint4", "int2", "int16"]

every_table = pytest.mark.parametrize(
    ("group", "name"), [(group, name) for group in GROUPS for name in FORMATS]
)


def adders_deep(entries: tuple[Entry, ...], i: int) -> int:
    """Adders from an activation to an entry, counted by walking its operands."""
    operands = entries[i].operands
    return 1 + max(adders_deep(entries, j) for j in operands) if operands else 0


def codes_of(entries: tuple[Entry, ...], activations: tuple[int, ...]) -> list[int]:
    """What the circuit's adders compute, without its widths: exact integers, one an entry."""
    codes: dict[int, int] = {}

    def code(i: int) -> int:
        if i not in codes:
            entry = entries[i]
            if entry.operands is None:
                codes[i] = activations[entry.weights.index(1)] + entry.offset
            else:
                first, second = entry.operands
                subtracted = (1 << entries[second].bits) - code(second)
                codes[i] = code(first) + (subtracted if entry.subtract else code(second))
        return codes[i]

    return [code(i) for i in range(len(entries))]


def rest_of(entries: tuple[Entry, ...], group: int) -> list[int]:
    """The codes where the code of every activation is 0."""
    minima = {entry.weights.index(1): -entry.offset for entry in entries if not entry.operands}
    return codes_of(entries, tuple(minima[i] for i in range(group)))


def dot(weights: tuple[int, ...], activations: tuple[int, ...]) -> int:
    """The signed sum that an entry stands for."""
    return sum(w * a for w, a in zip(weights, activations, strict=True))


def check_values(entries: tuple[Entry, ...], activations: tuple[int, ...]) -> None:
    """Every code less its offset is the signed sum, and fits its width."""
    for entry, code in zip(entries, codes_of(entries, activations), strict=True):
        assert code - entry.offset == dot(entry.weights, activations)
        assert 0 <= code < 1 << entry.bits


@pytest.mark.parametrize(
    ("group", "name"),
    [
        # the largest take seconds, and are made as all others are
        pytest.param(group, name, marks=pytest.mark.long if group > 5 and name != "int2" else ())
        for group in GROUPS
        for name in FORMATS
    ],
)
def test_one_adder_for_each_entry_that_is_no_input(group: int, name: str) -> None:
    """The netlist has (3**group - 1) / 2 - group adders, of their entries' widths, and no more."""
    form = Integer.parse(name)
    netlist = to_rtlil(Table(group, form), "table")
    assert set(re.findall(r"^ *cell (\S+) ", netlist, re.MULTILINE)) <= {"$add", "$sub", "$not"}
    adders = re.findall(r"cell \$(?:add|sub) .*?\n  end", netlist, re.DOTALL)
    assert len(adders) == (3**group - 1) // 2 - group
    widths = [int(re.findall(r"\\Y_WIDTH (\d+)", adder)[0]) for adder in adders]
    made = [entry.bits for entry in table_entries(group, form) if entry.operands]
    assert sorted(widths) == sorted(made)


@pytest.mark.parametrize("group", GROUPS)
def test_depth_is_logarithmic(group: int) -> None:
    """The longest path is ceil(log2 group) adders, and the entries say so."""
    entries = table_entries(group, Integer.parse("int8"))
    depths = [adders_deep(entries, i) for i in range(len(entries))]
    assert max(depths) == ceil(log2(group))
    assert depths == [entry.depth for entry in entries]


@every_table
def test_entries_have_their_exact_width(group: int, name: str) -> None:
    """A sum of k activations has ceil(log2 k) bits more than one."""
    form = Integer.parse(name)
    for entry in table_entries(group, form):
        assert entry.bits == form.bits + ceil(log2(sum(map(abs, entry.weights))))


@every_table
def test_values_at_the_extremes_and_at_random(group: int, name: str) -> None:
    """Entries are the signed sums where sums are largest and smallest, and at random."""
    form, rng = Integer.parse(name), random.Random(group)
    entries = table_entries(group, form)
    extremes = [form.minimum, form.maximum]
    check_values(entries, (form.minimum,) * group)
    check_values(entries, (form.maximum,) * group)
    for _ in range(4):
        check_values(entries, tuple(rng.choice(extremes) for _ in range(group)))
        check_values(entries, tuple(rng.randint(*extremes) for _ in range(group)))


@pytest.mark.parametrize("name", ["int2", "uint2", "int3"])
@pytest.mark.parametrize("group", [1, 2, 3])
def test_values_of_all_activations(group: int, name: str) -> None:
    """Small tables, exhaustively."""
    form = Integer.parse(name)
    entries = table_entries(group, form)
    for activations in product(range(form.minimum, form.maximum + 1), repeat=group):
        check_values(entries, activations)


@every_table
def test_rest_is_the_code_of_zeros(group: int, name: str) -> None:
    """What an entry is while its activations are gated, and so what else must be gated."""
    entries = table_entries(group, Integer.parse(name))
    assert [entry.rest for entry in entries] == rest_of(entries, group)


@every_table
def test_entries_of_the_same_activations_agree_in_the_lowest_bit(group: int, name: str) -> None:
    """Whatever the signs: as many lowest bits as sets of activations, each entry in one."""
    form, rng = Integer.parse(name), random.Random(group)
    entries = table_entries(group, form)
    activations = tuple(rng.randint(form.minimum, form.maximum) for _ in range(group))
    codes, alike = codes_of(entries, activations), alike_in_lowest_bit(entries)
    assert all(len({codes[i] & 1 for i in indices}) == 1 for indices in alike)
    assert len(alike) == 2**group - 1
    assert sorted(i for indices in alike for i in indices) == list(range(len(entries)))


def test_widths_have_no_bit_to_spare() -> None:
    """Every entry of four int8 reaches a code that its width less one could not hold."""
    form = Integer.parse("int8")
    entries = table_entries(4, form)
    extremes = {1: form.maximum, -1: form.minimum, 0: 0}
    for i, entry in enumerate(entries):
        highest = tuple(extremes[w] for w in entry.weights)
        assert codes_of(entries, highest)[i].bit_length() == entry.bits


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize(("group", "name"), [(1, "int4"), (2, "uint4"), (3, "int4"), (5, "int2")])
def test_emitted_table_in_another_simulator(
    group: int, name: str, gated: bool, inverted: bool
) -> None:
    """Amaranth's own simulator finds every signed sum, for all activations; and 0 if disabled."""
    form = Integer.parse(name)
    table: Any = Table(group, form, inverted=inverted, gated=gated)
    entries = table_entries(group, form)
    ports: Any = Cat(getattr(table, f"upper{i}") for i in range(len(entries)))
    lowest_of = {i: n for n, alike in enumerate(alike_in_lowest_bit(entries)) for i in alike}
    checked = 0

    async def testbench(ctx: Any) -> None:
        nonlocal checked
        values = range(form.minimum, form.maximum + 1)
        mask = (1 << form.bits) - 1
        for activations in product(values, repeat=group):
            word = sum((a & mask) << form.bits * i for i, a in enumerate(activations))
            ctx.set(table.activations, word)
            for enable in (0, 1) if gated else (1,):
                if gated:
                    ctx.set(table.enable, enable)
                await ctx.delay(1e-9)
                word = ctx.get(ports) ^ -inverted
                lowest = ctx.get(table.lowest) ^ -inverted
                for i, entry in enumerate(entries):
                    code = (word << 1) & (1 << entry.bits) - 2 | lowest >> lowest_of[i] & 1
                    wanted = dot(entry.weights, activations) + entry.offset if enable else 0
                    assert code == wanted
                    word >>= entry.bits - 1
                    checked += 1

    simulator = Simulator(table)
    simulator.add_testbench(testbench)
    simulator.run()
    assert checked == (1 << form.bits * group) * len(entries) * (1 + gated)
