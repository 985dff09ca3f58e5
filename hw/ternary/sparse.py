"""The table of a group of four activations for weights of which exactly one is 0.

There are 4 * 2**3 such groups (3:4 sparsity, arXiv 2601.07892), 16 up to sign, against 40 of all
ternary groups of four. Each entry is a pair of neighbours and one activation beside them. With
helpers for sum and difference of both pairs, every entry takes one adder: 20 in all, two deep.

A shift costs nothing, so ``a - b + c`` can also be ``(a + b + c) - 2*b``. That saves the helpers
for the differences: 18 adders, three deep. Fewer adders are not a smaller table, though: on
NanGate 45 nm one of int8 takes 604 um2 with 20 adders and 647 um2 with 18.
"""

from __future__ import annotations

from hw.formats import Integer
from hw.ternary.packing import sparse_groups
from hw.ternary.table import Entry, combine

__all__ = ["sparse_entries"]

Weights = tuple[int, ...]


def sparse_entries(
    activation: Integer, *, shifts: bool = False
) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """The entries of a table by index, and the helpers that they are made of.

    Operands are indices into both, the helpers after the entries.

    Args:
        activation: format of the activations.
        shifts: take twice an activation away where that saves a helper.
    """
    singles = [tuple(int(i == position) for i in range(4)) for position in range(4)]
    pairs = [(1, 1, 0, 0), (0, 0, 1, 1)]
    if not shifts:
        pairs += [(1, -1, 0, 0), (0, 0, 1, -1)]
    order = [*sparse_groups(), *singles, *pairs]
    number = {weights: i for i, weights in enumerate(order)}
    made: dict[Weights, Entry] = {}

    def make(weights: Weights) -> Entry:
        if weights not in made:
            if weights in singles:
                made[weights] = Entry(weights, activation.bits, -activation.minimum)
                return made[weights]
            first, second, factor = _operands(weights, number)
            made[weights] = combine(
                weights,
                activation.bits + (sum(map(abs, weights)) - 1).bit_length(),
                (number[first], number[second]),
                (make(first), make(second)),
                subtract=factor < 0,
                doubled=factor == -2,
            )
        return made[weights]

    nodes = [make(weights) for weights in order]
    return tuple(nodes[:16]), tuple(nodes[16:])


def _operands(weights: Weights, known: dict[Weights, int]) -> tuple[Weights, Weights, int]:
    """Two known sums and a factor 1, -1 or -2: the first and so many times the second."""
    left, right = (*weights[:2], 0, 0), (0, 0, *weights[2:])
    if not all(map(any, (left, right))):  # a pair
        position = next(i for i, weight in enumerate(weights) if weight)
        return _single(position), _single(position + 1), weights[position + 1]
    pair, single = (left, right) if all(weights[:2]) else (right, left)
    sign = 1 if next(filter(None, pair)) > 0 else -1
    positive = tuple(sign * w for w in pair)
    if positive in known:
        if pair is left:
            return pair, tuple(map(abs, single)), sum(single)
        return (pair, single, 1) if sign > 0 else (single, positive, -1)
    position = pair.index(-1)
    flipped = tuple(abs(w) if i == position else w for i, w in enumerate(weights))
    return flipped, _single(position), -2


def _single(position: int) -> Weights:
    return tuple(int(i == position) for i in range(4))
