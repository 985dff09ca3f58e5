"""A small netlist evaluated for many inputs at once, with registers of every kind.

A net's value is an integer whose every bit is a lane of its own. There is no clock that the netlist
is run by: registers look at their clock pins, and take their data where these have changed.
(`costmodel.energy.bit_parallel` runs large netlists of one clock.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from graphlib import TopologicalSorter
from typing import Any

from costmodel.library.expression import substituted
from costmodel.library.technology import Cell, Flop
from costmodel.netlist.netlist import Netlist

__all__ = ["Evaluation", "evaluated", "next_state"]


class Evaluation:
    """A netlist at work; registers start from 0.

    Args:
        netlist: flat, without loops of logic.
        lanes: how many.
    """

    def __init__(self, netlist: Netlist, lanes: int) -> None:
        self._netlist = netlist
        self._ones = (1 << lanes) - 1
        self._values = [0] * netlist.nets
        self._values[1] = self._ones
        self._logic: list[tuple[int, Callable[..., int], list[int]]] = []
        self._flops: list[tuple[Cell, dict[str, int], dict[str, int]]] = []
        drivers: dict[int, tuple[Callable[..., int], list[int]]] = {}
        compiled: dict[tuple[str, str], Callable[..., int]] = {}
        for kind, inputs, outputs in zip(
            netlist.kinds.tolist(), netlist.inputs.tolist(), netlist.outputs.tolist(), strict=True
        ):
            cell = netlist.library[kind]
            read = {pin: max(net, 0) for pin, net in zip(cell.inputs, inputs, strict=False)}
            driven = {pin: net for pin, net in zip(cell.outputs, outputs, strict=False) if net > 1}
            if cell.flop is not None:
                self._flops.append((cell, read, driven))
                continue
            for pin, net in driven.items():
                key = cell.name, pin
                if key not in compiled:
                    compiled[key] = evaluated(cell, pin, self._ones)
                drivers[net] = compiled[key], list(read.values())
        order = TopologicalSorter({net: inputs for net, (_, inputs) in drivers.items()})
        for net in order.static_order():
            if net in drivers:
                self._logic.append((net, *drivers[net]))
        self._states = [0] * len(self._flops)
        self._before = [self._pins(read) for _, read, _ in self._flops]

    def apply(self, inputs: Mapping[str, list[int]]) -> None:
        """Put values on the input ports, a value a bit, lowest first, and let all settle."""
        for port, values in inputs.items():
            for net, value in zip(self._netlist.ports[port][1].tolist(), values, strict=True):
                self._values[net] = value
        self._settle()
        for i, (cell, read, _) in enumerate(self._flops):
            now = self._pins(read)
            assert cell.flop is not None
            self._states[i] = next_state(
                cell.flop, self._states[i], self._before[i], now, self._ones
            )
            self._before[i] = now
        self._settle()

    def read(self, port: str) -> list[int]:
        """The values of a port."""
        return [self._values[net] for net in self._netlist.ports[port][1].tolist()]

    def _pins(self, read: dict[str, int]) -> dict[str, int]:
        return {pin: self._values[net] for pin, net in read.items()}

    def _settle(self) -> None:
        values = self._values
        for (cell, _, driven), state in zip(self._flops, self._states, strict=True):
            for pin, net in driven.items():
                inverted = cell.outputs[pin].function == "~state"
                values[net] = state ^ self._ones if inverted else state
        for net, function, inputs in self._logic:
            values[net] = function(*(values[pin] for pin in inputs))


def evaluated(cell: Cell, output: str, ones: int) -> Callable[..., int]:
    """The function of an output, of the values of all the cell's input pins; ``ones`` is true."""
    parameters = [f"p{number}" for number in range(len(cell.inputs))]
    function = cell.outputs[output].function
    text = substituted(function, dict(zip(cell.inputs, parameters, strict=True)))
    text = re.sub(r"\b1\b", "ones", text)
    code: Any = eval(
        f"lambda {', '.join(parameters)}: ({text}) & ones", {"__builtins__": {}, "ones": ones}
    )
    return code


def next_state(
    flop: Flop, state: int, before: Mapping[str, int], now: Mapping[str, int], ones: int
) -> int:
    """A register's state after its pins have changed; while both are active, clear wins."""
    rose, fell = now[flop.clock] & ~before[flop.clock], before[flop.clock] & ~now[flop.clock]
    edge = rose if flop.rising else fell
    data = now[flop.data] ^ ones if flop.data_inverted else now[flop.data]
    state = state & ~edge | data & edge
    for forced, value in ((flop.preset, True), (flop.clear, False)):
        if forced is not None:
            pin, level = forced
            active = now[pin] if level else now[pin] ^ ones
            state = state | active if value else state & ~active
    return state
