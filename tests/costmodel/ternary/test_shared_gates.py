"""What gates can share, or can do without, in figures: counted in emitted netlists."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from amaranth.lib import wiring

from costmodel.ternary.cell import Cell
from costmodel.ternary.parts_inventory import lane_counts, lane_heap_counts, table_counts
from hw.formats import Integer
from hw.modules import to_rtlil
from hw.ternary.lane import MultiplyLane, SelectLane
from hw.ternary.table import Table
from tests.support import run_yosys

Bit = int | str  # of Yosys' JSON: a net's number, or a constant
Netlist = dict[str, Any]


def netlist(component: wiring.Component, folder: Path, *commands: str) -> Netlist:
    """The component as Yosys' JSON."""
    source, written = folder / "dut.il", folder / "dut.json"
    source.write_text(to_rtlil(component, "dut"))
    done = run_yosys(
        [
            f"read_rtlil {source}",
            "hierarchy -top dut",
            "proc",
            *commands,
            "opt_clean",
            f"write_json {written}",
        ]
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-1000:]
    return json.loads(written.read_text())["modules"]["dut"]


def cells(module: Netlist, *kinds: str) -> list[dict[str, list[Bit]]]:
    """The connections of all cells of some kinds."""
    return [cell["connections"] for cell in module["cells"].values() if cell["type"] in kinds]


def behind_inverters(module: Netlist) -> Callable[[Bit], Bit]:
    """What tells which bit another one is, or is the complement of."""
    pairs = (zip(cell["Y"], cell["A"], strict=True) for cell in cells(module, "$not"))
    drivers = {output: source for pair in pairs for output, source in pair}

    def root(bit: Bit) -> Bit:
        while bit in drivers:
            bit = drivers[bit]
        return bit

    return root


@pytest.mark.parametrize("name", ["int2", "int3", "uint4", "int7", "int8", "int12", "int16"])
def test_multiplying_lanes(name: str, tmp_path: Path) -> None:
    cell = Cell(MultiplyLane, 1, Integer.parse(name), None)
    lane, heap = lane_counts(cell, reduce_register=True), lane_heap_counts(cell)
    component = MultiplyLane(cell.entries, 1)
    module = netlist(component, tmp_path, "flatten", "simplemap", "opt_merge")
    kinds = Counter(cell["type"] for cell in module["cells"].values())
    # A full adder has two ANDs and an OR, a half adder (in negative logic) an OR.
    adders = heap["merged_adders"]
    assert kinds["$_OR_"] == adders + heap["half_adders"]
    assert kinds["$_AND_"] <= lane["select_bits"] + 2 * adders
    rows = module["ports"]["rows"]["bits"]
    assert len(rows) == lane["term_bits"]
    assert sum(isinstance(bit, int) for bit in rows) == lane["live_bits"]
    if cell.operand.bits > 5:
        assert adders < heap["full_adders"]


@pytest.mark.parametrize("group", range(2, 6))
def test_halves_of_decoders(group: int, tmp_path: Path) -> None:
    cell = Cell(SelectLane, group, Integer.parse("int4"), None)
    module = netlist(SelectLane(cell.entries, group), tmp_path)
    root = behind_inverters(module)
    index = module["ports"]["key"]["bits"][:-1]

    def halves(bits: Iterable[Bit]) -> Iterable[frozenset[Bit]]:
        """Bits with their polarities, apart by the half of the index they come from."""
        middle = len(index) // 2
        for half in (index[:middle], index[middle:]):
            yield frozenset(bit for bit in bits if root(bit) in half)

    wide = [cell["A"] for cell in cells(module, "$reduce_and") if len(cell["A"]) > 2]
    parts = {
        frozenset((root(bit), bit in index) for bit in half)
        for bits in wide
        for half in halves(bits)
        if len(half) > 1
    }
    assert len(parts) == lane_counts(cell, reduce_register=True)["half_decodes"]


@pytest.mark.parametrize("name", ["int2", "uint5", "int8"])
@pytest.mark.parametrize("group", range(1, 6))
def test_positions_of_a_tables_adders(group: int, name: str, tmp_path: Path) -> None:
    cell = Cell(SelectLane, group, Integer.parse(name), None)
    module = netlist(Table(group, cell.operand, inverted=True), tmp_path)
    root = behind_inverters(module)
    adders = cells(module, "$add", "$sub")
    sums = {adder["Y"][0]: adder for adder in adders}

    def activations(bit: Bit) -> frozenset[Bit]:
        """Whose lowest bits a lowest bit is the parity of."""
        adder = sums.get(root(bit))
        if adder is None:
            return frozenset([root(bit)])
        return activations(adder["A"][0]) ^ activations(adder["B"][0])

    both = [
        sum(isinstance(root(bit), int) for bit in pair)
        for adder in adders
        for pair in zip(adder["A"][1:], adder["B"][1:], strict=True)
    ]
    held = table_counts(cell, table_register=True, reduce_register=True)
    assert both.count(2) == held["full_bits"]
    assert both.count(1) == held["padded_bits"]
    assert len({activations(bit) for bit in sums}) == held["lowest_bits"]
    lowest = held["adders"]
    assert held["full_bits"] + held["padded_bits"] + lowest == held["adder_bits"]
