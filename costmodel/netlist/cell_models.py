"""Cells of a library as Verilog models of their functions, and what kind of cell each one is."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from costmodel.library.expression import substituted, truth_table
from costmodel.library.identifiers import identifier
from costmodel.library.technology import Cell

__all__ = ["KINDS", "cell_models", "kind_of"]

#: What `kind_of` may answer, in the order of tables.
KINDS = ("register", "adder", "exclusive or", "multiplexer", "gate", "inverter", "buffer", "other")


def kind_of(cell: Cell) -> str:
    """What kind of cell one is; ``other`` has no output, or no input."""
    if cell.flop is not None:
        return "register"
    if not cell.outputs or not cell.inputs:
        return "other"
    if len(cell.outputs) > 1:
        return "adder"
    (output,) = cell.outputs.values()
    table = truth_table(output.function, list(cell.inputs))
    if table.ndim == 1:
        return "other" if table[0] == table[1] else "buffer" if table[1] else "inverter"
    odd = np.indices(table.shape).sum(axis=0) % 2 == 1
    if (table == odd).all() or (table != odd).all():
        return "exclusive or"
    return "multiplexer" if _selects(table) else "gate"


def _selects(table: NDArray[np.bool_]) -> bool:
    """Whether a function is one of two inputs, by a third one."""
    if table.ndim != 3:
        return False
    for axis in range(3):
        low, high = np.take(table, 0, axis), np.take(table, 1, axis)
        for one, other in ((low, high), (high, low)):
            of_first = (one[:, 0] == one[:, 1]).all() and one[0, 0] != one[1, 0]
            of_second = (other[0] == other[1]).all() and other[0, 0] != other[0, 1]
            if of_first and of_second:
                return True
    return False


def cell_models(cells: Collection[Cell]) -> str:
    """A Verilog module a cell, with its function and no times: a netlist simulates with them."""
    return "\n".join(map(_model, cells))


def _model(cell: Cell) -> str:
    pins = {pin: identifier(pin) for pin in cell.inputs}
    ports = [f"input {identifier(pin)}" for pin in cell.inputs]
    ports += [f"output {identifier(pin)}" for pin in cell.outputs]
    lines = [f"module {identifier(cell.name)} ({', '.join(ports)});"]
    flop = cell.flop
    if flop is not None:
        state = "state"
        while state in pins or state in cell.outputs:
            state += "_"
        lines.append(f"  reg {state};")
        events = [f"{'posedge' if flop.rising else 'negedge'} {pins[flop.clock]}"]
        text = f"{state} <= {'~' if flop.data_inverted else ''}{pins[flop.data]};"
        for forced, value in ((flop.preset, "1'b1"), (flop.clear, "1'b0")):
            if forced is not None:
                pin, level = forced
                events.append(f"{'posedge' if level else 'negedge'} {pins[pin]}")
                active = pins[pin] if level else f"!{pins[pin]}"
                text = f"if ({active}) {state} <= {value}; else {text}"
        lines.append(f"  always @({' or '.join(events)}) {text}")
        pins = {"state": state}
    for pin, output in cell.outputs.items():
        lines.append(f"  assign {identifier(pin)} = {substituted(output.function, pins)};")
    return "\n".join([*lines, "endmodule", ""])
