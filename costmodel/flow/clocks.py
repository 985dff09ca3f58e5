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
* Logic that lets several unrelated clocks through, a multiplexer say, makes a clock that comes
  with the edges of each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import NDArray

from costmodel.flow.clock_network import FALLING, RISING, ClockNetwork, Edge, turned
from costmodel.flow.timing_tables import TimingTables
from costmodel.netlist.netlist import Netlist

__all__ = ["Clock", "Clocks", "find_clocks"]

Index = NDArray[np.int32]


@dataclass(frozen=True)
class Clock:
    """Where a clock comes from.

    Attributes:
        source: ``port``; ``register``, of whose output it is; ``logic``, in which several meet;
            ``constant`` or ``undriven``, which never come.
        parents: edges of other clocks that its rising, its falling edge comes with, if it is
            derived from one, or made of several unrelated ones.
        periods: least time between two of its rising edges, in periods of a port's clock.
        sources: nets that logic makes it of; none for other sources.
    """

    source: str
    parents: dict[int, tuple[Edge, ...]]
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
        self._clock_ports = {port for net in self._nets for port in self._leading_ports(net)}
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

    def _leading_ports(self, net: int) -> list[int]:
        """The ports among the sources of a clock net that must be clocks."""
        ports = [source for source in self._network.cones[net] if source in self._ports]
        leading = [port for port in ports if port in self._alone]
        if not leading:
            most = max((self._reach[port] for port in ports), default=0)
            leading = [port for port in ports if self._reach[port] == most]
        if len(leading) > 1 and not self._alone.intersection(leading):
            return []
        others = self._network.passing(net, leading) if len(ports) > len(leading) else []
        return leading + [source for source in others if source in self._ports]

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
        for source in leaders:
            self._note_source(source)
        own = [(source, cone[source] if rising else turned(cone[source])) for source in leaders]
        if len(own) == 1:
            return own[0]
        related = self._related(own)
        if len(related) == 1 and related[0][0] in leaders:
            return related[0]
        edge = RISING if rising else FALLING
        clock = self._clocks.setdefault(net, Clock("logic", {}, 1.0, tuple(cone)))
        spacing = min((self._between(parent, parent) for parent in related), default=1.0)
        derived = len(related) == 1
        parents = clock.parents | {edge: tuple(related)}
        self._clocks[net] = replace(clock, parents=parents, periods=spacing * (1 + derived))
        return net, edge

    def _related(self, edges: list[Edge]) -> list[Edge]:
        """Edges with those that have a clock in common made one: an edge of that clock."""
        distinct: list[Edge] = []
        for edge in edges:
            for other in distinct:
                ours = dict(self._chain(edge))
                common = next(((c, e | ours[c]) for c, e in self._chain(other) if c in ours), None)
                if common:
                    distinct[distinct.index(other)] = common
                    break
            else:
                distinct.append(edge)
        return distinct

    def _note_source(self, source: int) -> None:
        if source in self._clocks:
            return
        before = self._clock_net(source)
        parents: tuple[Edge, ...] = ()
        if before is not None:
            kind = "register"
            rising = bool(self._tables.rising[self._netlist.kinds[self._network.driver[source]]])
            if (before, rising) in self._edges:  # not so for registers that clock each other
                parents = (self._edges[before, rising],)
        elif source in self._ports:
            kind = "port"
        else:
            kind = "constant" if source < 2 else "undriven"
        periods = 2 * self._between(parents[0], parents[0]) if parents else 1.0
        self._clocks[source] = Clock(kind, dict.fromkeys((RISING, FALLING), parents), periods)

    def _parents(self, edge: Edge) -> set[Edge]:
        clock, edges = edge
        parents = self._clocks[clock].parents
        return {p for e in (RISING, FALLING) if edges & e for p in parents.get(e, ())}

    def _chain(self, edge: Edge) -> Iterator[Edge]:
        """An edge, those that its clock is derived from, and so on; nearest first."""
        waiting = [edge]
        for edge in waiting:
            yield edge
            waiting += sorted(self._parents(edge) - set(waiting))

    def _between(self, first: Edge, then: Edge) -> float:
        """Periods from one edge to the next other one that comes; infinite if unrelated."""
        ours: dict[int, int] = {}
        for clock, edges in self._chain(first):
            ours[clock] = ours.get(clock, 0) | edges
        least, waiting = inf, [then]
        while waiting:
            clock, edges = waiting.pop()
            if clock in ours:
                same = ours[clock] == edges != RISING | FALLING
                least = min(least, self._clocks[clock].periods / (1 if same else 2))
            else:
                waiting += self._parents((clock, edges))
        return least

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
