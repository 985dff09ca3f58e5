"""Every configuration's inventory: how much of which circuit is in it, module by module.

Full adders, flip-flops, selected bits, shifter bits: counts that follow from the parameters, and
that the emitted netlist confirms one by one. They are what a model of area, delay and energy is
made of, for millions of configurations at once: see `costmodel.model.columns` for what columns are,
and `costmodel.ternary.configurations` for the sizes that all of this derives from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.columns import Coded, Columns, combine, encode, quantities
from costmodel.ternary.cell import Cell
from costmodel.ternary.column_inventory import column_heap, counted, reduced_bits
from costmodel.ternary.configurations import Configurations
from costmodel.ternary.exit_inventory import (
    buffer_counts,
    encoder_of_exit_counts,
    rounding_counts,
    scale_decoder_counts,
    scaling_counts,
    scaling_heap_counts,
)
from costmodel.ternary.float_inventory import (
    adder_parts,
    float_table_counts,
    multiplier_parts,
    turn_bits,
    waiting_words,
    widen_parts,
)
from costmodel.ternary.parts_inventory import (
    bank_counts,
    converter_counts,
    converter_decoder_counts,
    lane_counts,
    lane_heap_counts,
    table_counts,
)
from costmodel.ternary.unpack_inventory import group_counts, word_counts
from hw.ternary import formulas
from hw.ternary.choices import Style
from hw.ternary.exit_plan import ExitPlan
from hw.ternary.lane import MultiplyLane
from hw.ternary.style import Arithmetic

__all__ = ["Inventory", "Module", "inventory", "valid"]

_Ints = NDArray[np.int64]

#: What counts the modules of an exit's units.
_OF_PLANS: dict[str, Callable[[ExitPlan], dict[str, int] | None]] = {
    "exit_scaling": scaling_counts,
    "exit_scaling/heap": scaling_heap_counts,
    "exit_decoder": scale_decoder_counts,
    "exit_rounding": rounding_counts,
    "exit_encoder": encoder_of_exit_counts,
}


@dataclass(frozen=True)
class Module:
    """What all instances of a module hold.

    Attributes:
        count: instances.
        quantities: by name, of one instance; what stands in it as a module of its own is not in it.
    """

    count: _Ints
    quantities: dict[str, _Ints]

    def total(self, quantity: str) -> _Ints:
        """Of all instances; 0 if the module has none of it."""
        return self.count * self.quantities.get(quantity, np.zeros((), dtype=np.int64))


@dataclass(frozen=True)
class Inventory:
    """What configurations hold.

    Arrays are of the least shape that tells what there is to tell; all broadcast to ``shape``.
    Where a configuration cannot exist (`valid`) they have no meaning.

    Attributes:
        modules: by the names of `hw.ternary.parts.PARTS`; those that are in no configuration are
            left out, those that are in some have count 0 in the others.
        sizes: derived parameters: widths, depths, latencies.
        valid: whether each configuration can exist.
        shape: that of all columns together.
        arithmetic: what each configuration calculates with; None where that cannot be.
    """

    modules: dict[str, Module]
    sizes: dict[str, _Ints]
    valid: NDArray[np.bool_]
    shape: tuple[int, ...]
    arithmetic: Coded[Arithmetic | None]

    def total(self, quantity: str) -> _Ints:
        """A quantity of all modules together."""
        holding = (module for module in self.modules.values() if quantity in module.quantities)
        totals = sorted((module.total(quantity) for module in holding), key=np.size)
        return sum(totals, start=np.zeros((), dtype=np.int64))  # small ones meet first

    @property
    def full_adders(self) -> _Ints:
        """Full adders of all bit heaps; those of carry chains are ``carry_bits``."""
        return self.total("full_adders")

    @property
    def half_adders(self) -> _Ints:
        """Half adders of all bit heaps."""
        return self.total("half_adders")

    @property
    def register_bits(self) -> _Ints:
        """Flip-flops."""
        return self.total("register_bits")


def valid(columns: Columns) -> NDArray[np.bool_]:
    """Whether each configuration can exist: the same answer as constructing it.

    Args:
        columns: see `inventory`.

    Raises:
        RequestError: see `inventory`.
    """
    return Configurations(columns).valid


def inventory(columns: Columns) -> Inventory:
    """What each configuration's circuit holds.

    Args:
        columns: parameters by name, as arrays that broadcast against each other: those of
            `hw.ternary.TernaryConfiguration`, and ``inputs`` (also ``bias_limit`` and the rest) of
            its workload. Required: unit, luts, columns, activation, inputs.

    Raises:
        RequestError: a column is missing, is none that is known, or has a value of which the
            circuit is not known in figures.
    """
    return _Count(Configurations(columns)).inventory()


class _Count:
    """Counts the modules of configurations.

    Quantities are those of the functions of parts; of what has none:

    - ``column/heap``: ``full_adders``, ``half_adders``, ``levels``.
    - ``column``: ``register_bits``, ``enable_bits`` and ``gate_bits`` (of the reduce register, or
      in style ``float`` of all that waits, and of the addend), ``mux_bits`` (between accumulator
      and starting value), ``carry_bits`` (full adder positions of the adder behind the tree),
      ``parity_bits`` (bits of the highest weight), ``accumulate_bits`` and
      ``accumulate_parity_bits`` (the same of a second adder, behind the reduce register).
    - ``exit``: ``register_bits``, ``enable_bits``, ``select_bits`` (of the buffer that hands its
      sums out in turns).
    - ``core``: ``register_bits``, ``note_inputs`` (flags that are joined), ``restart_loads`` (bits
      of accumulators that ``restart`` selects); the module without a name, around core and exit:
      ``register_bits``.
    - ``unpack``: ``flags`` (of corrupt words, that are joined).
    """

    def __init__(self, configurations: Configurations) -> None:
        self._c = configurations
        self._modules: dict[str, Module] = {}

    def inventory(self) -> Inventory:
        c = self._c
        self._tables()
        self._columns()
        self._exits()
        self._unpackers()
        self._floats()
        self._control()
        return Inventory(self._modules, self._sizes(), c.valid, c.shape, c.arithmetic)

    def _add(self, name: str, count: Any, **held: Any) -> None:
        """A module, in the place of what was said of it before; left out where there is none."""
        count = np.asarray(count)
        if count.any():
            arrays = {name: np.asarray(array) for name, array in held.items()}
            self._modules[name] = Module(count, arrays)

    def _of_cell(
        self, function: Callable[..., dict[str, int]], *further: Coded[Any]
    ) -> dict[str, _Ints]:
        """Quantities that follow from the cell and further levels, where there is one."""

        def counted(cell: Cell | None, *levels: Any) -> dict[str, int]:
            return function(cell, *levels) if cell else {}

        return quantities(combine(counted, self._c.cell, *further))

    def _tables(self) -> None:
        c = self._c
        registers = c.table_register, c.reduce_register

        def table(cell: Cell, style: Arithmetic, *registers: bool) -> dict[str, int]:
            if cell.addition:
                return float_table_counts(cell, style, registers[0])
            return table_counts(cell, *registers)

        def bank(cell: Cell, *registers: bool) -> dict[str, int]:
            return {} if cell.addition else bank_counts(cell, *registers)

        def lane(cell: Cell, reduce_register: bool) -> dict[str, int]:
            if cell.multiplies:
                return {"term_bits": cell.term_bits}
            return lane_counts(cell, reduce_register)

        fixed = ~c.floating
        lanes = c.luts * c.columns
        self._add("table", c.luts, **self._of_cell(table, c.arithmetic, *registers))
        self._add("bank", c.luts * fixed, **self._of_cell(bank, *registers))
        self._add("lane", lanes, **self._of_cell(lane, c.reduce_register))
        multiplies = c.cell.flags(
            lambda cell: cell is not None and cell.lane is MultiplyLane and not cell.addition
        )
        if multiplies.any():
            self._add(
                "lane/heap",
                lanes * multiplies,
                **self._of_cell(
                    lambda cell: lane_heap_counts(cell) if cell.lane is MultiplyLane else {}
                ),
            )

    def _columns(self) -> None:
        """Columns of integers: a heap, the accumulator, and a register between them."""
        c = self._c
        fixed = ~c.floating
        if not fixed.any():
            return
        rows = c.cell.map(lambda cell: cell.term_rows if cell else ())
        luts, bits = encode(c.luts), encode(c.accumulator_bits)
        reduced = combine(reduced_bits, rows, luts).numbers(int)
        reduced = np.minimum(reduced, c.accumulator_bits)
        self._reduced = np.where(c.reduce_register.flags(bool) & fixed, reduced, 0)
        heaps = combine(column_heap, rows, luts, bits, c.reduce_register)
        counts = counted(heaps.levels)
        self._add(
            "column/heap",
            c.columns * fixed,
            full_adders=heaps.spread(counts.full_adders),
            half_adders=heaps.spread(counts.half_adders),
            levels=heaps.spread(counts.levels),
        )
        width = heaps.numbers(lambda heap: heap[2])
        registered = self._reduced > 0
        self._add(
            "column",
            c.columns,
            register_bits=np.where(fixed, c.accumulator_bits + self._reduced, 0),
            enable_bits=self._reduced,
            gate_bits=self._reduced,
            mux_bits=c.accumulator_bits,
            carry_bits=np.where(fixed, width - 1 - heaps.spread(counts.carry_propagate_from), 0),
            parity_bits=np.where(fixed, heaps.spread(counts.top_bits), 0),
            accumulate_bits=np.where(registered, c.accumulator_bits - 1, 0),
            accumulate_parity_bits=registered * (1 + (self._reduced == c.accumulator_bits)),
        )

    def _exits(self) -> None:
        """Converters, and exits."""
        c = self._c

        def of_style(
            function: Callable[..., dict[str, int]], *further: Coded[Any]
        ) -> dict[str, _Ints]:
            def counted(style: Arithmetic | None, *levels: Any) -> dict[str, int]:
                return function(style, *levels) if style and style.converts else {}

            return quantities(combine(counted, c.arithmetic, *further))

        if c.converts.any():
            inputs = c.tile_inputs * c.converts
            self._add("converter", inputs, **of_style(converter_counts))
            self._add("decoder", inputs, **of_style(converter_decoder_counts))
        if not c.exit.exists.any():
            return

        plans = c.exit.plans
        bits = quantities(combine(_of_plan(buffer_counts), plans))
        if not bits:  # of none that can exist
            return
        buffered = c.beats > 1
        sums = c.columns * bits["sum_bits"]
        totals = c.exits * c.beats * bits["total_bits"]
        self._add(
            "exit",
            c.exit.exists.astype(np.int64),
            register_bits=buffered * (sums + bits["note_bits"] + 1 + c.beats)
            + c.exit_register * (1 + c.exits * bits["product_bits"])
            + totals
            + bits["group_bits"],
            enable_bits=buffered * (sums + bits["note_bits"]) + totals,
            select_bits=buffered * sums,
        )
        for name, counts in _OF_PLANS.items():
            counted = combine(_of_plan(counts), plans)
            planned = counted.flags(lambda level: level is not None)
            self._add(name, c.exits * planned, **quantities(counted))

    def _unpackers(self) -> None:
        """Decoders of packed weights, for each column; and what is noted of corrupt words."""
        c = self._c
        decodes = c.decoder.flags(bool)
        #: columns of which corrupt words are noted
        self._flagged = c.columns * decodes
        if not decodes.any():
            return
        words = np.where(decodes, c.words, 0)
        self._add("unpack", self._flagged, flags=words)
        self._add("unpack_word", c.columns * words, **quantities(combine(word_counts, c.decoder)))
        encodes = c.decoder.flags(lambda name: bool(name) and not name.endswith("_key"))
        groups = combine(lambda cell: group_counts(cell.group) if cell else None, c.cell)
        encodes = encodes & (c.group > 1)
        self._add("unpack_group", c.columns * c.luts * encodes, **quantities(groups))
        reported = self._flagged * c.exit.exists  # from the core through the exit
        self._add("", (reported > 0).astype(np.int64), register_bits=reported)

    def _floats(self) -> None:
        """Adders, multipliers and what widens, in style ``float``."""
        c = self._c
        if not c.floating.any():
            return
        entries = c.cell.numbers(lambda cell: len(cell.entries) if cell else 0)
        lanes = c.luts * c.columns * c.floating
        counts = {
            "table_adder": c.luts * (entries - c.group) * c.floating,
            "reduce_adder": c.columns * (c.luts - 1) * c.floating,
            "accumulate_adder": c.columns * c.floating,
            "widen_decoder": c.luts * c.group * c.floating,
            "widen_encoder": c.luts * c.group * c.floating,
            "widen_sum_decoder": c.columns * c.floating,
            "widen_sum_encoder": c.columns * c.floating,
            "multiplier": lanes,
            "multiplier/heap": lanes,
            "multiplier_decoder": 2 * lanes,
            "multiplier_encoder": lanes,
        }

        def parts(cell: Cell | None, style: Arithmetic | None) -> dict[str, dict[str, int]]:
            if cell is None or style is None or style.name is not Style.FLOAT:
                return {}
            return adder_parts(style) | widen_parts(style) | multiplier_parts(cell, style)

        part_counts = combine(parts, c.cell, c.arithmetic)
        for name, count in counts.items():
            part = Coded(tuple(level.get(name) for level in part_counts.levels), part_counts.codes)
            present = part.flags(lambda counted: counted is not None)
            if present.any():
                self._add(name, count * present, **quantities(part))

        column = self._modules.get("column")
        held = dict(column.quantities) if column else {}
        waiting = encode(c.luts).numbers(waiting_words) * c.adder_stages
        reduced = c.reduce_register.flags(bool)
        term_bits = c.cell.numbers(lambda cell: cell.term_bits if cell else 0)
        waits = (waiting + reduced) * term_bits + c.accumulator_bits * (c.adder_stages == 0)
        held |= {
            "register_bits": np.where(c.floating, waits, held.get("register_bits", 0)),
            "enable_bits": np.where(c.floating, waits, held.get("enable_bits", 0)),
            "gate_bits": np.where(c.floating, c.accumulator_bits, held.get("gate_bits", 0)),
            "mux_bits": c.accumulator_bits,
        }
        self._add("column", c.columns, **held)

    def _control(self) -> None:
        """Handshakes, and what is noted of tiles."""
        c = self._c
        table, reduce = c.table_register.flags(bool), c.reduce_register.flags(bool)
        notes = c.arithmetic.numbers(_note_bits)
        flags = notes + self._flagged
        fixed = 1 + table * (1 + notes) + reduce * (3 + flags) + flags
        depth = c.cell.numbers(lambda cell: cell.depth if cell else 0)
        levels = encode(c.luts).numbers(formulas.tree_levels)
        levels = levels + c.cell.flags(lambda cell: cell is not None and cell.multiplies)
        self._table_latency = formulas.table_latency(table, depth, c.adder_stages)
        self._reduce_latency = formulas.reduce_latency(reduce, levels, c.adder_stages)
        interleave = formulas.interleave(c.adder_stages)
        turns = c.arithmetic.numbers(lambda style: turn_bits(style.adder_stages if style else 0))
        moved = self._table_latency + 3 * self._reduce_latency + interleave + 1 + turns
        self._add(
            "core",
            np.ones((), dtype=np.int64),
            register_bits=np.where(c.floating, moved, fixed),
            note_inputs=c.tile_inputs * c.converts,
            restart_loads=c.columns * c.accumulator_bits,
        )

    def _sizes(self) -> dict[str, _Ints]:
        c = self._c

        def of_cell(function: Callable[[Cell], int]) -> _Ints:
            return c.cell.numbers(lambda cell: function(cell) if cell else 0)

        return {
            "group": c.group,
            "tile_inputs": c.tile_inputs,
            "tiles": c.tiles,
            "sum_tiles": c.sum_tiles,
            "converts": c.converts.astype(np.int64),
            "operand_bits": c.arithmetic.numbers(
                lambda style: (
                    0 if style is None or style.name is Style.FLOAT else style.operand.bits
                )
            ),
            "activation_bits": c.arithmetic.numbers(
                lambda style: style.activation.bits if style else 0
            ),
            "entries": of_cell(lambda cell: len(cell.entries)),
            "table_depth": of_cell(lambda cell: cell.depth),
            "key_bits": of_cell(lambda cell: cell.key_bits),
            "weight_bits": c.words * c.word_bits,
            "term_bits": of_cell(lambda cell: cell.term_bits),
            "accumulator_bits": c.accumulator_bits,
            "reduced_bits": getattr(self, "_reduced", np.zeros((), dtype=np.int64)),
            "adder_stages": c.adder_stages,
            "table_latency": self._table_latency,
            "reduce_latency": self._reduce_latency,
            "exits": c.exits,
            "exit_register": c.exit_register.astype(np.int64),
            "beats": c.beats,
        }


def _of_plan(
    counts: Callable[[ExitPlan], dict[str, int] | None],
) -> Callable[[ExitPlan | None], dict[str, int] | None]:
    return lambda plan: None if plan is None else counts(plan)


def _note_bits(style: Arithmetic | None) -> int:
    """Flip-flops that a note of a tile takes: whether it is invalid, and its block."""
    if style is None or not style.converts:
        return 0
    return 1 + (style.number.exponent_bits if style.name is Style.ALIGNED else 0)
