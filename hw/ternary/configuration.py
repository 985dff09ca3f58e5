"""Configurations of the ternary cores: every parameter checked, every derived quantity once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, ClassVar

from hw.errors import RequestError, check_integer
from hw.formats import Float, Format, Integer
from hw.ternary.exit_plan import ExitPlan, parse_result, parse_scale, result_name
from hw.ternary.keys import weights_of_index
from hw.ternary.lane import Lane, MultiplyLane, SelectLane, SignflipLane, SparseLane
from hw.ternary.loop import check_loop
from hw.ternary.packing import KEYS, SPARSE34, find_packing, sparse_groups
from hw.ternary.schedule import Schedule, schedule
from hw.ternary.sparse import sparse_entries
from hw.ternary.style import Style
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
        loop: the order of a product's tiles (`hw.ternary.loop`), ``reduction`` or ``table``.
        result: format of the results: the raw accumulators when empty, else ``intN`` (N from 2 to
            32) or a float's name; an exit after the core then rounds (`ExitPlan`).
        scale: what one scale belongs to: ``none``, ``tensor`` (all columns of a sum), ``column``,
            or ``group`` (``scale_group`` inputs of a column).
        scale_group: inputs that share a scale, 32 to 256, whole tiles; 0 without groups.
        scale_format: of the scales: ``uN.F`` (fixed-point) or a float's name; empty without.
        exits: R, results that leave a cycle, 1 to columns; by default, also as 0, the least that
            keeps up with the tiles of the workload.
        exit_register: a register between the exact product of sum and scale and its rounding.
        planes: B, ternary digits of a weight, 1 to 4; see below. 1 for `TernaryMultiplier`, and
            where activations are floats.
        workload: the largest matrix product.
        group: mu, activations that share a table and a key; 1 but for `TernaryLut`.
        packing: how the weight stream writes the weights (`hw.ternary.packing`); by default as the
            core's keys.

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
    packing: str = KEYS
    loop: str = "reduction"
    result: str = ""
    scale: str = "none"
    scale_group: int = 0
    scale_format: str = ""
    exits: int = 0
    exit_register: bool = False
    planes: int = 1
    workload: Workload

    def __post_init__(self) -> None:
        check_integer("group", self.group, 1, self.largest_group)
        check_integer("luts", self.luts, 1, 1024)
        check_integer("columns", self.columns, 1, 1024)
        check_integer(f"planes of {self.unit}", self.planes, 1, self.most_planes)
        resolved = self.arithmetic
        object.__setattr__(self, "style", resolved.name)
        for name in _STYLE_FIELDS:
            object.__setattr__(self, name, getattr(resolved, name))
        for name in ("table_register", "reduce_register", "sequencer", "exit_register"):
            if not isinstance(value := getattr(self, name), bool):
                raise RequestError(f"{name} = {value!r} is not true or false")
        if self.planes > 1 and self.style != "integer":
            raise RequestError(
                f"planes = {self.planes} is not allowed with style = {self.style!r}: it must be 1"
            )
        self._check_packing()
        if self.planes > 1 and self.packing != KEYS:
            raise RequestError(
                f"planes = {self.planes} is not allowed with packing = {self.packing!r}: it must"
                " be 1"
            )
        check_loop(
            self.loop,
            plain=self.style == "integer"
            and self.result == ""
            and self.planes == 1
            and self.lane.parts == 1,
            table_register=self.table_register,
            partial_sums=self.blocks(self.workload.outputs),
        )
        parse_scale(self.scale, self.scale_group, self.scale_format, self.tile_inputs)
        needed = self.needed_accumulator_bits
        if self.accumulator_bits == 0 and type(self.accumulator_bits) is int:
            object.__setattr__(self, "accumulator_bits", needed)
        check_integer("accumulator_bits", self.accumulator_bits, 2, _MAX_ACCUMULATOR_BITS)
        if self.accumulator_bits < needed:
            raise RequestError(
                f"accumulator_bits = {self.accumulator_bits} is too narrow:"
                f" {self.workload.most_nonzeros} inputs of {self.activation.name} and a bias of"
                f" up to {self.workload.bias_limit} reach {self.bound}, which takes {needed} to"
                f" {_MAX_ACCUMULATOR_BITS} bits"
            )
        if self.style == "float" and self.accumulator_bits != needed:
            raise RequestError(
                f"accumulator_bits = {self.accumulator_bits} is not the width of accumulator_format"
                f" = {self.arithmetic.accumulation.name!r}, {needed}: leave it out"
            )
        self._check_exit()
        self._check_ports()

    def _check_packing(self) -> None:
        """See that the packing is one, and goes with unit and style."""
        find_packing(self.packing)
        if self.packing == SPARSE34 and self.group != 4:
            raise RequestError(
                f"packing = {SPARSE34!r} is for group = 4 of unit ternary_lut, not for"
                f" group = {self.group} of unit {self.unit}"
            )
        if self.packing != KEYS and self.style == "float":
            raise RequestError(
                f"packing = {self.packing!r} is not allowed with style = 'float': it must be"
                f" {KEYS!r}"
            )

    def _check_exit(self) -> None:
        """See that the exit's parameters go together, and resolve their defaults."""
        if self.arithmetic.converts and self.result == "":
            object.__setattr__(self, "result", self.activation.name)
        if self.result == "":
            for name, absent in (("scale", "none"), ("exits", 0), ("exit_register", False)):
                if (value := getattr(self, name)) != absent:
                    raise RequestError(
                        f"{name} = {value!r} is not allowed without a result format: state result,"
                        " such as 'bf16'"
                    )
            return
        object.__setattr__(self, "result", result_name(parse_result(self.result)))
        if self.exits == 0 and type(self.exits) is int:
            tiles = self.planes * self.tiles_of_sum(self.workload.inputs)
            turns = self.interleave > 1  # sums then end in consecutive cycles
            object.__setattr__(self, "exits", self.columns if turns else -(-self.columns // tiles))
        check_integer("exits", self.exits, 1, self.columns)
        if self.interleave > 1 and self.exits < self.columns:
            raise RequestError(
                f"exits = {self.exits} is not allowed with adder_stages = {self.adder_stages}:"
                f" {self.interleave} sums end one after the other, so it must be {self.columns},"
                " the columns"
            )
        assert self.exit_plan  # which checks the rest

    def _check_ports(self) -> None:
        """Amaranth numbers a module's input bits with 16 bits: say so before it fails."""
        keys, sums = self.columns * self.key_bits, self.sums * self.accumulator_bits
        inputs = {
            "core": self.columns * self.words * self.word_bits
            + self.tile_inputs * self.lane.parts * self.activation.bits
            + sums,
            "columns": self.luts * self.term_bits + self.accumulator_bits,
            "banks": self.sums * self.term_bits + keys,
        }
        if self.exit_plan:
            inputs["exit"] = sums + self.exits * self.exit_plan.scale_bits
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

        In units of a sum's last bit.
        """
        inputs = self.workload.most_nonzeros
        if self.scale == "group":
            inputs = min(inputs, self.scale_group)
        return self._largest_sum(inputs)

    def _largest_sum(self, inputs: int) -> int:
        """Of so many inputs and a bias; an aligned block contains the bias, if there may be one."""
        limit, largest = self.workload.bias_limit, self.operand.magnitude * self.largest_weight
        if self.style == "aligned":
            return (inputs + (limit > 0)) * largest
        return inputs * largest + (limit << -self.arithmetic.unit_exponents[0])

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
    def beats(self) -> int:
        """Cycles that the exit works on a sum; 1 without an exit."""
        return self.exit_plan.beats if self.exit_plan else 1

    @property
    def exit_latency(self) -> int:
        """Cycles that the exit adds to the way of a sum to its first results."""
        return self.exit_plan.latency if self.exit_plan else 0

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
        return sparse_groups() if self.packing == SPARSE34 else weights_of_index(self.group)

    @property
    def word_bits(self) -> int:
        """Width of a word of packed weights."""
        return find_packing(self.packing).bits or self.key_bits

    @property
    def words(self) -> int:
        """Words that hold the weights of a column's tile, the last one filled up."""
        return -(-self.tile_inputs // (find_packing(self.packing).weights or self.group))

    @property
    def reports_corrupt(self) -> bool:
        """Whether a flag for each column tells of words that stand for no weights."""
        return bool(find_packing(self.packing).corrupt)

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
        """Cycles from the one that takes a sum's last activations to its (first) results.

        With ``loop = table`` those of the first block; each further one comes a cycle later.
        """
        return self.table_latency + self.weight_latency

    @property
    def weight_latency(self) -> int:
        """Cycles from the one that takes a sum's last weights to its (first) results."""
        return self.reduce_latency + self.interleave + self.exit_latency

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of a table."""
        if self.packing == SPARSE34:
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
        return sparse_entries(self.operand)[1] if self.packing == SPARSE34 else ()

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
        return self.tiles_of_sum(inputs) * self.groups(inputs)

    def groups(self, inputs: int) -> int:
        """Sums of the core that one output takes: 1, or the groups that have a scale each."""
        return -(-inputs // self.scale_group) if self.scale == "group" else 1

    def tiles_of_sum(self, inputs: int) -> int:
        """Tiles that a sum of the core takes in each plane: of an output, or of one of its groups.

        All groups take the same number; the last one is padded with zero weights.
        """
        if self.groups(inputs) > 1:
            inputs = self.scale_group
        return -(-inputs // self.tile_inputs)

    def blocks(self, outputs: int) -> int:
        """Groups of `columns` outputs, the last one padded with zero weights."""
        return -(-outputs // self.columns)

    @property
    def partial_sums(self) -> int:
        """Partial sums that a column holds besides the finished one; 0 where it holds but one."""
        return self.blocks(self.workload.outputs) if self.loop == "table" else 0

    def turns(self, sums: int) -> int:
        """Sums of a matrix product, filled up to a multiple of `interleave`."""
        return sums + -sums % self.interleave

    def cycles(self, *products: tuple[int, int, int]) -> int:
        """Cycles of matrix products run one after the other without a stall.

        Counted from the cycle that takes the first command (without a sequencer: the first tile's
        activations) to the one that hands over the last results, both included. With a sequencer
        the activations are offered no later than the command.

        A sum takes its tiles (those of all planes) or the beats of its results, whichever is more:
        the next sum starts when the exit takes this one. A command costs a cycle between the last
        tile of a product and the first one of the next, in which the exit may be busy.

        Args:
            products: inputs, outputs and batch of each.
        """
        done = 0  # the cycle in which the core has the last sum, from its first tile on
        taken = -self.beats  # the one in which the exit takes it
        for number, (inputs, outputs, batch) in enumerate(products):
            tiles = self.planes * self.tiles_of_sum(inputs)
            sums = self.groups(inputs) * self.blocks(outputs) * batch
            start = max(taken, done + (self.sequencer and number > 0))
            if self.interleave > 1:  # without an exit
                done = start + self.turns(sums) * tiles
                taken = done - (self.turns(sums) - sums)
                continue
            done = start + tiles
            taken = max(done, taken + self.beats)
            if sums > 1:
                taken += (sums - 1) * max(tiles, self.beats)
                done = taken - max(tiles, self.beats) + tiles
        before = max(1, self.table_latency) if self.sequencer else self.table_latency
        after = self.reduce_latency + self.interleave - 1 + self.exit_latency + self.beats
        return before + taken + after

    def schedule(
        self, products: Sequence[tuple[int, int, int]], kept_tiles: Sequence[int] | None = None
    ) -> Schedule:
        """Cycles, traffic and storage of matrix products: see `hw.ternary.schedule`."""
        return schedule(self, products, kept_tiles)

    def correction(self, index: int, sign: int) -> int:
        """The constant of a key: what its lane's rows lack to be the dot product.

        An output starts from its bias plus the corrections of all keys that it meets (those of
        padding too), each times ``2**p`` in plane p, modulo ``2**accumulator_bits``.
        """
        if self.style == "float":
            return 0
        return self.lane.correction(self.entries, index, sign)

    def keys(self) -> Iterator[Any]:
        """All keys in use, by code; codes that are missing here are reserved."""
        if self.multiplies:
            form = self.arithmetic.addition
            one = form.bias << form.fraction_bits
            yield from (Key(0, (0,), 0), Key(one, (1,), 0), Key(one | 1 << form.bits - 1, (-1,), 0))
            return
        index_bits = self.key_bits - 1
        for sign, (index, group) in product((0, 1), enumerate(self.weight_groups)):
            if not sign or any(group):
                weights = tuple(-w if sign else w for w in group)
                yield Key(sign << index_bits | index, weights, self.correction(index, sign))

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
            **({} if self.packing == KEYS else {"packing": self.packing}),
            **({} if self.loop == "reduction" else {"loop": self.loop}),
            **self._exit_parameters(),
            **({"planes": self.planes} if self.planes > 1 else {}),
        }

    def _exit_parameters(self) -> dict[str, Any]:
        """The parameters of the exit; none without."""
        names = ("result", "scale", "scale_group", "scale_format", "exits", "exit_register")
        return {name: getattr(self, name) for name in names} if self.result else {}


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
        if self.packing == SPARSE34:
            return SparseLane
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
