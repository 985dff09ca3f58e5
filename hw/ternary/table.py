"""The table of a group of activations: every signed sum of them, up to sign.

The table has one entry for each key index, E = (3**group - 1) / 2 in all. An entry with k >= 2
non-zero weights is the sum or difference of two other entries: the first half of its non-zero
weights and the second half. So each such entry costs one adder, E - group in all, which is the
minimum (they are pairwise distinct up to sign, and none is an input); the longest path is
ceil(log2 group) adders.

Entries are kept in offset binary: entry ``V`` stands for ``V - offset``, and a signed activation
gets there by inverting its sign bit. A difference gets there by adding what keeps it above 0,

    (V1 - o1) - (V2 - o2) = (V1 - V2 + 2**w2) - (o1 - o2 + 2**w2)        with w2 bits in V2,

so no entry needs a sign extension, and what the offsets add up to is known when the weights are: it
goes into the initial value of the accumulator (see `TernaryConfiguration.correction`).

Two entries with the same activations in them differ by twice some of these, and by an even
constant: their codes agree in the lowest bit. It is made, held and distributed once.

The adders work on complements, which is what the lanes read: in negative logic, where a full adder
is the same (see `hw.bitheap.BitHeap`). So nothing is inverted but what is subtracted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import inv

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.formats import Integer
from hw.modules import Modules
from hw.ternary.keys import middle, weights_of_index

__all__ = ["Entry", "Table", "alike_in_lowest_bit", "entries_of", "table_entries"]


@dataclass(frozen=True)
class Entry:
    """One table entry.

    Attributes:
        weights: the signs with which the activations enter; the first non-zero one is +1.
        bits: width of its code: that of the activation plus ceil(log2 k) for k non-zero weights.
        offset: the entry's value is its code minus this.
        rest: its code where the codes of all activations are 0.
        operands: indices of the two entries that it is made of; none for a single activation.
        subtract: the second operand is subtracted.
        depth: adders from an activation to this entry.
    """

    weights: tuple[int, ...]
    bits: int
    offset: int
    rest: int = 0
    operands: tuple[int, int] | None = None
    subtract: bool = False
    depth: int = 0


def table_entries(group: int, activation: Integer) -> tuple[Entry, ...]:
    """The entries of a table, by key index (the group of zeros has none).

    Args:
        group: activations of a table, 1 to 7.
        activation: their format.
    """
    return entries_of(weights_of_index(group)[: middle(group)], activation)


def entries_of(wanted: Sequence[tuple[int, ...]], activation: Integer) -> tuple[Entry, ...]:
    """Entries for given signed sums, and after them those that these are made of.

    Args:
        wanted: the signs of each sum, all different, the first non-zero one +1.
        activation: format of what is summed.
    """
    groups = list(wanted)
    index = {weights: i for i, weights in enumerate(groups)}
    for weights in groups:  # it grows
        for half in _halves(weights)[:2] if sum(map(abs, weights)) > 1 else ():
            if half not in index:
                index[half] = len(groups)
                groups.append(half)
    entries: dict[int, Entry] = {}
    for i in sorted(range(len(groups)), key=lambda i: sum(map(abs, groups[i]))):
        weights = groups[i]
        terms = sum(map(abs, weights))
        bits = activation.bits + (terms - 1).bit_length()
        if terms == 1:
            entries[i] = Entry(weights, bits, offset=-activation.minimum)
            continue
        first, second, subtract = _halves(weights)
        left, right = entries[index[first]], entries[index[second]]
        sign, bias = (-1, 1 << right.bits) if subtract else (1, 0)
        offset = left.offset + sign * right.offset + bias
        rest = left.rest + sign * right.rest + bias
        operands = (index[first], index[second])
        depth = 1 + max(left.depth, right.depth)
        entries[i] = Entry(weights, bits, offset, rest, operands, subtract, depth)
    return tuple(entries[i] for i in range(len(groups)))


def _halves(weights: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...], bool]:
    """The first and the second half of the non-zero weights, and whether to subtract the second."""
    support = [position for position, weight in enumerate(weights) if weight]
    second_starts = support[(len(support) + 1) // 2]
    subtract = weights[second_starts] < 0
    first = tuple(w if p < second_starts else 0 for p, w in enumerate(weights))
    second = tuple(
        (-w if subtract else w) if p >= second_starts else 0 for p, w in enumerate(weights)
    )
    return first, second, subtract


def alike_in_lowest_bit(entries: tuple[Entry, ...]) -> tuple[tuple[int, ...], ...]:
    """Indices of the entries with the same activations in them, in the order of the first ones."""
    alike: dict[tuple[bool, ...], tuple[int, ...]] = {}
    for i, entry in enumerate(entries):
        activations = tuple(map(bool, entry.weights))
        alike[activations] = (*alike.get(activations, ()), i)
    return tuple(alike.values())


class Table(wiring.Component):
    """Builds the table of one group of activations; combinational.

    Args:
        group: activations of a table, 1 to 7.
        activation: their format.
        inverted: give the complements of the entries.
        gated: all entries are 0 while ``enable`` is low. The activations are gated, and of an entry
            only the bits that are then still there.
        wanted: the sums that it shows, if not those of `table_entries` (see `entries_of`).

    Ports:
        activations: the activations, the first one lowest.
        enable: see ``gated``; only there with it.
        lowest: the lowest bits of the entries, one for those that are alike in it
            (`alike_in_lowest_bit`).
        upper0 ..: the other bits of each entry, at its exact width.
    """

    def __init__(
        self,
        group: int,
        activation: Integer,
        *,
        inverted: bool = False,
        gated: bool = False,
        wanted: Sequence[tuple[int, ...]] | None = None,
    ) -> None:
        self._activation, self._inverted, self._gated = activation, inverted, gated
        if wanted is None:
            wanted = weights_of_index(group)[: middle(group)]
        self._entries = entries_of(wanted, activation)
        self._shown = self._entries[: len(wanted)]
        inputs = {"activations": In(group * activation.bits)} | ({"enable": In(1)} if gated else {})
        lowest = len(alike_in_lowest_bit(self._shown))
        upper = {f"upper{i}": Out(entry.bits - 1) for i, entry in enumerate(self._shown)}
        super().__init__(inputs | {"lowest": Out(lowest)} | upper)

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        polarity = Value.cast if self._inverted else inv
        words = [Signal(entry.bits, name=f"not{i}") for i, entry in enumerate(self._entries)]
        for i, (word, entry) in enumerate(zip(words, self._entries, strict=True)):
            if entry.operands is None:
                position = entry.weights.index(1)
                activation = self.activations.word_select(position, self._activation.bits)
                if self._activation.signed:
                    activation = Cat(activation[:-1], ~activation[-1])
                if self._gated:
                    activation &= self.enable.replicate(entry.bits)
                m.d.comb += word.eq(~activation)
            else:
                left, right = (words[j] for j in entry.operands)
                if entry.subtract:
                    m.d.comb += word.eq(left + _ones_above(~right, entry.bits - 1))
                else:  # the borrow is the sum's carry
                    difference = Signal(entry.bits, name=f"not{i}_borrow")
                    m.d.comb += difference.eq(left - ~_ones_above(right, entry.bits - 1))
                    m.d.comb += word.eq(Cat(difference[:-1], ~difference[-1]))
            if i >= len(self._shown):
                continue
            shown: Value = word
            if self._gated and entry.rest:  # what is 0 at rest may show
                gate = ~self.enable
                bits = [bit | gate if entry.rest >> j & 1 else bit for j, bit in enumerate(word)]
                shown = Cat(bits)
            m.d.comb += getattr(self, f"upper{i}").eq(polarity(shown[1:]))
        lowest = Cat(words[i][0] for i, *_ in alike_in_lowest_bit(self._shown))
        m.d.comb += self.lowest.eq(polarity(lowest))
        return m


def _ones_above(value: Value, bits: int) -> Value:
    """A word filled up to a width of ``bits`` with ones."""
    return Cat(value, Const((1 << bits) - (1 << len(value)), bits)[len(value) :])
