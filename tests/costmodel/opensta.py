"""OpenSTA as an outside opinion on delays, where it is installed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from costmodel.library.liberty_writer import to_liberty
from costmodel.library.technology import Technology
from costmodel.netlist.netlist import Netlist
from costmodel.netlist.verilog import to_verilog

_PERIOD_PS = 1e6


def named_liberty(technology: Technology, folder: Path) -> Path:
    """A Liberty file of a technology under its cells' own names, as mapped netlists have them."""
    path = folder / f"{technology.name}.lib"
    path.write_text(to_liberty(technology))
    return path


def longest_ps(
    netlist: Netlist, top: str, technology: Technology, liberty: Sequence[Path], folder: Path
) -> float:
    """The least clock period by OpenSTA, for a design of one clock and one edge."""
    clock = "[get_ports {clk}]" if "clk" in netlist.ports else ""
    commands = [
        f"create_clock -name clk -period {_PERIOD_PS} {clock}",
        *_inputs(["clk"]),
        "set_input_delay 0 -clock clk $inputs",
        "set_output_delay 0 -clock clk [all_outputs]",
    ]
    slack = worst_slack_ps(netlist, top, technology, liberty, folder, commands)
    return _PERIOD_PS - slack


def worst_slack_ps(
    netlist: Netlist,
    top: str,
    technology: Technology,
    liberty: Sequence[Path],
    folder: Path,
    constraints: Sequence[str],
    clocks: Sequence[str] = ("clk",),
) -> float:
    """The least slack by OpenSTA, with the drivers and loads of `costmodel.flow.timing`.

    Args:
        netlist: the netlist.
        top: its name.
        technology: whose cells it is made of.
        liberty: files of the cells.
        folder: for temporary files.
        constraints: commands that make clocks and constrain paths.
        clocks: ports that no cell drives.
    """
    (folder / "netlist.v").write_text(to_verilog(netlist, top))
    commands = [
        *(f"read_liberty {path}" for path in liberty),
        f"read_verilog {folder}/netlist.v",
        f"link_design {top}",
        "set_cmd_units -time ps -capacitance fF",
        *constraints,
        *_inputs(clocks),
        f"set_driving_cell -lib_cell {technology.driver} $inputs",
        f"set_load -pin_load {technology.output_load_ff} [all_outputs]",
        "report_worst_slack",
    ]
    (folder / "commands.tcl").write_text("\n".join(commands) + "\n")
    command = ["sta", "-exit", str(folder / "commands.tcl")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    slack = re.search(r"worst slack (-?[\d.]+)", done.stdout)
    assert slack, done.stdout[-2000:] + done.stderr[-2000:]
    return float(slack[1])


def _inputs(clocks: Sequence[str]) -> list[str]:
    """Tcl that puts all inputs but the clocks into a variable."""
    names = " ".join(clocks)
    return [
        "set inputs {}",
        "foreach port [all_inputs] {",
        f"  set clock [lsearch -exact {{{names}}} [get_property $port full_name]]",
        "  if {$clock < 0} { lappend inputs $port }",
        "}",
    ]
