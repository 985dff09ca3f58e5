"""Triangles of registers: lanes that wait, each for a number of cycles of its own."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.modules import Modules

__all__ = ["Delays"]


class Delays(wiring.Component):
    """Delays each lane of a word by its own number of cycles.

    Args:
        bits: of a lane.
        lengths: cycles of each lane, the lowest one first; 0 passes it on at once.

    Ports:
        advance: registers move; else they stand still.
        word: the lanes side by side.
        delayed: the same lanes.
    """

    def __init__(self, bits: int, lengths: tuple[int, ...]) -> None:
        self._bits, self._lengths = bits, lengths
        self.advance: Signal
        self.word: Signal
        self.delayed: Signal
        width = bits * len(lengths)
        super().__init__({"advance": In(1), "word": In(width), "delayed": Out(width)})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        lanes = []
        for i, length in enumerate(self._lengths):
            given = self.word.word_select(i, self._bits)
            if length == 0:
                lanes.append(given)
                continue
            kept = Signal(length * self._bits, name=f"lane{i}", reset_less=True)
            with m.If(self.advance):
                m.d.sync += kept.eq(Cat(given, kept))
            lanes.append(kept[-self._bits :])
        m.d.comb += self.delayed.eq(Cat(lanes))
        return m
