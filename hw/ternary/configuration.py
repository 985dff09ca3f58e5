"""Configurations of the ternary cores: every parameter checked, every derived quantity once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, ClassVar

from hw.errors import RequestError, check_integer
from hw.formats import Integer
from hw.ternary.keys import index_bits, middle, weights_of_index
from hw.ternary.lane import Lane, MultiplyLane, SelectLane, SignflipLane
from hw.ternary.table import Entry, Table, table_entries
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
        accumulator_bits: width of accumulators and results, up to 64; by default the least that
            holds every sum of the workload. Sums are modulo ``2**accumulator_bits`` on the way,
            exact at the end.
        table_register: a register after the table, which also parts the two streams in time:
            weights follow their activations by a cycle or more.
        reduce_register: a register between the sum of the terms and the accumulator.
        sequencer: a sequencer around the core counts the tiles of a whole matrix product; without
            it, flags in the weight stream mark the first and the last tile of an output.
        planes: B, ternary digits of a weight, 1 to 4; see below. 1 for `TernaryMultiplier`.
        workload: the largest matrix product.
        group: mu, activations that share a table and a key; 1 but for `TernaryLut`.

    A weight of B ternary digits is ``sum of 2**p * digit[p]``: every integer of at most B bits and
    a sign, -`largest_weight` to `largest_weight`, hence all of two's complement intB. A matrix of
    such weights is B ternary matrices, its planes. A sum takes the tiles of all planes, the highest
    plane first, and is doubled in between; so B times as many tiles.

    Derived: a tile of `tile_inputs` x `columns` weights is consumed every cycle
    (`initiation_interval` is 1), and results are there `latency` cycles after the last one.

    Raises:
        RequestError: a parameter is out of range, or the accumulator cannot hold the workload.
    """

    unit: ClassVar[str]
    meaning: ClassVar[str]
    initiation_interval: ClassVar[int] = 1
    largest_group: ClassVar[int] = 1
    most_planes: ClassVar[int] = 4
    #: How a key is laid out, for the manifest.
    key_layout: ClassVar[str] = (
        "the sign is the top bit, the index below it; codes not listed are reserved"
    )

    group: int = 1
    luts: int
    columns: int
    activation: Integer
    accumulator_bits: int = 0
    table_register: bool = False
    reduce_register: bool = False
    sequencer: bool = False
    planes: int = 1
    workload: Workload

    def __post_init__(self) -> None:
        check_integer("group", self.group, 1, self.largest_group)
        check_integer("luts", self.luts, 1, 1024)
        check_integer("columns", self.columns, 1, 1024)
        check_integer(f"planes of {self.unit}", self.planes, 1, self.most_planes)
        if not isinstance(self.activation, Integer):
            object.__setattr__(self, "activation", _parse_activation(self.activation))
        for name in ("table_register", "reduce_register", "sequencer"):
            if not isinstance(value := getattr(self, name), bool):
                raise RequestError(f"{name} = {value!r} is not true or false")
        needed = self.bound.bit_length() + 1
        if self.accumulator_bits == 0 and type(self.accumulator_bits) is int:
            object.__setattr__(self, "accumulator_bits", needed)
        check_integer("accumulator_bits", self.accumulator_bits, 2, _MAX_ACCUMULATOR_BITS)
        if self.accumulator_bits < needed:
            raise RequestError(
                f"accumulator_bits = {self.accumulator_bits} is too narrow: {self.workload.inputs}"
                f" inputs of {self.activation.name} and a bias of up to {self.workload.bias_limit}"
                f" reach {self.bound}, which takes {needed} to {_MAX_ACCUMULATOR_BITS} bits"
            )
        self._check_ports()

    def _check_ports(self) -> None:
        """Amaranth numbers a module's input bits with 16 bits: say so before it fails."""
        keys, sums = self.columns * self.key_bits, self.sums * self.accumulator_bits
        inputs = {
            "core": self.luts * (keys + self.group_bits) + sums,
            "columns": self.luts * self.term_bits + self.accumulator_bits,
            "banks": self.sums * self.term_bits + keys,
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

    @property
    def bound(self) -> int:
        """Largest absolute result: every activation at its largest, every weight against it."""
        largest = self.activation.magnitude * self.largest_weight
        return self.workload.inputs * largest + self.workload.bias_limit

    @property
    def largest_weight(self) -> int:
        """The largest absolute weight: 1, 3, 7 or 15."""
        return (1 << self.planes) - 1

    @property
    def term_lsb(self) -> int:
        """Bits of an accumulator below the terms of a tile.

        The initial value enters there and is doubled once for each plane but the first one, so it
        is in its place when the sum ends.
        """
        return self.planes - 1

    @property
    def tile_inputs(self) -> int:
        """Activations a tile takes: L * group."""
        return self.luts * self.group

    @property
    def sums(self) -> int:
        """Accumulators: one a column, or two for the parts of a complex sum."""
        return self.columns * self.lane.parts

    @property
    def group_bits(self) -> int:
        """Width of a group of activations."""
        return self.group * self.lane.parts * self.activation.bits

    @property
    def key_bits(self) -> int:
        """Width of a key."""
        return self.lane.key_width(self.group)

    @property
    def latency(self) -> int:
        """Cycles from the one that takes a sum's last activations to the one with the result."""
        return 1 + self.table_register + self.reduce_register

    @property
    def weight_latency(self) -> int:
        """Cycles from the one that takes a sum's last weights to the one with the result."""
        return 1 + self.reduce_register

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of a table."""
        return table_entries(self.group, self.activation)

    def table(self, *, inverted: bool, gated: bool) -> Table:
        """The circuit that builds a table."""
        return Table(self.group, self.activation, inverted=inverted, gated=gated)

    @cached_property
    def term_rows(self) -> tuple[tuple[int, int], ...]:
        """Lowest binary weight and width of the rows of bits that a lane gives."""
        return self.lane.rows_of(self.entries)

    @property
    def term_bits(self) -> int:
        """Bits that a lane gives to a sum."""
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
        """Tiles that one output takes in each plane, the last one padded with zero weights."""
        return -(-inputs // self.tile_inputs)

    def blocks(self, outputs: int) -> int:
        """Groups of `columns` outputs, the last one padded with zero weights."""
        return -(-outputs // self.columns)

    def cycles(self, *products: tuple[int, int, int]) -> int:
        """Cycles of matrix products run one after the other without a stall.

        Counted from the cycle that takes the first command (without a sequencer: the first tile's
        activations) to the one that hands over the last results, both included. With a sequencer
        the activations are offered no later than the command. One cycle a tile, one a command, and
        the way of the last tile through the pipeline. Every plane of the weights has its tiles.

        Args:
            products: inputs, outputs and batch of each.
        """
        sums = sum(self.tiles(n) * self.blocks(m) * batch for n, m, batch in products)
        tiles = self.planes * sums
        if self.sequencer:
            return tiles + len(products) + self.weight_latency
        return tiles + self.latency

    def correction(self, index: int, sign: int) -> int:
        """The constant of a key: what its lane's rows lack to be the dot product.

        An output starts from its bias plus the corrections of all keys that it meets (those of
        padding too), each times ``2**p`` in plane p, modulo ``2**accumulator_bits``.
        """
        return self.lane.correction(self.entries, index, sign)

    def keys(self) -> Iterator[Any]:
        """All keys in use, by code; codes that are missing here are reserved."""
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
            "activation": self.activation.name,
            "accumulator_bits": self.accumulator_bits,
            "table_register": self.table_register,
            "reduce_register": self.reduce_register,
            "sequencer": self.sequencer,
            **({"planes": self.planes} if self.planes > 1 else {}),
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
    most_planes: ClassVar[int] = 1

    @property
    def lane(self) -> type[Lane]:
        """Multiplies."""
        return MultiplyLane


def _parse_activation(name: Any) -> Integer:
    try:
        return Integer.parse(name)
    except RequestError as error:
        raise RequestError(f"activation: {error}") from error
