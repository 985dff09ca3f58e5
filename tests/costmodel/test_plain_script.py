"""Verilog from outside is never larger by the flow than by a plain script of Yosys and ABC."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from costmodel.flow.measure import Point, measure
from costmodel.library.liberty_writer import to_liberty
from costmodel.library.plain_names import PlainNames
from costmodel.netlist.source import Source
from costmodel.technologies import load_technology
from tests.costmodel import plain_flow

_NANGATE = load_technology("nangate45")

_VERILOG = """
module sum3(input [9:0] a, b, c, output [11:0] y); assign y = a + b + c; endmodule
module sum4(input signed [7:0] a, b, c, d, output signed [9:0] y);
  assign y = a - b + c - d;
endmodule
module dot3(input [14:0] a, b, output signed [11:0] y);
  wire signed [9:0] p [0:2];
  genvar i;
  generate for (i = 0; i < 3; i = i + 1) begin : products
    assign p[i] = $signed(a[5*i+:5]) * $signed(b[5*i+:5]);
  end endgenerate
  assign y = p[0] + p[1] + p[2];
endmodule
module shift32(input [31:0] a, input [4:0] s, output [31:0] y); assign y = a >> s; endmodule
module multiply8(input [7:0] a, b, output [15:0] y); assign y = a * b; endmodule
module mac6(input clk, input signed [5:0] a, b, output reg signed [15:0] y);
  always @(posedge clk) y <= y + a * b;
endmodule
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """The areas that the plain script gives, by module."""
    folder = tmp_path_factory.mktemp("plain")
    cells = folder / "cells.lib"
    cells.write_text(to_liberty(PlainNames.of(_NANGATE).technology))
    request = {
        "liberty": [str(cells)],
        "dont_use": [],  # the file has only what may be used
        "script": "",
        "verilog": _VERILOG,
        "folder": str(folder),
    }
    subprocess.run(
        [sys.executable, Path(plain_flow.__file__)],
        input=json.dumps(request),
        text=True,
        check=True,
        capture_output=True,
        timeout=120,
    )
    answers = json.loads((folder / "answer.json").read_text())
    return {name: answer["area_um2"] for name, answer in answers.items()}


@pytest.mark.parametrize("top", ["sum3", "sum4", "dot3", "shift32", "multiply8", "mac6"])
def test_never_larger_than_by_a_plain_script(top: str, plain: dict[str, float]) -> None:
    source = Source(_VERILOG, "verilog", top, rows=False)
    answer = measure(Point(source, _NANGATE), parallel=2)
    assert answer["area_um2"] <= plain[top]
