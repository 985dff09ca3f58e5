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
    "negate8": (
        "input signed [7:0] a, output signed [7:0] y, output [8:0] z);"
        " assign y = -a, z = a[7] ? -a : a;"
    ),
    "absolute8": "input signed [7:0] a, output [7:0] y); assign y = a < 0 ? -a : a;",
    "difference7": "input [6:0] a, b, output [6:0] y); assign y = a > b ? a - b : b - a;",
    "negate1": "input a, output [3:0] y); assign y = -a;",
    "negate_wide": "input [5:0] a, output signed [9:0] y); assign y = -$signed({1'b0, a});",
    "negate_sum": "input signed [5:0] a, b, output signed [7:0] y); assign y = -(a + b);",
    "from_constant": "input [6:0] a, output [7:0] y); assign y = 8'd100 - a;",
    "less_constant": "input signed [6:0] a, output [6:0] y); assign y = a - 7'sd37;",
    "add1": "input a, b, c, output [1:0] y); assign y = a + b + c;",
    "add_mixed": (
        "input signed [6:0] a, input signed [2:0] b, input [4:0] c, output signed [8:0] y);"
        " assign y = a + b - $signed({1'b0, c});"
    ),
    "compare_constants": (
        "input signed [6:0] a, input [6:0] b, output [4:0] y);"
        " assign y = {a < -5, a >= 9, b > 7'd77, b <= 0, a == b};"
    ),
    "part_select_write": (
        "input [15:0] a, input [3:0] i, input [2:0] d, output reg [15:0] y);"
        " always @* begin y = a; y[i +: 3] = d; end"
    ),
    "part_select_signed": (
        "input [11:0] a, input signed [3:0] i, output [2:0] y); assign y = a[i +: 3];"
    ),
    "rotate12": (
        "input [11:0] a, input [3:0] s, output [11:0] y); assign y = a >> s | a << (12 - s);"
    ),
    "shift_signed": (
        "input signed [9:0] a, input [3:0] s, output signed [9:0] y); assign y = a >>> s;"
    ),
    "divide6": (
        "input [5:0] a, input [3:0] b, output [5:0] y, output [3:0] z);"
        " assign y = b ? a / b : 6'd0, z = b ? a % b : 4'd0;"
    ),
    "power_of_two": "input [2:0] a, output [7:0] y); assign y = 2 ** a;",
    "dot_product": (
        "input signed [2:0] a, b, c, d, input signed [5:0] e, output signed [7:0] y);"
        " assign y = a * b - c * d + e;"
    ),
    "square4": "input signed [3:0] a, output [7:0] y); assign y = a * a;",
    "add_seven": (
        "input [2:0] a, b, c, d, e, f, g, output [5:0] y);"
        " assign y = ((a + b) + (c + d)) + ((e + f) + g);"
    ),
    "add_wrapping": (
        "input signed [4:0] a, b, c, input [4:0] d, output [4:0] y); assign y = a - b - c + d + 3;"
    ),
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
    "written_at": (
        "input clk, input [2:0] i, input d, output reg [7:0] y); always @(posedge clk) y[i] <= d;"
    ),
    "negated": (
        "input clk, rst, input signed [4:0] a, output reg signed [5:0] y);"
        " always @(posedge clk) if (rst) y <= 0; else y <= -a;"
    ),
    "falling": (
        "input clk, input [3:0] a, output reg [3:0] y); always @(negedge clk) y <= a + 4'd3;"
    ),
}


def verilog(name: str) -> str:
    """The whole module of a circuit."""
    return f"module {name}({(LOGIC | REGISTERED)[name]}\nendmodule\n"
