"""Configurations of the ternary cores: every parameter checked, every derived quantity once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, ClassVar

from hw.errors import RequestError, check_integer
from hw.formats import Float, Format, Integer
from hw.ternary.keys import index_bits, key_bits, middle, weights_of_index
from hw.ternary.lane import Lane, MultiplyLane, SelectLane, SignflipLane
from hw.ternary.style import Style
from hw.ternary.table import Entry, table_entries
from hw.ternary.workload import Workload

__all__ = [
    "Key",
    "TernaryConfiguration",
    "TernaryLut",
    "TernaryMultiplier",
    "TernarySignflip",
]

_MAX_ACCUMULATOR_BITS = 64
_MOST_PORT_BITS = 65_000  # of 65,536, to leave room for flags and handshakes


_STYLE_FIELDS = (
    "activation",
    "sum_format",
    "accumulator_format",
    "adder_stages",
    "aligned_bits",
)


@dataclass(frozen=True)
class Key:
    """One weight key: its code, the weights it stands for and its correction."""

    code: int
    weights: tuple[int, ...]
    correction: int


@dataclass(frozen=True, kw_only=True)
class TernaryConfiguration(ABC):
    """What the three ternary cores have in common.

    Attributes:
        luts: L, groups of activations that a tile holds, 1 to 1024.
        columns: K, outputs that a tile works on, 1 to 1024.
        activation: format of the activations, or its name, as `parameters` gives it.
        style: arithmetic, see `hw.ternary.style`; and with it ``sum_format``,
            ``accumulator_format``, ``adder_stages`` and ``aligned_bits``, as `Style` explains them.
        accumulator_bits: width of accumulators and results, up to 64; by default the least that
            holds every sum of the workload. Sums are modulo ``2**accumulator_bits`` on the way,
            exact at the end. In style ``float`` it is that of ``accumulator_format``.
        table_register: a register after the table, which also parts the two streams in time:
            weights follow their activations by a cycle or more.
        reduce_register: a register between the sum of the terms and the accumulator.
        sequencer: a sequencer around the core counts the tiles of a whole matrix product; without
            it, flags in the weight stream mark the first and the last tile of an output.
        workload: the largest matrix product.
        group: mu, activations that share a table and a key; 1 but for `TernaryLut`.

    Derived: a tile of `tile_inputs` x `columns` weights is consumed every cycle
    (`initiation_interval` is 1), and results are there `latency` cycles after the last one.

    Raises:
        RequestError: a parameter is out of range, or the accumulator cannot hold the workload.
    """

    unit: ClassVar[str]
    meaning: ClassVar[str]
    initiation_interval: ClassVar[int] = 1
    largest_group: ClassVar[int] = 1

    group: int = 1
    luts: int
    columns: int
    activation: Format
    style: str = ""
    sum_format: Float | None = None
    accumulator_format: Float | None = None
    adder_stages: int = 0
    aligned_bits: int = 0
    accumulator_bits: int = 0
    table_register: bool = False
    reduce_register: bool = False
    sequencer: bool = False
    workload: Workload

    def __post_init__(self) -> None:
        check_integer("group", self.group, 1, self.largest_group)
        check_integer("luts", self.luts, 1, 1024)
        check_integer("columns", self.columns, 1, 1024)
        resolved = self.arithmetic
        object.__setattr__(self, "style", resolved.name)
        for name in _STYLE_FIELDS:
            object.__setattr__(self, name, getattr(resolved, name))
        for name in ("table_register", "reduce_register", "sequencer"):
            if not isinstance(value := getattr(self, name), bool):
                raise RequestError(f"{name} = {value!r} is not true or false")
        needed = self.needed_accumulator_bits
        if self.accumulator_bits == 0 and type(self.accumulator_bits) is int:
            object.__setattr__(self, "accumulator_bits", needed)
        check_integer("accumulator_bits", self.accumulator_bits, 2, _MAX_ACCUMULATOR_BITS)
        if self.accumulator_bits < needed:
            raise RequestError(
                f"accumulator_bits = {self.accumulator_bits} is too narrow: {self.workload.inputs}"
                f" inputs of {self.activation.name} and a bias of up to {self.workload.bias_limit}"
                f" reach {self.bound}, which takes {needed} to {_MAX_ACCUMULATOR_BITS} bits"
            )
        if self.style == "float" and self.accumulator_bits != needed:
            raise RequestError(
                f"accumulator_bits = {self.accumulator_bits} is not the width of accumulator_format"
                f" = {self.arithmetic.accumulation.name!r}, {needed}: leave it out"
            )
        self._check_ports()

    def _check_ports(self) -> None:
        """Amaranth numbers a module's input bits with 16 bits: say so before it fails."""
        keys, sums = self.columns * self.key_bits, self.columns * self.accumulator_bits
        inputs = {
            "core": self.luts * keys + self.tile_inputs * self.activation.bits + sums,
            "columns": self.luts * self.term_bits + self.accumulator_bits,
            "banks": self.columns * self.term_bits + keys,
        }
        for module, bits in inputs.items():
            if bits > _MOST_PORT_BITS:
                raise RequestError(
                    f"luts = {self.luts} and columns = {self.columns} are too many: the ports of"
                    f" the {module} take {bits} bits, and a module may have {_MOST_PORT_BITS}"
                )

    @property
    @abstractmethod
    def lane(self) -> type[Lane]:
        """The circuit that turns a key and a table into bits to be summed."""

    @cached_property
    def arithmetic(self) -> Style:
        """The style with all that follows from it."""
        return Style(self.style, **{name: getattr(self, name) for name in _STYLE_FIELDS})

    @property
    def multiplies(self) -> bool:
        """Whether lanes multiply in floating point: a weight is then a code of that format."""
        return self.style == "float" and self.lane is MultiplyLane

    @property
    def operand(self) -> Integer:
        """What tables and lanes work on: the activations, or what they are turned into."""
        return self.arithmetic.operand

    @property
    def bound(self) -> int:
        """Largest absolute sum: every activation at its largest, every weight against it.

        In units of a sum's last bit. An aligned block contains the bias, if there may be one.
        """
        limits, largest = self.workload, self.operand.magnitude
        if self.style == "aligned":
            return (limits.inputs + (limits.bias_limit > 0)) * largest
        bias = limits.bias_limit << -self.arithmetic.unit_exponents[0]
        return limits.inputs * largest + bias

    @property
    def needed_accumulator_bits(self) -> int:
        """The least width that an accumulator may have."""
        form = self.arithmetic.accumulator_format
        return form.bits if form else self.bound.bit_length() + 1

    @property
    def tile_inputs(self) -> int:
        """Activations a tile takes: L * group."""
        return self.luts * self.group

    @property
    def key_bits(self) -> int:
        """Width of a key; of a weight where it is a floating-point code."""
        form = self.arithmetic.sum_format
        return form.bits if form and self.multiplies else key_bits(self.group)

    @property
    def table_latency(self) -> int:
        """Cycles from activations to the end of their table."""
        depth = max(entry.depth for entry in self.entries)
        return self.table_register + depth * self.adder_stages

    @property
    def reduce_latency(self) -> int:
        """Cycles from the one that takes weights to the one before the accumulator takes terms."""
        levels = (self.luts - 1).bit_length() + self.multiplies
        return self.reduce_register + levels * self.adder_stages

    @property
    def interleave(self) -> int:
        """Sums whose tiles take turns: as many as the accumulator has registers in its loop."""
        return max(1, self.adder_stages)

    @property
    def latency(self) -> int:
        """Cycles from the one that takes a sum's last activations to the one with the result."""
        return self.table_latency + self.weight_latency

    @property
    def weight_latency(self) -> int:
        """Cycles from the one that takes a sum's last weights to the one with the result."""
        return self.reduce_latency + self.interleave

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of a table."""
        return table_entries(self.group, self.operand)

    @cached_property
    def term_rows(self) -> tuple[tuple[int, int], ...]:
        """Lowest binary weight and width of the rows of bits that a lane gives."""
        return self.lane.rows_of(self.entries)

    @property
    def term_bits(self) -> int:
        """Bits that a lane gives."""
        if form := self.arithmetic.sum_format:
            return form.bits
        return sum(bits for _, bits in self.term_rows)

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

    @property
    def reduced_bits(self) -> int:
        """Width of a tile's sum of terms, before the accumulator."""
        largest = self.luts * sum(((1 << bits) - 1) << lsb for lsb, bits in self.term_rows)
        return min(self.accumulator_bits, largest.bit_length())

    def tiles(self, inputs: int) -> int:
        """Tiles that one output takes, the last one padded with zero weights."""
        return -(-inputs // self.tile_inputs)

    def blocks(self, outputs: int) -> int:
        """Groups of `columns` outputs, the last one padded with zero weights."""
        return -(-outputs // self.columns)

    def turns(self, outputs: int, batch: int) -> int:
        """Sums of a matrix product, filled up to a multiple of `interleave`."""
        sums = self.blocks(outputs) * batch
        return sums + -sums % self.interleave

    def cycles(self, *products: tuple[int, int, int]) -> int:
        """Cycles of matrix products run one after the other without a stall.

        Counted from the cycle that takes the first command (without a sequencer: the first tile's
        activations) to the one that hands over the last results, both included. With a sequencer
        the activations are offered no later than the command. One cycle a tile, one a command, and
        the way of the last tile through the pipeline.

        Args:
            products: inputs, outputs and batch of each.
        """
        tiles = sum(self.turns(m, batch) * self.tiles(n) for n, m, batch in products)
        _, outputs, batch = products[-1]
        tiles -= -self.blocks(outputs) * batch % self.interleave  # what only fills up
        if self.sequencer:
            return tiles + len(products) + self.weight_latency
        return tiles + self.latency

    def correction(self, index: int, sign: int) -> int:
        """The constant of a key: what its lane's rows lack to be the dot product.

        An output starts from its bias plus the corrections of all keys that it meets (those of
        padding too), modulo ``2**accumulator_bits``.
        """
        if self.style == "float":
            return 0
        return self.lane.correction(self.entries, index, sign)

    def keys(self) -> Iterator[Key]:
        """All keys in use, by code; codes that are missing here are reserved."""
        if self.multiplies:
            form = self.arithmetic.addition
            one = form.bias << form.fraction_bits
            yield from (Key(0, (0,), 0), Key(one, (1,), 0), Key(one | 1 << form.bits - 1, (-1,), 0))
            return
        zero = middle(self.group)
        groups = weights_of_index(self.group)
        for sign, index in product((0, 1), range(zero + 1)):
            if not (sign and index == zero):
                weights = tuple(-w if sign else w for w in groups[index])
                code = sign << index_bits(self.group) | index
                yield Key(code, weights, self.correction(index, sign))

    def parameters(self) -> dict[str, Any]:
        """The parameters as a design file states them, defaults resolved."""
        return {
            "group": self.group,
            "luts": self.luts,
            "columns": self.columns,
            **self.arithmetic.parameters(),
            "accumulator_bits": self.accumulator_bits,
            "table_register": self.table_register,
            "reduce_register": self.reduce_register,
            "sequencer": self.sequencer,
        }


@dataclass(frozen=True, kw_only=True)
class TernaryLut(TernaryConfiguration):
    """A core that looks the sums of `group` activations up in a table built on the fly.

    Attributes:
        group: mu, activations a table, 1 to 7.
    """

    unit: ClassVar[str] = "ternary_lut"
    meaning: ClassVar[str] = (
        "ternary GEMM core, sums of a group of activations looked up in a table"
    )
    largest_group: ClassVar[int] = 7

    group: int = 2

    @property
    def lane(self) -> type[Lane]:
        """A table of one entry needs no select: group 1 is the sign-flip core."""
        return SelectLane if self.group > 1 else SignflipLane


@dataclass(frozen=True, kw_only=True)
class TernarySignflip(TernaryConfiguration):
    """The baseline that adds, subtracts or leaves out each activation: group 1 without a table."""

    unit: ClassVar[str] = "ternary_signflip"
    meaning: ClassVar[str] = "ternary GEMM baseline, each activation added or subtracted"

    @property
    def lane(self) -> type[Lane]:
        """Adds or subtracts."""
        return SignflipLane


@dataclass(frozen=True, kw_only=True)
class TernaryMultiplier(TernaryConfiguration):
    """The baseline that widens each weight to the activation's width and multiplies."""

    unit: ClassVar[str] = "ternary_multiplier"
    meaning: ClassVar[str] = "ternary GEMM baseline, each weight widened and multiplied"

    @property
    def lane(self) -> type[Lane]:
        """Multiplies."""
        return MultiplyLane
