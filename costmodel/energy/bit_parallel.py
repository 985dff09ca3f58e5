"""A mapped netlist at work in many lanes at once: each net is a row of words, each bit a lane.

A zero-delay, cycle-based simulation, like the one that `costmodel.energy.netlist_simulation` has
built by a compiler, but ready at once and with thousands of independent streams of data side by
side. What a lane computes is a bit of 64-bit words.

The order of work (`costmodel.netlist.evaluation`) is made once; nets are renumbered in it, so that
what a step computes lies in one piece.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from costmodel.library.technology import Cell
from costmodel.netlist.evaluation import ALL, Planes, Units, steps
from costmodel.netlist.netlist import Index, Netlist
from hw.errors import RequestError

__all__ = ["Lanes"]


class Lanes:
    """A netlist whose every net has a value in each lane.

    Registers start from 0. In every cycle the ports are `put`, the logic is let `settle`, which
    counts, and an `edge` of the clock ends the cycle.

    Attributes:
        lanes: how many.
        cycles: settled since the counts began.
    """

    def __init__(self, netlist: Netlist, words: int, clock: str = "clk") -> None:
        """Prepare a netlist.

        Args:
            netlist: flat, before or after sizing.
            words: of 64 lanes each.
            clock: name of the port that all registers take as their clock.

        Raises:
            RequestError: logic feeds itself without a register, or a register has another clock
                than the port's rising edge, or a clear or preset that can become active.
        """
        self.lanes = 64 * words
        self.cycles = 0
        self._clock = clock
        self._ports = netlist.ports
        units = Units.of(netlist)
        registers, starts, data, inverted = _registers(netlist, units, clock)
        work = list(steps(netlist, units))
        order = np.concatenate([registers, *work]).astype(np.intp)
        driven = units.nets[order]
        free = np.setdiff1d(np.arange(netlist.nets), driven)  # constants and inputs among them
        self._row = np.empty(netlist.nets, dtype=np.intp)
        self._row[np.concatenate([free, driven])] = np.arange(netlist.nets)
        self._values = np.zeros((netlist.nets, words), dtype=np.uint64)
        self._values[self._row[1]] = ALL
        begin = len(free)
        self._registers = slice(begin, begin + len(registers))
        self._values[self._registers] = starts[:, None]
        self._data, self._inverted = self._row[data], inverted[:, None]
        begin += len(registers)
        self._steps = []
        for step in work:
            function = units.functions[units.function[step[0]]]
            pins = self._row[units.inputs[step, : function.pins].T]
            self._steps.append((function.evaluate, pins, slice(begin, begin + len(step))))
            begin += len(step)
        self._before = np.zeros_like(self._values)
        self._toggles, self._high = np.zeros((2, *self._values.shape), dtype=np.uint32)

    def put(self, port: str, planes: Planes | int) -> None:
        """Set an input: a row for each bit, lowest first, or the same bit everywhere."""
        values = (ALL if planes else np.uint64(0)) if isinstance(planes, int) else planes
        self._values[self._row[self._ports[port][1]]] = values

    def get(self, port: str) -> Planes:
        """What a port has settled to, a row for each bit."""
        return self._values[self._row[self._ports[port][1]]]

    def settle(self) -> None:
        """Bring the logic up to date with the inputs and registers, and count."""
        values = self._values
        for evaluate, pins, rows in self._steps:
            values[rows] = evaluate(*values.take(pins, axis=0))
        self._before ^= values
        self._toggles += np.bitwise_count(self._before)
        self._high += np.bitwise_count(values)
        self._before[:] = values
        self.cycles += 1

    def edge(self) -> None:
        """The clock's edge: registers take their data."""
        self._values[self._registers] = self._values[self._data] ^ self._inverted

    def restart(self) -> None:
        """Begin to count anew."""
        self.cycles = 0
        self._toggles[:] = self._high[:] = 0

    def counts(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Toggles of each net, and at how many ends of a cycle it was 1, in all lanes together.

        The clock toggles twice a cycle and is 1 for half of it.
        """
        sums = [
            count.sum(axis=1, dtype=np.float64)[self._row] for count in (self._toggles, self._high)
        ]
        if self._clock in self._ports:
            nets = self._ports[self._clock][1]
            for values, share in zip(sums, (2.0, 0.5), strict=True):
                values[nets] = share * self.cycles * self.lanes
        return sums[0], sums[1]


def _registers(
    netlist: Netlist, units: Units, clock: str
) -> tuple[NDArray[np.intp], Planes, Index, Planes]:
    """Outputs of registers: which units, what they start from, their data nets and inversions."""
    registers = np.flatnonzero(units.function < 0)
    data = np.zeros(len(registers), dtype=np.int32)
    starts, inverted = np.zeros((2, len(registers)), dtype=np.uint64)
    kinds, positions = netlist.kinds[units.cells[registers]], units.positions[registers]
    for kind, position in np.unique(np.stack([kinds, positions]), axis=1).T.tolist():
        cell = netlist.library[kind]
        alike = np.flatnonzero((kinds == kind) & (positions == position))
        pins = netlist.inputs[units.cells[registers[alike]]]
        _check_register(netlist, cell, pins, clock)
        assert cell.flop is not None
        complement = list(cell.outputs.values())[position].function.strip().startswith("~")
        data[alike] = np.maximum(pins[:, list(cell.inputs).index(cell.flop.data)], 0)
        starts[alike] = ALL if complement else 0
        inverted[alike] = ALL if complement != cell.flop.data_inverted else 0
    return registers, starts, data, inverted


def _check_register(netlist: Netlist, cell: Cell, pins: Index, clock: str) -> None:
    """See that registers of a kind do nothing but take their data at the clock's rising edge."""
    assert cell.flop is not None
    order = list(cell.inputs)
    clocks = netlist.copies[pins[:, order.index(cell.flop.clock)]]
    if (
        not cell.flop.rising
        or clock not in netlist.ports
        or ((clocks != netlist.ports[clock][1][0]).any())
    ):
        raise RequestError(
            f"a register {cell.name} does not take its data at the rising edge of the port"
            f" {clock}: a simulation by cycles knows one clock"
        )
    for forced in (cell.flop.clear, cell.flop.preset):
        if forced is not None:
            pin, level = forced
            if (netlist.copies[pins[:, order.index(pin)]] != 1 - level).any():
                raise RequestError(
                    f"the pin {pin} of a register {cell.name} is not held inactive: a simulation by"
                    " cycles knows no asynchronous clear or preset"
                )
