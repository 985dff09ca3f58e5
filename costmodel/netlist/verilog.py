"""A flat netlist as Verilog, with the buffers and the drive strengths that sizing chose."""

from __future__ import annotations

import re

from costmodel.library.identifiers import identifier
from costmodel.netlist.netlist import Netlist

__all__ = ["to_verilog"]

_CONSTANTS = ("1'b0", "1'b1")


def to_verilog(netlist: Netlist, top: str) -> str:
    """Structural Verilog: one instance a cell, nets and cells numbered, ports by their names."""
    mark = "n"  # before the numbers of nets; no port is called like one
    while any(re.fullmatch(rf"{mark}\d+", port) for port in netlist.ports):
        mark += "_"
    names = [*_CONSTANTS, *(f"{mark}{net}" for net in range(2, netlist.nets))]
    lines = [f"module {identifier(top)} ({', '.join(map(identifier, netlist.ports))});"]
    assigns = []
    for port, (direction, nets) in netlist.ports.items():
        word = identifier(port)
        wide = len(nets) > 1
        lines.append(f"  {direction} {f'[{len(nets) - 1}:0] ' if wide else ''}{word};")
        for bit, net in enumerate(nets.tolist()):
            left, right = f"{word}[{bit}]" if wide else word, names[net]
            sides = (right, left) if direction == "input" else (left, right)
            assigns.append("  assign {} = {};".format(*sides))
    lines += [f"  wire {name};" for name in names[2:]]
    lines += assigns
    pins = [(list(cell.inputs), list(cell.outputs)) for cell in netlist.library]
    rows = zip(
        netlist.kinds.tolist(), netlist.inputs.tolist(), netlist.outputs.tolist(), strict=True
    )
    for number, (kind, inputs, outputs) in enumerate(rows):
        connected = [
            f".{identifier(pin)}({names[net]})"
            for side, nets in zip(pins[kind], (inputs, outputs), strict=True)
            for pin, net in zip(side, nets, strict=False)
            if net >= 0
        ]
        cell = identifier(netlist.library[kind].name)
        lines.append(f"  {cell} c{number} ({', '.join(connected)});")
    return "\n".join([*lines, "endmodule", ""])
