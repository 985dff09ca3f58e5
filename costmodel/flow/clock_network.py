"""The logic in front of clock pins: from what each clock net comes, and with which polarity.

A clock pin is fed by a port or a register straight, through inverters and buffers, or through gates
that switch the clock off or choose between two. `ClockNetwork` walks back from the pins through
combinational cells to the *sources*: ports and outputs of registers. Only what lies in front of
clock pins is visited.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from costmodel.flow.timing_tables import TimingTables
from costmodel.library.expression import truth_table
from costmodel.library.technology import Cell
from costmodel.netlist.netlist import Netlist

__all__ = ["FALLING", "RISING", "ClockNetwork", "Cone", "Edge", "turned"]

_MOST_SOURCES = 10  # of a cone whose function is worked out

#: Edges as a mask; both bits where either edge may come.
RISING, FALLING = 1, 2

#: A clock (its net) and one of its edges, or both where either may come (a mask).
Edge = tuple[int, int]

#: Sources of a net, and for each the edges of it that make a rising edge of the net.
Cone = dict[int, int]


def turned(edges: int) -> int:
    """The other edges: what an inverter makes of them."""
    return (edges & RISING) << 1 | (edges & FALLING) >> 1


class ClockNetwork:
    """The cones of logic in front of a netlist's clock pins.

    Args:
        netlist: the netlist.
        tables: its technology's tables.
    """

    def __init__(self, netlist: Netlist, tables: TimingTables) -> None:
        self._netlist = netlist
        kinds = netlist.kinds
        #: cells with a clock pin
        self.registers = np.flatnonzero(tables.clock[kinds] >= 0)
        #: the net on each one's clock pin
        self.clock_nets = netlist.inputs[self.registers, tables.clock[kinds[self.registers]]]
        #: for each net the cell that drives it, -1 for none, and which of its outputs it is
        self.driver = np.full(netlist.nets, -1, dtype=np.int64)
        self.output = np.zeros(netlist.nets, dtype=np.int8)
        rows, columns = np.nonzero(netlist.outputs > 1)
        driven = netlist.outputs[rows, columns]
        self.driver[driven], self.output[driven] = rows, columns
        self._is_register = tables.clock >= 0
        self._senses: dict[tuple[int, int], dict[int, int]] = {}
        self.cones: dict[int, Cone] = {}
        for net in np.unique(self.clock_nets).tolist():
            self._visit(net)

    def is_source(self, net: int) -> bool:
        """Whether no combinational cell drives a net."""
        cell = self.driver[net]
        return cell < 0 or bool(self._is_register[self._netlist.kinds[cell]])

    def inputs(self, net: int) -> dict[int, int]:
        """Nets that a combinational cell makes a net of, by the position of their pins."""
        cell = self.driver[net]
        pins = self._pins(net)
        nets = self._netlist.inputs[cell].tolist()
        return {position: nets[position] for position in pins if nets[position] > 1}

    def cell(self, net: int) -> Cell:
        """The cell that drives a net."""
        return self._netlist.library[self._netlist.kinds[self.driver[net]]]

    def _pins(self, net: int) -> dict[int, int]:
        """Input pins that an output follows, and the edges (mask) of each that make it rise."""
        kind, output = int(self._netlist.kinds[self.driver[net]]), int(self.output[net])
        if (kind, output) not in self._senses:
            cell = self._netlist.library[kind]
            names = list(cell.inputs)
            senses: dict[int, int] = {}
            for arc in list(cell.outputs.values())[output].arcs:
                edges = {"positive": RISING, "negative": FALLING}
                position = names.index(arc.input)
                both = RISING | FALLING
                senses[position] = senses.get(position, 0) | edges.get(arc.sense, both)
            self._senses[kind, output] = senses
        return self._senses[kind, output]

    def _visit(self, net: int) -> None:
        """Find the cone of a net, and of all nets in it; a loop of logic is its own source."""
        waiting, open_nets = [net], set()
        while waiting:
            net = waiting[-1]
            if net in self.cones:
                waiting.pop()
            elif self.is_source(net):
                self.cones[net] = {net: RISING}
            elif net in open_nets:
                self.cones[net] = self._joined(net)
            else:
                open_nets.add(net)
                inner = self.inputs(net).values()
                waiting += [n for n in inner if n not in self.cones and n not in open_nets]

    def _joined(self, net: int) -> Cone:
        cone: Cone = {}
        pins = self._pins(net)
        for position, before in self.inputs(net).items():
            for source, edges in self.cones.get(before, {before: RISING}).items():
                for sense, passed in ((RISING, edges), (FALLING, turned(edges))):
                    if pins[position] & sense:
                        cone[source] = cone.get(source, 0) | passed
        return cone

    def passing(self, net: int, clocks: Iterable[int]) -> list[int]:
        """Other sources that come through to a net while none of the clocks has a say.

        A multiplexer's other clock does, what switches a clock off does not. Of cones with many
        sources this is not asked.
        """
        sources = list(self.cones[net])
        if len(sources) > _MOST_SOURCES:
            return []
        table = self._table(net, sources)
        first = [sources.index(clock) for clock in clocks]
        selects = []
        for axis, source in enumerate(sources):
            if axis in first:
                continue
            with_clocks = np.moveaxis(table, [axis, *first], range(1 + len(first)))
            low, high = with_clocks.reshape(2, 2 ** len(first), -1)
            steady = (low == low[:1]).all(axis=0) & (high == high[:1]).all(axis=0)
            if (steady & (low[0] != high[0])).any():
                selects.append(source)
        return selects

    def _table(self, net: int, sources: list[int]) -> NDArray[np.bool_]:
        """The truth table of a net over sources, an axis each."""
        shape = (2,) * len(sources)
        known = dict(zip(sources, np.indices(shape).astype(bool), strict=True))
        known |= {0: np.zeros(shape, dtype=bool), 1: np.ones(shape, dtype=bool)}
        waiting = [net]
        while waiting:
            net = waiting[-1]
            inputs = self._netlist.inputs[self.driver[net]].tolist()
            missing = [n for p, n in self.inputs(net).items() if n not in known and n != net]
            if net in known or not missing:
                waiting.pop()
                if net not in known:
                    cell = self.cell(net)
                    function = list(cell.outputs.values())[self.output[net]].function
                    table = truth_table(function, list(cell.inputs))
                    pins = (known.get(n, known[0]).astype(int) for n in inputs[: len(cell.inputs)])
                    known[net] = table[tuple(pins)]
            else:
                waiting += missing
        return known[net]

    def way(self, net: int, clocks: Iterable[int]) -> tuple[set[int], set[tuple[int, Edge]]]:
        """The way of clocks to a net.

        Args:
            net: of a clock pin.
            clocks: sources of the net.

        Returns:
            The nets that they pass; and what they are gated by there: a net, and the clock with its
            edges before which that net must be stable.
        """
        passed, gated_by, waiting = set(), set(), [net]
        while waiting:
            net = waiting.pop()
            if net in passed or self.is_source(net):
                passed.add(net)
                continue
            passed.add(net)
            carrying, others = [], []
            for position, before in self.inputs(net).items():
                on_it = [clock for clock in clocks if clock in self.cones[before]]
                carrying += [(position, before, clock) for clock in on_it]
                if not on_it:
                    others.append(before)
            waiting += [before for _, before, _ in carrying]
            gated_by |= {
                (other, (clock, self._opening(net, position, self.cones[before][clock])))
                for other in others
                for position, before, clock in carrying
            }
        return passed, gated_by

    def _opening(self, net: int, position: int, edges: int) -> int:
        """The edges of a clock that end the time in which it alone decides a gate's output."""
        cell = self.cell(net)
        names = list(cell.inputs)
        function = list(cell.outputs.values())[self.output[net]].function
        table = np.moveaxis(truth_table(function, names), position, 0)
        low, high = (bool((side == side.flat[0]).all()) for side in table)
        if low == high:
            return RISING | FALLING
        return edges if low else turned(edges)
