"""A column: one output of the tile, from keys to accumulator."""

from __future__ import annotations

from functools import partial

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.bitheap import BitHeap
from hw.modules import Modules
from hw.ternary.choices import Loop
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.loop import PartialSums

__all__ = ["Column"]

_TO_SUMS = ("start", "restart", "read", "write", "finish")


class Column(wiring.Component):
    """Sums the terms of one output and accumulates them over the tiles.

    All rows of all lanes and the accumulator are one bit heap, in negative logic: so the register
    holds the complement of the accumulator. With ``reduce_register`` the heap ends in a register
    and a second adder accumulates.

    Below the terms the accumulator has `TernaryConfiguration.term_lsb` bits more, which only the
    starting value reaches: doubled with every plane, it ends where the total is read.

    The accumulator takes the sum in every cycle. It holds because a cycle without a tile adds
    nothing: the terms are then rows of ones (`Bank`), or ``accumulate`` is low.

    Ports:
        terms: the rows of each lane, lane 0 lowest, in negative logic.
        start: what an output starts from.
        restart: a tile that starts an output is there: take ``start`` instead of the accumulator.
        read: take this partial sum, one bit a block (only with ``loop = table``).
        write: this partial sum takes the result (only with ``loop = table``).
        finish: the finished sum takes the result (only with ``loop = table``).
        double: a tile that starts a further plane is there: take twice the accumulator;
            not with ``restart`` (only with ``planes``).
        reduce: take the terms into the reduce register (only with ``reduce_register``).
        accumulate: add what the reduce register holds (only with ``reduce_register``).
        total: the accumulator.
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self._configuration = c = configuration
        ports = {
            "terms": In(c.luts * c.term_bits),
            "start": In(signed(c.accumulator_bits)),
            "restart": In(1),
        }
        if c.loop is Loop.TABLE:
            ports |= {"read": In(c.partial_sums), "write": In(c.partial_sums), "finish": In(1)}
        if c.planes > 1:
            ports["double"] = In(1)
        if c.reduce_register:
            ports |= {"reduce": In(1), "accumulate": In(1)}
        super().__init__(ports | {"total": Out(signed(c.accumulator_bits))})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        bits = c.term_lsb + c.accumulator_bits
        complement = Signal(bits, reset_less=True)  # of the accumulator
        base = Signal(bits)  # the complement of what the terms are added to
        if c.loop is Loop.REDUCTION:
            source = Mux(self.restart, self.start.as_unsigned(), ~complement)
            if c.planes > 1:  # an AOI222 cell a bit where the library has it
                keep = Signal()
                m.d.comb += keep.eq(~(self.restart | self.double))
                source = (
                    self.start.as_unsigned() & self.restart.replicate(bits)
                    | Cat(Const(0, 1), ~complement[:-1]) & self.double.replicate(bits)
                    | ~complement & keep.replicate(bits)
                )
            m.d.comb += [base.eq(~source), self.total.eq(~complement[c.term_lsb :])]

        below = 0 if c.reduce_register else c.term_lsb
        width = c.reduced_bits if c.reduce_register else bits
        heap = BitHeap(width, "terms", negative=True)
        position = 0
        for lsb, row_bits in c.term_rows * c.luts:
            heap.add(self.terms[position : position + row_bits], lsb=below + lsb)
            position += row_bits

        if c.reduce_register:
            terms = heap.emit(m, platform)
            reduced = Signal(c.reduced_bits, reset_less=True)  # in negative logic
            with m.If(self.reduce):
                m.d.sync += reduced.eq(terms)
            added = Signal(c.reduced_bits)
            m.d.comb += added.eq(reduced | (~self.accumulate).replicate(len(reduced)))
            heap = BitHeap(bits, "total", negative=True)
            heap.add(added, lsb=c.term_lsb)
        heap.add(base)
        added = heap.emit(m, platform)
        if c.loop is Loop.REDUCTION:
            m.d.sync += complement.eq(added)
        else:
            inputs = {port: getattr(self, port) for port in _TO_SUMS}
            sums = platform.place(
                m,
                "sums",
                "sums",
                partial(PartialSums, c.accumulator_bits, c.partial_sums),
                added=added,
                **inputs,
            )
            m.d.comb += [base.eq(sums.base), self.total.eq(sums.total)]
        return m
