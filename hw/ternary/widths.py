"""What the parameters of a ternary core make of its words: every width, once."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from functools import cached_property

from hw.formats import Float
from hw.ternary import formulas
from hw.ternary.choices import PackingName, Scale
from hw.ternary.exit_plan import ExitPlan, parse_result, parse_scale
from hw.ternary.keys import weights_of_index
from hw.ternary.packing import PACKINGS, sparse_groups
from hw.ternary.parameters import Parameters
from hw.ternary.sparse import sparse_entries
from hw.ternary.table import Entry, Table, table_entries

__all__ = ["Widths"]


@dataclass(frozen=True, kw_only=True)
class Widths(Parameters, ABC):
    """Derived sizes: operands, keys, entries, terms, sums, results."""

    @property
    def bound(self) -> int:
        """Largest absolute sum: every activation at its largest, every weight against it.

        In units of a sum's last bit.
        """
        inputs = self.workload.most_nonzeros
        if self.scale is Scale.GROUP:
            inputs = min(inputs, self.scale_group)
        return self._largest_sum(inputs)

    def _largest_sum(self, inputs: int) -> int:
        """Of so many inputs and a bias."""
        return self.arithmetic.largest_sum(inputs, self.workload.bias_limit, self.largest_weight)

    @property
    def needed_accumulator_bits(self) -> int:
        """The least width that an accumulator may have."""
        form = self.arithmetic.accumulator_format
        return form.bits if form else self.bound.bit_length() + 1

    @cached_property
    def exit_plan(self) -> ExitPlan | None:
        """How sums become results; None if the raw accumulators are the results."""
        if self.result == "":
            return None
        return ExitPlan(
            columns=self.columns,
            units=self.exits,
            result=parse_result(self.result),
            scale=self.scale,
            scale_format=parse_scale(
                self.scale, self.scale_group, self.scale_format, self.tile_inputs
            ),
            bound=self.bound,
            total=self._largest_sum(self.workload.inputs),
            exponents=self.arithmetic.unit_exponents,
            invalid=self.arithmetic.converts,
            sums=self.arithmetic.accumulator_format,
            register=self.exit_register,
        )

    @property
    def result_format(self) -> Float | None:
        """The format of the results; None if they are integers."""
        if self.exit_plan is None:
            return self.arithmetic.accumulator_format
        return self.exit_plan.result if isinstance(self.exit_plan.result, Float) else None

    @property
    def sums(self) -> int:
        """Accumulators: one a column, or two for the parts of a complex sum."""
        return self.columns * self.lane.parts

    @property
    def group_bits(self) -> int:
        """Width of a group of activations."""
        return self.group * self.lane.parts * self.operand.bits

    @property
    def key_bits(self) -> int:
        """Width of a key (its index and the sign above it); of a weight where it is a float."""
        form = self.arithmetic.sum_format
        if form and self.multiplies:
            return form.bits
        return (len(self.weight_groups) - 1).bit_length() + 1

    @property
    def weight_groups(self) -> tuple[tuple[int, ...], ...]:
        """The weights that each index of a key stands for, with sign 0."""
        return (
            sparse_groups()
            if self.packing is PackingName.SPARSE34
            else weights_of_index(self.group)
        )

    @property
    def word_bits(self) -> int:
        """Width of a word of packed weights."""
        return PACKINGS[self.packing].bits or self.key_bits

    @property
    def words(self) -> int:
        """Words that hold the weights of a column's tile, the last one filled up."""
        return formulas.words(self.tile_inputs, PACKINGS[self.packing].weights or self.group)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of a table."""
        if self.packing is PackingName.SPARSE34:
            return sparse_entries(self.operand)[0]
        return table_entries(self.group, self.operand)

    def table(self, *, inverted: bool, gated: bool) -> Table:
        """The circuit that builds a table."""
        return Table(
            self.group,
            self.operand,
            inverted=inverted,
            gated=gated,
            entries=self.entries,
            helpers=self.helpers,
        )

    @cached_property
    def helpers(self) -> tuple[Entry, ...]:
        """Sums that the entries are made of and that no key selects."""
        return sparse_entries(self.operand)[1] if self.packing is PackingName.SPARSE34 else ()

    @cached_property
    def term_rows(self) -> tuple[tuple[int, int], ...]:
        """Lowest binary weight and width of the rows of bits that a lane gives."""
        return self.lane.rows_of(self.entries)

    @property
    def term_bits(self) -> int:
        """Bits that a lane gives to a sum."""
        if form := self.arithmetic.sum_format:
            return form.bits
        return sum(bits for _, bits in self.term_rows)

    @property
    def reduced_bits(self) -> int:
        """Width of a tile's sum of terms, before the accumulator."""
        largest = self.luts * sum(((1 << bits) - 1) << lsb for lsb, bits in self.term_rows)
        return min(self.accumulator_bits, largest.bit_length())
