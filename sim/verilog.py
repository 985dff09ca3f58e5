"""Verilog text of a design, and its lint."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path

from amaranth.lib import wiring

from hw.modules import to_rtlil

__all__ = ["to_verilog"]

# Registers get their enables back, and a name that stands for another one goes; initial values go
# too: what must be known after reset has a reset, the rest needs none.
_PASSES = (
    "proc",
    "clean -purge",
    "opt_expr",
    "opt_dff -simple-dffe",
    "clean -purge",
    "setattr -unset init w:*",
    "memory_collect",
)


def to_verilog(component: wiring.Component, name: str) -> str:
    """Plain Verilog of a design, byte-identical from run to run.

    Args:
        component: the top of the design.
        name: the top module's name; a Verilog identifier.
    """
    yosys = import_module("pyosys.libyosys")  # takes a tenth of a second: only when used
    design = yosys.Design()
    with tempfile.TemporaryDirectory() as folder:
        rtlil, verilog = Path(folder, "design.il"), Path(folder, "design.v")
        rtlil.write_text(to_rtlil(component, name))
        for command in (f"read_rtlil {rtlil}", *_PASSES, f"write_verilog -noattr {verilog}"):
            yosys.Pass.call(design, f"tee -q {command}")
        _, text = verilog.read_text().split("\n", 1)  # the first line names the writer's build
    return text.lstrip()
