"""The core: tables, columns and the handshakes around them."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring

from hw.modules import Modules
from hw.ternary.bank import Bank
from hw.ternary.choices import Loop, Style
from hw.ternary.column import Column
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.converter import Converter
from hw.ternary.core_ports import core_signature, flags, words_name
from hw.ternary.loop import block_turns, flags_in_turns
from hw.ternary.unpack import Unpack

__all__ = ["Core", "unpacked"]


class Core(wiring.Component):
    """Multiplies a tile of ternary weights with a tile of activations every cycle.

    Ports (streams, of shapes as in `hw.ternary.core_ports`; a transfer takes place in a cycle in
    which valid and ready are both high, valid never waits for ready, a payload stays while it
    waits):
        activations: the activations of a tile, the first one lowest.
        weights: the keys of a tile, or the words of its packing, column by column, and flags:
            ``first`` and ``last``: this tile starts, ends a sum; ``release``: it is the last one of
            its tables; ``double``: it starts a further plane, so what its sum has so far is doubled
            before.
        initial: what the sums of the columns start from, bias plus corrections; one for each sum.
        results: the finished sums of the columns; one for each sum.

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
        finished = enter & self.weights.payload.release if c.loop is Loop.TABLE else enter
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
        sums = self._note(m, notes, accumulate, first, restart, turns).as_value()
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
            column = platform.place(m, f"column{k}", "column", partial(Column, c), **inputs)
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
            banks.append(platform.place(m, f"bank{i}", "bank", partial(Bank, c), **inputs))
        return banks

    def _note(
        self,
        m: Module,
        notes: dict[str, Value],
        accumulate: Value,
        first: Value,
        restart: Value,
        turns: dict[str, Value],
    ) -> Any:
        """Gather what is noted of the tiles of a sum; returns the results' part for the sums."""
        for name, note in notes.items():
            if name == "block":
                noted = _held(m, note, restart, "block_of_sum")
            elif self._configuration.partial_sums > 1:  # then tiles of other sums come in between
                noted = flags_in_turns(m, note, name, turns)
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
        if c.style is Style.ALIGNED:
            notes["block"] = inputs["block"] = activations.block
            activations = activations.values
        converted = [
            platform.place(
                m,
                f"converter{i}",
                "converter",
                partial(Converter, c.arithmetic),
                code=activations[i],
                **inputs,
            )
            for i in range(c.tile_inputs)
        ]
        notes["invalid"] = Cat(converter.invalid for converter in converted).any()
        return Cat(converter.operand for converter in converted), notes


def unpacked(
    m: Module, platform: Modules, configuration: TernaryConfiguration, weights: Any
) -> tuple[list[Value], dict[str, Value]]:
    """Each column's keys, group 0 lowest, and the note ``corrupt`` where words can be."""
    c = configuration
    words = [column.as_value() for column in weights[words_name(c)]]
    if not c.reports_corrupt:  # the words are keys
        return words, {}
    columns = [
        platform.place(m, f"unpack{k}", "unpack", partial(Unpack, c), words=word)
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
