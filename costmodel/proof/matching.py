"""Which register of a mapped netlist is which one of the source, by their names.

Mapping keeps a register's name where it keeps the register, though maybe with the complement as its
state, or two equal ones as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.netlist.netlist import Netlist
from costmodel.proof.machine import Registers

__all__ = ["Matching", "match", "signal_bits"]


@dataclass(frozen=True)
class Matching:
    """Registers of a source and of a netlist.

    Attributes:
        source: positions in the source's `Registers`.
        mapped: of each the position in the netlist's.
        complement: the state there is the complement.
        names: what the source calls each, and which bit of that it is.
        constant: registers of the source that the netlist has a constant for.
        values: those constants.
        lost: registers of the source that outputs depend on and that have no match.
    """

    source: NDArray[np.intp]
    mapped: NDArray[np.intp]
    complement: NDArray[np.bool_]
    names: tuple[tuple[str, int], ...]
    constant: NDArray[np.intp]
    values: NDArray[np.bool_]
    lost: NDArray[np.intp]

    @property
    def whole(self) -> bool:
        """Each register that matters has one of its own: any state of the source is one here."""
        alone = len(np.unique(self.mapped)) == len(self.mapped)
        return alone and not len(self.lost) and not len(self.constant)


def match(source: Netlist, mapped: Netlist) -> Matching:
    """Find the registers of a source in a mapped netlist.

    Args:
        source: a reference (`costmodel.proof.reference`).
        mapped: of the same source.
    """
    registers = Registers.of(source)
    nets = {place: net for place, _, net in signal_bits(mapped)}
    drivers = _Drivers(mapped)
    owners = {
        net: number
        for net, number, _ in zip(*(column.tolist() for column in registers.outputs), strict=True)
    }
    places: dict[int, tuple[int, bool]] = {}
    constants: dict[int, int] = {}
    names: dict[int, tuple[str, int]] = {}
    for (name, position), signal, net in signal_bits(source):
        number = owners.get(net)
        if number is None or number in places or (name, position) not in nets:
            continue
        mapped_net = nets[name, position]
        if mapped_net < 2:
            constants[number] = mapped_net
        elif place := drivers.register(mapped_net):
            places[number] = place
            names[number] = signal, position
    needed = _needed(source, registers)
    chosen = [number for number in sorted(places) if number in needed]
    fixed = [number for number in sorted(constants) if number in needed and number not in places]
    return Matching(
        source=np.array(chosen, dtype=np.intp),
        mapped=np.array([places[number][0] for number in chosen], dtype=np.intp),
        complement=np.array([places[number][1] for number in chosen], dtype=bool),
        names=tuple(names[number] for number in chosen),
        constant=np.array(fixed, dtype=np.intp),
        values=np.array([constants[number] for number in fixed], dtype=bool),
        lost=np.array(sorted(needed - {*places, *constants}), dtype=np.intp),
    )


def signal_bits(netlist: Netlist) -> Iterator[tuple[tuple[str, int], str, int]]:
    """Each bit of each signal: a name to compare and the position, the whole name, the net.

    What comes from different levels of the design is joined by dots in one netlist and by
    underscores in another: the name to compare has underscores.
    """
    for scope in netlist.scopes:
        prefix = "".join(f"{name}." for name in scope.path)
        for signal, bits in scope.module.names.items():
            name = (prefix + signal).replace(".", "_")
            for position, net in enumerate(scope.nets[bits].tolist()):
                yield (name, position), prefix + signal, net


class _Drivers:
    """From a net back to the register that it holds."""

    def __init__(self, netlist: Netlist) -> None:
        self._netlist = netlist
        self._cells = {}
        for cell, row in enumerate(netlist.outputs.tolist()):
            for position, net in enumerate(row):
                if net > 1:
                    self._cells[net] = cell, position
        self._numbers = {
            cell: number for number, cell in enumerate(Registers.of(netlist).cells.tolist())
        }

    def register(self, net: int) -> tuple[int, bool] | None:
        """The register whose state a net is, and whether it is the complement; None if none."""
        complement = False
        while net in self._cells:
            cell, position = self._cells[net]
            kind = self._netlist.library[self._netlist.kinds[cell]]
            function = list(kind.outputs.values())[position].function.replace(" ", "").strip("()")
            complement ^= function.startswith("~")
            if kind.flop is not None:
                return self._numbers[cell], complement
            if len(kind.inputs) != 1 or function.lstrip("~") not in kind.inputs:
                return None
            net = int(self._netlist.inputs[cell, 0])
        return None


def _needed(netlist: Netlist, registers: Registers) -> set[int]:
    """The registers that outputs depend on, at once or later."""
    inputs = {}
    for row, outputs in zip(netlist.inputs.tolist(), netlist.outputs.tolist(), strict=True):
        for net in outputs:
            if net > 1:
                inputs[net] = row
    front = [
        net for way, nets in netlist.ports.values() if way == "output" for net in nets.tolist()
    ]
    reached = set(front)
    while front:
        for net in inputs.get(front.pop(), ()):
            if net > 1 and net not in reached:
                reached.add(net)
                front.append(net)
    nets, numbers, _ = registers.outputs
    return {
        number
        for net, number in zip(nets.tolist(), numbers.tolist(), strict=True)
        if net in reached
    }
