"""Configurations of the ternary cores: every parameter checked."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar, cast

from amaranth.lib import wiring

from hw.errors import RequestError, check_integer
from hw.schedule import Schedule
from hw.ternary import formulas
from hw.ternary.choices import PackingName, Style
from hw.ternary.lane import Lane, MultiplyLane, SelectLane, SignflipLane, SparseLane
from hw.ternary.loop import check_loop
from hw.ternary.schedule import schedule
from hw.ternary.timing import Timing
from hw.unit import Stream

__all__ = [
    "Key",
    "TernaryConfiguration",
    "TernaryLut",
    "TernaryMultiplier",
    "TernarySignflip",
]

MOST_ACCUMULATOR_BITS = 64
MOST_PORT_BITS = 65_000  # of 65,536, to leave room for flags and handshakes


@dataclass(frozen=True)
class Key:
    """One weight key: its code, the weights it stands for and its correction."""

    code: int
    weights: tuple[int, ...]
    correction: int


@dataclass(frozen=True, kw_only=True)
class TernaryConfiguration(Timing, ABC):
    """What all ternary cores have in common: parameters that go together.

    The parameters are those of `Parameters`; what follows from them is in `Widths` and `Timing`.

    Raises:
        RequestError: a parameter is out of range, or parameters contradict each other.
    """

    def __post_init__(self) -> None:
        self.check_tile()
        self.resolve_numbers()
        self.check_weights(cast("Style", self.style), self.group)
        self.check_registers()
        check_loop(
            self.loop,
            plain=self.style is Style.INTEGER
            and self.result == ""
            and self.planes == 1
            and self.lane.parts == 1,
            table_register=self.table_register,
            partial_sums=self.blocks(self.workload.outputs),
        )
        if self.arithmetic.converts and self.result == "":
            object.__setattr__(self, "result", self.activation.name)
        self.check_results(self.tile_inputs)
        self._resolve_accumulator()
        self._resolve_exits()
        self._check_ports()

    def _resolve_accumulator(self) -> None:
        """See that the accumulator holds every sum; by default it is the least one."""
        needed = self.needed_accumulator_bits
        if self.accumulator_bits == 0 and type(self.accumulator_bits) is int:
            object.__setattr__(self, "accumulator_bits", needed)
        check_integer("accumulator_bits", self.accumulator_bits, 2, MOST_ACCUMULATOR_BITS)
        if self.accumulator_bits < needed:
            raise RequestError(
                f"accumulator_bits = {self.accumulator_bits} is too narrow:"
                f" {self.workload.most_nonzeros} inputs of {self.activation.name} and a bias of"
                f" up to {self.workload.bias_limit} reach {self.bound}, which takes {needed} to"
                f" {MOST_ACCUMULATOR_BITS} bits"
            )
        if self.style is Style.FLOAT and self.accumulator_bits != needed:
            raise RequestError(
                f"accumulator_bits = {self.accumulator_bits} is not the width of accumulator_format"
                f" = {self.arithmetic.accumulation.name!r}, {needed}: leave it out"
            )

    def _resolve_exits(self) -> None:
        """See that the exit goes with the core; by default it is as narrow as keeps up with it."""
        if self.result == "":
            return
        if self.exits == 0 and type(self.exits) is int:
            tiles = self.planes * self.tiles_of_sum(self.workload.inputs)
            least = formulas.exits(self.columns, tiles, self.interleave)
            object.__setattr__(self, "exits", least)
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
            if bits > MOST_PORT_BITS:
                raise RequestError(
                    f"luts = {self.luts} and columns = {self.columns} are too many: the ports of"
                    f" the {module} take {bits} bits, and a module may have {MOST_PORT_BITS}"
                )

    def component(self) -> wiring.Component:
        """The circuit: the core, with a sequencer and an exit around it if so asked."""
        from hw.ternary.top import component  # which needs configurations

        return component(self)

    def signature(self) -> wiring.Signature:
        """The circuit's ports."""
        from hw.ternary.top import signature

        return signature(self)

    def streams(self) -> tuple[Stream, ...]:
        """The circuit's streams and what they carry."""
        from hw.ternary.top import meanings

        stream_meanings = meanings(self)
        return tuple(
            Stream(
                name,
                "input" if member.flow is wiring.In else "output",
                member.signature.members["payload"].shape,
                stream_meanings[name],
            )
            for name, member in self.signature().members.items()
            if member.is_signature
        )

    def manifest(self) -> dict[str, Any]:
        """What a stranger must know of the core besides its ports and streams."""
        from hw.ternary.manifest import manifest_of

        return manifest_of(self)

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
        if self.style is Style.FLOAT:
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
        if self.packing is PackingName.SPARSE34:
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
