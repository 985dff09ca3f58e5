"""A netlist at work with any clocks: values of all nets in many lanes, events by whole words.

Without delays: inputs are put, and the logic, and whatever it clocks, clears or sets, is let come
to rest. So gated and derived clocks, both edges and asynchronous controls do what they do in a
simulator of events. Flip-flops that see an edge at the same moment all take what stood at their
data pins before any of them changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.netlist.evaluation import ALL, Planes, Units, steps
from costmodel.netlist.netlist import Index, Netlist
from hw.errors import RequestError

__all__ = ["Machine", "Registers"]

_MOST_EVENTS = 100  # one after another; a circuit that has more does not come to rest


@dataclass(frozen=True)
class Registers:
    """All flip-flops of a netlist, an element each; nets are -1 where a pin is not there.

    Attributes:
        cells: which cells of the netlist they are.
        clocks, data, clears, presets: the nets on their pins.
        falling, inverted, clears_low, presets_low: what is active or taken is the complement.
        outputs: net, register and whether it is the complement of the state, of each output.
    """

    cells: NDArray[np.intp]
    clocks: Index
    falling: NDArray[np.bool_]
    data: Index
    inverted: NDArray[np.bool_]
    clears: Index
    clears_low: NDArray[np.bool_]
    presets: Index
    presets_low: NDArray[np.bool_]
    outputs: tuple[Index, NDArray[np.intp], NDArray[np.bool_]]

    @classmethod
    def of(cls, netlist: Netlist) -> Registers:
        """The flip-flops of a netlist."""
        cells = np.flatnonzero([netlist.library[kind].flop is not None for kind in netlist.kinds])
        pins = np.full((4, len(cells)), -1, dtype=np.int32)
        low = np.zeros((4, len(cells)), dtype=bool)
        outputs: list[tuple[int, int, bool]] = []
        for number, cell in enumerate(cells.tolist()):
            kind = netlist.library[netlist.kinds[cell]]
            assert kind.flop is not None
            clear, preset = (forced or ("", 1) for forced in (kind.flop.clear, kind.flop.preset))
            nets = dict(zip(kind.inputs, netlist.inputs[cell].tolist(), strict=False))
            wanted = (kind.flop.clock, kind.flop.data, clear[0], preset[0])
            pins[:, number] = [nets.get(pin, -1) for pin in wanted]
            low[:, number] = (
                *(not kind.flop.rising, kind.flop.data_inverted),
                *(not clear[1], not preset[1]),
            )
            for output, net in zip(
                kind.outputs.values(), netlist.outputs[cell].tolist(), strict=False
            ):
                if net > 1:
                    outputs.append((net, number, output.function.strip("() ").startswith("~")))
        columns = list(zip(*outputs, strict=True)) or [(), (), ()]
        kept = (
            np.array(columns[0], dtype=np.int32),
            np.array(columns[1], dtype=np.intp),
            np.array(columns[2], dtype=bool),
        )
        return cls(cells, pins[0], low[0], pins[1], low[1], pins[2], low[2], pins[3], low[3], kept)


class Machine:
    """A netlist whose nets have values in each lane.

    Attributes:
        registers: its flip-flops.
        state: of each of them, a row of words.
    """

    def __init__(self, netlist: Netlist, words: int) -> None:
        """Prepare a netlist; all inputs and registers are 0.

        Args:
            netlist: flat.
            words: of 64 lanes each.

        Raises:
            RequestError: logic feeds itself without a register.
        """
        self.registers = Registers.of(netlist)
        self._ports = netlist.ports
        units = Units.of(netlist)
        self._steps = []
        self._values = np.zeros((netlist.nets + 1, words), dtype=np.uint64)  # of net -1, the last
        self._values[1] = ALL
        for step in steps(netlist, units):
            function = units.functions[units.function[step[0]]]
            pins = units.inputs[step, : function.pins].T
            self._steps.append((function.evaluate, pins, units.nets[step]))
        self.state = np.zeros((len(self.registers.cells), words), dtype=np.uint64)
        self._clocks: Planes | None = None

    def put(self, port: str, planes: Planes) -> None:
        """Set an input: a row for each bit, lowest first."""
        self._values[self._ports[port][1]] = planes

    def get(self, nets: Index | Iterable[int]) -> Planes:
        """What nets have come to, a row each."""
        return self._values[np.asarray(nets, dtype=np.intp)]

    def evaluate(self) -> None:
        """Bring the logic up to date with inputs and state, and nothing else."""
        nets, registers, complement = self.registers.outputs
        self._values[nets] = self.state[registers] ^ _mask(complement)
        for evaluate, pins, outputs in self._steps:
            self._values[outputs] = evaluate(*self._values[pins])

    def settle(self) -> None:
        """Let everything come to rest.

        Raises:
            RequestError: it does not.
        """
        registers = self.registers
        for _ in range(_MOST_EVENTS):
            self.evaluate()
            clocks = self._values[registers.clocks] ^ _mask(registers.falling)
            edges = clocks & ~(clocks if self._clocks is None else self._clocks)
            self._clocks = clocks
            data = self._values[registers.data] ^ _mask(registers.inverted)
            state = (self.state & ~edges) | (data & edges)
            state |= self._values[registers.presets] ^ _mask(registers.presets_low)
            state &= ~(self._values[registers.clears] ^ _mask(registers.clears_low))
            if (state == self.state).all():
                return
            self.state = state
        raise RequestError(f"the circuit does not come to rest after {_MOST_EVENTS} events")

    @property
    def depth(self) -> int:
        """How many operations on words bring the logic up to date."""
        return len(self._steps)

    @staticmethod
    def flip(planes: Planes, mask: NDArray[np.bool_]) -> Planes:
        """The complement of some rows."""
        return planes ^ _mask(mask)

    def forget_edges(self) -> None:
        """Take the clocks as they are now: the next `settle` sees edges after this moment only."""
        self._clocks = None


def _mask(inverted: NDArray[np.bool_]) -> Planes:
    return np.where(inverted, ALL, np.uint64(0))[:, None]
