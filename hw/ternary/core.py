"""The core: tables, columns and the handshakes around them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from amaranth.hdl import Cat, Module, ShapeLike, Signal, Value, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.modules import Modules
from hw.ternary.bank import Bank
from hw.ternary.column import Column
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.converter import Converter
from hw.ternary.loop import block_turns
from hw.ternary.packing import KEYS
from hw.ternary.unpack import Unpack

__all__ = [
    "PARTS",
    "Core",
    "activation_shape",
    "core_meanings",
    "core_signature",
    "flags",
    "initial_shape",
    "keys_shape",
    "result_shape",
    "unpacked",
]


def _number(configuration: TernaryConfiguration, shape: ShapeLike) -> ShapeLike:
    """A number whose parts have a shape: itself, or a real part below an imaginary one."""
    return data.StructLayout({"re": shape, "im": shape}) if configuration.lane.parts > 1 else shape


def activation_shape(configuration: TernaryConfiguration) -> data.Layout:
    """A tile's activations, the first one lowest; with style ``aligned`` their block above them."""
    c = configuration
    values = data.ArrayLayout(_number(c, c.activation.bits), c.tile_inputs)
    if c.style == "aligned":
        return data.StructLayout({"values": values, "block": c.arithmetic.number.exponent_bits})
    return values


def keys_shape(configuration: TernaryConfiguration) -> data.ArrayLayout:
    """A tile's weights as words of its packing, by default keys.

    The column is the slow index, the word (with keys: the group of activations) the fast one.
    """
    column = data.ArrayLayout(configuration.word_bits, configuration.words)
    return data.ArrayLayout(column, configuration.columns)


def initial_shape(configuration: TernaryConfiguration) -> data.ArrayLayout:
    """What each column starts from, column 0 lowest."""
    c = configuration
    shape = unsigned if c.style == "float" else signed
    return data.ArrayLayout(_number(c, shape(c.accumulator_bits)), c.columns)


def result_shape(configuration: TernaryConfiguration) -> data.Layout:
    """The sums of the columns, column 0 lowest; above them what there is to be said of them.

    Where activations are converted, ``invalid``: one of them was no finite number (or exceeded its
    block), and with style ``aligned`` the ``block`` of the first tile. Where weights can be
    corrupt, ``corrupt``: a flag for each column.
    """
    c = configuration
    notes: dict[str, int] = {}
    if c.arithmetic.converts:
        notes["invalid"] = 1
    if c.style == "aligned":
        notes["block"] = c.arithmetic.number.exponent_bits
    if c.reports_corrupt:
        notes["corrupt"] = c.columns
    return data.StructLayout({"sums": initial_shape(c)} | notes) if notes else initial_shape(c)


def words_name(configuration: TernaryConfiguration) -> str:
    """What the weight stream's words are called."""
    return "keys" if configuration.packing == KEYS else "words"


def flags(configuration: TernaryConfiguration) -> tuple[str, ...]:
    """The flags that come with a tile's keys where no sequencer makes them."""
    further = ("double",) if configuration.planes > 1 else ()
    return ("first", "last", *(("release",) if configuration.loop == "table" else further))


def core_signature(configuration: TernaryConfiguration) -> wiring.Signature:
    """The ports of a `Core`."""
    c = configuration
    weights = data.StructLayout({words_name(c): keys_shape(c)} | dict.fromkeys(flags(c), 1))
    return wiring.Signature(
        {
            "activations": In(stream.Signature(activation_shape(c))),
            "weights": In(stream.Signature(weights)),
            "initial": In(stream.Signature(initial_shape(c))),
            "results": Out(stream.Signature(result_shape(c))),
        }
    )


def core_meanings(configuration: TernaryConfiguration) -> dict[str, str]:
    """What each stream carries, for the manifest."""
    return MEANINGS | STYLE_MEANINGS.get(configuration.style, {})


#: What each stream carries, for the manifest.
MEANINGS = {
    "activations": "the activations of a tile: elements g*group to g*group + group - 1 meet key"
    " [column][g], the lowest one its first weight; pad with any value under zero weights",
    "weights": "the weight keys of a tile, keys[column][group of activations], and the flags first"
    " (this tile starts a sum) and last (this tile ends it)",
    "initial": "what the sums of the columns start from: for each column the bias plus the"
    " corrections of all keys that the sum meets, modulo 2**accumulator_bits; taken once a sum",
    "results": "the finished sums of the columns; once a sum",
}


