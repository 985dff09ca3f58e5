"""A bank: one table of a group of activations, and the lanes of all columns that read it."""

from __future__ import annotations

from functools import partial

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.modules import Modules
from hw.ternary.configuration import TernaryConfiguration

__all__ = ["Bank"]


class Bank(wiring.Component):
    """Turns a group of activations and a key for each column into terms to be summed.

    Combinational, or one cycle from activations to terms with ``table_register``.

    Ports:
        activations: the group's operands, the first one lowest.
        load: take the table into its register (only with ``table_register``).
        enter: a tile enters the columns; without it all terms are rows of ones, which count
            nothing, and the accumulators hold (only without ``reduce_register``).
        keys: a key for each column, column 0 lowest.
        terms: the rows of each column's lane, column 0 lowest (for complex sums, real part first).
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self._configuration = c = configuration
        ports = {
            "activations": In(c.group_bits),
            "keys": In(c.columns * c.key_bits),
        }
        if c.table_register:
            ports["load"] = In(1)
        if c.gated_terms:
            ports["enter"] = In(1)
        super().__init__(ports | {"terms": Out(c.sums * c.term_bits)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        enable = {"enable": self.enter} if c.gated_terms else {}
        inverted = c.lane.polarities == 1
        built = platform.place(
            m,
            "table_of_group",
            "table",
            partial(c.table, inverted=inverted, gated=c.gated_table),
            activations=self.activations,
            **(enable if c.gated_table else {}),
        )
        upper = (getattr(built, f"upper{i}") for i in range(len(c.entries)))
        source: Value = Cat(built.lowest, *upper)
        if c.table_register:
            held = Signal(len(source), reset_less=True)
            with m.If(self.load):
                m.d.sync += held.eq(source)
            source = held
            if c.gated_terms:
                gate = self.enter.replicate(len(held))
                source = held | ~gate if inverted else held & gate
        if not inverted:
            complement = Signal(len(source))
            m.d.comb += complement.eq(~source)
            if c.gated_terms:
                m.d.comb += complement.eq(~source & self.enter.replicate(len(source)))
            source = Cat(source, complement)
        for k in range(c.columns):
            lane = platform.place(
                m,
                f"lane{k}",
                "lane",
                partial(c.lane, c.entries, c.group, gated=c.gated_terms),
                source=source,
                key=self.keys.word_select(k, c.key_bits),
                **(enable if c.lane.needs_enable else {}),
            )
            m.d.comb += self.terms.word_select(k, len(lane.rows)).eq(lane.rows)
        return m
