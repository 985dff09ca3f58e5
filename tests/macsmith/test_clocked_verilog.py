"""The command `synthesize` on a user's Verilog: clocks, edges, latches and what is no register."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.macsmith.program import Program

_CASES = Path(__file__).parents[1] / "cases"


def test_both_edges_of_a_clock(macsmith: Program) -> None:
    """Half a period counts twice, and the report says so."""
    asked = ("synthesize", "--verilog", _CASES / "verilog" / "half_cycle.v", "--top", "half_cycle")
    answer = json.loads(macsmith(*asked, "--json").out)
    assert 2_300 < answer["delay_ps"] < 2_600
    (clock,) = answer["clocks"]
    assert (clock["name"], clock["edges"]) == ("clk", ["rising", "falling"])
    assert clock["delay_ps"] == answer["delay_ps"] == answer["delays"]["register_to_register_ps"]
    assert "clock clk" in macsmith(*asked).out
    missed = macsmith(*asked, "--clock-ns", "0.3", "--json")
    assert missed.status == 1
    late = json.loads(missed.out)
    assert late["slack_ps"] == pytest.approx((300 - late["delay_ps"]) / 2)


def _refusal(macsmith: Program, folder: Path, ports: str, body: str) -> str:
    """The sentence that a module called ``top``, its body on line 2, is refused with."""
    file = folder / "mine.v"
    file.write_text(f"module top ({ports});\n{body}\nendmodule\n")
    ended = macsmith("synthesize", "--verilog", file, "--top", "top")
    assert ended.status == 2
    assert ended.out == ""
    assert "Traceback" not in ended.err
    return ended.err


@pytest.mark.parametrize(
    ("ports", "body", "message"),
    [
        (
            "input clk, d, output reg held",
            "always @(posedge clk or negedge clk) held <= d;",
            r"mine.v:2: the register held is written at 2 edges",
        ),
        (
            "input clk, load, input [3:0] d, v, output reg [3:0] held",
            "always @(posedge clk or posedge load) if (load) held <= v; else held <= d;",
            r"mine.v:2: the register held is loaded asynchronously",
        ),
        (
            "input s, r, output q, n",
            "assign q = ~(s & n), n = ~(r & q);",
            r"mine.v:2: a loop of logic through",
        ),
    ],
)
def test_registers_that_no_cell_is(
    macsmith: Program, tmp_path: Path, ports: str, body: str, message: str
) -> None:
    assert re.search(message, _refusal(macsmith, tmp_path, ports, body))


@pytest.mark.parametrize(
    ("ports", "body"),
    [
        ("input en, d, output reg held", "always @* if (en) held = d;"),
        ("input en, d, output reg held", "always @* if (!en) held = d;"),
        ("input r, en, d, output reg held", "always @* if (r) held = 0; else if (en) held = d;"),
        (
            "input [1:0] s, input [3:0] d, output reg [3:0] held",
            "always @* case (s) 0: held = d; 1: held = ~d; endcase",
        ),
    ],
)
def test_latches_are_refused(macsmith: Program, tmp_path: Path, ports: str, body: str) -> None:
    assert "mine.v:2: the register held is a latch" in _refusal(macsmith, tmp_path, ports, body)


def test_case_of_a_latch(macsmith: Program) -> None:
    file = _CASES / "latches" / "latch_plain.v"
    ended = macsmith("synthesize", "--verilog", file, "--top", "latch_plain")
    assert ended.status == 2
    assert "latch_plain.v:3: the register q is a latch" in ended.err
