"""Proofs: what is right is proved by every recipe, and what is wrong is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from costmodel.flow.measure import Point, measure
from costmodel.flow.recipes import Recipe
from costmodel.netlist.netlist import Netlist
from costmodel.netlist.source import Source
from costmodel.proof.proof import Effort, Proof, prove
from costmodel.proof.text import Text
from costmodel.technologies import load_technology
from costmodel.verilog.reading import read_design
from costmodel.verilog.sources import VerilogSources
from hw.errors import CheckError
from tests.costmodel.kept import kept_mapping
from tests.costmodel.random_verilog import random_module

_RECIPES = (
    Recipe(),
    Recipe(adders="logic", carry="kogge-stone", aim="delay"),
    Recipe(multiplier="booth", carry="prefix", aim="delay"),
    Recipe(hierarchy="flat", aim="plain"),
)

#: Circuits near to public reports of wrong synthesis, in own words.
_CIRCUITS = {
    "negated_shift": "input signed [7:0] a, input [2:0] s, output signed [11:0] y);"
    " assign y = -$signed(-(a << s));",
    "shift_by_product": "input [31:0] a, input signed [2:0] x, output [2:0] y);"
    " wire [5:0] t = x * 3; assign y = a >> t;",
    "shift_by_short_product": "input [2:0] w, output y); assign y = 1'b1 >> (w * 3'b110);",
    "quotient_of_product": "input [3:0] a, b, output signed [3:0] y); wire [7:0] p = a * b;"
    " wire signed [7:0] s = p; wire signed [3:0] t = b; assign y = s / t;",
    "shifted_out_and_not": "input signed [1:0] a, output y); assign y = !((a >> 2) >> (1 + a[0]));",
    "unsized_case": "input [1:0] a, output reg [1:0] y); always @* case ('d1 & a)"
    " 2'd0: y = 0; 2'd1: y = a; 2'd2: y = 1; default: y = 3; endcase",
    "huge_shift": "input a, output y); assign y = $signed(a) >>> 32'h80000000;",
    "case_equality": "input a, b, output y); assign y = (a === 1'bx) ? b : ~b;",
    "case_items": "input [2:0] a, input b, output reg y); always @* casez (a)"
    " 3'b1x0: y = 1; 3'b01?: y = b; 3'b00z: y = ~b; default: y = 0; endcase",
    "signed_compare": "input signed [3:0] a, input [3:0] b, input signed [5:0] c, output [2:0] y);"
    " assign y = {a < c, a < b, $signed(b) <= c};",
    "sign_lost_in_part": "input signed [7:0] a, output signed [9:0] y);"
    " assign y = a[7:2] + $signed(a[3:0]);",
    "arithmetic_shift_unsigned": "input signed [7:0] a, input [7:0] b, input [2:0] s,"
    " output [9:0] y); assign y = (a >>> s) + b;",
    "index_outside": "input [9:0] a, input [3:0] s, output y, output [3:0] z);"
    " assign y = a[s], z = a[s -: 4];",
    "write_at_index": "input [7:0] a, input [3:0] s, input b, output reg [7:0] y);"
    " always @* begin y = a; y[s] = b; end",
    "remainders": "input signed [4:0] a, input signed [3:0] b, output signed [4:0] y, z);"
    " assign y = a / b, z = a % b;",
    "sum_of_products": "input signed [3:0] a, b, c, input [3:0] d, output signed [8:0] y);"
    " assign y = a * b - c * $signed(d) - 9'sd3;",
    "mixed_accumulate": "input clk, input signed [3:0] a, b, output reg signed [9:0] y);"
    " always @(posedge clk) y <= y - a * b;",
    "constant_bits": "input clk, input [3:0] a, output reg [7:0] y);"
    " always @(posedge clk) y <= {2'b10, a, a[3], a[3]};",
    "both_edges": "input clk, input [3:0] a, output reg [3:0] y); reg [3:0] h;"
    " always @(negedge clk) h <= a + 3; always @(posedge clk) y <= h ^ y;",
    "cleared": "input clk, rst_n, enable, input [3:0] a, output reg [3:0] y);"
    " always @(posedge clk or negedge rst_n) if (!rst_n) y <= 5; else if (enable) y <= y + a;",
    "memory": "input clk, write, input [1:0] to, from, input [3:0] a, output reg [3:0] y);"
    " reg [3:0] words [0:3]; always @(posedge clk) begin if (write) words[to] <= a;"
    " y <= words[from]; end",
}


def _source(name: str, body: str) -> Source:
    return Source(f"module {name}({body}\nendmodule\n", "verilog", name, rows=False)


def _mapped(source: Source, recipe: Recipe = _RECIPES[0]) -> Netlist:
    technology = load_technology("nangate45")
    return kept_mapping(source, recipe, technology).netlist


def _proof(source: Source, implementation: Source | None = None, **effort: object) -> Proof:
    return prove(source, _mapped(implementation or source), replace(Effort(), **effort))


@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        pytest.param(name, recipe, marks=() if i % 8 == j else pytest.mark.long, id=f"{name}-{j}")
        for i, name in enumerate(_CIRCUITS)
        for j, recipe in enumerate(_RECIPES)
    ],
)
def test_every_recipe_is_right(name: str, recipe: Recipe) -> None:
    source = _source(name, _CIRCUITS[name])
    proof = prove(source, _mapped(source, recipe), Effort())
    assert proof.mismatch is None
    assert proof.method in {"sat", "simulation"}
    assert proof.steps or proof.method == "sat"


def test_what_can_be_proved_is() -> None:
    """All inputs where they are few; SAT with registers; simulation where a register is lost."""
    methods = {}
    for name in ("case_equality", "both_edges", "mixed_accumulate", "negated_shift"):
        proof = _proof(_source(name, _CIRCUITS[name]))
        methods[name] = proof.method, proof.complete
    assert methods == {
        "case_equality": ("simulation", True),
        "both_edges": ("simulation", True),
        "mixed_accumulate": ("sat", True),
        "negated_shift": ("simulation", True),
    }


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("y - a * b", "y + a * b"),
        ("y - a * b", "y - a * b + (y == 10'h155 && a == 5 && b == 7)"),  # once in 2^18
        ("posedge", "negedge"),
        ("y - a * b", "y - b * a"),  # the same circuit
    ],
)
def test_another_circuit_is_found(was: str, becomes: str) -> None:
    body = _CIRCUITS["mixed_accumulate"]
    proof = _proof(_source("mac", body), _source("mac", body.replace(was, becomes)))
    same = becomes == "y - b * a"
    assert (proof.mismatch is None) == same
    assert same or " must be " in (proof.mismatch or "")


@pytest.mark.parametrize("name", ["sum_of_products", "cleared"])
def test_every_other_gate_is_found(name: str) -> None:
    """Each gate in turn that becomes another of the same pins, or says why it may."""
    source = _source(name, _CIRCUITS[name])
    netlist = _mapped(source)
    kinds = {cell.name: number for number, cell in enumerate(netlist.library)}
    swaps = {"AND2_X1": "OR2_X1", "NAND2_X1": "NOR2_X1", "XOR2_X1": "XNOR2_X1"}
    places = [
        (cell, kinds[swaps[netlist.library[kind].name]])
        for cell, kind in enumerate(netlist.kinds.tolist())
        if netlist.library[kind].name in swaps
    ]
    assert places
    for cell, kind in places[:6]:
        broken = replace(netlist, kinds=netlist.kinds.copy())
        broken.kinds[cell] = kind
        assert prove(source, broken, Effort()).mismatch is not None, cell


def test_values_left_open_are_free_and_others_are_not() -> None:
    """A netlist may choose what the source does not say, and nothing else."""
    body = "input [1:0] a, output reg [1:0] y); always @* case (a) 0: y = 1; 1: y = 2; 2: y = 3;"
    source = _source("open_", f"{body} default: y = 2'bx; endcase")
    for choice in ("0", "3"):
        chosen = _source("open_", f"{body} default: y = {choice}; endcase")
        assert _proof(source, chosen).mismatch is None
    wrong = _source("open_", f"{body.replace('2: y = 3', '2: y = 0')} default: y = 0; endcase")
    assert "with a = 2, y must be 3 and is 0" in str(_proof(source, wrong).mismatch)


def test_registers_that_vanish_are_compared_in_time() -> None:
    """Where names do not match, sequences find the difference, too."""
    body = (
        "input clk, rst, input [3:0] a, output [3:0] y); reg [3:0] {0};"
        " always @(posedge clk) {0} <= rst ? 0 : a; assign y = {0} + 1;"
    )
    source = _source("lost", body.format("p"))
    proof = _proof(source, _source("lost", body.format("q")))
    assert (proof.method, proof.mismatch) == ("simulation", None)
    wrong = _proof(source, _source("lost", body.format("q").replace("q + 1", "q + 2")))
    assert "after " in str(wrong.mismatch)


def _written(folder: Path, name: str, text: str) -> VerilogSources:
    file = folder / f"{name}.v"
    file.write_text(text)
    return VerilogSources((file,), name)


def test_the_text_is_run_as_it_is(tmp_path: Path) -> None:
    text = f"module mac({_CIRCUITS['mixed_accumulate']}\nendmodule\n"
    wanted = _written(tmp_path, "mac", text)
    source = read_design(wanted, load_technology("nangate45")).source
    netlist = _mapped(source)
    right = prove(source, netlist, Effort(text=Text(wanted.files, "mac")))
    assert right.mismatch is None
    assert right.text_steps
    wanted.files[0].write_text(text.replace("y - a * b", "y - a * b - 1"))
    wrong = prove(source, netlist, Effort(text=Text(wanted.files, "mac")))
    assert "y must be" in str(wrong.mismatch)


@pytest.mark.parametrize(
    "line",
    [
        'initial $system("touch ran");',
        'integer f; initial f = $fopen("ran");',
        'initial $c("system(\\"touch ran\\");");',
        'import "DPI-C" function int system(string s);',
        '`systemc_header\nint x = system("touch ran");\n`verilog\n',
    ],
)
def test_a_text_runs_nothing(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could do more than compute is not given to a simulator."""
    monkeypatch.chdir(tmp_path)
    source = _source("one", "input a, output y); assign y = ~a;")
    file = tmp_path / "one.v"
    file.write_text(source.text.replace("endmodule", f"{line}\nendmodule"))
    proof = prove(source, _mapped(source), Effort(text=Text((file,), "one")))
    assert proof.mismatch is None
    assert proof.text_steps is None
    assert proof.remarks[0].startswith("the text itself was not run: ")
    assert not list(tmp_path.glob("**/ran"))


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(5, 20))]
)
def test_random_expressions(seed: int, tmp_path: Path) -> None:
    """All operators on signed and unsigned words: netlist, gates and text agree."""
    wanted = _written(tmp_path, "dut", random_module("dut", seed))
    source = read_design(wanted, load_technology("nangate45")).source
    netlist = _mapped(source, _RECIPES[seed % 4])
    proof = prove(source, netlist, Effort(text=Text(wanted.files, "dut"), seed=seed))
    assert proof.mismatch is None
    assert proof.text_steps


