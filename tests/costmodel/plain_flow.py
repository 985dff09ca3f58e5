"""A plain synthesis of small circuits, run as a program of its own.

Reads a JSON object from standard input: ``liberty`` (files), ``dont_use`` (cells), ``script`` (for
ABC; empty for that of Yosys), ``verilog`` (modules, else those here) and ``folder``: it writes
``answer.json`` there, the mapped area of each circuit, and its delay if ABC's script tells it.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

VERILOG = """
module add8(input [7:0] a, b, output [8:0] y); assign y = a + b; endmodule
module add16(input [15:0] a, b, output [16:0] y); assign y = a + b; endmodule
module add32(input [31:0] a, b, output [32:0] y); assign y = a + b; endmodule
module mul4(input [3:0] a, b, output [7:0] y); assign y = a * b; endmodule
module mul8(input signed [7:0] a, b, output signed [15:0] y); assign y = a * b; endmodule
module mux16(input [63:0] a, input [3:0] s, output [3:0] y); assign y = a[s * 4 +: 4]; endmodule
module shift16(input [15:0] a, input [3:0] s, output [15:0] y); assign y = a >> s; endmodule
module less16(input signed [15:0] a, b, output y, z); assign y = a < b, z = a == b; endmodule
module count16(input [15:0] a, output reg [4:0] y);
  integer i;
  always @* begin y = 0; for (i = 0; i < 16; i = i + 1) y = y + a[i]; end
endmodule
module first16(input [15:0] a, output reg [4:0] y);
  integer i;
  always @* begin y = 16; for (i = 0; i < 16; i = i + 1) if (a[i]) y = i; end
endmodule
module crc16(input [7:0] a, input [15:0] c, output reg [15:0] y);
  integer i;
  always @* begin
    y = c;
    for (i = 0; i < 8; i = i + 1) y = {y[14:0], 1'b0} ^ (y[15] ^ a[i] ? 16'h1021 : 16'h0);
  end
endmodule
module mac8(input clk, rst, input signed [7:0] a, b, output reg signed [19:0] y);
  reg signed [7:0] c, d;
  always @(posedge clk) begin c <= a; d <= b; y <= rst ? 0 : y + c * d; end
endmodule
module select8(input [7:0] a, b, c, input [1:0] s, output reg [7:0] y);
  always @* case (s) 0: y = a + b; 1: y = a - c; 2: y = a & b | c; 3: y = a ^ b ^ c; endcase
endmodule
"""

_PREPARE = "strash;ifraig;scorr;dc2;dch"
#: Mapped for area, then timed; and mapped for delay and sized, which small differences upset.
AREA_SCRIPT = f"{_PREPARE};amap;topo;stime -p"
DELAY_SCRIPT = f"{_PREPARE};map;topo;buffer;upsize;dnsize;stime -p"


def synthesize(request: dict[str, Any], circuit: str) -> dict[str, float]:
    libyosys = import_module("pyosys.libyosys")  # the tests import the names above without it
    folder = Path(tempfile.mkdtemp(dir=request["folder"]))
    (folder / "circuits.v").write_text(request.get("verilog", VERILOG))
    (folder / "script.abc").write_text(request["script"].replace(";", "\n") + "\n")
    script = f"-script {folder}/script.abc" if request["script"] else ""
    libraries = " ".join(f"-liberty {file}" for file in request["liberty"])
    dont_use = " ".join(f"-dont_use {cell}" for cell in request["dont_use"])
    design = libyosys.Design()

    def run(command: str) -> str:
        log = folder / "log.txt"
        libyosys.run_pass(f"tee -q -o {log} {command}", design)
        return log.read_text()

    run(f"read_verilog {folder}/circuits.v")
    run(f"synth -flatten -top {circuit}")
    run(f"dfflibmap {libraries} {dont_use}")
    log = run(f"abc {libraries} {dont_use} {script}")
    delays = re.findall(r"Delay = +([\d.]+) ps", log)
    run("opt_clean")
    stat = re.search(r"\{.*\}", run(f"stat -json {libraries}"), re.DOTALL)
    assert stat is not None
    delay = {"delay_ps": float(delays[-1])} if delays else {}
    return {"area_um2": json.loads(stat[0])["design"]["area"], **delay}


def main() -> None:
    request = json.load(sys.stdin)
    # One process a circuit: the numbers in Yosys' names, and with them what ABC makes of a circuit,
    # must not depend on the circuits before.
    circuits = re.findall(r"^module (\w+)", request.get("verilog", VERILOG), re.MULTILINE)
    with get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        answers = pool.map(partial(synthesize, request), circuits, chunksize=1)
    Path(request["folder"], "answer.json").write_text(
        json.dumps(dict(zip(circuits, answers, strict=True)))
    )


if __name__ == "__main__":
    main()
