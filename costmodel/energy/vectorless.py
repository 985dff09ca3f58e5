"""Vectorless activity: an estimate of how often nets toggle, from the inputs' rates alone.

For when there is no bench or no data; never taken unless asked for, and labelled ``vectorless``.
Probabilities of 1 and toggle rates go through the cells' functions (the transition density of
F. N. Najm, "Transition density: a new measure of activity in digital circuits", IEEE TCAD 12(2),
1993): of an output, the sum over the inputs of the input's rate times the probability that the
output depends on it. Inputs of a cell are taken to be independent of each other and in time, which
reconvergent logic is not, so single nets may be far off.

Within a cycle a net takes one value, as in the measured activity: no rate is above twice the lesser
of the probabilities of 0 and 1. A register's output has the probability and rate of what it takes;
loops through registers are iterated to a fixed point.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from costmodel.energy.activity import Activity
from costmodel.energy.rates import Rates
from costmodel.library.expression import truth_table
from costmodel.library.technology import Cell
from costmodel.netlist.netlist import Netlist

__all__ = ["estimate_activity"]

Floats = NDArray[np.float64]

_TOLERANCE = 1e-4  # of probabilities and of toggles a cycle
_MOST_SWEEPS = 5000
_SPEED = 0.5  # how far a register goes towards its new value; 1 would let a divider swing for ever


def estimate_activity(
    netlist: Netlist,
    input_toggles: float = 0.2,
    input_high: float = 0.5,
    steady: Mapping[str, int] | None = None,
    rates: Rates | None = None,
) -> Activity:
    """Estimate the toggles a cycle of every net.

    Args:
        netlist: the flat netlist.
        input_toggles: toggles a cycle of each bit of the design's inputs, 0 to 1.
        input_high: their probability of 1; at least half of ``input_toggles``, as is 1 less it.
        steady: input ports that keep a value, all bits the same; a reset should be one.
        rates: what is known of some nets, in place of all that would be estimated of them.

    Raises:
        ValueError: no signal has these toggles and probability, or a port is not there.
        RuntimeError: the iteration does not settle.
    """
    if not 0 <= input_toggles <= 2 * min(input_high, 1 - input_high):
        raise ValueError(
            f"no signal is at 1 for {input_high:g} of the time and toggles {input_toggles:g} times"
            " a cycle"
        )
    high, rate = np.zeros((2, netlist.nets))
    high[2:] = 0.5
    high[1] = 1.0
    inputs = netlist.port_nets("input")
    high[inputs], rate[inputs] = input_high, input_toggles
    for port, value in (steady or {}).items():
        if netlist.ports.get(port, ("", None))[0] != "input":
            raise ValueError(f"the design has no input {port} that could be steady")
        high[netlist.ports[port][1]], rate[netlist.ports[port][1]] = value, 0.0
    free = np.arange(netlist.nets) > 1
    if rates is not None:
        high[rates.nets], rate[rates.nets] = rates.high, rates.toggles
        free[rates.nets] = False
    groups = list(_groups(netlist))
    moved = 0.0
    for _ in range(_MOST_SWEEPS):
        moved = max([group.sweep(high, rate, free) for group in groups], default=0.0)
        if moved < _TOLERANCE:
            break
    else:
        raise RuntimeError(f"toggle rates still move by {moved:.1g} after {_MOST_SWEEPS} sweeps")
    for group in groups:
        if group.flop:
            high[group.clocks], rate[group.clocks] = 0.5, 2.0
    return Activity("vectorless", 1.0, rate[netlist.copies], high[netlist.copies])


class _Group:
    """All cells of one kind in a netlist."""

    def __init__(self, cell: Cell, inputs: NDArray[np.int32], outputs: NDArray[np.int32]) -> None:
        pins = list(cell.inputs)
        self.flop = cell.flop is not None
        self._inputs = [np.maximum(inputs[:, i], 0) for i in range(len(pins))]
        self._outputs = [outputs[:, i] for i in range(len(cell.outputs))]
        if cell.flop is not None:
            self._data = self._inputs[pins.index(cell.flop.data)]
            self.clocks = self._inputs[pins.index(cell.flop.clock)]
            self._inverted = [
                (output.function.strip().startswith("~")) != cell.flop.data_inverted
                for output in cell.outputs.values()
            ]
        else:
            self._tables = [truth_table(output.function, pins) for output in cell.outputs.values()]

    def sweep(self, high: Floats, rate: Floats, free: NDArray[np.bool_]) -> float:
        """Bring outputs that are free up to date with the inputs; returns the largest change."""
        moved = 0.0
        for position, nets in enumerate(self._outputs):
            if self.flop:
                new_high, new_rate = high[self._data], rate[self._data]
                new_high = 1 - new_high if self._inverted[position] else new_high
                new_high = high[nets] + _SPEED * (new_high - high[nets])
                new_rate = rate[nets] + _SPEED * (new_rate - rate[nets])
            else:
                table = self._tables[position]
                inputs = [high[pin_nets] for pin_nets in self._inputs]
                new_high = _probability(table, inputs)
                new_rate = np.zeros(len(nets))
                for axis, pin_nets in enumerate(self._inputs):
                    depends = np.not_equal(*np.moveaxis(table, axis, 0))
                    others = inputs[:axis] + inputs[axis + 1 :]
                    new_rate += rate[pin_nets] * _probability(depends, others)
            new_rate = np.minimum(new_rate, 2 * np.minimum(new_high, 1 - new_high))
            connected = free[nets] & (nets > 1)
            for values, new in ((high, new_high), (rate, new_rate)):
                moved = max(moved, float(np.abs(values[nets] - new)[connected].max(initial=0.0)))
                values[nets[connected]] = new[connected]
        return moved


def _groups(netlist: Netlist) -> list[_Group]:
    groups = []
    for kind in np.unique(netlist.kinds):
        cells = netlist.kinds == kind
        groups.append(_Group(netlist.library[kind], netlist.inputs[cells], netlist.outputs[cells]))
    return groups


def _probability(table: ArrayLike, high: list[Floats]) -> Floats:
    """Probability of 1 of a function of independent inputs."""
    value: Floats = np.asarray(table, dtype=float)[..., None]
    for probability in high:
        value = value[0] * (1 - probability) + value[1] * probability
    return value