def test_a_wrong_recipe_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The next best is kept; without any right one there is no answer."""
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path))
    technology = load_technology("nangate45")
    source = _source("sum", "input [3:0] a, b, output [4:0] y); assign y = a * b;")
    point = Point(source, technology, None, effort=Effort())
    right = measure(point)
    assert right["proof"]["mismatch"] is None
    assert right["discarded"] == {}

    def refuse(*arguments: object) -> Proof:
        """Say that what is kept else is wrong."""
        proof = prove(*arguments)  # type: ignore[arg-type]
        first = not refused
        refused.append(proof)
        return replace(proof, mismatch="y must be 1 and is 0") if first or always else proof

    refused: list[Proof] = []
    always = False
    monkeypatch.setattr("costmodel.flow.synthesis.prove", refuse)
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "other"))
    second = measure(point)
    assert second["discarded"] == {right["recipe"]: "y must be 1 and is 0"}
    assert second["recipe"] != right["recipe"]
    always = True
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "third"))
    with pytest.raises(CheckError, match="mapped wrongly by every recipe"):
        measure(point)


def test_the_prover_is_part_of_the_question(tmp_path: Path) -> None:
    file = tmp_path / "a.v"
    file.write_text("module a; endmodule")
    before = Effort(text=Text((file,), "a")).question
    file.write_text("module a; wire b; endmodule")
    assert before != Effort(text=Text((file,), "a")).question
    assert np.unique([str(Effort().question), str(Effort(seed=1).question)]).size == 2
