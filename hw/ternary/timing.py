"""When things happen in a ternary core: latencies, tiles, turns and cycles."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from functools import cached_property

from hw.ternary import formulas
from hw.ternary.choices import Loop, Scale
from hw.ternary.cycles import CycleRule, cycle_rule
from hw.ternary.widths import Widths

__all__ = ["Timing"]


@dataclass(frozen=True, kw_only=True)
class Timing(Widths, ABC):
    """Derived times, in cycles, and counts of tiles."""

    @property
    def beats(self) -> int:
        """Cycles that the exit works on a sum; 1 without an exit."""
        return self.exit_plan.beats if self.exit_plan else 1

    @property
    def exit_latency(self) -> int:
        """Cycles that the exit adds to the way of a sum to its first results."""
        return self.exit_plan.latency if self.exit_plan else 0

    @property
    def table_latency(self) -> int:
        """Cycles from activations to the end of their table."""
        depth = max(entry.depth for entry in self.entries)
        return formulas.table_latency(self.table_register, depth, self.adder_stages)

    @property
    def reduce_latency(self) -> int:
        """Cycles from the one that takes weights to the one before the accumulator takes terms."""
        levels = formulas.tree_levels(self.luts) + self.multiplies
        return formulas.reduce_latency(self.reduce_register, levels, self.adder_stages)

    @property
    def latency(self) -> int:
        """Cycles from the one that takes a sum's last activations to its (first) results.

        With ``loop = table`` those of the first block; each further one comes a cycle later.
        """
        return self.table_latency + self.weight_latency

    @property
    def weight_latency(self) -> int:
        """Cycles from the one that takes a sum's last weights to its (first) results."""
        return self.reduce_latency + self.interleave + self.exit_latency

    def tiles(self, inputs: int) -> int:
        """Tiles that one output takes in each plane, the last one padded with zero weights."""
        return self.tiles_of_sum(inputs) * self.groups(inputs)

    def tiles_of_sum(self, inputs: int) -> int:
        """Tiles that a sum of the core takes in each plane: of an output, or of one of its groups.

        All groups take the same number; the last one is padded with zero weights.
        """
        return formulas.tiles_of_sum(inputs, self.tile_inputs, self.scale_group)

    @property
    def partial_sums(self) -> int:
        """Partial sums that a column holds besides the finished one; 0 where it holds but one."""
        return self.blocks(self.workload.outputs) if self.loop is Loop.TABLE else 0

    def turns(self, sums: int) -> int:
        """Sums of a matrix product, filled up to a multiple of `interleave`."""
        return formulas.turns(sums, self.interleave)

    def cycles(self, *products: tuple[int, int, int]) -> int:
        """Cycles of matrix products run one after the other without a stall (`cycle_rule`).

        Args:
            products: inputs, outputs and batch of each, at least one.
        """
        return self.cycle_rule.evaluate(products)

    @cached_property
    def cycle_rule(self) -> CycleRule:
        """How cycles are counted.

        From the cycle that takes the first command (without a sequencer: the first tile's
        activations) to the one that hands over the last results, both included. With a sequencer
        the activations are offered no later than the command.
        """
        grouped = self.scale is Scale.GROUP
        inputs = f"min(inputs, {self.scale_group})" if grouped else "inputs"
        tiles = f"ceil({inputs} / {self.tile_inputs})"
        groups = f" * ceil(inputs / {self.scale_group})" if grouped else ""
        before = max(self.sequencer, self.table_latency)
        after = self.reduce_latency + self.interleave - 1 + self.exit_latency + self.beats
        return cycle_rule(
            tiles=f"{self.planes} * {tiles}" if self.planes > 1 else tiles,
            sums=f"ceil(outputs / {self.columns}) * batch{groups}",
            commands=self.sequencer,
            ends=before + after,
            beats=self.beats,
            turns=self.interleave,
        )
