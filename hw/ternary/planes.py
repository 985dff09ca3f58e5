"""Planes: weights of several ternary digits, digit by digit through the same tables.

A weight of B digits is ``sum of 2**p * digit[p]`` with digits -1, 0, +1, so it reaches from
-(2**B - 1) to 2**B - 1. Every integer in between can be written so: with the bits of its magnitude
and its sign (which the packer does, since it has the most zeros of the simple ways), in two's
complement with a sign bit that counts negatively, or as an odd number with digits -1 and +1 alone.
The circuit does not care: a plane is a ternary matrix with the keys of `hw.ternary.keys`.

A column works by Horner's rule. The tiles of the highest plane come first, and with the first tile
of each further plane (flag ``double``) it starts from twice what it has:

    F = init + T[B-1];   F = 2 F + T[B-2];   ...   F = 2 F + T[0]

So what it starts from is doubled too, B - 1 times, and must hold the corrections of all planes. It
therefore enters B - 1 bits below the terms (`TernaryConfiguration.term_lsb`): in units of
``2**-(B-1)``, whose last doubling makes it whole. That costs B - 1 flip-flops and no adder, since
no term reaches them. What is doubled out of the accumulator's top is a multiple of
``2**accumulator_bits``, modulo which sums are kept anyway.
"""

from __future__ import annotations

from hw.ternary.configuration import TernaryConfiguration

__all__ = ["plane_meanings"]


def plane_meanings(configuration: TernaryConfiguration) -> dict[str, str]:
    """What the streams of a core with several planes carry, where it is more than with one."""
    planes = configuration.planes
    order = f"; a sum takes its tiles once for each of {planes} planes, the highest plane first"
    keys = "the weight keys of a tile, keys[column][group of activations]"
    flags = (
        ", and the flags first (this tile starts a sum), last (this tile ends it) and double (this"
        " tile starts a plane that is not the sum's first one: it is added to twice the sum so far)"
    )
    texts = {
        "activations": "the activations of a tile: elements g*group to g*group + group - 1 meet key"
        " [column][g], the lowest one its first weight; pad with any value under zero weights;"
        f" the same {planes} times, once for each plane",
        "weights": keys + ("" if configuration.sequencer else flags) + order,
        "initial": "what the sums of the columns start from: for each column the bias plus the"
        " corrections of all keys that the sum meets, those of plane p times 2**p, modulo"
        " 2**accumulator_bits; taken once a sum",
    }
    if configuration.sequencer:
        texts["command"] = (
            "a matrix product: tiles of a plane of a sum less one, and sums (groups of columns"
            " outputs, of all vectors) less one"
        )
    return texts
