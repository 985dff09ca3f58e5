"""Drive strengths and buffers: a mapped netlist made legal, then fast enough.

ABC maps to small cells and sees neither the load behind a module's port nor through adders and
registers. Here the whole flat netlist is in view:

* `legalise` keeps every load and every transition within what the library is characterised for: by
  the next larger cell of the same function where there is one, by trees of buffers where not.
* `speed_up` enlarges the cells on late paths that gain most for their area, as long as it helps
  (sensitivity-driven sizing in the manner of TILOS; Fishburn and Dunlop, ICCAD 1985), for a period.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from costmodel.flow.timing import Timing, TimingGraph
from costmodel.flow.timing_tables import TimingTables
from costmodel.library.technology import Cell, Technology
from costmodel.netlist.netlist import Netlist

__all__ = ["Families", "legalise", "speed_up"]

Index = NDArray[np.int32]
Positions = NDArray[np.intp]

_PASSES = 40  # of legalising; each one settles what the last one changed
_LEAF_SHARE = 0.8  # of the largest load, for what a buffer is given to drive
_STEPS = 50  # of sizing
_SHARE = 1 / 3  # of the cells worth enlarging that are enlarged at a time; less after a failure
_NARROW, _WIDE = 0.005, 0.1  # of the longest path: how much earlier ones are looked at as well


class Families:
    """Cells that differ in their drive strength only.

    Args:
        technology: the cells.
        tables: their timing; cells of a family have the same edges.
    """

    def __init__(self, technology: Technology, tables: TimingTables) -> None:
        cells = list(technology.cells.values())
        groups: dict[object, list[int]] = defaultdict(list)
        for i, cell in enumerate(cells):
            if not cell.excluded:
                groups[_signature(cell, int(tables.count[i]))].append(i)
        strength = np.min(tables.max_load_ff, axis=1)
        areas = np.array([cell.area_um2 for cell in cells])
        #: for each cell, the next stronger one of its function; itself for the strongest
        self.stronger = np.arange(len(cells), dtype=np.int32)
        for group in groups.values():
            ordered = sorted(group, key=lambda i: (strength[i], areas[i]))
            best = [i for n, i in enumerate(ordered) if areas[i] <= areas[ordered[n:]].min()]
            for i in group:
                rest = [j for j in best if strength[j] > strength[i]]
                if rest:
                    self.stronger[i] = rest[0]
        buffers = [i for i, cell in enumerate(cells) if not cell.excluded and _is_buffer(cell)]
        #: buffers, the weakest first
        self.buffers = sorted(buffers, key=lambda i: strength[i])


def _signature(cell: Cell, edges: int) -> object:
    functions = tuple((pin, output.function) for pin, output in cell.outputs.items())
    flop = cell.flop
    kind = flop and (
        flop.clock,
        flop.rising,
        flop.data,
        flop.data_inverted,
        flop.clear,
        flop.preset,
    )
    return tuple(cell.inputs), functions, kind, edges


def _is_buffer(cell: Cell) -> bool:
    if cell.flop or len(cell.inputs) != 1 or len(cell.outputs) != 1:
        return False
    (pin,) = cell.inputs
    (output,) = cell.outputs.values()
    return output.function == pin


def legalise(
    netlist: Netlist, technology: Technology, tables: TimingTables, period_ps: float | None = None
) -> TimingGraph:
    """Bring every load and transition into the library's range; changes the netlist.

    Clock nets are left alone: the clock is ideal.

    Args:
        netlist: as it was mapped.
        technology: its cells.
        tables: their timing.
        period_ps: the asked clock period; a transition may then take a sixth of it and no more.

    Returns:
        The graph of the netlist as it is now.
    """
    families = Families(technology, tables)
    limit_ps = float(tables.transitions_ps[:, -1].min())
    if period_ps is not None:
        limit_ps = min(limit_ps, max(period_ps / 6, 4 * technology.typical_transition_ps))
    loads_ff = _largest_loads(technology, tables, limit_ps)
    graph = TimingGraph(netlist, technology, tables)
    _buffer(netlist, families, tables, graph, loads_ff)
    graph = TimingGraph(netlist, technology, tables)
    for _ in range(_PASSES):
        timing = graph.analyse()
        can_grow = families.stronger[netlist.kinds] != netlist.kinds
        weak = _weak_cells(netlist, tables, timing, limit_ps, can_grow)
        if not len(weak):
            break
        netlist.kinds[weak] = families.stronger[netlist.kinds[weak]]
    return graph


def _largest_loads(
    technology: Technology, tables: TimingTables, limit_ps: float
) -> NDArray[np.float64]:
    """The load that each output of each cell may be given: what keeps its transition, and less."""
    loads = _LEAF_SHARE * tables.max_load_ff
    rows = np.arange(len(tables.values), dtype=np.int32)
    cells = np.repeat(np.arange(len(tables.first)), tables.count)
    typical = np.full(len(rows), technology.typical_transition_ps)
    _, none = tables.look_up(rows, typical, np.zeros(len(rows)))
    full_ff = tables.loads_ff[:, -1]
    _, full = tables.look_up(rows, typical, full_ff)
    slope = np.maximum(full - none, 1e-9) / full_ff
    np.minimum.at(loads, (cells, tables.pin_out), np.maximum(limit_ps - none, 0.0) / slope)
    return loads


def _strongest(families: Families) -> Index:
    """For each cell the strongest one of its function."""
    strongest = families.stronger.copy()
    while (further := families.stronger[strongest]).tolist() != strongest.tolist():
        strongest = further
    return strongest


def _weak_cells(
    netlist: Netlist,
    tables: TimingTables,
    timing: Timing,
    limit_ps: float,
    can_grow: NDArray[np.bool_],
) -> NDArray[np.intp]:
    """Cells to be enlarged: their load or output transition is beyond the library's range.

    A slow input makes a slow output of any strength, and a larger cell a slower input. So where
    what drives an input is weak too and can grow, that one comes first.
    """
    outputs = netlist.outputs
    nets = np.maximum(outputs, 0)
    connected = outputs > 1
    loaded = timing.load_ff[nets] > tables.max_load_ff[netlist.kinds][:, : outputs.shape[1]]
    slow_net = timing.transition_ps.reshape(-1, 2).max(axis=1) > limit_ps
    weak = ((loaded | slow_net[nets]) & connected).any(axis=1) & can_grow
    comes_first = np.zeros(netlist.nets, dtype=bool)
    comes_first[outputs[weak][connected[weak]]] = True
    comes_first &= slow_net
    waits = (comes_first[np.maximum(netlist.inputs, 0)] & (netlist.inputs > 1)).any(axis=1)
    return np.flatnonzero(weak & (loaded & connected).any(axis=1) | weak & ~waits)


def _buffer(
    netlist: Netlist,
    families: Families,
    tables: TimingTables,
    graph: TimingGraph,
    loads_ff: NDArray[np.float64],
) -> None:
    """Put trees of buffers behind nets that the strongest cell of their driver cannot drive."""
    strongest = _strongest(families)
    limits = np.full(netlist.nets, np.inf)
    cells, pins = np.nonzero(netlist.outputs > 1)
    nets = netlist.outputs[cells, pins]
    limits[nets] = loads_ff[strongest[netlist.kinds[cells]], pins]
    limits[netlist.port_nets("input")] = loads_ff[graph.driver, 0]
    limits[graph.clocks.nets] = np.inf
    limits[:2] = np.inf
    loads = graph.loads()
    heavy = np.flatnonzero(loads > limits)
    sinks = _sinks(netlist, heavy)  # a net of an output alone has none, and no use for buffers
    kinds: list[int] = []
    sources: list[int] = []
    for net, (cells, pins) in sinks.items():
        weights = tables.pin_ff[netlist.kinds[cells], pins]
        readers: range | None = None  # buffers of the level below; at first, the net's own sinks
        while weights.sum() > limits[net]:
            kind = _leaf(families, tables, loads_ff[:, 0], float(weights.sum()))
            room = max(loads_ff[kind, 0], weights.max())
            groups, group = np.unique((np.cumsum(weights) / room).astype(int), return_inverse=True)
            if len(groups) >= len(weights):  # no buffer has a smaller input than what is there
                break
            parents = netlist.nets + len(kinds) + group
            if readers is None:
                netlist.inputs[cells, pins] = parents
            else:
                sources[readers.start : readers.stop] = parents.tolist()
            readers = range(len(kinds), len(kinds) + len(groups))
            kinds += [kind] * len(groups)
            sources += [net] * len(groups)
            weights = np.full(len(groups), tables.pin_ff[kind, 0])
    _append_buffers(netlist, kinds, sources)


def _leaf(
    families: Families, tables: TimingTables, room_ff: NDArray[np.float64], load_ff: float
) -> int:
    """The buffer that drives a load with the least area, all copies together."""

    def area(kind: int) -> float:
        return float(np.ceil(load_ff / room_ff[kind]) * tables.area_um2[kind])

    return min((kind for kind in families.buffers if room_ff[kind] > 0), key=area)


def _sinks(netlist: Netlist, nets: NDArray[np.intp]) -> dict[int, tuple[Positions, Positions]]:
    """Cells and pins that read each of some nets, neighbours in the design side by side."""
    rows, columns = np.nonzero(np.isin(netlist.inputs, nets))
    read = netlist.inputs[rows, columns]
    order = np.argsort(read, kind="stable")
    parts = np.flatnonzero(np.diff(read[order], prepend=-1, append=-1))
    return {
        int(read[order[begin]]): (rows[order[begin:end]], columns[order[begin:end]])
        for begin, end in pairwise(parts.tolist())
    }


def _append_buffers(netlist: Netlist, kinds: list[int], sources: list[int]) -> None:
    count = len(kinds)
    nets = np.arange(netlist.nets, netlist.nets + count, dtype=np.int32)
    for side, first in (("inputs", np.array(sources, dtype=np.int32)), ("outputs", nets)):
        pins = getattr(netlist, side)
        added = np.full((count, pins.shape[1]), -1, dtype=np.int32)
        added[:, 0] = first
        setattr(netlist, side, np.concatenate([pins, added]))
    netlist.kinds = np.concatenate([netlist.kinds, np.array(kinds, dtype=np.int32)])
    netlist.scope = np.concatenate([netlist.scope, np.zeros(count, dtype=np.int32)])
    origins = np.concatenate([netlist.copies, nets])
    origins[nets] = sources
    while (further := origins[origins]).tolist() != origins.tolist():
        origins = further
    netlist.copies = origins
    netlist.nets += count


def speed_up(
    netlist: Netlist, technology: Technology, graph: TimingGraph, period_ps: float
) -> Timing:
    """Enlarge cells on late paths until the period is met or nothing helps; changes the netlist.

    Args:
        netlist: a legal netlist.
        technology: its cells.
        graph: of the netlist.
        period_ps: the asked clock period; 0 asks for the fastest.

    Returns:
        The timing of the netlist as it is now.
    """
    families = Families(technology, graph.tables)
    timing = graph.analyse(period_ps)
    useless = np.zeros(len(netlist.kinds), dtype=bool)
    share, window = _SHARE, _NARROW
    for _ in range(_STEPS):
        if timing.delays.longest_ps <= period_ps:
            break
        chosen = _worth_enlarging(netlist, graph, timing, families, useless, window)
        if not len(chosen):
            if window >= _WIDE:
                break
            useless[:], window, share = False, 4 * window, _SHARE
            continue
        chosen = chosen[: max(1, round(share * len(chosen)))]
        before = netlist.kinds[chosen]
        netlist.kinds[chosen] = families.stronger[before]
        after = graph.analyse(period_ps)
        if after.delays.longest_ps < timing.delays.longest_ps:
            timing = after
            useless[:] = False
            share = min(_SHARE, 2 * share)
        else:
            netlist.kinds[chosen] = before
            useless[chosen] = True
            share /= 2
    return timing


def _worth_enlarging(
    netlist: Netlist,
    graph: TimingGraph,
    timing: Timing,
    families: Families,
    useless: NDArray[np.bool_],
    window: float,
) -> NDArray[np.intp]:
    """The cells on the latest paths that are worth their area, the best first."""
    tables, slack = graph.tables, timing.slack_ps
    worst = slack.min()
    kinds, sources = netlist.kinds, np.maximum(graph.source, 0)
    rows, loads = graph.rows, timing.load_ff[graph.target >> 1]
    came = timing.transition_ps[sources]
    delays, _ = tables.look_up(rows, came, loads)
    edge_slack = graph.edge_slack_ps(timing, delays)
    late = edge_slack <= worst + window * timing.delays.longest_ps
    candidate = late & (edge_slack < 0) & ~useless[graph.cell]
    candidate &= families.stronger[kinds[graph.cell]] != kinds[graph.cell]
    gain = np.zeros(len(kinds))
    edges = np.flatnonzero(candidate)
    stronger = (
        rows[edges] + (tables.first[families.stronger] - tables.first)[kinds[graph.cell[edges]]]
    )
    then, _ = tables.look_up(stronger, came[edges], loads[edges])
    np.maximum.at(gain, graph.cell[edges], delays[edges] - then)

    # Neighbours on a net are enlarged together, so each pays for what all of them add to its load,
    # on every late input.
    cells = np.flatnonzero(gain > 0)
    pins = netlist.inputs[cells]
    more_ff = (tables.pin_ff[families.stronger] - tables.pin_ff)[kinds[cells]]
    real = pins > 1
    added_ff = np.bincount(pins[real], weights=more_ff[real], minlength=netlist.nets)
    net_slack = np.minimum(slack[0::2], slack[1::2])
    price = np.where(net_slack < 0, added_ff * _resistance(graph, timing), 0.0)
    gain[cells] -= np.where(real, price[pins], 0.0).max(axis=1)
    extra = np.maximum((tables.area_um2[families.stronger] - tables.area_um2)[kinds], 1e-9)
    worth = np.flatnonzero(gain > 0)
    return worth[np.argsort(-gain[worth] / extra[worth], kind="stable")]


def _resistance(graph: TimingGraph, timing: Timing) -> NDArray[np.float64]:
    """How much each net's driver slows down with its load, in ps per fF."""
    tables, rows = graph.tables, graph.rows
    net = graph.target >> 1
    typical = timing.transition_ps[graph.target]
    low, _ = tables.look_up(rows, typical, timing.load_ff[net])
    high, _ = tables.look_up(rows, typical, timing.load_ff[net] + 1.0)
    resistance = np.zeros(len(timing.load_ff))
    np.maximum.at(resistance, net, high - low)
    return resistance
