"""Mapping keeps the function, for every recipe on every library, and uses the cells it may use."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

from costmodel.flow.adders import find_adders
from costmodel.flow.recipes import PLAIN, Recipe
from costmodel.library.cell_models import cell_models
from costmodel.netlist.source import Source
from costmodel.technologies import load_technology
from costmodel.verilog.reading import read_design
from costmodel.verilog.sources import VerilogSources
from costmodel.work.worker import Limits, run_limited
from tests.costmodel.circuits import LOGIC, REGISTERED, verilog
from tests.costmodel.kept import NamedMap, kept_named_mapping
from tests.support import run_yosys

TECHNOLOGIES = ("nangate45", "asap7", "sky130hd", "sg13g2")
_RECIPES = (
    Recipe(),
    Recipe(adders="logic", carry="kogge-stone", aim="delay"),
    Recipe(multiplier="booth", carry="prefix", aim="delay"),
    Recipe(aim="plain"),
)


def _mapped(name: str, recipe: Recipe, technology: str, scramble: int = 0) -> tuple[str, str]:
    source = Source(verilog(name), "verilog", name, rows=False, scramble=scramble)
    return kept_named_mapping(source, recipe, load_technology(technology))


def equal(folder: Path, name: str, mapped: str, technology: str, source: str | None = None) -> bool:
    """Whether a mapped circuit is what its source says, for all inputs and states, by SAT."""
    (folder / "source.v").write_text(source or verilog(name))
    (folder / "mapped.v").write_text(mapped)
    (folder / "cells.v").write_text(cell_models(load_technology(technology)))
    prepare = ["proc", "flatten", "memory", "opt_clean", f"rename {name} {{}}", "design -stash {}"]
    commands = [
        f"read_verilog {folder}/source.v",
        *(command.format("gold") for command in prepare),
        f"read_verilog {folder}/cells.v {folder}/mapped.v",
        f"hierarchy -top {name}",
        *(command.format("gate") for command in prepare),
        "design -copy-from gold -as gold gold",
        "design -copy-from gate -as gate gate",
        "equiv_make gold gate equal",
        "hierarchy -top equal",
        "async2sync",
        "opt_clean",
        "equiv_simple -undef" if name in REGISTERED else "equiv_simple",
        "equiv_induct -undef" if name in REGISTERED else "equiv_simple",
        "equiv_status",
    ]
    done = run_yosys(commands)
    proved = "Equivalence successfully proven!" in done.stdout
    assert proved != ("Found a total of" in done.stdout), done.stdout[-1000:] + done.stderr
    return proved


def _quick_and_long(names: Iterable[str]) -> list[ParameterSet]:
    """Each circuit on each library; in the quick tests each on one of them, by turns."""
    return [
        pytest.param(name, technology, marks=() if i % 4 == j else pytest.mark.long)
        for i, name in enumerate(names)
        for j, technology in enumerate(TECHNOLOGIES)
    ]


@pytest.mark.parametrize(("name", "technology"), _quick_and_long(LOGIC))
def test_logic_is_kept(name: str, technology: str, tmp_path: Path) -> None:
    recipe = _RECIPES[list(LOGIC).index(name) % 3]
    assert equal(tmp_path, name, _mapped(name, recipe, technology)[1], technology)


@pytest.mark.parametrize(("name", "technology"), _quick_and_long(REGISTERED))
def test_registers_are_kept(name: str, technology: str, tmp_path: Path) -> None:
    """Plain ones, enables, synchronous and asynchronous resets, both edges of the clock."""
    assert equal(tmp_path, name, _mapped(name, Recipe(), technology)[1], technology)


@pytest.mark.parametrize(
    "recipe", [Recipe(sums="unfolded"), Recipe(sums="carry-save"), PLAIN], ids=str
)
@pytest.mark.parametrize("name", ["add_three", "add_mixed", "negate8"])
def test_sums_are_kept(name: str, recipe: Recipe, tmp_path: Path) -> None:
    """Additions one by one, rows of full adders, and what a plain script does."""
    assert equal(tmp_path, name, _mapped(name, recipe, "nangate45")[1], "nangate45")


def test_proof_refutes_what_is_wrong(tmp_path: Path) -> None:
    mapped = _mapped("add16", Recipe(), "nangate45")[1]
    wrong = verilog("add16").replace("a + b", "a - b")
    assert not equal(tmp_path, "add16", mapped, "nangate45", wrong)


def test_other_names_give_another_netlist() -> None:
    """Else a measurement of noise would measure nothing."""
    netlists = {_mapped("multiply5", Recipe(), "nangate45", seed)[0] for seed in range(3)}
    assert len(netlists) > 1


_PART = """
module {part}(input clk, input signed [3:0] a, b, output reg signed [11:0] y);
  wire signed [7:0] product = a * b;
  wire signed [8:0] low = product + y[7:0];
  wire signed [8:0] high = (b >>> a[1:0]) + y[11:4];
  wire signed [9:0] both = high + low;
  always @(posedge clk) y <= both + (y ^ {{a, b}});
