"""A mapped netlist at work in many lanes at once: each net is a row of words, each bit a lane.

A zero-delay, cycle-based simulation, like the one that `costmodel.energy.netlist_simulation` has
built by a compiler, but ready at once and with thousands of independent streams of data side by
side. What a lane computes is a bit of 64-bit words; a cell's function works on all lanes of all
cells of the same function that may be evaluated together, in a handful of numpy's operations.

The order is made once: of all outputs whose inputs are known, those of the most frequent function
go next. Nets are renumbered in this order, so that what a step computes lies in one piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.flow.netlist import Index, Netlist
from costmodel.library.expression import names, substituted
from costmodel.library.technology import Cell
from hw.errors import RequestError

__all__ = ["Lanes"]

Planes = NDArray[np.uint64]  # a row a net (or a bit of a port), a bit a lane

_ALL = ~np.uint64(0)
_CONSTANT = re.compile(r"(?<!\w)[01](?!\w)")


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
        units = _Units.of(netlist)
        registers, starts, data, inverted = _registers(netlist, units, clock)
        steps = list(_steps(netlist, units))
        order = np.concatenate([registers, *steps]).astype(np.intp)
        driven = units.nets[order]
        free = np.setdiff1d(np.arange(netlist.nets), driven)  # constants and inputs among them
        self._row = np.empty(netlist.nets, dtype=np.intp)
        self._row[np.concatenate([free, driven])] = np.arange(netlist.nets)
        self._values = np.zeros((netlist.nets, words), dtype=np.uint64)
        self._values[self._row[1]] = _ALL
        begin = len(free)
        self._registers = slice(begin, begin + len(registers))
        self._values[self._registers] = starts[:, None]
        self._data, self._inverted = self._row[data], inverted[:, None]
        begin += len(registers)
        self._steps = []
        for step in steps:
            function = units.functions[units.function[step[0]]]
            pins = self._row[units.inputs[step, : function.pins].T]
            self._steps.append((function.evaluate, pins, slice(begin, begin + len(step))))
            begin += len(step)
        self._before = np.zeros_like(self._values)
        self._toggles, self._high = np.zeros((2, *self._values.shape), dtype=np.uint32)

    def put(self, port: str, planes: Planes | int) -> None:
        """Set an input: a row for each bit, lowest first, or the same bit everywhere."""
        values = (_ALL if planes else np.uint64(0)) if isinstance(planes, int) else planes
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
        found = [
            count.sum(axis=1, dtype=np.float64)[self._row] for count in (self._toggles, self._high)
        ]
        if self._clock in self._ports:
            nets = self._ports[self._clock][1]
            for values, share in zip(found, (2.0, 0.5), strict=True):
                values[nets] = share * self.cycles * self.lanes
        return found[0], found[1]


@dataclass(frozen=True)
class _Function:
    """A function of the pins that it names, and what evaluates it."""

    pins: int
    evaluate: Callable[..., Any]


@dataclass(frozen=True)
class _Units:
    """All outputs of cells that something is connected to.

    Attributes:
        cells: the cell of each.
        positions: which of the cell's outputs it is.
        nets: what it drives.
        function: index into ``functions``; -1 of a register.
        inputs: the nets of the function's pins, padded with 0.
        functions: the different ones.
    """

    cells: Index
    positions: Index
    nets: Index
    function: Index
    inputs: Index
    functions: list[_Function]

    @classmethod
    def of(cls, netlist: Netlist) -> _Units:
        cells, positions = (found.astype(np.int32) for found in np.nonzero(netlist.outputs > 1))
        kinds = netlist.kinds[cells]
        function = np.full(len(cells), -1, dtype=np.int32)
        inputs = np.zeros((len(cells), netlist.inputs.shape[1]), dtype=np.int32)
        numbers: dict[str, int] = {}
        functions: list[_Function] = []
        for kind, position in np.unique(np.stack([kinds, positions]), axis=1).T.tolist():
            cell = netlist.library[kind]
            if cell.flop is not None:
                continue
            text = list(cell.outputs.values())[position].function
            pins = names(text)
            plain = _plain(text, pins)
            if plain not in numbers:
                numbers[plain] = len(functions)
                functions.append(_Function(len(pins), _compiled(plain, len(pins))))
            these = np.flatnonzero((kinds == kind) & (positions == position))
            function[these] = numbers[plain]
            taken = [list(cell.inputs).index(pin) for pin in pins]
            inputs[these, : len(pins)] = np.maximum(netlist.inputs[cells[these]][:, taken], 0)
        nets = netlist.outputs[cells, positions]
        return cls(cells, positions, nets, function, inputs, functions)


def _plain(text: str, pins: list[str]) -> str:
    """A function of pins p0, p1, ... in the order of their use: the same for cells of any kind."""
    plain = substituted(text, {pin: f"p{number}" for number, pin in enumerate(pins)})
    return _CONSTANT.sub(lambda constant: ("zero", "one")[int(constant[0])], plain)


def _compiled(plain: str, pins: int) -> Callable[..., Any]:
    parameters = ", ".join(f"p{number}" for number in range(pins))
    constants = {"__builtins__": {}, "zero": np.uint64(0), "one": _ALL}
    return eval(f"lambda {parameters}: {plain}", constants)


def _registers(
    netlist: Netlist, units: _Units, clock: str
) -> tuple[NDArray[np.intp], Planes, Index, Planes]:
    """Outputs of registers: which units, what they start from, their data nets and inversions."""
    found = np.flatnonzero(units.function < 0)
    data = np.zeros(len(found), dtype=np.int32)
    starts, inverted = np.zeros((2, len(found)), dtype=np.uint64)
    kinds, positions = netlist.kinds[units.cells[found]], units.positions[found]
    for kind, position in np.unique(np.stack([kinds, positions]), axis=1).T.tolist():
        cell = netlist.library[kind]
        these = np.flatnonzero((kinds == kind) & (positions == position))
        pins = netlist.inputs[units.cells[found[these]]]
        _check_register(netlist, cell, pins, clock)
        assert cell.flop is not None
        complement = list(cell.outputs.values())[position].function.strip().startswith("~")
        data[these] = np.maximum(pins[:, list(cell.inputs).index(cell.flop.data)], 0)
        starts[these] = _ALL if complement else 0
        inverted[these] = _ALL if complement != cell.flop.data_inverted else 0
    return found, starts, data, inverted


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


def _steps(netlist: Netlist, units: _Units) -> Iterator[NDArray[np.intp]]:
    """Units that are evaluated together, one step after the other."""
    logic = np.flatnonzero(units.function >= 0)
    driver = np.full(netlist.nets, -1, dtype=np.intp)
    driver[units.nets[logic]] = logic
    readers, pins = np.nonzero(driver[units.inputs[logic]] >= 0)
    targets = logic[readers]
    sources = driver[units.inputs[targets, pins]]
    order = np.argsort(sources, kind="stable")
    targets = targets[order]
    begin = np.searchsorted(sources[order], np.arange(len(units.nets) + 1))
    waiting = np.bincount(targets, minlength=len(units.nets))
    ready: dict[int, list[NDArray[np.intp]]] = {}
    amount = np.zeros(len(units.functions), dtype=np.intp)

    def arrive(front: NDArray[np.intp]) -> None:
        for number in np.unique(units.function[front]).tolist():
            these = front[units.function[front] == number]
            ready.setdefault(number, []).append(these)
            amount[number] += len(these)

    arrive(logic[waiting[logic] == 0])
    left = len(logic)
    while amount.any():
        number = int(amount.argmax())
        step = np.concatenate(ready.pop(number))
        amount[number] = 0
        left -= len(step)
        yield step
        counts = begin[step + 1] - begin[step]
        edges = np.repeat(begin[step] - np.cumsum(counts) + counts, counts) + np.arange(
            counts.sum()
        )
        after = targets[edges]
        np.subtract.at(waiting, after, 1)
        after = np.unique(after)
        arrive(after[waiting[after] == 0])
    if left:
        raise RequestError(
            f"{left} of {len(logic)} outputs of logic lie on or behind loops without a register:"
            " they have no order to be evaluated in"
        )
