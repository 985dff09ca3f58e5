"""Small circuits in plain Verilog, of the kinds that arithmetic is made of."""

from __future__ import annotations

#: Combinational circuits, by the name of their module.
LOGIC = {
    "add16": "input [15:0] a, b, output [16:0] y); assign y = a + b;",
    "add8_carry": "input [7:0] a, b, input c, output [8:0] y); assign y = a + b + c;",
    "subtract12": "input [11:0] a, b, output signed [12:0] y); assign y = a - b;",
    "compare10": "input signed [9:0] a, b, output y); assign y = a < b;",
    "increment9": "input [8:0] a, output [8:0] y); assign y = a + 1;",
    "multiply5": "input [4:0] a, b, output [9:0] y); assign y = a * b;",
    "multiply4_signed": "input signed [3:0] a, b, output signed [7:0] y); assign y = a * b;",
    "select16": "input [15:0] a, input [3:0] s, output y); assign y = a[s];",
    "shift16": "input [15:0] a, input [3:0] s, output [15:0] y); assign y = a << s;",
    "count12": (
        "input [11:0] a, output reg [3:0] y); integer i;"
        " always @* begin y = 0; for (i = 0; i < 12; i = i + 1) y = y + a[i]; end"
    ),
    "first16": (
        "input [15:0] a, output reg [4:0] y); integer i;"
        " always @* begin y = 16; for (i = 0; i < 16; i = i + 1) if (a[15-i]) y = i; end"
    ),
    "parity24": "input [23:0] a, output y); assign y = ^a;",
    "crc8": (
        "input [7:0] a, b, output reg [7:0] y); integer i;"
        " always @* begin y = a ^ b;"
        " for (i = 0; i < 8; i = i + 1) y = y[7] ? {y[6:0], 1'b0} ^ 8'h07 : {y[6:0], 1'b0}; end"
    ),
    "add_three": "input [6:0] a, b, c, output [8:0] y); assign y = a + b + c;",
}

#: Circuits with registers: plain, with a synchronous reset, an enable, and asynchronous ones.
REGISTERED = {
    "accumulate": (
        "input clk, rst, enable, input [7:0] a, output reg [15:0] y);"
        " always @(posedge clk) if (rst) y <= 0; else if (enable) y <= y + a;"
    ),
    "multiply_accumulate": (
        "input clk, input signed [3:0] a, b, output reg signed [11:0] y);"
        " reg signed [3:0] p, q; always @(posedge clk) begin p <= a; q <= b; y <= y + p * q; end"
    ),
    "shift_register": (
        "input clk, a, output reg [7:0] y); always @(posedge clk) y <= {y[6:0], a};"
    ),
    "cleared": (
        "input clk, rst_n, input [3:0] a, output reg [3:0] y);"
        " always @(posedge clk or negedge rst_n) if (!rst_n) y <= 0; else y <= a ^ y;"
    ),
    "set": (
        "input clk, set_n, input [3:0] a, output reg [3:0] y);"
        " always @(posedge clk or negedge set_n) if (!set_n) y <= 4'hf; else y <= a;"
    ),
    "falling": (
        "input clk, input [3:0] a, output reg [3:0] y); always @(negedge clk) y <= a + 4'd3;"
    ),
}


def verilog(name: str) -> str:
    """The whole module of a circuit."""
    return f"module {name}({(LOGIC | REGISTERED)[name]}\nendmodule\n"
