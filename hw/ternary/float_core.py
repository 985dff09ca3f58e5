"""The core in floating point: tables, columns and the handshakes around them."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring

from hw.modules import Modules
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.core import core_signature
from hw.ternary.float_column import FloatColumn
from hw.ternary.float_table import FloatLane, FloatTable

__all__ = ["FloatCore"]


class FloatCore(wiring.Component):
    """As `hw.ternary.core.Core`, with floating-point adders; ports and handshakes are the same.

    Two pipelines follow each other. The tables move on while the tile at their end is not waiting
    for its weights; lanes, trees and accumulators move on while no finished result waits to be
    taken and no first tile waits for its initial values. Cycles without a tile pass through.

    Adders with several stages sum `TernaryConfiguration.interleave` sums in turns: the tiles of so
    many sums take turns in the streams, and a sum that is not there is filled up with tiles without
    flags. A tile that comes late waits for its turn, so the result does not depend on stalls.

    Initial values and results are codes in the accumulator's format.
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self._configuration = c = configuration
        super().__init__(core_signature(c))

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration

        # Tables.
        enter, tables_move, tables_valid = Signal(), Signal(), Signal()
        m.d.comb += [
            tables_move.eq(~tables_valid | enter),
            self.activations.ready.eq(tables_move if c.table_latency else enter),
            tables_valid.eq(
                _moved(m, self.activations.valid, c.table_latency, tables_move, "table_valid")
            ),
        ]

        # From the weights to the accumulators.
        advance, in_turn = Signal(), Signal()
        m.d.comb += [
            self.weights.ready.eq(tables_valid & advance & in_turn),
            enter.eq(self.weights.valid & self.weights.ready),
        ]
        if c.interleave == 1:
            m.d.comb += in_turn.eq(1)
        else:  # cycles, modulo the interleave, that the tiles are late
            late = Signal(range(c.interleave))
            m.d.comb += in_turn.eq(late == 0)
            with m.If(advance & ~enter):
                m.d.sync += late.eq(late + 1)
                with m.If(late == c.interleave - 1):
                    m.d.sync += late.eq(0)
        flags = self.weights.payload
        arrives = _moved(m, enter, c.reduce_latency, advance, "arrives")
        first = _moved(m, flags.first, c.reduce_latency, advance, "first")
        last = _moved(m, flags.last, c.reduce_latency, advance, "last")
        restart = Signal()
        m.d.comb += [
            restart.eq(arrives & first),
            advance.eq(
                (~self.results.valid | self.results.ready) & (~restart | self.initial.valid)
            ),
            self.initial.ready.eq(restart & (~self.results.valid | self.results.ready)),
            self.results.valid.eq(_moved(m, arrives & last, c.interleave, advance, "result_valid")),
        ]

        activations = self.activations.payload.as_value()
        move = {"advance": tables_move} if c.table_latency else {}
        multiply = {"advance": advance} if c.multiplies and c.adder_stages else {}
        terms: list[list[Value]] = [[] for _ in range(c.columns)]
        for i in range(c.luts):
            table = platform.place(
                m,
                f"table{i}",
                "table",
                lambda: FloatTable(c),
                activations=activations.word_select(i, c.group * c.activation.bits),
                **move,
            )
            for k in range(c.columns):
                lane = platform.place(
                    m,
                    f"lane{i}_{k}",
                    "lane",
                    lambda: FloatLane(c),
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
                lambda: FloatColumn(c),
                terms=Cat(terms[k]),
                advance=advance,
                arrives=arrives,
                restart=restart,
                start=self.initial.payload[k],
            )
            m.d.comb += self.results.payload[k].eq(column.total)
        return m


def _moved(m: Module, flag: Value, cycles: int, move: Value, name: str) -> Value:
    """A flag so many moves later; cleared by reset."""
    for i in range(cycles):
        register = Signal(name=f"{name}_{i}")
        with m.If(move):
            m.d.sync += register.eq(flag)
        flag = register
    return flag
