"""Clocks of a netlist: which edge of which clock each register answers to, and what is between two.

The clock network is ideal: every edge is everywhere at once. `find_clocks` follows each clock pin
back to its clock (`costmodel.flow.clock_network`):

* A port that feeds clock pins is a clock with a duty cycle of one half. All of them have the same
  period, and nothing is known of how the edges of one lie to those of another.
* What a register puts out, or logic of such registers, is a clock *derived* from theirs: it changes
  with their edges, so that it rises at most once in two of them.
* A gate that switches a clock off leaves it the same clock; what else goes into the gate must be
  stable before the clock opens it: before both edges where no value of the clock alone decides
  (an exclusive or, a multiplexer).
* Logic in which unrelated clocks meet makes a clock of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from costmodel.flow.clock_network import FALLING, RISING, ClockNetwork, Edge, turned
from costmodel.flow.netlist import Netlist
from costmodel.flow.timing_tables import TimingTables

__all__ = ["Clock", "Clocks", "find_clocks"]

Index = NDArray[np.int32]


@dataclass(frozen=True)
class Clock:
    """Where a clock comes from.

    Attributes:
        source: ``port``; ``register``, of whose output it is; ``logic``, in which several meet;
            ``constant`` or ``undriven``, which never come.
        parent: the edge of another clock that it changes with, if it is derived from one.
        periods: least time between two of its rising edges, in periods of a port's clock.
        sources: nets that logic makes it of; none for other sources.
    """

    source: str
    parent: Edge | None
    periods: float
    sources: tuple[int, ...] = ()


@dataclass(frozen=True)
class Clocks:
    """What timing reads of the clocks of a netlist.

    Attributes:
        clocks: by net.
        nets: the clock network: all nets that a clock passes on its way to a clock pin.
        edges: the different ones that registers answer to, or data starts with.
        registers: cells with a clock pin.
        edge: of each of them, which of `edges`.
        gated: of each, whether a gate is on the way of its clock.
        gating: nets that must be stable before a gate opens, and which of `edges` opens it.
        data: nodes (``2 * net`` falls, ``2 * net + 1`` rises) of ports that are clock and data at
            once, and which of `edges` each is.
        periods: from one of `edges` to the next of another, in periods, shape (edges, edges);
            infinite where the clocks are unrelated.
    """

    clocks: dict[int, Clock]
    nets: Index
    edges: tuple[Edge, ...]
    registers: NDArray[np.intp]
    edge: Index
    gated: NDArray[np.bool_]
    gating: tuple[Index, Index]
    data: tuple[Index, Index]
    periods: NDArray[np.float64]


def find_clocks(netlist: Netlist, tables: TimingTables) -> Clocks:
    """The clocks of a netlist.

    Args:
        netlist: the netlist.
        tables: its technology's tables.
    """
    return _Finder(netlist, tables).find()


class _Finder:
    def __init__(self, netlist: Netlist, tables: TimingTables) -> None:
        self._netlist, self._tables = netlist, tables
        self._network = network = ClockNetwork(netlist, tables)
        self._ports = set(netlist.port_nets("input").tolist())
        nets, counts = np.unique(network.clock_nets, return_counts=True)
        self._nets: list[int] = nets.tolist()
        cones = [network.cones[net] for net in self._nets]
        #: sources that are all there is in front of some clock pin
        self._alone = {source for cone in cones if len(cone) == 1 for source in cone}
        #: how many clock pins each source is in front of
        self._reach: Counter[int] = Counter()
        for cone, count in zip(cones, counts.tolist(), strict=True):
            self._reach.update(dict.fromkeys(cone, count))
        self._clock_ports = {port for cone in cones for port in self._leading_ports(list(cone))}
        self._clocks: dict[int, Clock] = {}
        self._edges: dict[tuple[int, bool], Edge] = {}  # of each clock net when it rises, falls
        self._numbers: dict[Edge, int] = {}

    def find(self) -> Clocks:
        network, tables, netlist = self._network, self._tables, self._netlist
        on, gated_nets, gating = set(self._nets), set(), set()
        for net in self._in_order():
            leaders = self._leaders(net)
            for rising in (True, False):
                self._edges[net, rising] = self._edge(net, leaders, rising)
            way, gated_by = network.way(net, leaders)
            on |= way
            if gated_by:
                gated_nets.add(net)
            gating |= {(other, self._number(edge)) for other, edge in gated_by}
        rising = tables.rising[netlist.kinds[network.registers]]
        used, which = np.unique(2 * network.clock_nets + rising, return_inverse=True)
        numbers = [self._number(self._edges[key >> 1, bool(key & 1)]) for key in used.tolist()]
        data = [
            (2 * port + (edge == RISING), self._number((port, edge)))
            for port in sorted(self._read_as_data(on))
            for edge in (RISING, FALLING)
        ]
        edges = tuple(self._numbers)
        return Clocks(
            clocks=self._clocks,
            nets=np.array(sorted(on), dtype=np.int32),
            edges=edges,
            registers=network.registers,
            edge=np.array(numbers, dtype=np.int32)[which],
            gated=np.isin(network.clock_nets, list(gated_nets)),
            gating=_columns(sorted(gating)),
            data=_columns(data),
            periods=np.array([[self._between(a, b) for b in edges] for a in edges]).reshape(
                len(edges), len(edges)
            ),
        )

    def _number(self, edge: Edge) -> int:
        return self._numbers.setdefault(edge, len(self._numbers))

    def _in_order(self) -> Iterator[int]:
        """Clock nets, those first whose registers are in front of others."""
        waiting, done, begun = list(reversed(self._nets)), set(), set()
        while waiting:
            net = waiting[-1]
            if net in done or net in begun:
                waiting.pop()
                if net not in done:
                    done.add(net)
                    yield net
                continue
            begun.add(net)
            before = map(self._clock_net, self._network.cones[net])
            waiting += [n for n in before if n is not None and n not in begun]

    def _clock_net(self, source: int) -> int | None:
        """The net on the clock pin of the register that drives a source."""
        cell = self._network.driver[source]
        if cell < 0:
            return None
        pin = self._tables.clock[self._netlist.kinds[cell]]
        return int(self._netlist.inputs[cell, pin]) if pin >= 0 else None

    def _leading_ports(self, sources: list[int]) -> list[int]:
        """The ports among the sources of a clock net that must be clocks."""
        ports = [source for source in sources if source in self._ports]
        if alone := [port for port in ports if port in self._alone]:
            return alone
        most = max((self._reach[port] for port in ports), default=0)
        leading = [port for port in ports if self._reach[port] == most]
        return leading if len(leading) == 1 else []

    def _leaders(self, net: int) -> list[int]:
        """The sources of a clock net that are clocks; none where that cannot be told."""
        cone = self._network.cones[net]
        registers = [source for source in cone if self._network.driver[source] >= 0]
        ports = [source for source in cone if source in self._clock_ports]
        if len(cone) == 1 or (len(registers) == len(cone) and not self._alone.intersection(cone)):
            return list(cone)
        if not ports and len(registers) < len(cone):
            return []
        return ports + [source for source in registers if source in self._alone]

    def _edge(self, net: int, leaders: list[int], rising: bool) -> Edge:
        """What an edge of a clock net is an edge of; notes the clocks on the way."""
        cone = self._network.cones[net]
        own = [(source, cone[source] if rising else turned(cone[source])) for source in leaders]
        for source in leaders:
            self._note_source(source)
        if len(own) == 1:
            return own[0]
        chains = [dict(self._chain(edge)) for edge in own]
        for clock in chains[0] if chains else ():
            if all(clock in chain for chain in chains):
                edges = 0
                for chain in chains:
                    edges |= chain[clock]
                if clock in leaders:
                    return clock, edges
                self._note(net, "logic", (clock, edges), tuple(cone))
                return net, RISING if rising else FALLING
        self._note(net, "logic", None, tuple(cone))
        return net, RISING if rising else FALLING

    def _note_source(self, source: int) -> None:
        before = self._clock_net(source)
        if before is not None:
            register = self._network.driver[source]
            rising = bool(self._tables.rising[self._netlist.kinds[register]])
            # None for registers that clock each other in a circle
            self._note(source, "register", self._edges.get((before, rising)))
        elif source in self._ports:
            self._note(source, "port", None)
        else:
            self._note(source, "constant" if source < 2 else "undriven", None)

    def _note(
        self, net: int, source: str, parent: Edge | None, sources: tuple[int, ...] = ()
    ) -> None:
        if net not in self._clocks:
            periods = 2 * self._between(parent, parent) if parent else 1.0
            self._clocks[net] = Clock(source, parent, periods, sources)

    def _chain(self, edge: Edge | None) -> Iterator[Edge]:
        """An edge, that of the clock from which its clock is derived, and so on."""
        while edge is not None:
            yield edge
            edge = self._clocks[edge[0]].parent

    def _between(self, first: Edge, then: Edge) -> float:
        """Periods from one edge to the next other one that comes."""
        chain = dict(self._chain(first))
        for clock, edges in self._chain(then):
            if clock in chain:
                same = chain[clock] == edges != RISING | FALLING
                return self._clocks[clock].periods / (1 if same else 2)
        return inf

    def _read_as_data(self, on: set[int]) -> set[int]:
        """The ports that are clocks and that something else than a clock pin reads too."""
        network, netlist = self._network, self._netlist
        in_network = np.zeros(netlist.nets, dtype=bool)
        in_network[list(on)] = True
        in_network[:2] = False
        driven = in_network[netlist.outputs] & (netlist.outputs > 1)
        part_of_it = np.logical_or.reduce(driven, axis=1)
        part_of_it[network.registers] = False
        reads = in_network[netlist.inputs] & (netlist.inputs > 1) & ~part_of_it[:, None]
        pins = self._tables.clock[netlist.kinds[network.registers]]
        reads[network.registers, pins] = False
        read = np.concatenate([netlist.inputs[reads], netlist.port_nets("output")])
        sources = {
            s for net in np.unique(read).tolist() if in_network[net] for s in network.cones[net]
        }
        return sources & self._clock_ports & set(self._clocks)


def _columns(pairs: list[tuple[int, int]]) -> tuple[Index, Index]:
    first, second = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    return first, second
