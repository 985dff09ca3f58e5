"""A column: one output of the tile, from keys to accumulator."""

from __future__ import annotations

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.bitheap import BitHeap
from hw.modules import Modules
from hw.ternary.configuration import TernaryConfiguration

__all__ = ["Column"]


class Column(wiring.Component):
    """Sums the terms of one output and accumulates them over the tiles.

    All rows of all lanes and the accumulator are one bit heap. With ``reduce_register`` the heap
    ends in a register and a second adder accumulates.

    Ports:
        terms: the rows of each lane, lane 0 lowest.
        start: what an output starts from.
        first: this sum starts an output: take ``start`` instead of the accumulator.
        accumulate: take the sum into the accumulator.
        reduce: take the terms into the reduce register (only with ``reduce_register``).
        total: the accumulator.
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self._configuration = c = configuration
        ports = {
            "terms": In(c.luts * c.term_bits),
            "start": In(signed(c.accumulator_bits)),
            "first": In(1),
            "accumulate": In(1),
        }
        if c.reduce_register:
            ports["reduce"] = In(1)
        super().__init__(ports | {"total": Out(signed(c.accumulator_bits))})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        accumulator = Signal(c.accumulator_bits, reset_less=True)
        base = Signal(c.accumulator_bits)
        m.d.comb += [
            base.eq(Mux(self.first, self.start.as_unsigned(), accumulator)),
            self.total.eq(accumulator),
        ]

        heap = BitHeap(c.reduced_bits if c.reduce_register else c.accumulator_bits, "terms")
        position = 0
        for lsb, bits in c.term_rows * c.luts:
            heap.add(self.terms[position : position + bits], lsb=lsb)
            position += bits

        if c.reduce_register:
            terms = heap.emit(m, platform)
            reduced = Signal(c.reduced_bits, reset_less=True)
            with m.If(self.reduce):
                m.d.sync += reduced.eq(terms)
            heap = BitHeap(c.accumulator_bits, "total")
            heap.add(reduced)
        heap.add(base)
        total = heap.emit(m, platform)
        with m.If(self.accumulate):
            m.d.sync += accumulator.eq(total)
        return m
