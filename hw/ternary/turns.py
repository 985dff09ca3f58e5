"""Complex weights +1, +i, -1, -i: their keys and the sums that they need.

A weight is a number of quarter turns q, ``w = i**q``, and meets the conjugate of its activation
(iFairy, arXiv 2508.05571). Turning all weights of a group turns their sum, so the first weight's
turns are split off:

    key = {turn q0, index}       index = base-4 number of (q1 - q0) mod 4, (q2 - q0) mod 4, ..

The turn is the two top bits; the second weight of the group is the most significant digit. All
codes are in use: a key has two bits a weight, and there is no weight of zero.

A table holds for each index the sum of the group with its first weight at +1, but not conjugated,
since conjugating the result costs nothing:

    f = x0 + i**-d1 * x1 + i**-d2 * x2 + ..       sum of w * conj(x) = i**q0 * conj(f)

Its real and imaginary part are signed sums of parts of activations, one part of each activation:
4**(group - 1) indices give 2 * 4**(group - 1) such sums. As in `hw.ternary.table` each is one adder
of two halves. The halves of four activations are shared by all (8 sums of the first two, 8 of the
others), so with groups of 1, 2, 3, 4 a table has 0, 8, 40, 144 adders: 0, 4, 20, 72 complex ones.

That is the minimum for sums that meet in pairs without a common activation. Each sum that is
wanted takes an adder of its own. What else is needed for three activations: a sum of two of them is
half of at most four of the 32 sums, so at least 8 such halves. For four: n sums of the one and n'
of the other pair make at most ``2 * n * n'`` of the 128 sums, so n + n' is at least 16; a sum of
three makes four, less than what a pair adds.
"""

from __future__ import annotations

from functools import cache
from itertools import product

__all__ = ["index_bits", "key_bits", "sums_of", "turned", "turns_of"]

_PARTS = ((1, 0), (0, 1), (-1, 0), (0, -1))  # of i**d


def index_bits(group: int) -> int:
    """Width of a key's index."""
    return 2 * (group - 1)


def key_bits(group: int) -> int:
    """Width of a key: its index and the turn above it."""
    return 2 * group


def turns_of(group: int, code: int) -> tuple[int, ...]:
    """The quarter turns of the weights that a key stands for."""
    turn, index = code >> index_bits(group), code & (1 << index_bits(group)) - 1
    digits = [index >> 2 * place & 3 for place in reversed(range(group - 1))]
    return turn, *((turn + digit) % 4 for digit in digits)


def turned(turn: int) -> tuple[bool, bool, bool]:
    """What a turn does to the parts of f: swap them, negate the new real, the new imaginary part.

    ``i**q * conj(f)`` for q = 0 to 3 is ``(F, -G), (G, F), (-F, G), (-G, -F)`` of ``f = F + iG``.
    """
    return bool(turn & 1), bool(turn & 2), turn in (0, 3)


@cache
def sums_of(group: int) -> tuple[tuple[int, ...], ...]:
    """The signed sums in a table: of each index the real part, then the imaginary one.

    A sum is given by the signs of (re x0, im x0, re x1, im x1, ..).
    """
    sums = []
    for turns in product(range(4), repeat=group - 1):
        real: list[int] = [1, 0]
        imaginary: list[int] = [0, 1]
        for turn in turns:
            c, s = _PARTS[-turn % 4]  # (c + is) (a + ib) = (ca - sb) + i(sa + cb)
            real += [c, -s]
            imaginary += [s, c]
        sums += [tuple(real), tuple(imaginary)]
    return tuple(sums)
