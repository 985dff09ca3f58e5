"""Many configurations at once: what follows from columns of parameters, and which may exist.

The derivations are those of `Widths` and `Timing`, the conditions those of `TernaryConfiguration`;
both are taken from there where they depend on few parameters (styles, formats, keys, entries), and
are said again, for arrays, where they depend on sizes. Nothing is of a larger shape than what it
depends on.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.columns import Coded, Columns, bit_length, combine, encode
from costmodel.ternary.cell import Cell
from costmodel.ternary.defaults import DEFAULTS
from costmodel.ternary.exit_columns import Exits
from costmodel.ternary.unpack_inventory import decoder_of, words_of_tile
from hw.errors import RequestError
from hw.ternary import formulas
from hw.ternary.choices import PackingName, Style
from hw.ternary.configuration import (
    MOST_ACCUMULATOR_BITS,
    MOST_PORT_BITS,
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
)
from hw.ternary.lane import Lane, MultiplyLane, SelectLane, SignflipLane, SparseLane
from hw.ternary.style import Arithmetic
from hw.unit import required_parameters

__all__ = ["UNITS", "Configurations"]

_Ints = NDArray[np.int64]
_Flags = NDArray[np.bool_]

#: The units whose circuits are known in figures, by name.
UNITS: dict[str, type[TernaryConfiguration]] = {
    unit.unit: unit for unit in (TernaryLut, TernarySignflip, TernaryMultiplier)
}

#: What must be said, and what is taken for granted.
_REQUIRED = ("unit", *required_parameters(TernaryLut), "inputs")
_DEFAULTS: dict[str, Any] = {"group": 1, "outputs": 1, **DEFAULTS}  # the group is the unit's
#: Parameters of which one value is known.
_FIXED = {name: _DEFAULTS.pop(name) for name in ("sequencer", "loop", "planes")}
_ONE_LEVEL = np.zeros((), dtype=np.int64)
_KINDS = {str: "U", bool: "b", int: "iu"}


class Configurations:
    """Columns of parameters, read, with what follows from them.

    Args:
        columns: parameters by name, those of `TernaryConfiguration` and of its workload; they
            broadcast. Required: unit, luts, columns, activation, inputs.

    Raises:
        RequestError: a column is missing, is none that is known, or has a value of which the
            circuit is not known in figures.
    """

    def __init__(self, columns: Columns) -> None:
        self._read(columns)
        column = self._columns
        self.table_register, self.reduce_register = (
            encode(column[name]) for name in ("table_register", "reduce_register")
        )
        names = ("style", "activation", "sum_format", "accumulator_format")
        stages, aligned = encode(column["adder_stages"]), encode(column["aligned_bits"])
        #: The style of arithmetic; None where there is none.
        self.arithmetic: Coded[Arithmetic | None] = combine(
            _style, *(encode(column[name]) for name in names), stages, aligned
        )
        self._check_result(encode(column["result"]))
        #: The exits.
        self.exit = Exits(column, self.arithmetic)
        #: Table and lane; None where there are none.
        group = encode(column["group"]) if "group" in columns else Coded((None,), _ONE_LEVEL)
        packing = encode(column["packing"])
        self.cell: Coded[Cell | None] = combine(
            _cell, encode(column["unit"]), group, self.arithmetic, packing
        )
        #: Packing and group, where there is a cell.
        self._packed = combine(
            lambda packing, cell: (packing, cell.group) if cell else None, packing, self.cell
        )
        #: The decoder of packed words (`costmodel.ternary.unpack_inventory`); empty: they are keys.
        self.decoder: Coded[str] = combine(
            lambda packing, cell: decoder_of(packing, cell.group) if cell else "",
            packing,
            self.cell,
        )
        self.luts, self.columns, self.inputs = (
            column[name].astype(np.int64) for name in ("luts", "columns", "inputs")
        )

    def _read(self, columns: Columns) -> None:
        for name in _REQUIRED:
            if name not in columns:
                raise RequestError(f"the inventory needs a column {name!r}")
        read = {name: np.asarray(values) for name, values in columns.items()}
        for name, values in read.items():
            allowed = _FIXED.get(name)
            if name in _FIXED:
                if values.size and not (values == allowed).all():
                    other = values[values != allowed].reshape(-1)[0]
                    raise RequestError(
                        f"the inventory does not know {name} = {other.item()!r}: it must be"
                        f" {allowed!r}"
                    )
            elif name in _DEFAULTS or name in _REQUIRED:
                kind = str if name in ("unit", "activation") else type(_DEFAULTS.get(name, 0))
                if values.dtype.kind not in _KINDS[kind]:
                    raise RequestError(
                        f"column {name!r} of the inventory has values of type {values.dtype}: they"
                        f" must be of type {kind.__name__}"
                    )
            else:
                raise RequestError(f"the inventory does not know the parameter {name!r}")
        units = read["unit"]
        for unit in np.unique(units).tolist():
            if unit not in UNITS:
                raise RequestError(
                    f"the inventory does not know the unit {unit!r}: it must be one of"
                    f" {', '.join(UNITS)}"
                )
        self._columns: dict[str, NDArray[Any]] = {
            name: np.asarray(value) for name, value in _DEFAULTS.items()
        } | {name: values for name, values in read.items() if name not in _FIXED}
        #: The shape that all columns have together.
        self.shape = np.broadcast_shapes(*(values.shape for values in read.values()))

    def _check_result(self, result: Coded[str]) -> None:
        def unknown(result: str, style: Arithmetic | None) -> str:
            return result if style is not None and style.name is Style.FLOAT else ""

        for name in combine(unknown, result, self.arithmetic).levels:
            if name:
                raise RequestError(
                    f"the inventory does not know result = {name!r} with style = 'float': it must"
                    " be left out"
                )

    # Sizes of words.

    @cached_property
    def group(self) -> _Ints:
        """Activations of a table."""
        return self.cell.numbers(lambda cell: cell.group if cell else 0)

    @cached_property
    def tile_inputs(self) -> _Ints:
        """Activations of a tile."""
        return formulas.tile_inputs(self.luts, self.group)

    @cached_property
    def tiles(self) -> _Ints:
        """Tiles of a sum."""
        return formulas.tiles_of_sum(self.inputs, np.maximum(self.tile_inputs, 1))

    @cached_property
    def sum_tiles(self) -> _Ints:
        """Tiles of a sum of the core: of all inputs, or of those that share a scale."""
        group = self.exit.scale_group
        if not group.any():
            return self.tiles
        return formulas.tiles_of_sum(self.inputs, np.maximum(self.tile_inputs, 1), group)

    @cached_property
    def words(self) -> _Ints:
        """Words of weights that a column of a tile takes."""
        weights = self._packed.numbers(lambda packed: words_of_tile(*packed)[0] if packed else 1)
        return formulas.words(self.tile_inputs, weights)

    @cached_property
    def word_bits(self) -> _Ints:
        """Width of a word."""
        words = self._packed.numbers(lambda packed: words_of_tile(*packed)[1] if packed else 0)
        floats = self.cell.numbers(lambda cell: cell.key_bits if cell and cell.multiplies else 0)
        return np.where(floats > 0, floats, words)

    @cached_property
    def floating(self) -> _Flags:
        """Whether the style is ``float``."""
        return self.arithmetic.flags(lambda style: style is not None and style.name is Style.FLOAT)

    @cached_property
    def converts(self) -> _Flags:
        """Whether activations are converted; then there is an exit."""
        return self.arithmetic.flags(lambda style: style is not None and style.converts)

    @cached_property
    def adder_stages(self) -> _Ints:
        """Registers in a floating-point adder."""
        return self.arithmetic.numbers(lambda style: style.adder_stages if style else 0)

    @cached_property
    def bound_bits(self) -> _Ints:
        """Width of the largest absolute sum."""
        nonzeros, group = self._columns["nonzeros"], self.exit.scale_group
        inputs = np.where(nonzeros > 0, nonzeros, self.inputs)
        if group.any():
            inputs = np.where(group > 0, np.minimum(group, inputs), inputs)
        return self._sum_bits(inputs)

    def _sum_bits(self, inputs: _Ints) -> _Ints:
        """Width of ``inputs * magnitude + (bias << point)``, without the zeros they end in."""
        style = self.arithmetic
        bias = self._columns["bias_limit"].astype(np.int64)
        aligned = style.flags(lambda style: style is not None and style.name is Style.ALIGNED)
        inputs = np.clip(inputs + (aligned & (bias > 0)), 0, 1 << 21)
        bias = np.where(aligned, 0, np.clip(bias, 0, 1 << 31))
        magnitude, spare = (
            style.numbers(lambda style: _magnitude(style)[0]),
            style.numbers(lambda style: _magnitude(style)[1]),
        )
        point = style.numbers(lambda style: _magnitude(style)[2])
        total = inputs * magnitude + (bias << point)
        return bit_length(total.astype(np.uint64)) + spare

    @cached_property
    def needed_accumulator_bits(self) -> _Ints:
        """The least width of an accumulator."""
        form = self.arithmetic.numbers(
            lambda style: style.accumulation.bits if style and style.accumulator_format else 0
        )
        return np.where(form > 0, form, self.bound_bits + 1)

    @cached_property
    def accumulator_bits(self) -> _Ints:
        """Width of an accumulator."""
        given = self._columns["accumulator_bits"]
        return np.where(given == 0, self.needed_accumulator_bits, given).astype(np.int64)

    @cached_property
    def exits(self) -> _Ints:
        """Results that leave in a cycle; 0 without an exit."""
        given, columns = self._columns["exits"], self.columns
        default = formulas.exits(columns, np.maximum(self.sum_tiles, 1))
        return np.where(self.exit.exists, np.where(given == 0, default, given), 0).astype(np.int64)

    @cached_property
    def beats(self) -> _Ints:
        """Cycles in which the results of a sum leave; 1 without an exit."""
        beats = formulas.beats(self.columns, np.maximum(self.exits, 1))
        return np.where(self.exit.exists, beats, 1)

    @cached_property
    def exit_register(self) -> _Flags:
        """Whether the exit has a register before it rounds."""
        return self._columns["exit_register"] & self.exit.exists

    # What may exist.

    @cached_property
    def valid(self) -> _Flags:
        """Whether each configuration can be constructed; of the shape of all columns."""
        column = self._columns
        flags = self.cell.flags(lambda cell: cell is not None)
        limits = {"luts": (1, 1024), "columns": (1, 1024), "bias_limit": (0, 1 << 31)}
        limits |= dict.fromkeys(("inputs", "outputs", "batch"), (1, 1 << 20))
        for name, (low, high) in limits.items():
            flags = flags & (column[name] >= low) & (column[name] <= high)
        flags = flags & (column["nonzeros"] >= 0) & (column["nonzeros"] <= column["inputs"])
        flags = flags & self._valid_accumulator & self._valid_exit & self._valid_ports
        return np.broadcast_to(flags, self.shape)

    @property
    def _valid_accumulator(self) -> _Flags:
        bits, needed = self.accumulator_bits, self.needed_accumulator_bits
        return (
            (bits >= np.maximum(needed, 2))
            & (bits <= MOST_ACCUMULATOR_BITS)
            & ((bits == needed) | ~self.floating)
        )

    @property
    def _valid_exit(self) -> _Flags:
        fits = (self.exits >= 1) & (self.exits <= self.columns)
        return self.exit.valid(self.tile_inputs) & (fits | ~self.exit.exists)

    @property
    def _valid_ports(self) -> _Flags:
        cell, luts, columns = self.cell, self.luts, self.columns
        key_bits = cell.numbers(lambda cell: cell.key_bits if cell else 0)
        term_bits = cell.numbers(lambda cell: cell.term_bits if cell else 0)
        activation_bits = self.arithmetic.numbers(
            lambda style: style.activation.bits if style else 0
        )
        scale_bits = self.exit.plans.numbers(lambda plan: plan.scale_bits if plan else 0)
        sums = columns * self.accumulator_bits
        weights = columns * self.words * self.word_bits
        core = weights + self.tile_inputs * activation_bits + sums
        return (
            (core <= MOST_PORT_BITS)
            & (luts * term_bits + self.accumulator_bits <= MOST_PORT_BITS)
            & (columns * (term_bits + key_bits) <= MOST_PORT_BITS)
            & (~self.exit.exists | (sums + self.exits * scale_bits <= MOST_PORT_BITS))
        )


def _style(
    name: str, activation: str, sums: str, accumulators: str, stages: int, aligned_bits: int
) -> Arithmetic | None:
    try:
        return Arithmetic(
            name,  # pyright: ignore[reportArgumentType] # which reads names, too
            activation,  # pyright: ignore[reportArgumentType]
            sums or None,  # pyright: ignore[reportArgumentType]
            accumulators or None,  # pyright: ignore[reportArgumentType]
            stages,
            aligned_bits,
        )
    except RequestError:
        return None


def _cell(unit: str, group: int | None, style: Arithmetic | None, packing: str) -> Cell | None:
    kind = UNITS[unit]
    if group is None:
        group = kind.group
    if style is None or not 1 <= group <= kind.largest_group:
        return None
    lane: type[Lane] = SignflipLane if group == 1 else SelectLane
    if kind is TernaryMultiplier:
        lane = MultiplyLane
    if packing != PackingName.KEYS and (
        packing not in tuple(PackingName) or style.name is Style.FLOAT
    ):
        return None
    if packing == PackingName.SPARSE34:
        if group != 4:
            return None
        lane = SparseLane
    return Cell(lane, group, style.operand, style.sum_format)


def _magnitude(style: Arithmetic | None) -> tuple[int, int, int]:
    """The largest operand, zeros that it ends in (taken off), and the place of a bias above it."""
    if style is None:
        return (0, 0, 0)
    largest = style.operand.magnitude
    point = 0 if style.name is Style.ALIGNED else -style.unit_exponents[0]
    zeros = min((largest & -largest).bit_length() - 1, point)
    if style.name is Style.ALIGNED:
        zeros, point = largest.bit_length() - 1, largest.bit_length() - 1
    return (largest >> zeros, zeros, point - zeros)
