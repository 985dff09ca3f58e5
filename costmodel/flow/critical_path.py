"""The critical path of a netlist, cell by cell: what decides its least clock period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.flow.timing import Timing, TimingGraph
from costmodel.netlist.netlist import Netlist

__all__ = ["CriticalPath", "Step", "critical_path"]

Floats = NDArray[np.float64]

_EQUAL_PS = 1e-6  # arrivals that differ by less are the same


@dataclass(frozen=True)
class Step:
    """A cell on a path, from one of its inputs to one of its outputs.

    Attributes:
        cell: of the library.
        pins: input and output; of a register, clock and output.
        net: what the source calls the net that it drives; empty without a name.
        edge: ``rise`` or ``fall``, of the output.
        fanout: inputs and outputs of the design on that net.
        load_ff: of all of them.
        delay_ps: through the cell.
        arrival_ps: at its output, from the start of the path.
    """

    cell: str
    pins: list[str]
    net: str
    edge: str
    fanout: int
    load_ff: float
    delay_ps: float
    arrival_ps: float


@dataclass(frozen=True)
class CriticalPath:
    """The path that needs the longest clock period.

    Attributes:
        start: the input of the design, or the register, by the net that it drives.
        input_delay_ps: how much later than at no load an input's driver gives the value; 0 for a
            register.
        steps: the cells from there on; a register that starts it is the first one.
        end: the output, or the register's kind and pin.
        setup_ps: of that register; 0 for an output.
        period_ps: what the path needs: the sum of all, over the part of a period that it has.
    """

    start: str
    input_delay_ps: float
    steps: list[Step]
    end: str
    setup_ps: float
    period_ps: float


def critical_path(netlist: Netlist, graph: TimingGraph, timing: Timing) -> CriticalPath | None:
    """The path that decides the least clock period; None for a design without any.

    Args:
        netlist: the netlist.
        graph: its timing graph, as the cells are now.
        timing: the graph's analysis.
    """
    needs = timing.needs_ps
    if not needs.size or not np.isfinite(needs.max()):
        return None
    start, end = np.unravel_index(int(needs.argmax()), needs.shape)
    group = int(graph.group[start])
    arrival, delay = timing.arrival_ps[group], graph.delays(timing)
    node, edges = int(graph.ends.nodes[end]), []
    while (edge := _edge_before(graph, arrival, delay, node, group)) is not None:
        edges.append(edge)
        if graph.launch[edge]:
            break
        node = int(graph.source[edge])
    edges.reverse()
    from_register = bool(edges) and bool(graph.launch[edges[0]])
    first = int(graph.target[edges[0]]) if from_register else node
    reader = _Reader(netlist, graph, timing, arrival, delay, _fanouts(netlist), {})
    nets = [first >> 1, *(int(graph.target[edge]) >> 1 for edge in edges)]
    reader.names.update(netlist.net_names(netlist.copies[nets].tolist()))
    return CriticalPath(
        start=reader.name(first >> 1) or "a register",
        input_delay_ps=0.0 if from_register else float(arrival[node]),
        steps=[reader.step(edge) for edge in edges],
        end=_end(netlist, graph, int(end)),
        setup_ps=float(graph.ends.setup_ps[end]),
        period_ps=float(needs.max()),
    )


def _edge_before(
    graph: TimingGraph,
    arrival: Floats,
    delay: Floats,
    node: int,
    group: int,
) -> int | None:
    """The edge that a node's arrival comes by; None at an input of the design."""
    edges = np.flatnonzero(graph.target == node)
    before = np.where(graph.launch[edges], 0.0, arrival[np.maximum(graph.source[edges], 0)])
    before[graph.launch[edges] & (graph.group[graph.start[edges]] != group)] = -np.inf
    late = before + delay[edges]
    if not len(edges) or late.max() < arrival[node] - _EQUAL_PS:
        return None
    return int(edges[late.argmax()])


def _fanouts(netlist: Netlist) -> NDArray[np.intp]:
    """How many inputs of cells and outputs of the design each net drives."""
    pins = netlist.inputs[netlist.inputs >= 0]
    return np.bincount(np.concatenate([pins, netlist.port_nets("output")]), minlength=netlist.nets)


@dataclass(frozen=True)
class _Reader:
    """What is needed to tell of an edge of the graph."""

    netlist: Netlist
    graph: TimingGraph
    timing: Timing
    arrival: Floats
    delay: Floats
    fanouts: NDArray[np.intp]
    names: dict[int, str]

    def name(self, net: int) -> str:
        """What the source calls a net, or the one that a buffer's net is a copy of."""
        return self.names.get(int(self.netlist.copies[net]), "")

    def step(self, edge: int) -> Step:
        """The cell that an edge goes through."""
        graph, net = self.graph, int(self.graph.target[edge]) >> 1
        cell = self.netlist.library[self.netlist.kinds[graph.cell[edge]]]
        row = graph.rows[edge]
        return Step(
            cell=cell.name,
            pins=[
                list(cell.inputs)[int(graph.tables.pin_in[row])],
                list(cell.outputs)[int(graph.tables.pin_out[row])],
            ],
            net=self.name(net),
            edge="rise" if graph.target[edge] & 1 else "fall",
            fanout=int(self.fanouts[net]),
            load_ff=float(self.timing.load_ff[net]),
            delay_ps=float(self.delay[edge]),
            arrival_ps=float(self.arrival[graph.target[edge]]),
        )


def _end(netlist: Netlist, graph: TimingGraph, end: int) -> str:
    """What a path ends in."""
    net = int(graph.ends.nodes[end]) >> 1
    if end >= len(graph.ends.nodes) - graph.ends.outputs:
        return netlist.net_name(net)
    registers = graph.clocks.registers
    if end >= 2 * len(registers):
        return "a gate of a clock"
    register = int(registers[end % len(registers)])
    cell = netlist.library[netlist.kinds[register]]
    assert cell.flop is not None
    names = [netlist.net_name(net) for net in netlist.outputs[register].tolist() if net > 1]
    name = next(filter(None, names), "")
    return f"{name or 'a register'} ({cell.name}/{cell.flop.data})"
