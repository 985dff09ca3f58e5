"""Activity of a mapped netlist that is driven as a user's own simulation drove its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from costmodel.energy.activity import Activity
from costmodel.energy.recording import Recording, Value
from costmodel.netlist.evaluation import ALL, Planes
from costmodel.netlist.netlist import Netlist
from costmodel.proof.machine import Machine
from hw.errors import RequestError

__all__ = ["Replay", "replayed"]


@dataclass(frozen=True)
class Replay:
    """What came of a recording.

    Attributes:
        activity: of every net, from the first value of the dump to the last one.
        compared: rising edges of the clock before which outputs were compared.
        different: how many of them some output differed at, where the dump has a 0 or a 1.
        first: where that was first, in words; empty if nowhere.
        unknown: values of inputs that were x or z, and taken as 0.
    """

    activity: Activity
    compared: int
    different: int
    first: str
    unknown: int


def replayed(netlist: Netlist, recording: Recording, clock: str) -> Replay:
    """Drive a mapped netlist with a recording's inputs, and count what its nets do.

    At each time the clock changes first, and what else changes comes after it: registers take what
    was there before, as those of the simulation did. All registers start from 0. Without delays a
    net that an input moves twice in a cycle counts twice, and glitches do not count.

    Args:
        netlist: flat, before or after sizing.
        recording: with all its ports.
        clock: the port whose rising edges are the cycles.

    Raises:
        RequestError: the clock never rises, or the netlist does not come to rest.
    """
    machine = Machine(netlist, 1)
    inputs = {port for port, (direction, _) in netlist.ports.items() if direction == "input"}
    everything = np.arange(netlist.nets)
    outputs = {
        port: nets for port, (direction, nets) in netlist.ports.items() if direction == "output"
    }
    wanted: dict[str, Value] = {}
    before: Planes | None = None
    toggles, high = np.zeros((2, netlist.nets))
    cycles = different = unknown = moments = 0
    first, level = "", 0
    for changes in recording.changes():
        for port in inputs & changes.keys():
            unknown += changes[port].known != (1 << len(netlist.ports[port][1])) - 1
        rises = clock in changes and changes[clock].bits == 1 and not level
        if rises:
            cycles += 1
            wrong = _difference(machine, outputs, wanted) if before is not None else ""
            different += bool(wrong)
            first = first or (wrong and f"cycle {cycles}: {wrong}")
        if clock in changes:
            level = changes[clock].bits
            machine.put(clock, _planes(level, 1))
            machine.settle()
        for port in (inputs & changes.keys()) - {clock}:
            machine.put(port, _planes(changes[port].bits, len(netlist.ports[port][1])))
        machine.settle()
        wanted |= {port: changes[port] for port in outputs.keys() & changes.keys()}
        values = machine.get(everything) & np.uint64(1)
        if before is not None:
            toggles += (values != before)[:, 0]
        high += values[:, 0]
        before, moments = values, moments + 1
    if not cycles:
        raise RequestError(f"{recording.path}: {clock} never rises in {recording.scope}")
    activity = Activity("measured", float(cycles), toggles, high / moments)
    return Replay(activity, cycles, different, first, unknown)


def _difference(
    machine: Machine, outputs: Mapping[str, np.ndarray], wanted: Mapping[str, Value]
) -> str:
    """The first output that is not as recorded, in words; empty if all are."""
    for port, value in wanted.items():
        planes = machine.get(outputs[port])[:, 0] & np.uint64(1)
        bits = sum(int(bit) << place for place, bit in enumerate(planes.tolist()))
        if (bits ^ value.bits) & value.known:
            return f"{port} is {bits:#x} where the recording has {value.bits:#x}"
    return ""


def _planes(bits: int, width: int) -> Planes:
    rows = [ALL if bits >> place & 1 else np.uint64(0) for place in range(width)]
    return np.array(rows, np.uint64)[:, None]
