"""The parameters of the ternary cores, as a design file states them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, cast

from hw.formats import Float, Format, Integer
from hw.ternary.choices import Loop, PackingName, Scale, Style
from hw.ternary.lane import Lane, MultiplyLane
from hw.ternary.parts import PARTS
from hw.ternary.style import Arithmetic
from hw.ternary.workload import Workload

__all__ = ["STYLE_FIELDS", "Parameters"]

#: Parameters that make a `hw.ternary.style.Arithmetic`.
STYLE_FIELDS = (
    "activation",
    "sum_format",
    "accumulator_format",
    "adder_stages",
    "aligned_bits",
)


@dataclass(frozen=True, kw_only=True)
class Parameters(ABC):
    """What the three ternary cores have in common.

    Attributes:
        luts: L, groups of activations that a tile holds, 1 to 1024.
        columns: K, outputs that a tile works on, 1 to 1024.
        activation: format of the activations, or its name, as `parameters` gives it.
        style: arithmetic, see `hw.ternary.style`; and with it ``sum_format``,
            ``accumulator_format``, ``adder_stages`` and ``aligned_bits``, as `Arithmetic` explains
            them.
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
    family: ClassVar[str] = "ternary"
    operation: ClassVar[str] = "weight"
    limits: ClassVar[type] = Workload
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "style": tuple(Style),
        "loop": tuple(Loop),
        "packing": tuple(PackingName),
        "scale": tuple(Scale),
    }
    formats: ClassVar[tuple[str, ...]] = ("activation", "sum_format", "accumulator_format")
    parts: ClassVar[Mapping[str, str]] = PARTS
    largest_group: ClassVar[int] = 1
    most_planes: ClassVar[int] = 4
    #: How a key is laid out, for the manifest.
    key_layout: ClassVar[str] = (
        "the sign is the top bit, the index below it; codes not listed are reserved"
    )

    # the tile
    group: int = 1
    luts: int
    columns: int
    # its arithmetic: what makes an `Arithmetic`, and the accumulator behind it
    activation: Format
    style: Style | Literal[""] = ""
    sum_format: Float | None = None
    accumulator_format: Float | None = None
    adder_stages: int = 0
    aligned_bits: int = 0
    accumulator_bits: int = 0
    # registers, and what is built around the columns
    table_register: bool = False
    reduce_register: bool = False
    sequencer: bool = False
    # the weight stream
    packing: PackingName = PackingName.KEYS
    loop: Loop = Loop.REDUCTION
    # the exit: what makes an `ExitPlan`
    result: str = ""
    scale: Scale = Scale.NONE
    scale_group: int = 0
    scale_format: str = ""
    exits: int = 0
    exit_register: bool = False
    # digits of a weight
    planes: int = 1
    # the limits
    workload: Workload

    @property
    @abstractmethod
    def lane(self) -> type[Lane]:
        """The circuit that turns a key and a table into bits to be summed."""

    @property
    def initiation_interval(self) -> int:
        """A tile is consumed every cycle."""
        return 1

    @cached_property
    def arithmetic(self) -> Arithmetic:
        """The style with all that follows from it."""
        stated: dict[str, Any] = {name: getattr(self, name) for name in STYLE_FIELDS}
        return Arithmetic(**stated, name=cast("Style", self.style))  # or nothing, for the default

    @property
    def multiplies(self) -> bool:
        """Whether lanes multiply in floating point: a weight is then a code of that format."""
        return self.style is Style.FLOAT and self.lane is MultiplyLane

    @property
    def operand(self) -> Integer:
        """What tables and lanes work on: the activations, or what they are turned into."""
        return self.arithmetic.operand

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
            **({} if self.packing is PackingName.KEYS else {"packing": self.packing}),
            **({} if self.loop is Loop.REDUCTION else {"loop": self.loop}),
            **self._exit_parameters(),
            **({"planes": self.planes} if self.planes > 1 else {}),
        }

    def _exit_parameters(self) -> dict[str, Any]:
        """The parameters of the exit; none without."""
        names = ("result", "scale", "scale_group", "scale_format", "exits", "exit_register")
        return {name: getattr(self, name) for name in names} if self.result else {}
