"""Static timing of a flat netlist: from inputs and registers to registers and outputs.

Delays and transitions come from the library's tables, interpolated between (and beyond) their
points for each cell's own load and input transition; rising and falling edges are kept apart, the
slowest transition of all inputs is passed on (the usual graph-based analysis). Clocks are ideal:
their edges arrive everywhere at once, and neither their trees nor any wire is in the figures. A
path that ends in a register counts the register's setup time, one that starts there its
clock-to-output delay; an input of the design comes from the technology's driver, whose delay grows
with the load.

A path has the time from the edge that starts it to the one that ends it (`costmodel.flow.clocks`):
a period between equal edges of a clock, half of one between a rising and a falling edge. Then the
least period is twice the path. An input comes a whole period before the edge that takes it, and an
output leaves a whole period after the edge that starts it. A path between unrelated clocks has no
such time; it is only counted.

The whole netlist is worked on level by level with numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.flow.clocks import find_clocks
from costmodel.flow.timing_tables import TimingTables
from costmodel.library.technology import Technology
from costmodel.netlist.netlist import Netlist
from hw.errors import RequestError

__all__ = ["CombinationalLoopError", "Delays", "Timing", "TimingGraph"]

Floats = NDArray[np.float64]
Index = NDArray[np.int32]


_NAMED = 4  # nets of a loop that a sentence names


class CombinationalLoopError(RequestError):
    """A netlist whose logic feeds itself without a register has no delay."""


@dataclass(frozen=True)
class Delays:
    """The least clock period that the paths of each kind need in ps; NaN where there are none.

    That is the longest path, setup included; of one that has half a period, twice as much.
    """

    input_to_register_ps: float
    register_to_register_ps: float
    input_to_output_ps: float
    register_to_output_ps: float

    @property
    def longest_ps(self) -> float:
        """The least clock period, by the paths of all kinds; 0 for a design without paths."""
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

    What may start a path are the design's inputs and each of `Clocks.edges`. Those from which there
    is the same time to every end are one group: all, where a design has one clock and one edge.

    Attributes:
        arrival_ps: latest arrival, shape (groups, nodes); -inf for none.
        transition_ps: of each node.
        required_ps: latest time that keeps the asked period, or the least one; shape like arrivals.
        load_ff: of each net.
        delays: the least period by kind of path.
        needs_ps: the least period by start (inputs, then `Clocks.edges`) and end of paths
            (`TimingGraph.ends`), shape (starts, ends); -inf where there is no path.
        crossings: whether an end is reached from an unrelated clock, in the same shape.
        worst_slack_ps: the least slack of all ends; infinite without paths.
    """

    arrival_ps: Floats
    transition_ps: Floats
    required_ps: Floats
    load_ff: Floats
    delays: Delays
    needs_ps: Floats
    crossings: NDArray[np.bool_]
    worst_slack_ps: float

    @property
    def slack_ps(self) -> Floats:
        """By node, required less arrival, the least of all groups; infinite without a path."""
        reached = np.isfinite(self.arrival_ps)
        slack = self.required_ps - np.where(reached, self.arrival_ps, 0.0)
        return np.where(reached, slack, np.inf).min(axis=0)


