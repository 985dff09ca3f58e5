"""Static timing of a flat netlist: from inputs and registers to registers and outputs.

Delays and transitions come from the library's tables, interpolated between (and beyond) their
points for each cell's own load and input transition; rising and falling edges are kept apart, the
slowest transition of all inputs is passed on (the usual graph-based analysis). The clock is ideal:
it arrives everywhere at once, and neither its tree nor any wire is in the figures. A path that ends
in a register counts the register's setup time, one that starts there its clock-to-output delay; an
input of the design comes at time 0 from the technology's driver, whose delay grows with the load.

The whole netlist is worked on level by level with numpy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.flow.netlist import Netlist
from costmodel.library.technology import Cell, Technology

__all__ = ["Delays", "Timing", "TimingGraph", "TimingTables"]

Floats = NDArray[np.float64]
Index = NDArray[np.int32]

_CLASSES = ("input", "register")  # where a path starts


class CombinationalLoopError(ValueError):
    """A netlist whose logic feeds itself without a register has no delay."""


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
        for i, cell in enumerate(cells):
            pins[i, : len(cell.inputs)] = [pin.capacitance_ff for pin in cell.inputs.values()]
            loads[i, : len(cell.outputs)] = [pin.max_load_ff for pin in cell.outputs.values()]
            if cell.flop:
                setup[i] = cell.flop.setup_ps
                data[i] = list(cell.inputs).index(cell.flop.data)
                clock[i] = list(cell.inputs).index(cell.flop.clock)
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


@dataclass(frozen=True)
class Delays:
    """The longest path of each kind in ps, setup included; NaN where there is none."""

    input_to_register_ps: float
    register_to_register_ps: float
    input_to_output_ps: float
    register_to_output_ps: float

    @property
    def longest_ps(self) -> float:
        """The least clock period: the longest path of any kind; 0 for a design without paths."""
        return float(
            np.nanmax(
                [
                    self.input_to_register_ps,
                    self.register_to_register_ps,
                    self.input_to_output_ps,
                    self.register_to_output_ps,
                    0.0,
                ]
            )
        )


@dataclass(frozen=True)
class Timing:
    """One analysis. Nodes are edges of nets: ``2 * net`` falls, ``2 * net + 1`` rises.

    Attributes:
        arrival_ps: latest arrival from inputs and from registers, shape (2, nodes); -inf for none.
        transition_ps: of each node.
        required_ps: latest time at each node that keeps the asked period, or the longest path's.
        load_ff: of each net.
        delays: the longest paths.
    """

    arrival_ps: Floats
    transition_ps: Floats
    required_ps: Floats
    load_ff: Floats
    delays: Delays

    @property
    def slack_ps(self) -> Floats:
        """By node: required less arrival; infinite where no path passes."""
        latest = self.arrival_ps.max(axis=0)
        return np.where(np.isfinite(latest), self.required_ps - latest, np.inf)


class TimingGraph:
    """The edges of a netlist in the order of their levels; drive strengths may change under it.

    Args:
        netlist: the netlist; its cells' kinds may change afterwards within a family of cells that
            have the same pins and arcs, nothing else.
        technology: whose cells it is made of.
        tables: the technology's tables.

    Raises:
        CombinationalLoopError: logic feeds itself without a register.
    """

    def __init__(self, netlist: Netlist, technology: Technology, tables: TimingTables) -> None:
        self._netlist, self._technology, self.tables = netlist, technology, tables
        count = tables.count[netlist.kinds]
        cell = np.repeat(np.arange(len(netlist.kinds), dtype=np.int32), count)
        local = np.arange(len(cell), dtype=np.int32) - np.repeat(np.cumsum(count) - count, count)
        local = local.astype(np.int32)
        row = tables.first[netlist.kinds[cell]] + local
        source_net = netlist.inputs[cell, tables.pin_in[row]]
        target_net = netlist.outputs[cell, tables.pin_out[row]]
        used = (target_net > 1) & (tables.launch[row] | (source_net > 1))
        cell, local, row = cell[used], local[used], row[used]
        source_net, target_net = source_net[used], target_net[used]
        launch = tables.launch[row]
        source = np.where(launch, -1, 2 * source_net + tables.rise_in[row])
        target = 2 * target_net + tables.rise_out[row]
        order, self._bounds = _levels(source, target, 2 * netlist.nets)
        self.cell, self._local = cell[order], local[order]
        self.source, self.target = source[order].astype(np.int32), target[order].astype(np.int32)
        self._launch = launch[order]

    @property
    def rows(self) -> Index:
        """The row of `tables` of each edge, by today's kinds."""
        return self.tables.first[self._netlist.kinds[self.cell]] + self._local

    @property
    def driver(self) -> int:
        """The cell that is taken to drive every input."""
        return list(self._technology.cells).index(self._technology.driver)

    @cached_property
    def clock_nets(self) -> Index:
        """Nets that clock registers: they are ideal."""
        kinds = self._netlist.kinds
        flops = np.flatnonzero(self.tables.clock[kinds] >= 0)
        return np.unique(self._netlist.inputs[flops, self.tables.clock[kinds[flops]]])

    def loads(self) -> Floats:
        """Load of each net in fF: the inputs on it, and what is outside on the design's outputs."""
        netlist = self._netlist
        connected = netlist.inputs >= 0
        loads = np.zeros(netlist.nets)
        np.add.at(loads, netlist.inputs[connected], self.tables.pin_ff[netlist.kinds][connected])
        outputs = netlist.port_nets("output")
        np.add.at(loads, outputs, self._technology.output_load_ff)
        return loads

    def analyse(self, period_ps: float | None = None) -> Timing:
        """Propagate arrivals forward and required times back.

        Args:
            period_ps: the clock period; None takes the longest path's, so that its slack is 0.
        """
        netlist, tables = self._netlist, self.tables
        loads = self.loads()
        nodes = 2 * netlist.nets
        arrival = np.full((2, nodes), -np.inf)
        transition = np.full(nodes, self._technology.typical_transition_ps)
        self._drive_inputs(loads, arrival, transition)
        rows = self.rows
        load = loads[self.target >> 1]
        delay = np.empty(len(rows))
        for begin, end in zip(self._bounds[:-1], self._bounds[1:], strict=True):
            part = slice(begin, end)
            source, target, launch = self.source[part], self.target[part], self._launch[part]
            came = np.where(launch, self._technology.typical_transition_ps, transition[source])
            delay[part], out = tables.look_up(rows[part], came, load[part])
            before = arrival[:, source]
            before[:, launch] = ((-np.inf,), (0.0,))
            after = before + delay[part]
            where = np.flatnonzero(np.r_[True, target[1:] != target[:-1]])
            arrival[:, target[where]] = np.maximum.reduceat(after, where, axis=1)
            live = np.isfinite(after).any(axis=0)
            transition[target[where]] = np.maximum.reduceat(np.where(live, out, 0.0), where)
        ends, setup = self._ends()
        return self._finish(loads, arrival, transition, delay, ends, setup, period_ps)

    def _drive_inputs(self, loads: Floats, arrival: Floats, transition: Floats) -> None:
        technology, tables = self._technology, self.tables
        driver = self.driver
        ports = np.setdiff1d(self._netlist.port_nets("input"), np.r_[self.clock_nets, 0, 1])
        for row in range(tables.first[driver], tables.first[driver] + tables.count[driver]):
            rows = np.full(len(ports), row, dtype=np.int32)
            typical = np.full(len(ports), technology.typical_transition_ps)
            unloaded, _ = tables.look_up(rows, typical, np.zeros(len(ports)))
            loaded, out = tables.look_up(rows, typical, loads[ports])
            nodes = 2 * ports + tables.rise_out[row]
            arrival[0, nodes] = loaded - unloaded
            transition[nodes] = out

    def _ends(self) -> tuple[Index, Floats]:
        """Nodes where paths end, and the setup time there: data pins, then outputs."""
        netlist, tables = self._netlist, self.tables
        flops = np.flatnonzero(tables.data[netlist.kinds] >= 0)
        kinds = netlist.kinds[flops]
        nets = netlist.inputs[flops, tables.data[kinds]]
        outputs = netlist.port_nets("output")
        ends = np.concatenate([2 * nets + 1, 2 * nets, 2 * outputs + 1, 2 * outputs])
        setup = [tables.setup_ps[kinds, 0], tables.setup_ps[kinds, 1], np.zeros(2 * len(outputs))]
        return ends.astype(np.int32), np.concatenate(setup)

    def _finish(
        self,
        loads: Floats,
        arrival: Floats,
        transition: Floats,
        delay: Floats,
        ends: Index,
        setup: Floats,
        period_ps: float | None,
    ) -> Timing:
        at_end = arrival[:, ends] + setup
        registers = len(ends) - 2 * len(self._netlist.port_nets("output"))
        longest = [
            float(part.max(initial=-np.inf))
            for side in at_end
            for part in (side[:registers], side[registers:])
        ]
        longest = [value if np.isfinite(value) else float("nan") for value in longest]
        delays = Delays(
            input_to_register_ps=longest[0],
            input_to_output_ps=longest[1],
            register_to_register_ps=longest[2],
            register_to_output_ps=longest[3],
        )
        period = delays.longest_ps if period_ps is None else period_ps
        required = np.full(2 * self._netlist.nets, np.inf)
        np.minimum.at(required, ends, period - setup)
        for begin, end in zip(self._bounds[-2::-1], self._bounds[:0:-1], strict=True):
            part = slice(begin, end)
            inner = ~self._launch[part]
            np.minimum.at(
                required,
                self.source[part][inner],
                (required[self.target[part]] - delay[part])[inner],
            )
        return Timing(arrival, transition, required, loads, delays)