endmodule
"""
_AROUND = """
module {top}(input clk, input [3:0] a, b, c, input [7:0] p, output [35:0] y, output [7:0] z);
  {part} first(clk, a, b, y[11:0]);
  {part} second(clk, b, c, y[23:12]);
  {part} third(clk, c, a, y[35:24]);
  assign z = {more};
endmodule
"""


def _part_mapped(file: Path, top: str, part: str, *, blank: int = 0, more: str = "p") -> Any:
    """A part's mapped cells, and their area in um2, in a design with so many blank lines."""
    names = {"top": top, "part": part}
    file.write_text("\n" * blank + _PART.format(**names) + _AROUND.format(more=more, **names))
    technology = load_technology("nangate45")
    source = read_design(VerilogSources((file,), top), technology).source
    work = NamedMap(source, Recipe(), technology)
    cells = json.loads(run_limited(work, Limits(seconds=120), top)[0])["modules"][part]["cells"]
    netlist = {label: (cell["type"], cell["connections"]) for label, cell in cells.items()}
    return netlist, sum(technology.cells[kind].area_um2 for kind, _ in netlist.values())


def test_a_module_is_mapped_the_same_wherever_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name and its place in the file do not matter, and what is around it little.

    The gates are the same; but Yosys goes through them in an order that depends on all that it has
    seen, and on that order ABC's result depends a little, as on other names.
    """
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "parts.v"
    netlist, area = _part_mapped(file, "top", "part")
    assert len(netlist) > 100
    for blank in (2, 5, 95):  # lines of one digit more
        assert _part_mapped(file, "other", "another", blank=blank) == (netlist, area)
    kept = [json.loads(entry.read_text()) for entry in tmp_path.glob("cache/modules/*.json")]
    assert len([entry for entry in kept if "$_DFF_" in entry["question"]["module"]]) == 1
    long_sum = "^".join(f"({i} + (p & p << {i}))" for i in range(40))
    assert _part_mapped(file, "top", "part", more=long_sum)[1] == pytest.approx(area, rel=0.01)


@pytest.mark.parametrize("technology", TECHNOLOGIES)
def test_excluded_cells_are_not_used(technology: str) -> None:
    """Also where everything but the excluded cells is a little larger."""
    cells = load_technology(technology).cells
    for name in ("multiply4_signed", "accumulate"):
        text, _ = _mapped(name, Recipe(adders="logic"), technology)
        used = {cell["type"] for cell in json.loads(text)["modules"][name]["cells"].values()}
        assert used
        assert not [kind for kind in used if cells[kind].excluded]


def test_adders_are_the_librarys() -> None:
    """A chain of 16 bits: one half adder and fifteen full adders; constants need neither."""
    text, _ = _mapped("add16", Recipe(), "nangate45")
    kinds = [c["type"] for c in json.loads(text)["modules"]["add16"]["cells"].values()]
    assert kinds.count("FA_X1") == 15
    assert kinds.count("HA_X1") == 1
    text, _ = _mapped("increment9", Recipe(), "nangate45")
    kinds = [c["type"] for c in json.loads(text)["modules"]["increment9"]["cells"].values()]
    assert "FA_X1" not in kinds


def test_libraries_without_adders() -> None:
    assert find_adders(load_technology("sg13g2")) is None
    adders = find_adders(load_technology("asap7"))
    assert adders is not None
    assert "FAx1" in adders.full
    assert "~" in adders.full


def test_inverted_outputs_take_the_place_of_inverters() -> None:
    """In a library whose flip-flops have both outputs."""
    text = (
        "module both(input clk, input [7:0] a, output [7:0] y); reg [7:0] r;"
        " always @(posedge clk) r <= a; assign y = ~r; endmodule"
    )
    source = Source(text, "verilog", "both", rows=False)
    result, _ = kept_named_mapping(source, Recipe(), load_technology("nangate45"))
    cells = json.loads(result)["modules"]["both"]["cells"].values()
    assert [cell["type"] for cell in cells] == ["DFF_X1"] * 8
    assert all(len(cell["connections"].get("QN", [])) == 1 for cell in cells)


def test_repeated_modules_are_mapped_once() -> None:
    text = (
        "module lane(input [7:0] a, b, output [15:0] y); assign y = a * b; endmodule\n"
        "module tile(input [39:0] a, b, output [79:0] y); genvar i; generate"
        " for (i = 0; i < 5; i = i + 1) begin : l"
        " lane lane(a[8*i+:8], b[8*i+:8], y[16*i+:16]); end endgenerate endmodule"
    )
    source = Source(text, "verilog", "tile", rows=False)
    result, _ = kept_named_mapping(source, Recipe(), load_technology("nangate45"))
    assert set(json.loads(result)["modules"]) == {"tile", "lane"}
    flat = replace(Recipe(), hierarchy="flat")
    result, _ = kept_named_mapping(source, flat, load_technology("nangate45"))
    assert set(json.loads(result)["modules"]) == {"tile"}
