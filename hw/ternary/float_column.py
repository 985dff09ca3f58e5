"""A column in floating point: one output of the tile, from terms to accumulator."""

from __future__ import annotations

from functools import partial

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.float import FloatAdder, FloatWiden
from hw.modules import Modules
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.float_table import delayed

__all__ = ["FloatColumn"]


class FloatColumn(wiring.Component):
    """Sums the terms of one output and accumulates them over the tiles.

    The terms are summed by a balanced tree: neighbours meet, an odd one out waits. Then one adder
    accumulates. With registers inside it, what goes round in it are as many sums, which take turns
    (`TernaryConfiguration.interleave`): the loop needs no other register, and takes a tile in every
    cycle. A cycle without a tile adds -0, which changes nothing.

    Latency: `TernaryConfiguration.reduce_latency` cycles from terms to the accumulator's input,
    and ``interleave`` cycles from there to ``total``.

    Ports:
        terms: a code in the format of sums for each lane, lane 0 lowest.
        advance: all registers move.
        arrives: the tile whose terms reach the accumulator is there.
        restart: it starts a sum: add to ``start`` instead of the accumulator.
        start: what a sum starts from, in the accumulator's format.
        total: the accumulator.
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self._configuration = c = configuration
        bits = c.accumulator_bits
        super().__init__(
            {
                "terms": In(c.luts * c.term_bits),
                "advance": In(1),
                "arrives": In(1),
                "restart": In(1),
                "start": In(bits),
                "total": Out(bits),
            }
        )

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        arithmetic, stages = c.arithmetic, c.adder_stages
        words: list[Value] = [self.terms.word_select(i, c.term_bits) for i in range(c.luts)]
        level = 0
        while len(words) > 1:
            level += 1
            level_words: list[Value] = []
            for i in range(0, len(words) - 1, 2):
                adder = platform.place(
                    m,
                    f"level{level}_adder{i // 2}",
                    "reduce_adder",
                    partial(FloatAdder, arithmetic.addition, stages),
                    a=words[i],
                    b=words[i + 1],
                    **({"advance": self.advance} if stages else {}),
                )
                level_words.append(adder.total)
            if len(words) % 2:
                name = f"level{level}_waits"
                level_words.append(delayed(m, words[-1], stages, self.advance, name))
            words = level_words
        (term,) = words
        term = delayed(m, term, int(c.reduce_register), self.advance, "reduced")
        if arithmetic.accumulation != arithmetic.addition:
            widened = platform.place(
                m,
                "widen",
                "widen_sum",
                partial(FloatWiden, arithmetic.addition, arithmetic.accumulation, "widen_sum"),
                a=term,
            )
            term = widened.result

        bits = c.accumulator_bits
        addend = Signal(bits)
        accumulator = Signal(bits)
        base = Signal(bits)
        m.d.comb += [
            addend.eq(Cat(term[:-1] & self.arrives.replicate(bits - 1), term[-1] | ~self.arrives)),
            base.eq(Mux(self.restart, self.start, accumulator)),
            self.total.eq(accumulator),
        ]
        adder = platform.place(
            m,
            "accumulate",
            "accumulate_adder",
            partial(FloatAdder, arithmetic.accumulation, stages),
            a=base,
            b=addend,
            **({"advance": self.advance} if stages else {}),
        )
        held = delayed(m, adder.total, int(not stages), self.advance, "accumulator")
        m.d.comb += accumulator.eq(held)
        return m
