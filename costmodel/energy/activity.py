"""Activity: how often each net of a mapped netlist toggles.

Measured activity comes from simulating the mapped netlist itself with the unit's own bench and data
(`sim.simulate`), which leaves a SAIF file; here each of its signals finds its net. An estimate
without data is `costmodel.energy.vectorless`, and says so in `Activity.source`.

The simulation has no delays: a net takes one value a clock cycle, so glitches (what a net does on
its way there) are in neither kind of activity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from costmodel.energy.netlist_simulation import RECORD, recorded
from costmodel.netlist.netlist import Netlist

__all__ = ["Activity", "instances_in", "read_saif", "used_nets"]

Signals = dict[str, tuple[float, float]]  # toggles and share of time at 1, by name of signal or bit

_TOKEN = re.compile(
    r'"[^"]*"'  # a string
    r"|\(INSTANCE\s+(?:\"[^\"]*\"\s+)?(?P<instance>[^\s()]+)"
    r"|\(\s*(?P<net>[^\s()]+)(?P<times>(?:\s*\(\s*T[01ZXBC]+\s+\d+\s*\)|\s*\(\s*I[GK]\s+\d+\s*\))+)\s*\)"
    r"|(?P<open>\()"
    r"|(?P<close>\))"
)
_TIME = re.compile(r"\(\s*(\w+)\s+(\d+)\s*\)")


@dataclass(frozen=True)
class Activity:
    """How often each net toggles.

    Attributes:
        source: ``measured`` in a simulation, or ``vectorless``, an estimate without data.
        cycles: clock cycles that the toggles were counted over.
        toggles: of each net, over all these cycles; both edges count. 0 where no pin is.
        high: share of the time that each net is at 1.
    """

    source: Literal["measured", "vectorless"]
    cycles: float
    toggles: NDArray[np.float64]
    high: NDArray[np.float64]

    def on(self, netlist: Netlist) -> Activity:
        """The same activity after sizing: a buffer's output does what its input does."""
        return Activity(
            self.source, self.cycles, self.toggles[netlist.copies], self.high[netlist.copies]
        )


def used_nets(netlist: Netlist) -> NDArray[np.int32]:
    """Nets with a cell's pin or a port on them, without the constants, ascending."""
    pins = [netlist.inputs.ravel(), netlist.outputs.ravel()]
    pins += [nets for _, nets in netlist.ports.values()]
    nets = np.unique(np.concatenate(pins))
    return nets[nets > 1]


def read_saif(path: Path, netlist: Netlist, cycles: int) -> Activity:
    """Read a simulation's toggle counts for a netlist, before or after sizing.

    What happens before the first and after the last of ``cycles`` (reset, a few quiet cycles) is
    counted too; only the clock does much in them, and `costmodel.energy.netlist_energy` counts the
    clock by cycles. A net that starts at 1 counts one toggle more than it does.

    Args:
        path: the SAIF file, written by simulating the netlist before sizing.
        netlist: the flat netlist; an instance and a signal are called the same in both.
        cycles: in which the unit worked.

    Raises:
        ValueError: the file is not whole or has no instance of the design.
        LookupError: a net of the netlist is not in it.
    """
    instances = dict(instances_in(path.read_text()))
    top = netlist.scopes[0].module.name
    if (top,) not in instances:
        raise ValueError(f"{path.name} has no instance {top}")
    toggles, high = np.full((2, netlist.nets), np.nan)
    toggles[:2], high[:2] = 0.0, (0.0, 1.0)
    for scope in netlist.scopes:
        signals = instances.get((top, *scope.path), {})
        numbers: list[int] = []
        figures: list[tuple[float, float]] = []
        record = recorded(scope.module, not scope.path)
        for name, local in [*scope.module.names.items(), (RECORD, record)]:
            for position, net in enumerate(scope.nets[local].tolist()):
                bit = signals.get(name if len(local) == 1 else f"{name}\\[{position}\\]")
                if bit is not None and net > 1:
                    numbers.append(net)
                    figures.append(bit)
        if numbers:
            toggles[numbers], high[numbers] = np.array(figures).T
    activity = Activity("measured", float(cycles), toggles, high).on(netlist)
    nets = used_nets(netlist)
    missing = nets[np.isnan(activity.toggles[nets])]
    if len(missing):
        raise LookupError(
            f"{path.name} has no toggles of {len(missing)} of {len(nets)} nets,"
            f" such as {_name(netlist, int(netlist.copies[missing[0]]))}"
        )
    return Activity(
        "measured", float(cycles), *map(np.nan_to_num, (activity.toggles, activity.high))
    )


def instances_in(text: str) -> Iterator[tuple[tuple[str, ...], Signals]]:
    """Each instance's path from the outermost one, and its signals: toggles, share of time at 1.

    Raises:
        ValueError: the text is no SAIF, or not whole.
    """
    path: list[str | None] = []  # what is open; None for anything but an instance
    signals: dict[tuple[str, ...], Signals] = {}
    for token in _TOKEN.finditer(text):
        if token["net"]:
            times = {name: int(value) for name, value in _TIME.findall(token["times"])}
            if not {"T0", "T1", "TC"} <= times.keys():
                raise ValueError(f"the SAIF text lacks T0, T1 or TC of {token['net']}")
            lasted = times["T0"] + times["T1"]
            instance = tuple(name for name in path if name is not None)
            share = times["T1"] / lasted if lasted else 0.0
            signals.setdefault(instance, {})[token["net"]] = (float(times["TC"]), share)
        elif token["instance"]:
            path.append(token["instance"])
        elif token["open"]:
            path.append(None)
        elif token["close"]:
            if not path:
                raise ValueError("the SAIF text closes more parentheses than it opens")
            path.pop()
    if path or not signals:
        raise ValueError("the SAIF text ends before its last parenthesis closes")
    yield from signals.items()


def _name(netlist: Netlist, net: int) -> str:
    """What a net is called somewhere, for a message."""
    for scope in netlist.scopes:
        for name, local in scope.module.names.items():
            if net in scope.nets[local]:
                return "/".join((netlist.scopes[0].module.name, *scope.path, name))
    return f"net {net}, which has no name"
