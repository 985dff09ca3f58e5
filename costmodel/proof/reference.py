"""What a source means: its gates and registers, with nothing optimised.

Yosys reads the source, turns processes into multiplexers and flip-flops, memories into registers,
and words into gates; of the passes that mapping runs it runs none that changes a circuit. Registers
keep the names of the source.
"""

from __future__ import annotations

import json
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from costmodel.netlist.netlist import Netlist, flatten, read_modules
from costmodel.netlist.source import Source
from costmodel.netlist.yosys_faults import decide_comparisons
from costmodel.proof.gates import GATES, UNDEFINED
from costmodel.work.worker import DEFAULT_LIMITS, Limits, run_limited

__all__ = ["read_reference"]

_FLOPS = ("$_DFF_?_", "$_DFF_???_", "$_DFFSR_???_")

#: What may be open, as the language has it: bits outside of a word, and quotients by 0. Division is
#: done as it is by hand, the sign last. And what the source promises not to happen: several choices
#: of a case at once under `parallel_case`; of other cases Yosys makes selectors that exclude it.
_OPEN = """
(* techmap_celltype = "$shiftx" *)
module part (A, B, Y);
  parameter A_SIGNED = 0; parameter A_WIDTH = 1;
  parameter B_SIGNED = 0; parameter B_WIDTH = 1; parameter Y_WIDTH = 1;
  input [A_WIDTH-1:0] A; input [B_WIDTH-1:0] B; output [Y_WIDTH-1:0] Y;
  localparam L = A_WIDTH + 2 * Y_WIDTH;
  localparam W = (B_WIDTH > $clog2(L) ? B_WIDTH : $clog2(L)) + 2;
  wire [W-1:0] first = {{W{B_SIGNED ? B[B_WIDTH-1] : 1'b0}}, B};
  wire [W-1:0] place = first + Y_WIDTH;
  wire [L*(W+1)-1:0] moved;
  assign moved[L-1:0] = {{Y_WIDTH{1'bx}}, A, {Y_WIDTH{1'bx}}};
  genvar i;
  generate for (i = 0; i < W; i = i + 1) begin : bits
    localparam far = i > 30 || 2 ** i >= L;
    wire [L-1:0] before = moved[L*i+:L];
    wire [L-1:0] after;
    if (far) assign after = {L{1'bx}};
    else assign after = {{(far ? 1 : 2 ** i){1'bx}}, before[L-1:(far ? 0 : 2 ** i)]};
    assign moved[L*(i+1)+:L] = place[i] ? after : before;
  end endgenerate
  // one that is in part outside: simulators may leave it open as a whole
  wire inside = place >= Y_WIDTH && place <= A_WIDTH;
  generate for (i = 0; i < Y_WIDTH; i = i + 1) begin : result
    \\$_TBUF_ mark (.A(moved[L*W+i]), .E(inside), .Y(Y[i]));
  end endgenerate
endmodule

(* techmap_celltype = "$pmux" *)
module choice (A, B, S, Y);
  parameter WIDTH = 1; parameter S_WIDTH = 1;
  input [WIDTH-1:0] A; input [WIDTH*S_WIDTH-1:0] B; input [S_WIDTH-1:0] S; output [WIDTH-1:0] Y;
  wire [S_WIDTH:0] some, several;
  wire [WIDTH*(S_WIDTH+1)-1:0] chosen;
  assign some[0] = 0, several[0] = 0, chosen[WIDTH-1:0] = 0;
  genvar i;
  generate for (i = 0; i < S_WIDTH; i = i + 1) begin : choices
    assign some[i+1] = some[i] | S[i], several[i+1] = several[i] | (some[i] & S[i]);
    wire [WIDTH-1:0] taken = S[i] ? B[WIDTH*i+:WIDTH] : {WIDTH{1'b0}};
    assign chosen[WIDTH*(i+1)+:WIDTH] = chosen[WIDTH*i+:WIDTH] | taken;
  end endgenerate
  wire [WIDTH-1:0] one = some[S_WIDTH] ? chosen[WIDTH*S_WIDTH+:WIDTH] : A;
  assign Y = several[S_WIDTH] ? {WIDTH{1'bx}} : one;
endmodule

(* techmap_celltype = "$div $mod" *)
module quotient (A, B, Y);
  parameter A_SIGNED = 0; parameter A_WIDTH = 1;
  parameter B_SIGNED = 0; parameter B_WIDTH = 1; parameter Y_WIDTH = 1;
  parameter _TECHMAP_CELLTYPE_ = "";
  input [A_WIDTH-1:0] A; input [B_WIDTH-1:0] B; output [Y_WIDTH-1:0] Y;
  localparam LONGER = A_WIDTH > B_WIDTH ? A_WIDTH : B_WIDTH;
  localparam W = LONGER > Y_WIDTH ? LONGER : Y_WIDTH;
  localparam SIGNED = A_SIGNED && B_SIGNED;
  wire [W-1:0] a = {{W{SIGNED ? A[A_WIDTH-1] : 1'b0}}, A};
  wire [W-1:0] b = {{W{SIGNED ? B[B_WIDTH-1] : 1'b0}}, B};
  wire a_low = SIGNED ? a[W-1] : 1'b0, b_low = SIGNED ? b[W-1] : 1'b0;
  wire [W-1:0] dividend = a_low ? ~a + 1'b1 : a, divisor = b_low ? ~b + 1'b1 : b, digits;
  wire [W*(W+1)-1:0] rest;
  assign rest[W-1:0] = 0;
  genvar i;
  generate for (i = 0; i < W; i = i + 1) begin : step
    wire [W:0] taken = {rest[W*i+:W], dividend[W-1-i]};
    wire [W:0] left = taken - {1'b0, divisor};
    assign digits[W-1-i] = ~left[W];
    assign rest[W*(i+1)+:W] = left[W] ? taken[W-1:0] : left[W-1:0];
  end endgenerate
  wire [W-1:0] last = rest[W*W+:W];
  wire [W-1:0] quotient = a_low ^ b_low ? ~digits + 1'b1 : digits;
  wire [W-1:0] remainder = a_low ? ~last + 1'b1 : last;
  assign Y = B == 0 ? {Y_WIDTH{1'bx}} : _TECHMAP_CELLTYPE_ == "$div" ? quotient : remainder;
endmodule
"""


