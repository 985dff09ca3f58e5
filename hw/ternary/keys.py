"""Weight keys: how a group of ternary weights is written as one code.

The symmetric base-3 code (arXiv 2604.25183, section III): weight w becomes the digit 1 - w, the
first weight of a group is the most significant digit, and v is the number so written. Negating a
group mirrors v, so half of the numbers and a sign bit are enough:

    v <= middle:  key = {sign 0, index v}
    v >  middle:  key = {sign 1, index 3**group - 1 - v}      middle = (3**group - 1) / 2

Index ``middle`` is the group of zeros. An index below it stands for a group whose first non-zero
weight is +1; the sign, the key's top bit, negates it. A key of five weights has eight bits:
1.6 bits a weight.
"""

from __future__ import annotations

from functools import cache
from itertools import product

__all__ = ["index_bits", "key_bits", "middle", "weights_of_index"]


def middle(group: int) -> int:
    """Index of the group of zeros, and the number of table entries below it."""
    return (3**group - 1) // 2


def index_bits(group: int) -> int:
    """Width of a key's index field."""
    return middle(group).bit_length()


def key_bits(group: int) -> int:
    """Width of a key: its index and the sign above it."""
    return index_bits(group) + 1


@cache
def weights_of_index(group: int) -> tuple[tuple[int, ...], ...]:
    """The weights that each index from 0 to ``middle`` stands for, with sign 0."""
    return tuple(product((1, 0, -1), repeat=group))[: middle(group) + 1]
