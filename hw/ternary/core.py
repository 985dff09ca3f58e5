"""The core: tables, columns and the handshakes around them."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, ShapeLike, Signal, Value, signed
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.modules import Modules
from hw.ternary.bank import Bank
from hw.ternary.column import Column
from hw.ternary.configuration import TernaryConfiguration

__all__ = [
    "MEANINGS",
    "PARTS",
    "Core",
    "activation_shape",
    "core_signature",
    "flag_names",
    "initial_shape",
    "keys_shape",
    "result_shape",
]


def _number(configuration: TernaryConfiguration, shape: ShapeLike) -> ShapeLike:
    """A number whose parts have a shape: itself, or a real part below an imaginary one."""
    return data.StructLayout({"re": shape, "im": shape}) if configuration.lane.parts > 1 else shape


def activation_shape(configuration: TernaryConfiguration) -> data.ArrayLayout:
    """A tile's activations, the first one lowest."""
    c = configuration
    return data.ArrayLayout(_number(c, c.activation.bits), c.tile_inputs)


def keys_shape(configuration: TernaryConfiguration) -> data.ArrayLayout:
    """A tile's keys: the column is the slow index, the group of activations the fast one."""
    column = data.ArrayLayout(configuration.key_bits, configuration.luts)
    return data.ArrayLayout(column, configuration.columns)


def flag_names(configuration: TernaryConfiguration) -> tuple[str, ...]:
    """The flags of a tile: it starts a sum, ends it, starts a further plane of it."""
    return ("first", "last", "double") if configuration.planes > 1 else ("first", "last")


def initial_shape(configuration: TernaryConfiguration) -> data.ArrayLayout:
    """What each column starts from, column 0 lowest."""
    c = configuration
    return data.ArrayLayout(_number(c, signed(c.accumulator_bits)), c.columns)


#: The sums of the columns, column 0 lowest.
result_shape = initial_shape


def core_signature(configuration: TernaryConfiguration) -> wiring.Signature:
    """The ports of a `Core`."""
    c = configuration
    flags = dict.fromkeys(flag_names(c), 1)
    weights = data.StructLayout({"keys": keys_shape(c)} | flags)
    return wiring.Signature(
        {
            "activations": In(stream.Signature(activation_shape(c))),
            "weights": In(stream.Signature(weights)),
            "initial": In(stream.Signature(initial_shape(c))),
            "results": Out(stream.Signature(result_shape(c))),
        }
    )


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


#: What each module is for, by its name without the design's prefix; for tables of area and energy.
#: ``/heap`` stands for the adders of a bit heap in a module, ``buffers`` for what synthesis adds.
PARTS = {
    "": "control",
    "core": "control",
    "table": "table",
    "bank": "table",
    "lane": "select",
    "lane/heap": "select",
    "column": "accumulate",
    "column/heap": "reduce",
    "sequencer": "control",
    "exit": "exit",
    "exit_scaling": "exit",
    "exit_scaling/heap": "exit",
    "exit_decoder": "exit",
    "exit_rounding": "exit",
    "exit_encoder": "exit",
    "buffers": "buffers",
}


class Core(wiring.Component):
    """Multiplies a tile of ternary weights with a tile of activations every cycle.

    Ports (streams; a transfer takes place in a cycle in which valid and ready are both high, valid
    never waits for ready, a payload stays while it waits):
        activations: the tile's activations (`activation_shape`).
        weights: the tile's ``keys`` (`keys_shape`), and ``first`` and ``last``: this tile starts,
            ends a sum; with ``planes`` also ``double``: this tile starts a further plane, so what
            its sum has so far is doubled before.
        initial: one for each sum: bias plus corrections (`initial_shape`).
        results: one for each sum (`result_shape`).

    Activations and weights are paired in their order. Latency: `TernaryConfiguration.latency`
    cycles from activations and `weight_latency` cycles from weights to results; interval: 1, also
    from one sum to the next. The initial values are taken in the cycle in which the first tile
    reaches the accumulator. A stalled stream stops only the stages before it.

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
        if c.table_register:
            m.d.comb += [
                self.activations.ready.eq(~tables_valid | enter),
                load.eq(self.activations.valid & self.activations.ready),
            ]
            _hold(m, tables_valid, set=load, clear=enter)
        else:
            m.d.comb += [
                tables_valid.eq(self.activations.valid),
                self.activations.ready.eq(enter),
            ]

        # It reaches the accumulators in the same cycle, or from the reduce register.
        arrives = Signal()
        accept = Signal()
        accumulate = Signal()
        first = Signal(reset_less=True)
        last = Signal(reset_less=True)
        flags = [first.eq(self.weights.payload.first), last.eq(self.weights.payload.last)]
        further = Signal(reset_less=True)
        double = Signal()
        if c.planes > 1:
            flags.append(further.eq(self.weights.payload.double))
            m.d.comb += double.eq(accumulate & further & ~first)
        if c.reduce_register:
            m.d.comb += room.eq(~arrives | accept)
            _hold(m, arrives, set=enter, clear=accept)
            with m.If(enter):
                m.d.sync += flags
        else:
            m.d.comb += [room.eq(accept), arrives.eq(tables_valid & self.weights.valid), *flags]

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

        activations = self.activations.payload.as_value()
        banks = []
        for i in range(c.luts):
            inputs = {
                "activations": activations.word_select(i, c.group_bits),
                "keys": Cat(column[i] for column in self.weights.payload.keys),
            }
            if c.table_register:
                inputs["load"] = load
            if c.gated_terms:
                inputs["enter"] = accumulate  # the same cycle
            banks.append(platform.place(m, f"bank{i}", "bank", lambda: Bank(c), **inputs))
        starts, totals = self.initial.payload.as_value(), self.results.payload.as_value()
        for k in range(c.sums):
            inputs = {
                "terms": Cat(bank.terms.word_select(k, c.term_bits) for bank in banks),
                "start": starts.word_select(k, c.accumulator_bits),
                "restart": restart,
            }
            if c.planes > 1:
                inputs["double"] = double
            if c.reduce_register:
                inputs |= {"reduce": enter, "accumulate": accumulate}
            column = platform.place(m, f"column{k}", "column", lambda: Column(c), **inputs)
            m.d.comb += totals.word_select(k, c.accumulator_bits).eq(column.total)
        return m


def _hold(m: Module, flag: Signal, *, set: Value, clear: Value) -> None:
    """A flip-flop that is set, stays, and is cleared; setting wins."""
    with m.If(set):
        m.d.sync += flag.eq(1)
    with m.Elif(clear):
        m.d.sync += flag.eq(0)