def read_reference(source: Source, limits: Limits = DEFAULT_LIMITS) -> Netlist:
    """The source as a flat netlist of `costmodel.proof.gates.GATES`.

    Raises:
        WorkFailedError: a limit was broken, or Yosys could not.
    """
    return run_limited(partial(_read, source), limits, "reading the source for its proof")


def _read(source: Source, folder: Path) -> Netlist:
    yosys = import_module("pyosys.libyosys")
    design = yosys.Design()
    log, path = folder / "yosys.log", folder / "reference.json"

    def run(*commands: str | tuple[str | Path, ...]) -> None:
        for command in commands:
            words = command.split() if isinstance(command, str) else map(str, command)
            yosys.Pass.call(design, ["tee", "-q", "-o", str(log), *words])

    text = folder / "source"
    text.write_text(source.text)
    run((f"read_{source.language}", text), ("hierarchy", "-check", "-top", source.top))
    run("proc -noopt", ("write_json", path))
    if not source.rows:
        decide_comparisons(design, json.loads(path.read_text())["modules"])
    legal = [word for kind in _FLOPS for word in ("-cell", kind, "x")]
    run("setattr -unset init w:*", "flatten", "memory_collect", "memory_map")
    openings = folder / "openings.v"
    openings.write_text(_OPEN)
    run(
        ("techmap", "-map", openings),
        "techmap",
        "simplemap",
        "dffunmap",
        ("dfflegalize", *legal),
        "delete t:$scopeinfo",
        "opt_clean",
    )
    run(("write_json", path))
    modules = json.loads(path.read_text())["modules"]
    _mark_undefined(modules[source.top])
    return flatten(read_modules({"modules": modules}, GATES), source.top, GATES)


def _mark_undefined(module: dict[str, Any]) -> None:
    """Drive what is x or has no driver by a gate that says so."""
    cells, ports = module["cells"], module["ports"].values()
    rows = [bits for cell in cells.values() for bits in cell["connections"].values()]
    rows += [port["bits"] for port in ports if port["direction"] == "output"]
    driven = {bit for port in ports if port["direction"] == "input" for bit in port["bits"]}
    for cell in cells.values():
        for pin, way in cell["port_directions"].items():
            if way == "output":
                driven.update(cell["connections"][pin])
    used = {bit for bits in rows for bit in bits}
    last = max((bit for bit in used | driven if isinstance(bit, int)), default=1)
    undefined = sorted({bit for bit in used if isinstance(bit, int)} - driven)
    if used & {"x", "z"}:
        undefined.append(last + 1)
        for bits in rows:
            bits[:] = [last + 1 if bit in {"x", "z"} else bit for bit in bits]
    for number, net in enumerate(undefined):
        cells[f"undefined {number}"] = {
            "type": UNDEFINED,
            "port_directions": {"Y": "output"},
            "connections": {"Y": [net]},
        }