#: And where a style makes a difference.
STYLE_MEANINGS = {
    "aligned": {
        "activations": "the activations of a tile, as codes of their format: values g*group to"
        " g*group + group - 1 meet key [column][g], the lowest one its first weight; pad with 0;"
        " and the block: the largest exponent field among all activations and the bias of the sum,"
        " at least 1, the same in all tiles of it",
        "initial": "what the sums of the columns start from, in units of the block's last bit: for"
        " each column the bias, rounded down, plus the corrections of all keys that the sum meets,"
        " modulo 2**accumulator_bits; taken once a sum",
    },
    "exact": {
        "activations": "the activations of a tile, as codes of their format: elements g*group to"
        " g*group + group - 1 meet key [column][g], the lowest one its first weight; pad with any"
        " finite number under zero weights",
        "initial": "what the sums of the columns start from, in units of the smallest number of the"
        " activations' format: for each column the bias plus the corrections of all keys that the"
        " sum meets, modulo 2**accumulator_bits; taken once a sum",
    },
    "float": {
        "activations": "the activations of a tile, as codes of their format: elements g*group to"
        " g*group + group - 1 meet key [column][g], the lowest one its first weight; pad with any"
        " finite number under zero weights",
        "initial": "what the sums of the columns start from: the biases, as codes of the"
        " accumulator's format; taken once a sum",
        "results": "the finished sums of the columns, as codes of the accumulator's format; once a"
        " sum",
    },
}


#: What each module is for, by its name without the design's prefix; for tables of area and energy.
#: ``/heap`` stands for the adders of a bit heap in a module, ``buffers`` for what synthesis adds.
PARTS = {
    "": "control",
    "core": "control",
    "converter": "convert",
    "decoder": "convert",
    "table": "table",
    "table_adder": "table",
    "widen": "table",
    "widen_decoder": "table",
    "widen_encoder": "table",
    "bank": "table",
    "unpack": "unpack",
    "unpack_word": "unpack",
    "unpack_group": "unpack",
    "lane": "select",
    "lane/heap": "select",
    "multiplier": "select",
    "multiplier/heap": "select",
    "multiplier_decoder": "select",
    "multiplier_encoder": "select",
    "reduce_adder": "reduce",
    "accumulate_adder": "accumulate",
    "widen_sum": "accumulate",
    "widen_sum_decoder": "accumulate",
    "widen_sum_encoder": "accumulate",
    "column": "accumulate",
    "sums": "accumulate",
    "column/heap": "reduce",
    "sequencer": "control",
    "exit": "exit",
    "exit_scaling": "exit",
    "exit_scaling/heap": "exit",
    "exit_decoder": "exit",
    "exit_sum_decoder": "exit",
    "exit_rounding": "exit",
    "exit_encoder": "exit",
    "buffers": "buffers",
}