def _levels(source: Index, target: Index, nodes: int) -> tuple[NDArray[np.intp], list[int]]:
    """Sort edges by the level of their target, then by target; also where each level begins."""
    level = np.zeros(nodes, dtype=np.int32)
    inner = source >= 0
    waiting = np.bincount(target[inner], minlength=nodes)
    order = np.argsort(source[inner], kind="stable")
    sources, targets = source[inner][order], target[inner][order]
    begin = np.searchsorted(sources, np.arange(nodes + 1))
    driven = np.bincount(target, minlength=nodes) > 0
    front = np.flatnonzero(waiting == 0)
    reached, depth = 0, 0
    while len(front):
        reached += len(front)
        counts = begin[front + 1] - begin[front]
        edges = np.repeat(begin[front] - np.cumsum(counts) + counts, counts) + np.arange(
            counts.sum()
        )
        after = targets[edges]
        np.subtract.at(waiting, after, 1)
        front = np.unique(after[waiting[after] == 0])
        depth += 1
        level[front] = depth + 1  # level 1 is that of registers' outputs
    if reached < nodes:
        raise CombinationalLoopError(
            f"{nodes - reached} edges of nets lie on loops of logic without a register"
        )
    level[driven] = np.maximum(level[driven], 1)
    order = np.lexsort((target, level[target]))
    sorted_levels = level[target][order]
    bounds = np.flatnonzero(np.diff(sorted_levels, prepend=-1, append=-1))
    return order, bounds.tolist()
