"""Models of cells in Verilog, and what kind of cell each one is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from costmodel.flow.mapped import map_once
from costmodel.flow.recipes import Recipe
from costmodel.netlist.cell_models import KINDS, cell_models, kind_of
from costmodel.netlist.verilog import to_verilog
from costmodel.proof.proof import Effort, prove
from costmodel.proof.reference import read_reference
from costmodel.technologies import load_technology
from costmodel.verilog.reading import read_design
from costmodel.verilog.sources import VerilogSources

_TEXT = """module dut(input clk, rst, set, input signed [3:0] a, b, output reg [7:0] q, p,
  output y);
  always @(posedge clk or negedge rst) if (!rst) q <= 0; else q <= q + a * b;
  always @(negedge clk or posedge set) if (set) p <= 8'ha5; else p <= p ^ q;
  assign y = a == b;
endmodule
"""


@pytest.mark.parametrize(
    ("technology", "kinds"),
    [
        (
            "nangate45",
            {
                "DFF_X1": "register",
                "SDFFRS_X2": "register",
                "FA_X1": "adder",
                "XNOR2_X2": "exclusive or",
                "MUX2_X1": "multiplexer",
                "INV_X8": "inverter",
                "CLKBUF_X2": "buffer",
                "AOI222_X1": "gate",
                "NAND2_X1": "gate",
                "LOGIC0_X1": "other",
            },
        ),
        (
            "sky130hd",
            {
                "sky130_fd_sc_hd__mux2i_1": "multiplexer",
                "sky130_fd_sc_hd__xor3_1": "exclusive or",
                "sky130_fd_sc_hd__maj3_1": "gate",
                "sky130_fd_sc_hd__ha_1": "adder",
            },
        ),
    ],
)
def test_kinds(technology: str, kinds: dict[str, str]) -> None:
    cells = load_technology(technology).cells
    assert {name: kind_of(cells[name]) for name in kinds if name in cells} == {
        name: kind for name, kind in kinds.items() if name in cells
    }
    counts = Counter(map(kind_of, cells.values()))
    assert set(counts) <= set(KINDS)
    assert counts["gate"] > counts["inverter"] > 2


@pytest.mark.parametrize("technology", ["nangate45", "sg13g2", "asap7"])
def test_a_netlist_with_models_is_the_circuit(tmp_path: Path, technology: str) -> None:
    """Read as plain Verilog, which needs no library."""
    cells = load_technology(technology)
    source = tmp_path / "dut.v"
    source.write_text(
        _TEXT
        if technology != "asap7"
        else _TEXT.replace("or negedge rst", "").replace("or posedge set", "")
    )
    reading = read_design(VerilogSources((source,), "dut"), cells)
    mapped = map_once(reading.source, Recipe(aim="plain"), cells, None)
    used = [mapped.netlist.library[kind] for kind in sorted(set(mapped.netlist.kinds.tolist()))]
    netlist = tmp_path / "netlist.v"
    netlist.write_text(to_verilog(mapped.netlist, "dut") + cell_models(used))
    other = load_technology("sky130hd")
    again = read_design(VerilogSources((netlist,), "dut"), other)
    proof = prove(reading.source, read_reference(again.source), Effort())
    assert proof.method != "none", proof.remarks
    assert proof.mismatch is None
    assert proof.steps > 500
    broken = (
        netlist.read_text()
        .replace("assign ZN = ~", "assign ZN = ", 1)
        .replace("assign Y = ~", "assign Y = ", 1)
    )
    netlist.write_text(broken)
    again = read_design(VerilogSources((netlist,), "dut"), other)
    assert prove(reading.source, read_reference(again.source), Effort()).mismatch is not None
