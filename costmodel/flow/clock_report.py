"""The clocks of a design as a report lists them: names, edges, registers, and what each needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.flow.clock_network import FALLING, RISING
from costmodel.flow.clocks import Clock
from costmodel.flow.timing import Timing, TimingGraph
from costmodel.netlist.netlist import Netlist

__all__ = ["ClockUse", "Crossing", "clocks_in_use", "crossings"]

_EDGES = {RISING: "rising", FALLING: "falling"}


@dataclass(frozen=True)
class ClockUse:
    """A clock that registers answer to.

    Attributes:
        name: of its port or net.
        source: what makes it, see `costmodel.flow.clocks.Clock`.
        derived_from: the clocks whose edges it comes with; empty for one of its own.
        edges: ``rising`` and ``falling``, those that registers answer to.
        registers: how many do.
        gated: how many of them by a gate in the design.
        delay_ps: the least period that paths to them need; None without such paths.
    """

    name: str
    source: str
    derived_from: tuple[str, ...]
    edges: tuple[str, ...]
    registers: int
    gated: int
    delay_ps: float | None


@dataclass(frozen=True)
class Crossing:
    """Paths between two unrelated clocks, which are not timed.

    Attributes:
        start: name of the clock that they start from.
        end: of the one that they end at.
        registers: how many of its registers they end at.
    """

    start: str
    end: str
    registers: int


def clocks_in_use(netlist: Netlist, graph: TimingGraph, timing: Timing) -> list[ClockUse]:
    """The clocks of a timed netlist, those of ports first, then by registers."""
    clocks, ends, names = graph.clocks, graph.ends, _Names(netlist, graph.clocks.clocks)
    of_edge = np.array([clock for clock, _ in clocks.edges], dtype=np.int32)
    masks = np.array([edges for _, edges in clocks.edges], dtype=np.int32)
    count = len(of_edge)
    needs = timing.needs_ps.max(axis=0, initial=-np.inf)
    uses = []
    for clock in np.unique(of_edge[clocks.edge]).tolist():
        on_it = of_edge[clocks.edge] == clock
        edges = np.bitwise_or.reduce(masks[clocks.edge[on_it]])
        inner = ends.edge < count
        inner[inner] = of_edge[ends.edge[inner]] == clock
        longest = float(needs[inner].max(initial=-np.inf))
        parents = {parent for some in clocks.clocks[clock].parents.values() for parent, _ in some}
        uses.append(
            ClockUse(
                name=names[clock],
                source=clocks.clocks[clock].source,
                derived_from=tuple(sorted(names[parent] for parent in parents)),
                edges=tuple(name for bit, name in _EDGES.items() if edges & bit),
                registers=int(on_it.sum()),
                gated=int((on_it & clocks.gated).sum()),
                delay_ps=longest if np.isfinite(longest) else None,
            )
        )
    return sorted(uses, key=lambda use: (use.derived_from, -use.registers, use.name))


def crossings(netlist: Netlist, graph: TimingGraph, timing: Timing) -> list[Crossing]:
    """What lies between unrelated clocks, by their names."""
    clocks, ends, names = graph.clocks, graph.ends, _Names(netlist, graph.clocks.clocks)
    registers: dict[tuple[int, int], set[int]] = {}
    for start, end in zip(*np.nonzero(timing.crossings), strict=True):
        pair = clocks.edges[start - 1][0], clocks.edges[ends.edge[end]][0]
        registers.setdefault(pair, set()).add(int(ends.nodes[end]) >> 1)
    pairs = [
        Crossing(names[start], names[end], len(nets)) for (start, end), nets in registers.items()
    ]
    return sorted(pairs, key=lambda crossing: (crossing.start, crossing.end))


class _Names:
    """What the source calls nets."""

    def __init__(self, netlist: Netlist, clocks: dict[int, Clock]) -> None:
        self._netlist, self._clocks = netlist, clocks

    def __getitem__(self, net: int) -> str:
        if name := self._netlist.net_name(net):
            return name
        if self._clocks[net].sources:
            sources = ", ".join(
                sorted(filter(None, map(self._netlist.net_name, self._clocks[net].sources)))
            )
            return f"logic of {sources}" if sources else "logic"
        cells, _ = np.nonzero(self._netlist.outputs == net)
        others = self._netlist.outputs[cells].ravel().tolist()
        complement = next(
            filter(None, (self._netlist.net_name(other) for other in others if other > 1)), ""
        )
        return f"~{complement}" if complement else self._clocks[net].source
