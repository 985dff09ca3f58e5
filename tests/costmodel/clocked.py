"""Small circuits of several clocks, edges and gates on them, in plain Verilog."""

from __future__ import annotations

_SUM = "reg [7:0] a, b, y; assign q = y;"

#: By the name of their module: two operands are taken from inputs, and added into ``y``.
CLOCKED = {
    "falling": (
        "input clk, input [7:0] x, z, output [7:0] q);"
        f"{_SUM} always @(negedge clk) begin a <= x; b <= z; y <= a + b; end"
    ),
    "half_cycle": (
        "input clk, input [7:0] x, z, output [7:0] q);"
        f"{_SUM} always @(posedge clk) begin a <= x; b <= z; end always @(negedge clk) y <= a + b;"
    ),
    "inverted": (
        "input clk, input [7:0] x, z, output [7:0] q); wire other = ~clk;"
        f"{_SUM} always @(posedge clk) begin a <= x; b <= z; end"
        " always @(posedge other) y <= a + b;"
    ),
    "gated": (
        "input clk, input [7:0] x, z, output [7:0] q); reg on; wire other = clk & on;"
        f"{_SUM} always @(posedge clk) begin a <= x; b <= z; end"
        " always @(negedge clk) on <= ^b; always @(posedge other) y <= a + b;"
    ),
    # what opens the gate is the end of the longest path, and has half a period
    "late_gate": (
        "input clk, input [7:0] x, z, output [7:0] q); reg [7:0] c; wire other = clk | &(c + a);"
        f"{_SUM} always @(posedge clk) begin a <= x; b <= z; c <= b; end"
        " always @(posedge other) y <= a ^ b;"
    ),
    "divided": (
        "input clk, input [7:0] x, z, output [7:0] q); reg half; always @(posedge clk)"
        f" half <= ~half; {_SUM}"
        " always @(posedge half) begin a <= x; b <= z; y <= a + b; end"
    ),
    "to_divided": (
        "input clk, input [7:0] x, z, output [7:0] q); reg half; always @(posedge clk)"
        f" half <= ~half; {_SUM}"
        " always @(posedge clk) begin a <= x; b <= z; end always @(negedge half) y <= a + b;"
    ),
    "two_clocks": (
        "input clk, other, input [7:0] x, z, output [7:0] q, output reg w); reg s;"
        f"{_SUM} always @(posedge clk) begin a <= x; b <= z; y <= a + b; end"
        " always @(posedge other) begin s <= y[7]; w <= s; end"
    ),
    "clock_as_data": (
        "input clk, input [7:0] x, z, output [7:0] q); "
        f"{_SUM} always @(posedge clk) begin a <= x + {{8{{clk}}}}; b <= a; y <= b; end"
    ),
    "exclusive_or": (
        "input clk, invert, input [7:0] x, z, output [7:0] q); reg i;"
        f"{_SUM} always @(posedge clk) begin a <= x; b <= z; i <= invert; end"
        " always @(posedge (clk ^ i)) y <= a + b;"
    ),
    "clock_choice": (
        "input clk, other, s, input [7:0] x, z, output [7:0] q, output reg [7:0] w);"
        f"{_SUM} always @(posedge (s ? clk : other)) begin a <= x; b <= z; y <= a + b; end"
        " always @(posedge clk) w <= w + y;  "
    ),
    "counter": (
        "input clk, input [7:0] x, z, output [7:0] q); reg [1:0] n; wire tick = n == 2;"
        " always @(posedge clk) n <= n + 1;"
        f"{_SUM} always @(posedge tick) begin a <= x; b <= z; y <= a + b; end"
    ),
}


def verilog(name: str) -> str:
    """The whole module of a circuit."""
    return f"module {name}({CLOCKED[name]}\nendmodule\n"
