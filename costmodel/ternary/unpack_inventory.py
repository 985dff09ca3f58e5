"""What the decoders of packed weights hold, in figures.

There are few decoders of words, and synthesis makes the same of each of them wherever it stands. So
a decoder is told by its name, beside what is in it; the encoders of groups are as large as their
groups.
"""

from __future__ import annotations

from hw.ternary.keys import index_bits, key_bits
from hw.ternary.packing import PACKINGS
from hw.ternary.unpack import decodes_groups

__all__ = ["DECODERS", "decoder_of", "group_counts", "word_counts", "words_of_tile"]

Counts = dict[str, int]

#: What each decoder of a word holds: full adder positions, and bits that words are compared with.
DECODERS: dict[str, Counts] = {
    "codes": {},
    "trits5": {"adder_bits": 4, "equal_bits": 25 * 5},
    "trits5_key": {"adder_bits": index_bits(5) - 1},
    "tl2": {"adder_bits": 4 + 3 + 1},
    "tl2_key": {},
}


def decoder_of(packing: str, group: int) -> str:
    """The decoder of a packing's words for keys of so many weights, by its name in `DECODERS`.

    Empty if the words are keys.
    """
    if not PACKINGS[packing].corrupt:
        return ""
    return f"{packing}_key" if decodes_groups(packing, group) else packing


def word_counts(decoder: str) -> Counts:
    """What a decoder of a word holds.

    Returns:
        ``adder_bits``, ``equal_bits`` (see `DECODERS`), and under its own name 1. Nothing if there
        is no decoder.
    """
    return {decoder: 1, "adder_bits": 0, "equal_bits": 0} | DECODERS[decoder] if decoder else {}


def group_counts(group: int) -> Counts:
    """What a `GroupKey` holds.

    Returns:
        ``adder_bits`` (full adder positions of all adders), ``adders``, ``trits`` (weights).
    """
    places = range(2, group + 1)  # of each the number so far, times three, plus a digit
    return {
        "adder_bits": sum(2 * (index_bits(place) - 1) for place in places),
        "adders": 2 * len(places),
        "trits": group,
    }


def words_of_tile(packing: str, group: int) -> tuple[int, int]:
    """Weights and bits of a word."""
    known = PACKINGS[packing]
    return known.weights or group, known.bits or key_bits(group)