@dataclass(frozen=True)
class _Ends:
    """Where paths end: pins of registers and gates, then outputs; two nodes each.

    Attributes:
        nodes: of each.
        setup_ps: how long before the clock's edge the node must be stable.
        edge: which of `Clocks.edges` that is; of outputs, their number.
        periods: from a start (inputs, then the edges) to it, shape (starts, edges + outputs).
        outputs: how many nodes are of outputs.
    """

    nodes: Index
    setup_ps: Floats
    edge: Index
    periods: Floats
    outputs: int


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
        order, self._bounds, looped = _levels(source, target, 2 * netlist.nets)
        if len(nets := np.unique(looped >> 1)):
            names = sorted(name for net in nets.tolist() if (name := netlist.net_name(net)))
            more = ", ..." if len(names) > _NAMED else ""
            through = f", through {', '.join(names[:_NAMED])}{more}" if names else ""
            raise CombinationalLoopError(
                f"{netlist.scopes[0].module.name} has loops of logic without a register{through}:"
                " they have no delay"
            )
        self.cell, self._local = cell[order], local[order]
        self.source, self.target = source[order].astype(np.int32), target[order].astype(np.int32)
        self.launch = launch[order]
        self.clocks = find_clocks(netlist, tables)
        starts = np.zeros(len(netlist.kinds), dtype=np.int32)
        starts[self.clocks.registers] = 1 + self.clocks.edge
        self.start = starts[self.cell]  # of edges that start at a clock
        self.ends = self._find_ends()
        self.group = np.unique(self.ends.periods, axis=0, return_inverse=True)[1].ravel()

    @property
    def rows(self) -> Index:
        """The row of `tables` of each edge, by today's kinds."""
        return self.tables.first[self._netlist.kinds[self.cell]] + self._local

    @property
    def driver(self) -> int:
        """The cell that is taken to drive every input."""
        return list(self._technology.cells).index(self._technology.driver)

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
        arrival = np.full((1 + len(self.clocks.edges), nodes), -np.inf)
        transition = np.full(nodes, self._technology.typical_transition_ps)
        self._drive_inputs(loads, arrival, transition)
        data, edge = self.clocks.data
        arrival[1 + edge, data] = 0.0
        rows = self.rows
        load = loads[self.target >> 1]
        delay = np.empty(len(rows))
        for begin, end in zip(self._bounds[:-1], self._bounds[1:], strict=True):
            part = slice(begin, end)
            source, target, launch = self.source[part], self.target[part], self.launch[part]
            came = np.where(launch, self._technology.typical_transition_ps, transition[source])
            delay[part], out = tables.look_up(rows[part], came, load[part])
            before = arrival[:, source]
            before[:, launch] = -np.inf
            before[self.start[part][launch], launch] = 0.0
            after = before + delay[part]
            where = np.flatnonzero(np.r_[True, target[1:] != target[:-1]])
            arrival[:, target[where]] = np.maximum.reduceat(after, where, axis=1)
            live = np.isfinite(after).any(axis=0)
            transition[target[where]] = np.maximum.reduceat(np.where(live, out, 0.0), where)
        return self._finish(loads, arrival, transition, delay, period_ps)

    def _drive_inputs(self, loads: Floats, arrival: Floats, transition: Floats) -> None:
        technology, tables = self._technology, self.tables
        driver = self.driver
        ports = np.setdiff1d(self._netlist.port_nets("input"), np.r_[self.clocks.nets, 0, 1])
        for row in range(tables.first[driver], tables.first[driver] + tables.count[driver]):
            rows = np.full(len(ports), row, dtype=np.int32)
            typical = np.full(len(ports), technology.typical_transition_ps)
            unloaded, _ = tables.look_up(rows, typical, np.zeros(len(ports)))
            loaded, out = tables.look_up(rows, typical, loads[ports])
            nodes = 2 * ports + tables.rise_out[row]
            arrival[0, nodes] = loaded - unloaded
            transition[nodes] = out

    def _find_ends(self) -> _Ends:
        netlist, tables, clocks = self._netlist, self.tables, self.clocks
        kinds = netlist.kinds[clocks.registers]
        data = netlist.inputs[clocks.registers, tables.data[kinds]]
        gating, opens = clocks.gating
        outputs = netlist.port_nets("output")
        count = len(clocks.edges)
        periods = np.ones((1 + count, count + 1))
        periods[1:, :count] = clocks.periods
        nets = [data, data, gating, gating, outputs, outputs]
        rising = np.repeat([1, 0, 1, 0, 1, 0], list(map(len, nets)))
        setup = [
            *tables.setup_ps[kinds].T,
            *np.zeros((2, len(gating))),
            *np.zeros((2, len(outputs))),
        ]
        edges = [clocks.edge, clocks.edge, opens, opens, *np.full((2, len(outputs)), count)]
        return _Ends(
            nodes=(2 * np.concatenate(nets) + rising).astype(np.int32),
            setup_ps=np.concatenate(setup),
            edge=np.concatenate(edges).astype(np.int32),
            periods=periods,
            outputs=2 * len(outputs),
        )

    def _finish(
        self,
        loads: Floats,
        arrival: Floats,
        transition: Floats,
        delay: Floats,
        period_ps: float | None,
    ) -> Timing:
        ends = self.ends
        periods = ends.periods[:, ends.edge]
        at_end = arrival[:, ends.nodes] + ends.setup_ps
        unrelated = np.isinf(periods)
        needs = np.where(unrelated, -np.inf, at_end) / np.where(unrelated, 1.0, periods)
        registers = len(ends.nodes) - ends.outputs
        longest = [
            float(part.max(initial=-np.inf))
            for side in (needs[:1], needs[1:])
            for part in (side[:, :registers], side[:, registers:])
        ]
        longest = [value if np.isfinite(value) else float("nan") for value in longest]
        delays = Delays(
            input_to_register_ps=longest[0],
            input_to_output_ps=longest[1],
            register_to_register_ps=longest[2],
            register_to_output_ps=longest[3],
        )
        period = delays.longest_ps if period_ps is None else period_ps
        groups = self.group.max() + 1
        required = np.full((groups, 2 * self._netlist.nets), np.inf)
        latest = np.full_like(required, -np.inf)
        for start, group in enumerate(self.group):
            share = np.where(unrelated[start], 0.0, periods[start])  # a period of 0 is no number
            due = np.where(unrelated[start], np.inf, period * share - ends.setup_ps)
            np.minimum.at(required[group], ends.nodes, due)
            np.maximum(latest[group], arrival[start], out=latest[group])
        for begin, end in zip(self._bounds[-2::-1], self._bounds[:0:-1], strict=True):
            part = slice(begin, end)
            inner = ~self.launch[part]
            sources = self.source[part][inner]
            before = (required[:, self.target[part]] - delay[part])[:, inner]
            for group in range(groups):
                np.minimum.at(required[group], sources, before[group])
        slack = np.where(unrelated, np.inf, period * np.where(unrelated, 0.0, periods) - at_end)
        return Timing(
            arrival_ps=latest,
            transition_ps=transition,
            required_ps=required,
            load_ff=loads,
            delays=delays,
            needs_ps=needs,
            crossings=unrelated & np.isfinite(at_end),
            worst_slack_ps=float(slack.min(initial=np.inf)),
        )

    def delays(self, timing: Timing) -> Floats:
        """The delay of each edge of the graph, as an analysis found it."""
        typical = self._technology.typical_transition_ps
        came = np.where(self.launch, typical, timing.transition_ps[np.maximum(self.source, 0)])
        return self.tables.look_up(self.rows, came, timing.load_ff[self.target >> 1])[0]

    def edge_slack_ps(self, timing: Timing, delay_ps: Floats) -> Floats:
        """Slack of each edge of the graph, if it has the given delay."""
        start = timing.arrival_ps[:, np.maximum(self.source, 0)]
        start[:, self.launch] = -np.inf
        start[self.group[self.start[self.launch]], self.launch] = 0.0
        return (timing.required_ps[:, self.target] - start).min(axis=0) - delay_ps


