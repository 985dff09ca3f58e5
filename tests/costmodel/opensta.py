"""OpenSTA as an outside opinion on delays, where it is installed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from costmodel.flow.netlist import Netlist
from costmodel.flow.netlist_verilog import to_verilog
from costmodel.library.technology import Technology

_PERIOD_PS = 1e6


def longest_ps(
    netlist: Netlist, top: str, technology: Technology, liberty: Sequence[Path], folder: Path
) -> float:
    """The least clock period by OpenSTA, under the assumptions of `costmodel.flow.timing`."""
    (folder / "netlist.v").write_text(to_verilog(netlist, top))
    clock = "[get_ports {clk[0]}]" if "clk" in netlist.ports else ""
    commands = [
        *(f"read_liberty {path}" for path in liberty),
        f"read_verilog {folder}/netlist.v",
        f"link_design {top}",
        "set_cmd_units -time ps -capacitance fF",
        f"create_clock -name clk -period {_PERIOD_PS} {clock}",
        "set inputs {}",
        "foreach port [all_inputs] {",
        '  if {[get_property $port full_name] != "clk[0]"} { lappend inputs $port }',
        "}",
        "set_input_delay 0 -clock clk $inputs",
        "set_output_delay 0 -clock clk [all_outputs]",
        f"set_driving_cell -lib_cell {technology.driver} $inputs",
        f"set_load -pin_load {technology.output_load_ff} [all_outputs]",
        "report_worst_slack",
    ]
    (folder / "commands.tcl").write_text("\n".join(commands) + "\n")
    command = ["sta", "-exit", str(folder / "commands.tcl")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    slack = re.search(r"worst slack (-?[\d.]+)", done.stdout)
    assert slack, done.stdout[-2000:] + done.stderr[-2000:]
    return _PERIOD_PS - float(slack[1])
