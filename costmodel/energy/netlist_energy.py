"""Energy of a mapped netlist: what its nets' and cells' activity costs, cycle by cycle.

Three parts, the usual ones of a gate-level power analysis:

* Switching: half of C V^2 each time a net toggles. C is the sum of the input pins on the net, and
  the technology's load on an output of the design. Wires are not in it: there is no layout.
* Internal: what a cell takes of its own when a pin toggles, from the library's tables. An output
  pays for each of its edges; one that nothing is connected to (the second output of a flip-flop)
  toggles as the cell's busiest output does. An input pays only for edges that no output follows: of
  a flip-flop's data pin all of them (what follows it is the clock's doing), of logic the share of
  input edges beyond those of the busiest output.
* Leakage: the mean over each cell's states.

The clock toggles twice a cycle by definition; charging the clock pins and what registers take at
both edges is told apart as the clock's energy. There is no clock tree in the netlist, hence none in
the figure. Simulations without delays see no glitches, so none are in it either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from costmodel.energy.activity import Activity
from costmodel.library.technology import Cell, Technology
from costmodel.netlist.netlist import Netlist

__all__ = ["Energy", "energy"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Energy:
    """What a design takes.

    Attributes:
        source: of the activity: ``measured`` in a simulation, or ``vectorless``, an estimate.
        cycles: clock cycles that the activity was counted over.
        operations: what the design did in them: multiply-accumulates, one a weight.
        switching_fj_per_cycle: charging nets, without the clock's.
        internal_fj_per_cycle: inside cells, without what the clock's edges cause.
        clock_fj_per_cycle: charging the clock pins, and inside registers at the clock's edges.
        leakage_uw: of all cells.
        clock_ps: the period that leakage is counted over; None leaves it out of all energies.
        by_part: energy a cycle in fJ of each part (`Netlist.parts`), all instances of a module
            together; a net belongs to the cell that drives it, inputs of the design to the top.
    """

    source: Literal["measured", "vectorless"]
    cycles: float
    operations: float
    switching_fj_per_cycle: float
    internal_fj_per_cycle: float
    clock_fj_per_cycle: float
    leakage_uw: float
    clock_ps: float | None
    by_part: dict[str, float]

    @property
    def dynamic_fj_per_cycle(self) -> float:
        """Switching, internal and the clock's."""
        return self.switching_fj_per_cycle + self.internal_fj_per_cycle + self.clock_fj_per_cycle

    @property
    def leakage_fj_per_cycle(self) -> float:
        """Leakage over a clock period; 0 without one."""
        return self.leakage_uw * (self.clock_ps or 0.0) * 1e-3

    @property
    def energy_fj_per_cycle(self) -> float:
        """All together."""
        return self.dynamic_fj_per_cycle + self.leakage_fj_per_cycle

    @property
    def energy_fj_per_operation(self) -> float:
        """All together, for each operation."""
        return self.energy_fj_per_cycle * self.cycles / self.operations


