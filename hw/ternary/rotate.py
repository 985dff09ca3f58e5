"""The lane of complex weights: reads one complex sum out of a table and turns it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import ClassVar

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from hw.modules import Modules
from hw.ternary.lane import SelectLane
from hw.ternary.select import any_of
from hw.ternary.table import alike_in_lowest_bit
from hw.ternary.turns import index_bits, key_bits

__all__ = ["RotateLane"]


class RotateLane(SelectLane):
    """Selects a complex entry by the key's index and turns it by the key's two top bits.

    ``i**q * conj(F + iG)`` is ``(F, -G), (G, F), (-F, G), (-G, -F)``: an odd turn swaps the parts,
    and each part is inverted or not, which is a negation but for a constant (`correction`, of each
    part by itself). One decoder selects both parts. Entries alike in their lowest bit have one term
    there. Without a tile both rows are ones.

    Its entries are those of `hw.ternary.turns.sums_of`.
    """

    parts: ClassVar[int] = 2

    @property
    def key_width(self) -> int:
        """Two bits a weight."""
        return key_bits(self.group)

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        bits = index_bits(self.group)
        index, turn = self.key[:bits], self.key[bits:]
        selects = [Signal(name=f"select{i}") for i in range(len(self.entries) // 2)]
        for i, select in enumerate(selects):
            m.d.comb += select.eq(_one_of(index, [i]))
        selected = [Signal(self.bits, name=name) for name in ("selected_re", "selected_im")]
        alike = alike_in_lowest_bit(self.entries)
        for part, word in enumerate(selected):
            lowest = [
                ~bit & _one_of(index, [i // 2 for i in indices])
                for bit, indices in zip(self.source, alike, strict=False)
                if indices[0] % 2 == part
            ]
            upper: list[Value] = []
            start = len(alike)
            for i, entry in enumerate(self.entries):
                if i % 2 == part:
                    field = self.source[start : start + entry.bits - 1]
                    upper.append(~field & selects[i // 2].replicate(len(field)))
                start += entry.bits - 1
            m.d.comb += word.eq(Cat(any_of(lowest), any_of(upper)))
        real, imaginary = selected
        swap = turn[0]
        rows = []
        for name, value, minus in (
            ("re", Mux(swap, imaginary, real), turn[1]),
            ("im", Mux(swap, real, imaginary), ~(turn[0] ^ turn[1])),
        ):
            negative = Signal(name=f"negate_{name}")
            m.d.comb += negative.eq(minus & self.enable if self.gated else minus)
            rows.append(~(value ^ negative.replicate(self.bits)))
        m.d.comb += self.rows.eq(Cat(rows))
        return m


def _one_of(index: Value, chosen: Sequence[int]) -> Value:
    """Whether an index is one of ``chosen``, which are all that agree in the bits they agree in."""
    ones = reduce(and_, chosen)
    zeros = reduce(and_, (~code for code in chosen))
    telling = [
        bit if ones >> i & 1 else ~bit for i, bit in enumerate(index) if (ones | zeros) >> i & 1
    ]
    return Cat(telling).all() if telling else Const(1, 1)
