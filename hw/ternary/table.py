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

__all__ = ["Entry", "Table", "alike_in_lowest_bit", "combine", "entries_of", "table_entries"]


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
        doubled: twice the second operand, an activation, is subtracted.
        depth: adders from an activation to this entry.
    """

    weights: tuple[int, ...]
    bits: int
    offset: int
    rest: int = 0
    operands: tuple[int, int] | None = None
    subtract: bool = False
    doubled: bool = False
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
        support = [position for position, weight in enumerate(weights) if weight]
        bits = activation.bits + (len(support) - 1).bit_length()
        if len(support) == 1:
            entries[i] = Entry(weights, bits, offset=-activation.minimum)
            continue
        first, second, subtract = _halves(weights)
        operands = (index[first], index[second])
        parts = (entries[operands[0]], entries[operands[1]])
        entries[i] = combine(weights, bits, operands, parts, subtract=subtract)
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


def combine(
    weights: tuple[int, ...],
    bits: int,
    operands: tuple[int, int],
    parts: tuple[Entry, Entry],
    *,
    subtract: bool,
    doubled: bool = False,
) -> Entry:
    """The entry that is the sum or difference of two others, its offset, rest and depth.

    Args:
        weights: what it stands for.
        bits: width of its code.
        operands: numbers of the two others.
        parts: the two others. In a sum the first one has one bit less.
        subtract: the second one is subtracted.
        doubled: twice; the first one is then as wide as the result.
    """
    left, right = parts
    factor, bias = (-1 - doubled, 1 << right.bits) if subtract else (1, 0)
    return Entry(
        weights,
        bits,
        offset=left.offset + factor * right.offset + bias,
        rest=left.rest + factor * right.rest + bias,
        operands=operands,
        subtract=subtract,
        doubled=doubled,
        depth=1 + max(left.depth, right.depth),
    )


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
        entries: other entries than all of `table_entries`.
        helpers: entries that are made and not given; numbered after ``entries``.

    Ports:
        activations: the activations, the first one lowest.
        enable: without it all entries are 0 (only with ``gated``).
        lowest: the lowest bits of the entries, one for those that are alike in it.
        upper0 ..: the other bits of each entry, at its exact width.
    """

    def __init__(
        self,
        group: int,
        activation: Integer,
        *,
        inverted: bool = False,
        gated: bool = False,
        entries: tuple[Entry, ...] = (),
        helpers: tuple[Entry, ...] = (),
    ) -> None:
        self._activation, self._inverted, self._gated = activation, inverted, gated
        self._entries = entries or table_entries(group, activation)
        self._helpers = helpers
        inputs = {"activations": In(group * activation.bits)} | ({"enable": In(1)} if gated else {})
        lowest = len(alike_in_lowest_bit(self._entries))
        upper = {f"upper{i}": Out(entry.bits - 1) for i, entry in enumerate(self._entries)}
        super().__init__(inputs | {"lowest": Out(lowest)} | upper)

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        polarity = Value.cast if self._inverted else inv
        made = [*self._entries, *self._helpers]
        words = [Signal(entry.bits, name=f"not{i}") for i, entry in enumerate(made)]
        for i, (word, entry) in enumerate(zip(words, made, strict=True)):
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
                if entry.doubled:  # the first operand's lowest bit stays
                    upper = Cat(~right[:-1], right[-1].replicate(entry.bits - len(right)))
                    m.d.comb += word.eq(Cat(left[0], (left[1:] + upper)[: entry.bits - 1]))
                elif entry.subtract:
                    left = _ones_above(left, entry.bits - 1)
                    m.d.comb += word.eq(left + _ones_above(~right, entry.bits - 1))
                else:  # the borrow is the sum's carry
                    difference = Signal(entry.bits, name=f"not{i}_borrow")
                    m.d.comb += difference.eq(left - ~_ones_above(right, entry.bits - 1))
                    m.d.comb += word.eq(Cat(difference[:-1], ~difference[-1]))
            if i >= len(self._entries):
                continue
            shown: Value = word
            if self._gated and entry.rest:  # what is 0 at rest may show
                gate = ~self.enable
                bits = [bit | gate if entry.rest >> j & 1 else bit for j, bit in enumerate(word)]
                shown = Cat(bits)
            m.d.comb += getattr(self, f"upper{i}").eq(polarity(shown[1:]))
        lowest = Cat(words[i][0] for i, *_ in alike_in_lowest_bit(self._entries))
        m.d.comb += self.lowest.eq(polarity(lowest))
        return m


def _ones_above(value: Value, bits: int) -> Value:
    """A word filled up to a width of ``bits`` with ones."""
    if len(value) == bits:
        return value
    return Cat(value, Const((1 << bits) - (1 << len(value)), bits)[len(value) :])
