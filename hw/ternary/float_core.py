"""The core in floating point: tables, columns and the handshakes around them."""

from __future__ import annotations

from functools import partial

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring

from hw.modules import Modules
from hw.ternary.choices import Style
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.core import Core
from hw.ternary.core_ports import core_signature
from hw.ternary.float_column import FloatColumn
from hw.ternary.float_table import FloatLane, FloatTable

__all__ = ["FloatCore", "core_of"]


class FloatCore(wiring.Component):
    """Multiplies a tile of ternary weights with a tile of activations, with floating-point adders.

    Handshakes and the order of streams are those of `hw.ternary.core.Core`.

    Two pipelines follow each other. The tables move on while the tile at their end is not waiting
    for its weights; lanes, trees and accumulators move on while no finished result waits to be
    taken and no first tile waits for its initial values. Cycles without a tile pass through.

    Adders with several stages sum `TernaryConfiguration.interleave` sums in turns: the tiles of so
    many sums take turns in the streams, and a sum that is not there is filled up with tiles without
    flags. A tile that comes late waits for its turn, so the result does not depend on stalls.

    Ports (streams):
        activations: the activations of a tile as codes, the first one lowest.
        weights: the keys of a tile, or the words of its packing, column by column, and the flags
            ``first`` and ``last``: this tile starts, ends a sum.
        initial: the biases as codes of the accumulator's format; one for each sum.
        results: the finished sums of the columns as codes of the accumulator's format.
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self._configuration = c = configuration
        super().__init__(core_signature(c))

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration

        # Tables.
        enter = Signal()
        tables_move = Signal()
        tables_valid = Signal()
        m.d.comb += [
            tables_move.eq(~tables_valid | enter),
            self.activations.ready.eq(tables_move if c.table_latency else enter),
            tables_valid.eq(
                _moved(m, self.activations.valid, c.table_latency, tables_move, "table_valid")
            ),
        ]

        # From the weights to the accumulators.
        offered, in_turn, advance, restart, free = (
            Signal(name=name) for name in ("offered", "in_turn", "advance", "restart", "free")
        )
        m.d.comb += [
            offered.eq(tables_valid & self.weights.valid & in_turn),
            self.weights.ready.eq(tables_valid & in_turn & advance),
            enter.eq(offered & advance),
        ]
        self._take_turns(m, in_turn, enter, advance)
        flags = self.weights.payload
        arrives = _moved(m, offered, c.reduce_latency, advance, "arrives")
        first = _moved(m, flags.first, c.reduce_latency, advance, "first")
        last = _moved(m, flags.last, c.reduce_latency, advance, "last")
        m.d.comb += [
            free.eq(~self.results.valid | self.results.ready),
            restart.eq(arrives & first),
            advance.eq(free & (~restart | self.initial.valid)),
            self.initial.ready.eq(restart & free),
        ]
        # A result that is taken while initial values are missing must not be offered again.
        finished, taken = _moved(m, arrives & last, c.interleave, advance, "finished"), Signal()
        m.d.comb += self.results.valid.eq(finished & ~taken)
        with m.If(advance):
            m.d.sync += taken.eq(0)
        with m.Elif(self.results.valid & self.results.ready):
            m.d.sync += taken.eq(1)

        activations = self.activations.payload.as_value()
        move = {"advance": tables_move} if c.table_latency else {}
        multiply = {"advance": advance} if c.multiplies and c.adder_stages else {}
        terms: list[list[Value]] = [[] for _ in range(c.columns)]
        for i in range(c.luts):
            table = platform.place(
                m,
                f"table{i}",
                "table",
                partial(FloatTable, c),
                activations=activations.word_select(i, c.group * c.activation.bits),
                **move,
            )
            for k in range(c.columns):
                lane = platform.place(
                    m,
                    f"lane{i}_{k}",
                    "lane",
                    partial(FloatLane, c),
                    entries=table.entries,
                    key=self.weights.payload.keys[k][i],
                    **multiply,
                )
                terms[k].append(lane.term)
        for k in range(c.columns):
            column = platform.place(
                m,
                f"column{k}",
                "column",
                partial(FloatColumn, c),
                terms=Cat(terms[k]),
                advance=advance,
                arrives=arrives,
                restart=restart,
                start=self.initial.payload[k],
            )
            m.d.comb += self.results.payload[k].eq(column.total)
        return m

    def _take_turns(self, m: Module, in_turn: Signal, enter: Value, advance: Value) -> None:
        """Drive ``in_turn``: the accumulator's loop will have the tile's sum when it arrives."""
        count = self._configuration.interleave
        if count == 1:
            m.d.comb += in_turn.eq(1)
            return
        turn = Signal(range(count))  # of the next tile
        late = Signal(range(count))  # moves since its turn, modulo their number
        # The first sum of a group may start at any time: all sums before it have their tiles.
        starts = (turn == 0) & self.weights.payload.first
        m.d.comb += in_turn.eq((late == 0) | starts)
        with m.If(enter):
            m.d.sync += [turn.eq(_next(turn, count)), late.eq(0)]
        with m.Elif(advance):
            m.d.sync += late.eq(_next(late, count))


def _next(counter: Value, count: int) -> Value:
    """One more, modulo ``count``."""
    return Mux(counter == count - 1, 0, counter + 1)


def core_of(configuration: TernaryConfiguration) -> Core | FloatCore:
    """The core of a configuration."""
    return (FloatCore if configuration.style is Style.FLOAT else Core)(configuration)


def _moved(m: Module, flag: Value, cycles: int, move: Value, name: str) -> Value:
    """A flag so many moves later; cleared by reset."""
    for i in range(cycles):
        register = Signal(name=f"{name}_{i}")
        with m.If(move):
            m.d.sync += register.eq(flag)
        flag = register
    return flag
