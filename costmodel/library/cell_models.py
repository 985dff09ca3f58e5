"""What the cells of a technology do, as Verilog modules: for simulation of mapped netlists.

There are no delays. A flip-flop starts without a value; while clear and preset are both active, it
is cleared. Waves are not recorded inside cells.
"""

from __future__ import annotations

from collections.abc import Iterator

from costmodel.library.expression import substituted
from costmodel.library.identifiers import identifier
from costmodel.library.technology import Cell, Flop, Technology

__all__ = ["cell_models"]


def cell_models(technology: Technology) -> str:
    """One module a cell, under the library's names of cells and pins."""
    lines = ["/*verilator tracing_off*/"]
    for cell in technology.cells.values():
        lines += _module(cell)
    return "\n".join([*lines, "/*verilator tracing_on*/", ""])


def _module(cell: Cell) -> Iterator[str]:
    ports = [f"input {identifier(pin)}" for pin in cell.inputs]
    ports += [f"output {identifier(pin)}" for pin in cell.outputs]
    yield f"module {identifier(cell.name)}({', '.join(ports)});"
    yield "  /*verilator inline_module*/"
    state = "state"
    while state in cell.inputs or state in cell.outputs:
        state += "_"
    if cell.flop:
        yield f"  reg {state};"
        yield from _register(cell.flop, state)
    for pin, output in cell.outputs.items():
        if cell.flop:
            function = output.function.replace("state", state)
        else:
            pins = {name: identifier(name) for name in cell.inputs}
            function = substituted(output.function, pins)
        constant = {"0": "1'b0", "1": "1'b1"}
        yield f"  assign {identifier(pin)} = {constant.get(function, function)};"
    yield "endmodule"


def _register(flop: Flop, state: str) -> Iterator[str]:
    edges, values = [f"{'posedge' if flop.rising else 'negedge'} {identifier(flop.clock)}"], []
    for pin, value in ((flop.clear, 0), (flop.preset, 1)):
        if pin:
            name = identifier(pin[0])
            edges.append(f"{'posedge' if pin[1] else 'negedge'} {name}")
            values.append(f"if ({'' if pin[1] else '~'}{name}) {state} <= 1'b{value};")
    data = f"{'~' if flop.data_inverted else ''}{identifier(flop.data)}"
    yield f"  always @({' or '.join(edges)})"
    for i, value in enumerate(values):
        yield f"    {'else ' if i else ''}{value}"
    yield f"    {'else ' if values else ''}{state} <= {data};"
