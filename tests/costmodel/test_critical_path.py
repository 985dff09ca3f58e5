"""The critical path: what its cells take adds up to the delay that timing reports."""

from __future__ import annotations

import pytest

from costmodel.flow.mapped import Mapped
from costmodel.flow.recipes import Recipe
from costmodel.netlist.source import Source
from costmodel.technologies import load_technology
from tests.costmodel.circuits import verilog
from tests.costmodel.kept import kept_mapping

_HALF = "input clk, input [15:0] a, b, output reg q); reg [15:0] r;\n"
_CIRCUITS = {
    **{name: verilog(name) for name in ("add16", "multiply5", "count12", "multiply_accumulate")},
    "half": f"module half({_HALF}always @(posedge clk) r <= a;\n"
    "always @(negedge clk) q <= r + b > 7;\nendmodule\n",
    "wire_only": "module wire_only(input a, output y); assign y = a; endmodule\n",
    "counter": "module counter(input clk, output reg [5:0] q);\n"
    "always @(posedge clk) q <= q + 1;\nendmodule\n",
    "shifted": "module shifted(input clk, a, output reg y); reg r;\n"
    "always @(posedge clk) begin r <= a; y <= r; end\nendmodule\n",
}


def _mapped(name: str, technology: str, clock_ps: float | None = None) -> Mapped:
    source = Source(_CIRCUITS[name], "verilog", name, rows=False)
    return kept_mapping(source, Recipe(aim="plain"), load_technology(technology), clock_ps)


@pytest.mark.parametrize("technology", ["nangate45", "sky130hd"])
@pytest.mark.parametrize("name", _CIRCUITS)
def test_the_path_adds_up(name: str, technology: str) -> None:
    mapped = _mapped(name, technology)
    path = mapped.path
    assert path is not None
    assert path.period_ps == pytest.approx(mapped.delays.longest_ps)
    total = path.input_delay_ps + sum(step.delay_ps for step in path.steps) + path.setup_ps
    assert total == pytest.approx(path.period_ps / (2 if name == "half" else 1))
    for before, step in zip(path.steps, path.steps[1:], strict=False):
        assert step.arrival_ps == pytest.approx(before.arrival_ps + step.delay_ps)
    assert {step.cell for step in path.steps} <= set(mapped.cells)
    assert all(step.fanout >= 1 and step.load_ff > 0 for step in path.steps)


def test_ends_and_nets_have_the_names_of_the_source() -> None:
    path = _mapped("counter", "nangate45").path
    assert path is not None
    assert path.start.startswith("q[")
    assert path.end.endswith("/D)")
    assert path.end.startswith("q[")
    assert path.steps[0].pins == ["CK", "Q"]
    path = _mapped("add16", "nangate45").path
    assert path is not None
    assert (path.start[:2], path.end[:2]) in {("a[", "y["), ("b[", "y[")}


def test_after_sizing_too() -> None:
    """With the buffers and drive strengths that a clock asks for."""
    mapped = _mapped("multiply5", "nangate45", 600.0)
    path = mapped.path
    assert path is not None
    total = path.input_delay_ps + sum(step.delay_ps for step in path.steps) + path.setup_ps
    assert total == pytest.approx(mapped.delays.longest_ps)


def test_registers_are_counted() -> None:
    assert _mapped("shifted", "nangate45").registers == 2
    assert _mapped("add16", "nangate45").registers == 0