def energy(
    netlist: Netlist,
    technology: Technology,
    activity: Activity,
    operations: float,
    clock_ps: float | None = None,
) -> Energy:
    """Energy of a design at an activity.

    Args:
        netlist: the flat netlist.
        technology: of its cells.
        activity: of its nets (`costmodel.energy.activity.read_saif`,
        `costmodel.energy.vectorless`).
        operations: that the design does in the activity's cycles; more than 0.
        clock_ps: the clock period, over which leakage counts.

    Raises:
        ValueError: no operations or no cycles, or an activity of another netlist.
    """
    if not (operations > 0 and activity.cycles > 0):
        raise ValueError(
            f"energy an operation needs operations and cycles, and there are {operations:g}"
            f" in {activity.cycles:g}"
        )
    if len(activity.toggles) != netlist.nets:
        raise ValueError(
            f"the activity is of {len(activity.toggles)} nets, the netlist has {netlist.nets}"
        )
    rate = activity.toggles / activity.cycles
    rate[:2] = 0.0
    pins = _Pins.of(netlist)
    volt2 = technology.voltage_v**2

    # per net: capacitance of the pins on it that are no clock pins, and the driving cell's part
    load_ff = np.zeros(netlist.nets)
    on_net = (netlist.inputs > 1) & ~pins.clock
    np.add.at(load_ff, netlist.inputs[on_net], pins.capacitance_ff[on_net])
    np.add.at(load_ff, netlist.port_nets("output"), technology.output_load_ff)
    names, part = netlist.parts()
    owner = np.zeros(netlist.nets, dtype=np.intp)
    driven = netlist.outputs > 1
    owner[netlist.outputs[driven]] = np.broadcast_to(part[:, None], driven.shape)[driven]
    switching = 0.5 * volt2 * load_ff * rate

    into = np.where(netlist.inputs > 1, rate[netlist.inputs], 0.0)
    out = np.where(netlist.outputs > 1, rate[netlist.outputs], 0.0)
    out = np.where(pins.output & (netlist.outputs < 0), out.max(axis=1, keepdims=True), out)
    data_into = np.where(pins.clock, 0.0, into)
    seen = data_into.sum(axis=1)
    followed = np.where(pins.flop, 0.0, out.max(axis=1)) / np.where(seen > 0, seen, 1.0)
    unfollowed = np.maximum(1.0 - followed, 0.0)
    internal = (out * pins.output_fj).sum(axis=1)
    internal += unfollowed * (data_into * pins.input_fj).sum(axis=1)

    clock = np.where(pins.clock, pins.capacitance_ff * volt2 + 2.0 * pins.input_fj, 0.0).sum(axis=1)
    leakage_uw = 1e-3 * np.array([cell.leakage_nw for cell in netlist.library])[netlist.kinds]

    of_cells = internal + clock + leakage_uw * (clock_ps or 0.0) * 1e-3
    by_part = np.bincount(owner, switching, minlength=len(names))
    by_part += np.bincount(part, of_cells, minlength=len(names))
    return Energy(
        source=activity.source,
        cycles=activity.cycles,
        operations=operations,
        switching_fj_per_cycle=float(switching.sum()),
        internal_fj_per_cycle=float(internal.sum()),
        clock_fj_per_cycle=float(clock.sum()),
        leakage_uw=float(leakage_uw.sum()),
        clock_ps=clock_ps,
        by_part=dict(zip(names, by_part.tolist(), strict=True)),
    )


@dataclass(frozen=True)
class _Pins:
    """What the library says of each pin of each cell of a netlist; 0 where there is no pin.

    Attributes:
        capacitance_ff: of inputs.
        input_fj: internal energy of an edge, the mean of a rising and a falling one.
        clock: the input is a register's clock.
        output: there is such an output.
        output_fj: internal energy of an edge of an output.
        flop: the cell is a register, shape (cells,).
    """

    capacitance_ff: Floats
    input_fj: Floats
    clock: NDArray[np.bool_]
    output: NDArray[np.bool_]
    output_fj: Floats
    flop: NDArray[np.bool_]

    @classmethod
    def of(cls, netlist: Netlist) -> _Pins:
        def table(width: int, values: Callable[[Cell], list[float]]) -> Floats:
            rows = np.zeros((len(netlist.library), width))
            for row, cell in zip(rows, netlist.library, strict=True):
                of_cell = values(cell)
                row[: len(of_cell)] = of_cell
            return rows[netlist.kinds]

        inputs, outputs = netlist.inputs.shape[1], netlist.outputs.shape[1]
        mean = 0.5
        return cls(
            capacitance_ff=table(inputs, lambda c: [p.capacitance_ff for p in c.inputs.values()]),
            input_fj=table(inputs, lambda c: [mean * sum(p.energy_fj) for p in c.inputs.values()]),
            clock=table(
                inputs, lambda c: [c.flop is not None and pin == c.flop.clock for pin in c.inputs]
            ).astype(bool),
            output=table(outputs, lambda c: [1.0] * len(c.outputs)).astype(bool),
            output_fj=table(
                outputs, lambda c: [mean * sum(p.energy_fj) for p in c.outputs.values()]
            ),
            flop=table(1, lambda c: [c.flop is not None])[:, 0].astype(bool),
        )
