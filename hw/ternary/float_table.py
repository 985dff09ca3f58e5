"""The table of a group of floating-point activations, and the lanes that read it.

The entries are those of `hw.ternary.table` and so are the sums that make them: one adder for each
entry of two or more activations. Every one of them rounds, so their order is part of the result: an
entry is ``first + second``, the entries of the first and the second half of its activations.
"""

from __future__ import annotations

from functools import partial

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.float import FloatAdder, FloatMultiplier, FloatWiden
from hw.modules import Modules
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.keys import index_bits, middle
from hw.ternary.select import Selector, any_of

__all__ = ["FloatLane", "FloatTable", "delayed"]


def delayed(m: Module, value: Value, cycles: int, advance: Value, name: str) -> Value:
    """A value so many cycles later, in registers that move with ``advance``."""
    for i in range(cycles):
        register = Signal(len(value), name=f"{name}_{i}", reset_less=True)
        with m.If(advance):
            m.d.sync += register.eq(value)
        value = register
    return value


class FloatTable(wiring.Component):
    """Builds the table of one group of activations.

    Latency: `TernaryConfiguration.table_latency` cycles; interval: 1.

    Ports:
        activations: the activations' codes, the first one lowest.
        advance: the registers move (only with registers).
        entries: the complements of the entries' codes in the format of sums, entry 0 lowest.
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self._configuration = c = configuration
        ports = {"activations": In(c.group * c.activation.bits)}
        if c.table_latency:
            ports["advance"] = In(1)
        super().__init__(ports | {"entries": Out(len(c.entries) * c.arithmetic.addition.bits)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        advance = {"advance": self.advance} if c.adder_stages and c.group > 1 else {}
        depth = max(entry.depth for entry in c.entries)
        words: dict[int, list[Value]] = {}  # each entry, and so many cycles later
        for i in sorted(range(len(c.entries)), key=lambda i: c.entries[i].depth):
            entry = c.entries[i]
            if entry.operands is None:
                position = entry.weights.index(1)
                word = self.activations.word_select(position, c.activation.bits)
                if c.arithmetic.addition != c.activation:
                    widened = platform.place(
                        m,
                        f"widen{position}",
                        "widen",
                        partial(FloatWiden, c.arithmetic.number, c.arithmetic.addition),
                        a=word,
                    )
                    word = widened.result
                words[i] = [word]
                continue
            operands = []
            for j in entry.operands:
                late = (entry.depth - 1 - c.entries[j].depth) * c.adder_stages
                operands.append(self._delayed(m, words[j], late, f"entry{j}"))
            first, second = operands
            built = platform.place(
                m,
                f"adder{i}",
                "table_adder",
                partial(FloatAdder, c.arithmetic.addition, c.adder_stages),
                a=first,
                b=Cat(second[:-1], second[-1] ^ entry.subtract),
                **advance,
            )
            words[i] = [built.total]
        for i, entry in enumerate(c.entries):
            late = (depth - entry.depth) * c.adder_stages + c.table_register
            word = self._delayed(m, words[i], late, f"entry{i}")
            m.d.comb += self.entries.word_select(i, c.arithmetic.addition.bits).eq(~word)
        return m

    def _delayed(self, m: Module, word: list[Value], cycles: int, name: str) -> Value:
        """An entry so many cycles later; its registers serve all that wait for it."""
        while len(word) <= cycles:
            word.append(delayed(m, word[-1], 1, self.advance, f"{name}_late{len(word)}"))
        return word[cycles]


class FloatLane(wiring.Component):
    """Makes the term of one output out of a table and a key; combinational but for a multiplier.

    A table of one entry is left out or negated, a larger one is read by a decoded index; the group
    of zeros gives +0, whatever the activations are. With ``multiplies`` the key is a weight's code
    in the format of sums and the lane multiplies as IEEE 754 does: 0 times infinity is NaN.

    Ports:
        entries: the complements of the table's codes, entry 0 lowest.
        key: the weights' key.
        advance: the multiplier's registers move (only with registers).
        term: a code in the format of sums.
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self._configuration = c = configuration
        inputs = {
            "entries": In(len(c.entries) * c.arithmetic.addition.bits),
            "key": In(c.key_bits),
        }
        if c.multiplies and c.adder_stages:
            inputs["advance"] = In(1)
        super().__init__(inputs | {"term": Out(c.arithmetic.addition.bits)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        bits = c.arithmetic.addition.bits
        if c.multiplies:
            advance = {"advance": self.advance} if c.adder_stages else {}
            multiplier = platform.place(
                m,
                "multiplier",
                "multiplier",
                partial(FloatMultiplier, c.arithmetic.addition, c.adder_stages),
                a=~self.entries,
                b=self.key,
                **advance,
            )
            m.d.comb += self.term.eq(multiplier.product)
            return m
        index, sign = self.key[: index_bits(c.group)], self.key[-1]
        selector = Selector(index_bits(c.group), middle(c.group))
        selects = [Signal(name=f"select{i}") for i in range(len(c.entries))]
        chosen = []
        for i, select in enumerate(selects):
            m.d.comb += select.eq(selector.selected(index, i, selects))
            chosen.append(~self.entries.word_select(i, bits) & select.replicate(bits))
        value = Signal(bits)
        m.d.comb += [
            value.eq(any_of(chosen)),
            self.term.eq(Cat(value[:-1], value[-1] ^ sign)),
        ]
        return m
