"""Sizing: the library's limits hold, late paths get faster, and the function stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from costmodel.flow.mapped import Mapped, map_once
from costmodel.flow.recipes import Recipe
from costmodel.flow.sizing import Families
from costmodel.flow.timing import TimingGraph
from costmodel.flow.timing_tables import TimingTables
from costmodel.library.cell_models import cell_models
from costmodel.netlist.source import Source
from costmodel.netlist.verilog import to_verilog
from costmodel.technologies import load_technology
from tests.costmodel.circuits import verilog
from tests.support import run_yosys

_FAST = Recipe(carry="kogge-stone", aim="delay")
# one input that selects 200 others: more than any cell can drive
_WIDE = (
    "module wide(input s, input [199:0] a, b, output [199:0] y); assign y = s ? a : b; endmodule\n"
)


def _mapped(text: str, top: str, technology: str, clock_ps: float | None) -> Mapped:
    cells = load_technology(technology)
    source = Source(text, "verilog", top, rows=False)
    return map_once(source, _FAST, cells, clock_ps)


@pytest.mark.parametrize("technology", ["nangate45", "sg13g2"])
def test_limits_hold(technology: str) -> None:
    mapped, cells = _mapped(_WIDE, "wide", technology, None), load_technology(technology)
    netlist, tables = mapped.netlist, TimingTables.of(cells)
    timing = TimingGraph(netlist, cells, tables).analyse()
    kinds, pins = np.nonzero(netlist.outputs > 1)
    nets = netlist.outputs[kinds, pins]
    assert (timing.load_ff[nets] <= tables.max_load_ff[netlist.kinds[kinds], pins]).all()
    assert timing.transition_ps.max() <= 1.05 * tables.transitions_ps[:, -1].min()
    added = np.flatnonzero(netlist.copies != np.arange(netlist.nets))
    assert len(added)  # buffers, all of them of the one input
    assert set(netlist.copies[added]) == {netlist.ports["s"][1][0]}
    assert mapped.parts["buffers"] > 0


def test_what_a_weak_driver_slows_down_stays_small() -> None:
    """Enlarging what a slow input makes slow would load the weak driver still more."""
    text = "module wide(input r, s, input [59:0] a, b, output [59:0] y);\n"
    text += "assign y = ({60{~(r & s)}} & a) | ({60{~(r | s)}} & b); endmodule\n"
    cells = load_technology("nangate45")
    source = Source(text, "verilog", "wide", rows=False)
    mapped = map_once(source, Recipe(), cells, None)
    enlarged = sum(n for name, n in mapped.cells.items() if not name.endswith("_X1"))
    assert 0 < enlarged <= 6  # the two selects and their buffers, none of the 60 bits behind them


def test_a_shorter_period_costs_area() -> None:
    relaxed = _mapped(verilog("add16"), "add16", "nangate45", None)
    asked = 0.97 * relaxed.delays.longest_ps
    fast = _mapped(verilog("add16"), "add16", "nangate45", asked)
    assert fast.delays.longest_ps <= asked
    assert fast.area_um2 > relaxed.area_um2
    met = _mapped(verilog("add16"), "add16", "nangate45", 2 * relaxed.delays.longest_ps)
    assert met.area_um2 == pytest.approx(relaxed.area_um2, rel=0.02)


def test_families_share_their_function() -> None:
    cells = load_technology("nangate45")
    names = list(cells.cells)
    families = Families(cells, TimingTables.of(cells))
    for weak, strong in enumerate(families.stronger):
        one, other = cells.cells[names[weak]], cells.cells[names[strong]]
        functions = [[out.function for out in cell.outputs.values()] for cell in (one, other)]
        assert functions[0] == functions[1]
        assert list(one.inputs) == list(other.inputs)
        assert not other.excluded or other is one
    assert names[families.stronger[names.index("INV_X1")]] == "INV_X2"
    assert all(names[i].startswith(("BUF", "CLKBUF")) for i in families.buffers)


@pytest.mark.parametrize("text", [_WIDE, verilog("first16")], ids=["wide", "first16"])
def test_function_stays(text: str, tmp_path: Path) -> None:
    """The flat netlist with its buffers is what the source says, for all inputs."""
    top = text.split("(")[0].split()[1]
    mapped = _mapped(text, top, "nangate45", 100.0)
    (tmp_path / "source.v").write_text(text.replace(f"module {top}(", "module gold("))
    (tmp_path / "sized.v").write_text(to_verilog(mapped.netlist, "gate"))
    (tmp_path / "cells.v").write_text(cell_models(load_technology("nangate45")))
    commands = [
        f"read_verilog {tmp_path}/source.v {tmp_path}/sized.v {tmp_path}/cells.v",
        "proc",
        "miter -equiv -flatten gold gate miter",
        "hierarchy -top miter",
        "flatten",
        "sat -prove trigger 0 -set-def-inputs miter",
    ]
    done = run_yosys(commands)
    assert "no model found: SUCCESS!" in done.stdout, done.stdout[-1500:] + done.stderr[-1500:]
