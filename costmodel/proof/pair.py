"""A source and a netlist side by side: where they differ.

Registers that match are taken for inputs, and what they take next for outputs: two circuits that
are equal for all inputs and all states stay equal for ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.netlist.netlist import Index, Netlist
from costmodel.proof.gates import with_doubts
from costmodel.proof.machine import Registers
from costmodel.proof.matching import Matching, match

__all__ = ["Pair"]


@dataclass(frozen=True)
class Pair:
    """A source and a netlist that is to do the same.

    Attributes:
        source: as gates, with doubts.
        doubts: of each net of the source.
        mapped: the netlist.
        matching: of their registers.
    """

    source: Netlist
    doubts: Index
    mapped: Netlist
    matching: Matching

    @classmethod
    def of(cls, reference: Netlist, mapped: Netlist, text: bool = False) -> Pair:
        """Put a netlist beside the reference of its source (`costmodel.proof.reference`).

        Args:
            reference: of the source.
            mapped: the netlist.
            text: what a simulator of the text may leave open is open.
        """
        matching = match(reference, mapped)
        unsure = Registers.of(reference).cells[[*matching.lost, *matching.constant]]
        source, doubts = with_doubts(reference, unsure.tolist(), text)
        return cls(source, doubts, mapped, matching)

    @cached_property
    def inputs(self) -> dict[str, int]:
        """Widths of the inputs."""
        ports = self.source.ports.items()
        return {port: len(nets) for port, (way, nets) in ports if way == "input"}

    @cached_property
    def outputs(self) -> dict[str, int]:
        """Widths of the outputs."""
        ports = self.source.ports.items()
        return {port: len(nets) for port, (way, nets) in ports if way == "output"}

    def labels(self) -> list[str]:
        """What each row of `rows` is a bit of; the bits of a word are in order, lowest first."""
        names = [name for name, _ in self.matching.names]
        return [
            *(port for port, width in self.outputs.items() for _ in range(width)),
            *(f"the clock of {name}" for name in names),
            *(f"what makes {name} 0" for name in names),
            *(f"what makes {name} 1" for name in names),
            *(f"the next {name}" for name in names),
            *(f"constant register {number}" for number in self.matching.constant),
        ]

    def doubts_of_state(self) -> list[int]:
        """The registers of `source` that hold the doubt of a register without a match."""
        registers, matching = Registers.of(self.source), self.matching
        unsure = {*matching.lost.tolist(), *matching.constant.tolist()}
        nets, numbers, _ = (column.tolist() for column in registers.outputs)
        doubts = {
            int(self.doubts[net])
            for net, number in zip(nets, numbers, strict=True)
            if number in unsure
        }
        return [number for net, number in zip(nets, numbers, strict=True) if net in doubts]

    def rows(self, source: Any, mapped: Any) -> Iterator[tuple[Any, Any, Any]]:
        """Values that must be the same, bit by bit: by the source, by the netlist, and where open.

        Args:
            source: has ``get(nets)``, a row a net, and ``flip(rows, mask)``; rows have ``& | ^ ~``.
            mapped: likewise, of the other netlist.
        """
        ours, theirs = (
            np.concatenate([np.zeros(0, np.int32), *(nets.ports[port][1] for port in self.outputs)])
            for nets in (self.source, self.mapped)
        )
        yield source.get(ours), mapped.get(theirs), source.get(self.doubts[ours])
        matching, registers = self.matching, Registers.of(self.source)
        clock, data, zero, one = _pins(source, registers, matching.source)
        other, taken, cleared, preset = _pins(
            mapped, Registers.of(self.mapped), matching.mapped, matching.complement
        )
        never = source.get(np.zeros(len(matching.source), np.int32))
        yield clock, other, never
        yield zero, cleared, never
        yield one, preset, never
        doubts = source.get(self.doubts[registers.data[matching.source]])
        yield data, taken, zero | one | doubts
        _, data, zero, one = _pins(source, registers, matching.constant)
        never = source.get(np.zeros(len(matching.constant), np.int32))
        doubts = source.get(self.doubts[registers.data[matching.constant]])
        yield (data | one) & ~zero, source.flip(never, matching.values), doubts & ~(zero | one)


def _pins(
    side: Any,
    registers: Registers,
    places: NDArray[np.intp],
    complement: NDArray[np.bool_] | None = None,
) -> tuple[Any, Any, Any, Any]:
    """Of registers: the clock, rising; what is taken; what makes the state 0, and 1."""
    clock, data, zero, one = (
        side.flip(side.get(nets[places]), low[places])
        for nets, low in (
            (registers.clocks, registers.falling),
            (registers.data, registers.inverted),
            (registers.clears, registers.clears_low),
            (registers.presets, registers.presets_low),
        )
    )
    one &= ~zero
    if complement is not None:
        data = side.flip(data, complement)
        swap = side.flip(side.get(np.zeros(len(places), np.int32)), complement)
        zero, one = (zero & ~swap) | (one & swap), (one & ~swap) | (zero & swap)
    return clock, data, zero, one
