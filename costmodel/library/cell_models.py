"""What the cells of a technology do, as Verilog modules: for simulation of mapped netlists.

There are no delays. A flip-flop starts without a value; while clear and preset are both active, it
is cleared. Waves are not recorded inside cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from costmodel.library.expression import names
from costmodel.library.technology import Cell, Flop, Technology

__all__ = ["cell_models"]


def cell_models(technology: Technology) -> str:
    """One module a cell, under the library's names of cells and pins."""
    lines = ["/*verilator tracing_off*/"]
    for cell in technology.cells.values():
        lines += _module(cell)
    return "\n".join([*lines, "/*verilator tracing_on*/", ""])


def _module(cell: Cell) -> Iterator[str]:
    ports = [f"input {_identifier(pin)}" for pin in cell.inputs]
    ports += [f"output {_identifier(pin)}" for pin in cell.outputs]
    yield f"module {_identifier(cell.name)}({', '.join(ports)});"
    yield "  /*verilator inline_module*/"
    state = "state"
    while state in cell.inputs or state in cell.outputs:
        state += "_"
    if cell.flop:
        yield f"  reg {state};"
        yield from _register(cell.flop, state)
    for pin, output in cell.outputs.items():
        function = output.function
        if cell.flop:
            function = function.replace("state", state)
        else:
            for name in names(function):
                if _identifier(name) != name:
                    function = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", _escaped(name), function)
        constant = {"0": "1'b0", "1": "1'b1"}
        yield f"  assign {_identifier(pin)} = {constant.get(function, function)};"
    yield "endmodule"


def _register(flop: Flop, state: str) -> Iterator[str]:
    edges, values = [f"{'posedge' if flop.rising else 'negedge'} {_identifier(flop.clock)}"], []
    for pin, value in ((flop.clear, 0), (flop.preset, 1)):
        if pin:
            name = _identifier(pin[0])
            edges.append(f"{'posedge' if pin[1] else 'negedge'} {name}")
            values.append(f"if ({'' if pin[1] else '~'}{name}) {state} <= 1'b{value};")
    data = f"{'~' if flop.data_inverted else ''}{_identifier(flop.data)}"
    yield f"  always @({' or '.join(edges)})"
    for i, value in enumerate(values):
        yield f"    {'else ' if i else ''}{value}"
    yield f"    {'else ' if values else ''}{state} <= {data};"


def _identifier(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else f"\\{name} "


def _escaped(name: str) -> str:
    return _identifier(name).replace("\\", "\\\\")
