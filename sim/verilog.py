"""Verilog text of a design, and its lint."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

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

_LEVELLED = ("$add", "$sub", "$eq", "$ne", "$lt", "$le", "$ge", "$gt")


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
        for command in (f"read_rtlil {rtlil}", *_PASSES):
            yosys.Pass.call(design, f"tee -q {command}")
        _level_operands(yosys, design)
        yosys.Pass.call(design, f"tee -q write_verilog -noattr {verilog}")
        _, text = verilog.read_text().split("\n", 1)  # the first line names the writer's build
    return text.lstrip()


def _level_operands(yosys: Any, design: Any) -> None:
    """Write out what extends the shorter operand of a sum or a comparison, as lints ask for.

    And what a word is compared with that must be zero.
    """
    left, right, is_signed = map(yosys.IdString, ("\\A", "\\B", "\\A_SIGNED"))
    for module in design.modules_.values():
        for cell in module.cells_.values():
            if cell.type.str() == "$logic_not" and cell.getPort(left).size() > 1:
                cell.type = yosys.IdString("$eq")
                cell.setPort(right, yosys.SigSpec(0, cell.getPort(left).size()))
                cell.setParam(yosys.IdString("\\B_SIGNED"), cell.getParam(is_signed))
                cell.fixup_parameters()
            if cell.type.str() in _LEVELLED:
                operands = {port: cell.getPort(port) for port in (left, right)}
                width = max(operand.size() for operand in operands.values())
                for port, operand in operands.items():
                    operand.extend_u0(width, cell.getParam(is_signed).as_bool())
                    cell.setPort(port, operand)
                cell.fixup_parameters()
