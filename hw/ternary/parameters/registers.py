"""Registers of a ternary core, and the sequencer around it."""

from __future__ import annotations

from dataclasses import dataclass

from hw.ternary.parameters.switches import check_switches

__all__ = ["Registers"]


@dataclass(frozen=True, kw_only=True)
class Registers:
    """Where a core holds its words for a cycle, and who counts its tiles.

    Attributes:
        table_register: a register after the table, which also parts the two streams in time:
            weights follow their activations by a cycle or more.
        reduce_register: a register between the sum of the terms and the accumulator.
        sequencer: a sequencer around the core counts the tiles of a whole matrix product; without
            it, flags in the weight stream mark the first and the last tile of an output.
    """

    table_register: bool = False
    reduce_register: bool = False
    sequencer: bool = False

    def check_registers(self) -> None:
        """See that each is there or not.

        Raises:
            RequestError: one is neither true nor false.
        """
        check_switches(self, "table_register", "reduce_register", "sequencer")

    @property
    def gated_terms(self) -> bool:
        """Whether it is the terms that count nothing in a cycle without a tile.

        With ``reduce_register`` it is what comes out of that register.
        """
        return not self.reduce_register

    @property
    def gated_table(self) -> bool:
        """Whether it is the table that does so, and not what comes out of its register."""
        return self.gated_terms and not self.table_register
