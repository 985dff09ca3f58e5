"""The complex core: weights +1, +i, -1, -i, complex activations of integer parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from hw.errors import RequestError
from hw.ternary.choices import PackingName, Style
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.lane import Lane
from hw.ternary.rotate import RotateLane
from hw.ternary.table import Entry, Table, entries_of
from hw.ternary.turns import index_bits, key_bits, sums_of, turned, turns_of

__all__ = ["ComplexKey", "ComplexLut", "complex_meanings"]


@dataclass(frozen=True)
class ComplexKey:
    """One key: its code, the quarter turns of its weights, and its correction.

    Attributes:
        code: the key.
        turns: q of each weight ``i**q``.
        correction: of the real and of the imaginary part.
    """

    code: int
    turns: tuple[int, ...]
    correction: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class ComplexLut(TernaryConfiguration):
    """A core for sums of ``w * conj(x)`` with w = +1, +i, -1 or -i (see `hw.ternary.turns`).

    Each column has two accumulators, of the real and the imaginary part. There is no weight of
    zero: tiles are padded with activations of zero. All else is as for `TernaryLut`.

    Attributes:
        group: mu, complex activations a table, 1 to 4; with 1 there is no table: the baseline that
            turns each activation.
        activation: format of each part of an activation.
        accumulator_bits: of each part of a sum.
    """

    unit: ClassVar[str] = "complex_lut"
    meaning: ClassVar[str] = (
        "complex GEMM core, weights +1, +i, -1, -i, sums of a group of activations in a table"
    )
    largest_group: ClassVar[int] = 4
    most_planes: ClassVar[int] = 1
    key_layout: ClassVar[str] = (
        "the turn is the two top bits, the index below it; all codes are in use; a weight is i to"
        " the power of its turns, and meets the conjugate of its activation; corrections are those"
        " of the real and the imaginary part"
    )

    group: int = 2

    def __post_init__(self) -> None:
        if self.result:
            raise RequestError(
                f"result = {self.result!r} is not allowed for {self.unit}: its results are the raw"
                " sums"
            )
        super().__post_init__()
        if self.packing is not PackingName.KEYS:
            raise RequestError(
                f"packing = {self.packing!r} is not allowed for {self.unit}: it must be"
                f" {PackingName.KEYS!r}"
            )
        if self.style is not Style.INTEGER:
            raise RequestError(
                f"activation = {self.activation.name!r} is not allowed for {self.unit}: the parts"
                " of activations are integers, intN or uintN"
            )

    @property
    def lane(self) -> type[Lane]:
        """Selects and turns."""
        return RotateLane

    @property
    def key_bits(self) -> int:
        """Width of a key."""
        return key_bits(self.group)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of a table that lanes read: of each index the real and the imaginary part."""
        wanted = sums_of(self.group)
        return entries_of(wanted, self.operand)[: len(wanted)]

    @cached_property
    def helpers(self) -> tuple[Entry, ...]:
        """Sums that the entries are made of and that no key selects."""
        wanted = sums_of(self.group)
        return entries_of(wanted, self.operand)[len(wanted) :]

    def table(self, *, inverted: bool, gated: bool) -> Table:
        """The circuit that builds a table of the parts of activations."""
        return Table(
            2 * self.group,
            self.operand,
            inverted=inverted,
            gated=gated,
            entries=self.entries,
            helpers=self.helpers,
        )

    def keys(self) -> Iterator[ComplexKey]:
        """All keys, by code."""
        for code in range(1 << self.key_bits):
            index = code & (1 << index_bits(self.group)) - 1
            swap, *negated = turned(code >> index_bits(self.group))
            real, imaginary = (
                self.correction(2 * index + (part ^ swap), minus)
                for part, minus in enumerate(negated)
            )
            yield ComplexKey(code, turns_of(self.group, code), (real, imaginary))


def complex_meanings(sequencer: bool) -> dict[str, str]:
    """What the streams of a complex core carry where it is not what a ternary core's do."""
    keys = "the weight keys of a tile, keys[column][group of activations]"
    flags = ", and the flags first (this tile starts a sum) and last (this tile ends it)"
    return {
        "activations": "the complex activations of a tile: elements g*group to g*group + group - 1"
        " meet key [column][g], the lowest one its first weight; pad with zeros, since no weight is"
        " zero",
        "weights": keys + ("" if sequencer else flags),
        "initial": "what the complex sums of the columns start from: for each column and part the"
        " bias plus the corrections of all keys that the sum meets, modulo 2**accumulator_bits;"
        " taken once a sum",
        "results": "the finished complex sums of the columns; once a sum",
    }