class Core(wiring.Component):
    """Multiplies a tile of ternary weights with a tile of activations every cycle.

    Ports (streams; a transfer takes place in a cycle in which valid and ready are both high, valid
    never waits for ready, a payload stays while it waits):
        activations: the tile's activations (`activation_shape`).
        weights: the tile's ``keys``, or the ``words`` of its packing (`keys_shape`), and ``first``
            and ``last``: this tile starts, ends a sum. With ``loop = table`` also ``release``: it
            is the last one of its tables. With ``planes`` also ``double``: it starts a further
            plane, so what its sum has so far is doubled before.
        initial: one for each sum: bias plus corrections (`initial_shape`).
        results: one for each sum (`result_shape`).

    Activations and weights are paired in their order; with ``loop = table`` a tile of activations
    meets the weights of all blocks, in the same order for every tile of a vector. Latency:
    `TernaryConfiguration.latency` cycles from activations and `weight_latency` cycles from weights
    to results; interval: 1, also from one sum to the next. The initial values are taken in the
    cycle in which the first tile reaches the accumulator. A stalled stream stops only the stages
    before it.

    The accumulators have no enable: what is added to them is gated by whether a tile is taken. So a
    path leads from ``results.ready`` and the ``valid`` of all inputs through tables (without
    ``table_register``), lanes and heap to the accumulators; with ``reduce_register`` only through
    the last adder.
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self._configuration = c = configuration
        super().__init__(core_signature(c))

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration

        # A tile enters the columns when its tables, its weights and room for it are there.
        tables_valid = Signal()
        enter = Signal()
        room = Signal()
        m.d.comb += [
            self.weights.ready.eq(tables_valid & room),
            enter.eq(self.weights.valid & self.weights.ready),
        ]
        load = Signal()
        # with the tables: after every tile of weights, or after those of all blocks
        finished = enter & self.weights.payload.release if c.loop == "table" else enter
        if c.table_register:
            m.d.comb += [
                self.activations.ready.eq(~tables_valid | finished),
                load.eq(self.activations.valid & self.activations.ready),
            ]
            _hold(m, tables_valid, set=load, clear=finished)
        else:
            m.d.comb += [
                tables_valid.eq(self.activations.valid),
                self.activations.ready.eq(enter),
            ]

        # It reaches the accumulators in the same cycle, or from the reduce register.
        arrives = Signal()
        accept = Signal()
        accumulate = Signal()
        operands, notes = self._operands(m, platform)
        if c.table_register:
            notes = {name: _held(m, note, load, name) for name, note in notes.items()}
        keys, weight_notes = unpacked(m, platform, c, self.weights.payload)
        notes |= weight_notes
        marks = {name: Signal(name=name, reset_less=True) for name in flags(c)}
        first, last = marks["first"], marks["last"]
        take = [mark.eq(self.weights.payload[name]) for name, mark in marks.items()]
        if c.reduce_register:
            m.d.comb += room.eq(~arrives | accept)
            _hold(m, arrives, set=enter, clear=accept)
            with m.If(enter):
                m.d.sync += take
            notes = {name: _held(m, note, enter, f"{name}_reduced") for name, note in notes.items()}
        else:
            m.d.comb += [room.eq(accept), arrives.eq(tables_valid & self.weights.valid), *take]

        # The accumulators hold a finished sum until it is taken, and what they have while no tile
        # arrives, by adding nothing.
        free = Signal()
        restart = Signal()
        m.d.comb += [
            free.eq(~self.results.valid | self.results.ready),
            accept.eq(free & (~first | self.initial.valid)),
            accumulate.eq(arrives & accept),
            restart.eq(accumulate & first),
            self.initial.ready.eq(arrives & first & free),
        ]
        _hold(m, self.results.valid, set=accumulate & last, clear=self.results.ready)

        turns = block_turns(m, c.partial_sums, accumulate, restart, marks)
        if c.planes > 1:
            turns["double"] = accumulate & marks["double"] & ~first
        starts = self.initial.payload.as_value()
        sums = self._note(m, notes, accumulate, first, restart).as_value()
        banks = self._banks(m, platform, operands, keys, load, accumulate)
        for k in range(c.sums):
            inputs = {
                "terms": Cat(bank.terms.word_select(k, c.term_bits) for bank in banks),
                "start": starts.word_select(k, c.accumulator_bits),
                "restart": restart,
                **turns,
            }
            if c.reduce_register:
                inputs |= {"reduce": enter, "accumulate": accumulate}
            column = platform.place(m, f"column{k}", "column", lambda: Column(c), **inputs)
            m.d.comb += sums.word_select(k, c.accumulator_bits).eq(column.total)
        return m

    def _banks(
        self,
        m: Module,
        platform: Modules,
        operands: Value,
        keys: list[Value],
        load: Value,
        accumulate: Value,
    ) -> list[SimpleNamespace]:
        """A bank for each group of activations."""
        c = self._configuration
        banks = []
        for i in range(c.luts):
            inputs: dict[str, Value] = {
                "activations": operands.word_select(i, c.group_bits),
                "keys": Cat(column.word_select(i, c.key_bits) for column in keys),
            }
            if c.table_register:
                inputs["load"] = load
            if c.gated_terms:
                inputs["enter"] = accumulate  # the same cycle
            banks.append(platform.place(m, f"bank{i}", "bank", lambda: Bank(c), **inputs))
        return banks

    def _note(
        self, m: Module, notes: dict[str, Value], accumulate: Value, first: Value, restart: Value
    ) -> Any:
        """Gather what is noted of the tiles of a sum; returns the results' part for the sums."""
        for name, note in notes.items():
            if name == "block":
                noted = _held(m, note, restart, "block_of_sum")
            else:  # of any tile
                noted = Signal(len(note), name=f"{name}_of_sum", reset_less=True)
                with m.If(accumulate):
                    m.d.sync += noted.eq(note | (noted & (~first).replicate(len(note))))
            m.d.comb += self.results.payload[name].eq(noted)
        return self.results.payload.sums if notes else self.results.payload

    def _operands(self, m: Module, platform: Modules) -> tuple[Value, dict[str, Value]]:
        """The tables' operands, and what is to be noted of a tile: ``invalid`` and ``block``."""
        c = self._configuration
        activations = self.activations.payload
        if not c.arithmetic.converts:
            return activations.as_value(), {}
        notes: dict[str, Value] = {}
        inputs: dict[str, Value] = {}
        if c.style == "aligned":
            notes["block"] = inputs["block"] = activations.block
            activations = activations.values
        converted = [
            platform.place(
                m,
                f"converter{i}",
                "converter",
                lambda: Converter(c.arithmetic),
                code=activations[i],
                **inputs,
            )
            for i in range(c.tile_inputs)
        ]
        notes["invalid"] = Cat(each.invalid for each in converted).any()
        return Cat(each.operand for each in converted), notes


def unpacked(
    m: Module, platform: Modules, configuration: TernaryConfiguration, weights: Any
) -> tuple[list[Value], dict[str, Value]]:
    """Each column's keys, group 0 lowest, and the note ``corrupt`` where words can be."""
    c = configuration
    words = [column.as_value() for column in weights[words_name(c)]]
    if not c.reports_corrupt:  # the words are keys
        return words, {}
    columns = [
        platform.place(m, f"unpack{k}", "unpack", lambda: Unpack(c), words=word)
        for k, word in enumerate(words)
    ]
    keys = [column.keys for column in columns]
    return keys, {"corrupt": Cat(column.corrupt for column in columns)}


def _held(m: Module, value: Value, load: Value, name: str) -> Value:
    """A value kept from when ``load`` was last high."""
    register = Signal(len(value), name=name, reset_less=True)
    with m.If(load):
        m.d.sync += register.eq(value)
    return register


def _hold(m: Module, flag: Signal, *, set: Value, clear: Value) -> None:
    """A flip-flop that is set, stays, and is cleared; setting wins."""
    with m.If(set):
        m.d.sync += flag.eq(1)
    with m.Elif(clear):
        m.d.sync += flag.eq(0)
