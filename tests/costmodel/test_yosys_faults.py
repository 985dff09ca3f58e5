"""Where Yosys by itself makes another circuit than the source says, the flow does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from costmodel.flow.recipes import Recipe
from costmodel.netlist.source import Source
from costmodel.netlist.yosys_faults import _misjudged
from costmodel.proof.gates import UNDEFINED
from costmodel.proof.reference import read_reference
from costmodel.technologies import load_technology
from tests.costmodel.kept import kept_named_mapping
from tests.costmodel.test_mapping import equal

#: A circuit that Yosys gets wrong, and the same in words that it gets right.
_FAULTS = {
    "case_equality": (
        "input a, b, output y); assign y = (a === 1'bx) ? b : ~b;",
        "input a, b, output y); assign y = ~b;",
    ),
    "case_inequality": (
        "input [1:0] a, input b, output y); assign y = (a !== 2'b1x) ? b : ~b;",
        "input [1:0] a, input b, output y); assign y = b;",
    ),
    "high_impedance": (
        "input a, b, output y); wire z = 1'bz; assign y = (z === a) ? b : ~b;",
        "input a, b, output y); assign y = ~b;",
    ),
    "case_item": (
        (
            "input [1:0] a, input b, output reg y);"
            " always @* case (a) 2'b1x: y = 1; 2'b01: y = b; default: y = 0; endcase"
        ),
        "input [1:0] a, input b, output y); assign y = a == 1 & b;",
    ),
    "casez_item": (
        (
            "input [1:0] a, input b, output reg y);"
            " always @* casez (a) 2'b1x: y = 1; 2'b?1: y = b; default: y = 0; endcase"
        ),
        "input [1:0] a, input b, output y); assign y = a[0] & b;",
    ),
    "negated_twice": (
        (
            "input signed [4:0] a, input [1:0] s, output signed [7:0] y);"
            " assign y = -$signed(-(a << s));"
        ),
        (
            "input signed [4:0] a, input [1:0] s, output [7:0] y);"
            " wire [4:0] t = ~(a << s) + 5'd1; assign y = ~{{3{t[4]}}, t} + 8'd1;"
        ),
    ),
    "negated_and_added": (
        (
            "input signed [3:0] a, input signed [7:0] b, output signed [7:0] y);"
            " wire signed [3:0] n = -a; assign y = n + b;"
        ),
        (
            "input [3:0] a, input [7:0] b, output [7:0] y);"
            " wire [3:0] t = ~a + 4'd1; assign y = {{4{t[3]}}, t} + b;"
        ),
    ),
    "both_negated": (
        (
            "input signed [2:0] a, b, input signed [7:0] c, output signed [7:0] y);"
            " wire signed [3:0] n = -a - b; assign y = n - c;"
        ),
        (
            "input [2:0] a, b, input [7:0] c, output [7:0] y);"
            " wire [3:0] t = ~({a[2], a} + {b[2], b}) + 4'd1; assign y = {{4{t[3]}}, t} - c;"
        ),
    ),
    "two_taken_from_one_bit": (
        (
            "input signed a, input signed [2:0] b, c, input signed [7:0] d, output signed [7:0] y);"
            " wire signed [3:0] n = a - b - c; assign y = n + d;"
        ),
        (
            "input a, input [2:0] b, c, input [7:0] d, output [7:0] y);"
            " wire [3:0] t = {4{a}} + ~({b[2], b} + {c[2], c}) + 4'd1;"
            " assign y = {{4{t[3]}}, t} + d;"
        ),
    ),
}


@pytest.mark.parametrize("name", _FAULTS)
def test_a_fault_is_gone_round(name: str, tmp_path: Path) -> None:
    text, meant = (f"module {name}({body}\nendmodule\n" for body in _FAULTS[name])
    source = Source(text, "verilog", name, rows=False)
    _, mapped = kept_named_mapping(source, Recipe(), load_technology("nangate45"))
    assert equal(tmp_path, name, mapped, "nangate45", meant)


@pytest.mark.parametrize("promise", ["(* parallel_case *)", ""])
def test_several_choices_are_open_where_the_source_promises_none(promise: str) -> None:
    """Else the first one holds."""
    text = (
        f"module m(input a, b, c, d, output reg y); always @* {promise} case (1'b1)"
        " a: y = c; b: y = d; default: y = 0; endcase endmodule\n"
    )
    reference = read_reference(Source(text, "verilog", "m", rows=False))
    kinds = {reference.library[kind].name for kind in reference.kinds}
    assert (UNDEFINED in kinds) == bool(promise)


@pytest.mark.parametrize(("size", "width"), [(8, 8), (8, 9), (1, 1), (1, 2)])
def test_only_the_least_number_has_no_negative(size: int, width: int) -> None:
    assert _misjudged([(size, True)], width) == (size == width)
