"""What a user's own simulation says of how often signals toggle: SAIF, of the source's names.

A simulation of the source knows ports, registers and other signals; a mapped netlist has ports, and
the registers and nets that kept their names. What is known of them is taken, the logic between is
estimated (`costmodel.energy.vectorless`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from costmodel.energy.activity import instances_in
from costmodel.netlist.netlist import Index, Netlist
from hw.errors import RequestError
from sim.reading import check_file

__all__ = ["Rates", "read_rates"]

Floats = NDArray[np.float64]
Signals = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Rates:
    """What is known of some nets of a netlist.

    Attributes:
        cycles: of the clock, that it was counted over.
        nets: which.
        toggles: of each, a cycle.
        high: share of the time that each is at 1.
    """

    cycles: float
    nets: Index
    toggles: Floats
    high: Floats


def read_rates(path: Path, netlist: Netlist, clock: str, scope: str = "") -> Rates:
    """Find a netlist's nets among the signals of a SAIF file.

    Args:
        path: the file, of a simulation of the netlist's source.
        netlist: flat, before or after sizing.
        clock: the port that toggles twice a cycle.
        scope: the instance, such as ``tb.dut``; without one the only one that has all ports.

    Raises:
        RequestError: the file is not there or is no SAIF, no instance or several have all ports, or
            the clock stands still.
    """
    check_file(path, "SAIF file")
    try:
        read = dict(instances_in(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise RequestError(f"{path} is no SAIF file: {error}") from error
    instances = {
        ".".join(instance): {name.replace("\\", ""): bit for name, bit in signals.items()}
        for instance, signals in read.items()
    }
    top = _instance(path, instances, netlist, scope)
    cycles = instances[top][clock][0] / 2
    if cycles < 1:
        raise RequestError(f"{path}: {clock} stands still in {top}")
    known: dict[int, tuple[float, float]] = {}
    for part in netlist.scopes:
        signals = instances.get(".".join((top, *part.path)), {})
        for name, local in part.module.names.items():
            for bit, net in zip(_bits(name, len(local)), part.nets[local].tolist(), strict=True):
                if bit in signals and net > 1:
                    known[net] = signals[bit]
    toggles, high = np.array(list(known.values())).T
    rate = np.minimum(toggles / cycles, 2 * np.minimum(high, 1 - high))
    return Rates(cycles, np.array(list(known), np.int32), rate, high)


def _instance(path: Path, instances: dict[str, Signals], netlist: Netlist, scope: str) -> str:
    """The instance that the netlist is of."""
    if scope and scope not in instances:
        raise RequestError(f"{path} has no instance {scope!r}: it has {', '.join(instances)}")
    wanted = {bit for port, (_, nets) in netlist.ports.items() for bit in _bits(port, len(nets))}
    fitting = [
        name
        for name, signals in instances.items()
        if wanted <= signals.keys() and scope in ("", name)
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise RequestError(
            f"{path} has the ports in several instances, {', '.join(fitting)}: --scope says which"
        )
    nearest = min((wanted - signals.keys() for signals in instances.values()), key=len)
    raise RequestError(f"no instance of {path} has all ports: the nearest lacks {min(nearest)}")


def _bits(name: str, width: int) -> list[str]:
    """What the bits of a signal are called."""
    return [name] if width == 1 else [f"{name}[{bit}]" for bit in range(width)]
