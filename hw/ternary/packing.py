"""Packings: how a stream of ternary weights is written in fewer bits than two a weight.

A packing cuts the weights that a column of a tile takes into words of a few weights each; what the
last word has too many is filled up with weights that count nothing. Every packing but ``keys`` and
``sparse34``, whose words are the core's keys as they are, is decoded by a module of its own for
each column (`hw.ternary.unpack`). Bit for bit: ``docs/packings.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

from hw.ternary.choices import PackingName

__all__ = [
    "PACKINGS",
    "Packing",
    "packed_meanings",
    "sparse_groups",
]


@dataclass(frozen=True)
class Packing:
    """One way to write ternary weights.

    Attributes:
        name: as a design file gives it.
        weights: weights a word; 0 where that is the core's group.
        bits: width of a word; 0 where that is the width of the core's keys.
        meaning: what a word stands for, in a sentence.
        corrupt: words that stand for no weights, in words; empty if all do or the hardware does not
            tell.
    """

    name: PackingName
    weights: int
    bits: int
    meaning: str
    corrupt: str = ""


#: Every packing by its name.
PACKINGS: dict[str, Packing] = {
    packing.name: packing
    for packing in (
        Packing(
            PackingName.KEYS, 0, 0, "a word is the key of a group of weights, by the table of keys"
        ),
        Packing(
            PackingName.CODES,
            1,
            2,
            "a word is a weight in two's complement: 0 is 00, +1 is 01, -1 is 11",
            corrupt="the code 10",
        ),
        Packing(
            PackingName.TRITS5,
            5,
            8,
            "a word is a number of five base-3 digits, weight + 1 each, the first weight's the most"
            " significant; weights after the tile's last are 0",
            corrupt="a number from 243 to 255",
        ),
        Packing(
            PackingName.TL2,
            3,
            5,
            "a word is sign and magnitude of 9*w0 + 3*w1 + w2, the sign (1 if negative) in the top"
            " bit, as bitnet.cpp's TL2 has it; weights after the tile's last are 0",
            corrupt="a magnitude of 14 or 15",
        ),
        Packing(
            PackingName.SPARSE34,
            4,
            5,
            "a word is four weights with exactly one 0: bits 3 and 2 are the position of the 0; of"
            " the other three, bit 4 is set if the first is -1, and bits 0 and 1 if the second and"
            " the third differ from the first; activations that are padding must be 0",
        ),
    )
}


def packed_meanings(packing: Packing, *, flags: bool) -> dict[str, str]:
    """What the streams of a core carry where a packing makes it differ, for the manifest.

    Args:
        packing: of the weights.
        flags: the weight stream carries ``first`` and ``last``.
    """
    if packing.name is PackingName.KEYS:
        return {}
    stream = f"the packed weights of a tile, words[column][word]: {packing.meaning}"
    if flags:
        stream += "; and the flags first (this tile starts a sum) and last (this tile ends it)"
    if packing.corrupt:
        return {
            "weights": stream,
            "results": "the finished sums of the columns, once a sum; and above them a flag for"
            " each column, set if a word of its sum stood for no weights and was read as zeros"
            f" ({packing.corrupt})",
        }
    return {
        "weights": stream,
        "activations": "the activations of a tile: elements g*group to g*group + group - 1 meet"
        " word [column][g], the lowest one its first weight; pad with zeros",
    }


@cache
def sparse_groups() -> tuple[tuple[int, ...], ...]:
    """The weights that each index of a ``sparse34`` word stands for, with sign 0."""
    groups = []
    for zero, third, second in product(range(4), (1, -1), (1, -1)):
        weights = [1, second, third]
        weights.insert(zero, 0)
        groups.append(tuple(weights))
    return tuple(groups)
