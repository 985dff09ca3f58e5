"""The library's timing tables as arrays: one row an edge, looked up for many cells at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.library.technology import Cell, Technology

__all__ = ["TimingTables"]

Floats = NDArray[np.float64]
Index = NDArray[np.int32]


@dataclass(frozen=True)
class TimingTables:
    """The library's tables, one row an edge: an arc, the direction of its input and its output.

    Attributes:
        first: for each cell, the row of its first edge.
        count: for each cell, how many it has.
        pin_in: position of the edge's input among the cell's inputs.
        pin_out: position of its output.
        rise_in: the input rises; of a register's output edges, always.
        rise_out: the output rises.
        launch: the edge starts at a register's clock.
        transitions_ps: axis, shape (edges, S).
        loads_ff: axis, shape (edges, C).
        values: delay and transition in ps, shape (edges, 2, S, C).
        area_um2: of each cell.
        pin_ff: capacitance of each input, shape (cells, inputs).
        max_load_ff: of each output, shape (cells, outputs).
        setup_ps: of a rising and a falling data pin, shape (cells, 2); NaN for logic.
        data: position of a register's data pin; -1 for logic.
        clock: position of its clock pin; -1 for logic.
        rising: of a register, whether its clock's rising edge is the active one.
    """

    first: Index
    count: Index
    pin_in: Index
    pin_out: Index
    rise_in: NDArray[np.bool_]
    rise_out: NDArray[np.bool_]
    launch: NDArray[np.bool_]
    transitions_ps: Floats
    loads_ff: Floats
    values: Floats
    area_um2: Floats
    pin_ff: Floats
    max_load_ff: Floats
    setup_ps: Floats
    data: Index
    clock: Index
    rising: NDArray[np.bool_]

    @classmethod
    def of(cls, technology: Technology) -> TimingTables:
        """The tables of a technology, cells in its order."""
        rows: list[tuple[Any, ...]] = []
        first = [0]
        for cell in technology.cells.values():
            rows += _edges(cell)
            first.append(len(rows))
        count = np.diff(first)
        columns = list(zip(*rows, strict=True))
        cells = technology.cells.values()
        most_inputs = max(len(cell.inputs) for cell in cells)
        most_outputs = max(len(cell.outputs) for cell in cells)
        pins = np.zeros((len(cells), most_inputs))
        loads = np.full((len(cells), most_outputs), np.inf)
        setup = np.full((len(cells), 2), np.nan)
        data, clock = np.full((2, len(cells)), -1, dtype=np.int32)
        rising = np.zeros(len(cells), dtype=bool)
        for i, cell in enumerate(cells):
            pins[i, : len(cell.inputs)] = [pin.capacitance_ff for pin in cell.inputs.values()]
            loads[i, : len(cell.outputs)] = [pin.max_load_ff for pin in cell.outputs.values()]
            if cell.flop:
                setup[i] = cell.flop.setup_ps
                data[i] = list(cell.inputs).index(cell.flop.data)
                clock[i] = list(cell.inputs).index(cell.flop.clock)
                rising[i] = cell.flop.rising
        return cls(
            first=np.array(first[:-1], dtype=np.int32),
            count=count.astype(np.int32),
            pin_in=np.array(columns[0], dtype=np.int32),
            pin_out=np.array(columns[1], dtype=np.int32),
            rise_in=np.array(columns[2]),
            rise_out=np.array(columns[3]),
            launch=np.array(columns[4]),
            transitions_ps=np.array(columns[5], dtype=float),
            loads_ff=np.array(columns[6], dtype=float),
            values=np.array(columns[7], dtype=float),
            area_um2=np.array([cell.area_um2 for cell in cells]),
            pin_ff=pins,
            max_load_ff=loads,
            setup_ps=setup,
            data=data,
            clock=clock,
            rising=rising,
        )

    def look_up(self, rows: Index, transition_ps: Floats, load_ff: Floats) -> tuple[Floats, Floats]:
        """Delay and transition in ps of edges at given input transitions and loads."""
        i, x = _position(self.transitions_ps[rows], transition_ps)
        j, y = _position(self.loads_ff[rows], load_ff)
        corners = self.values[
            rows[:, None], :, (i[:, None] + (0, 0, 1, 1)), j[:, None] + (0, 1, 0, 1)
        ]
        weights = np.stack([(1 - x) * (1 - y), (1 - x) * y, x * (1 - y), x * y], axis=1)
        delay, transition = np.einsum("nkv,nk->vn", corners, weights)
        return delay, np.maximum(transition, 0.0)


def _edges(cell: Cell) -> Iterator[tuple[Any, ...]]:
    """Rows of the tables for a cell, outputs and inputs in their order."""
    inputs = list(cell.inputs)
    launch = cell.flop is not None
    for position, output in enumerate(cell.outputs.values()):
        for arc in sorted(output.arcs, key=lambda arc: inputs.index(arc.input)):
            for rise_out in (True, False):
                values = (
                    (arc.rise_ps, arc.rise_transition_ps)
                    if rise_out
                    else (arc.fall_ps, arc.fall_transition_ps)
                )
                for rise_in in (True,) if launch else (True, False):
                    like = "positive" if rise_in == rise_out else "negative"
                    if launch or arc.sense in {"both", like}:
                        pins = inputs.index(arc.input), position
                        yield (
                            *pins,
                            rise_in,
                            rise_out,
                            launch,
                            arc.transitions_ps,
                            arc.loads_ff,
                            values,
                        )


def _position(axes: Floats, at: Floats) -> tuple[Index, Floats]:
    """The interval of each axis that a value lies in (the outer ones reach on) and where in it."""
    interval = (at[:, None] >= axes[:, 1:-1]).sum(axis=1)
    each = np.arange(len(axes))
    low, high = axes[each, interval], axes[each, interval + 1]
    return interval.astype(np.int32), (at - low) / (high - low)
