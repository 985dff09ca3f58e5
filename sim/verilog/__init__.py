"""Verilog text of a design."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from amaranth.lib import wiring

from hw.modules import Modules
from sim.verilog.comments import commented, comments_on
from sim.verilog.netlist import read_netlist
from sim.verilog.text import module_text

__all__ = ["commented", "to_verilog"]

# Registers get their enables back, and a name that stands for another one goes; initial values go
# too: what must be known after reset has a reset, the rest needs none.
_PASSES = (
    "proc",
    "clean -purge",
    "opt_expr",
    "opt_dff -simple-dffe",
    "clean -purge",
    "setattr -unset init w:*",
)
# In a process of its own: Yosys goes on counting what it makes, and its order depends on that, so
# that a second design in the same process would come out in other words than in a first.
_YOSYS = """
import sys
from pyosys import libyosys
design = libyosys.Design()
for command in sys.argv[1:]:
    libyosys.Pass.call(design, f"tee -q {command}")
"""


def to_verilog(
    component: wiring.Component,
    name: str,
    meanings: Mapping[str, str] | None = None,
    *,
    clocked: bool = False,
) -> str:
    """Plain Verilog of a design, byte-identical from run to run.

    Args:
        component: the top of the design.
        name: the top module's name; a Verilog identifier.
        meanings: what each of the top's streams and ports carries, where its docstring says less.
        clocked: see `hw.modules.Modules.top`.
    """
    modules = Modules(name)
    rtlil = modules.top(component, clocked=clocked)
    netlist = {module.name: module for module in read_netlist(_simplified(rtlil))}
    texts: dict[str, str] = {}
    waiting = [name]
    for module in waiting:
        if module not in texts:
            comments = comments_on(modules.components[module], meanings if module == name else None)
            texts[module], instances = module_text(netlist[module], netlist, comments)
            waiting += instances
    return "\n".join(texts.values())


def _simplified(rtlil: str) -> str:
    """A netlist without processes, in RTLIL."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "design.il")
        path.write_text(rtlil)
        commands = ("read_rtlil design.il", *_PASSES, "write_rtlil design.il")
        subprocess.run(
            [sys.executable, "-c", _YOSYS, *commands], cwd=folder, check=True, capture_output=True
        )
        return path.read_text()
