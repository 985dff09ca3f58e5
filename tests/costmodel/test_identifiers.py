"""Names of a user's Verilog in the Verilog that is written of its netlists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costmodel.energy.netlist_simulation import to_simulation
from costmodel.flow.mapped import map_once
from costmodel.flow.recipes import Recipe
from costmodel.library.cell_models import cell_models
from costmodel.library.identifiers import identifier
from costmodel.netlist.verilog import to_verilog
from costmodel.technologies import load_technology
from costmodel.verilog.reading import read_design
from costmodel.verilog.sources import VerilogSources
from tests.support import run_yosys

_NANGATE = load_technology("nangate45")
_PORTS = {r"\a[0]", "logic", "n3", r"\0x", "y"}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("clk", "clk"),
        ("a$b", "\\a$b "),
        ("a[0]", "\\a[0] "),
        ("\\0x", "\\0x "),
        ("reg", "\\reg "),
        ("logic", "\\logic "),
        ("größe", "\\gr%C3%B6%C3%9Fe "),
    ],
)
def test_identifier(name: str, written: str) -> None:
    assert identifier(name) == written


def test_netlists_keep_odd_ports(tmp_path: Path) -> None:
    """Both texts of a netlist are read back with the ports that the source has."""
    file = tmp_path / "odd.v"
    file.write_text(
        "module odd(input \\a[0] , logic, n3, \\0x , output y);\n"
        "  assign y = (\\a[0] & logic) ^ (n3 | \\0x );\nendmodule\n"
    )
    source = read_design(VerilogSources((file,), "odd"), _NANGATE).source
    mapped = map_once(source, Recipe(), _NANGATE, None)
    texts = {
        "flat": cell_models(_NANGATE) + to_verilog(mapped.netlist, "odd"),
        "simulation": to_simulation(mapped.netlist),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.v").write_text(text)
        written = tmp_path / f"{name}.json"
        done = run_yosys(
            [
                f"read_verilog {tmp_path}/{name}.v",
                "hierarchy -check -top odd",
                f"write_json {written}",
            ]
        )
        assert done.returncode == 0, done.stdout[-500:]
        ports = json.loads(written.read_text())["modules"]["odd"]["ports"]
        assert {port.removeprefix("\\") for port in ports} == {
            port.removeprefix("\\") for port in _PORTS
        }