def _levels(
    source: Index, target: Index, nodes: int
) -> tuple[NDArray[np.intp], list[int], NDArray[np.intp]]:
    """Sort edges by the level of their target, then by target.

    Returns:
        The order, where each level begins in it, and the nodes on loops; with loops, levels mean
        nothing.
    """
    level = np.zeros(nodes, dtype=np.int32)
    inner = source >= 0
    waiting = np.bincount(target[inner], minlength=nodes)
    order = np.argsort(source[inner], kind="stable")
    sources, targets = source[inner][order], target[inner][order]
    begin = np.searchsorted(sources, np.arange(nodes + 1))
    driven = np.bincount(target, minlength=nodes) > 0
    front = np.flatnonzero(waiting == 0)
    depth = 0
    while len(front):
        counts = begin[front + 1] - begin[front]
        edges = np.repeat(begin[front] - np.cumsum(counts) + counts, counts) + np.arange(
            counts.sum()
        )
        after = targets[edges]
        np.subtract.at(waiting, after, 1)
        front = np.unique(after[waiting[after] == 0])
        depth += 1
        level[front] = depth + 1  # level 1 is that of registers' outputs
    level[driven] = np.maximum(level[driven], 1)
    order = np.lexsort((target, level[target]))
    sorted_levels = level[target][order]
    bounds = np.flatnonzero(np.diff(sorted_levels, prepend=-1, append=-1))
    return order, bounds.tolist(), _looped(sources, targets, waiting > 0)


def _looped(sources: Index, targets: Index, unreached: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Of the nodes that no level reaches, those that are on the way back to themselves."""
    while unreached.any():
        inside = unreached[sources] & unreached[targets]
        leading_on = np.zeros_like(unreached)
        leading_on[sources[inside]] = True
        if (leading_on == unreached).all():
            break
        unreached = leading_on
    return np.flatnonzero(unreached)
