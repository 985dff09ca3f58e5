"""Golden model of style ``float``: sums that are rounded at every addition, in the core's order.

The order is part of what a core computes:

- A group's sum of the activations with non-zero weights, the first of them positive: the first
  half of them (the longer one) and the second half are summed so, then their sum or difference is
  taken. A group of zeros gives +0.
- The groups of a tile are summed by a tree: neighbours meet, an odd one out waits.
- An accumulator starts from the bias and adds a tile at a time.

Groups and tiles add in one format, accumulators in theirs; every addition rounds once.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.formats import Float
from hw.ternary import TernaryConfiguration
from sim.formats import add, decode, encode, multiply

__all__ = ["float_sums"]

Codes = NDArray[Any]


def float_sums(
    configuration: TernaryConfiguration,
    activations: NDArray[Any],
    weights: NDArray[np.integer],
    bias: NDArray[Any],
) -> NDArray[np.int64]:
    """The results of a core of style ``float``.

    Args:
        configuration: the core's.
        activations: numbers of its activation format, shape (batch, inputs).
        weights: -1, 0 or +1, shape (inputs, outputs).
        bias: numbers of the accumulator's format, shape (outputs,).

    Returns:
        Codes in the accumulator's format, shape (batch, outputs).
    """
    c, adds, accumulates = (
        configuration,
        configuration.arithmetic.addition,
        configuration.arithmetic.accumulation,
    )
    batch, inputs = activations.shape
    outputs = weights.shape[1]
    tiles = -(-inputs // c.tile_inputs)
    missing = tiles * c.tile_inputs - inputs
    left = encode(adds, np.pad(activations, ((0, 0), (0, missing))))
    left = left.reshape(batch, tiles, c.luts, c.group)
    right = np.pad(weights, ((0, missing), (0, 0))).reshape(tiles, c.luts, c.group, outputs)
    total = np.broadcast_to(encode(accumulates, bias), (batch, outputs))
    for tile in range(tiles):
        if c.multiplies:
            factors = encode(adds, right[tile, :, 0].astype(np.float64))
            terms = multiply(adds, left[:, tile], factors)
        else:
            terms = _group_sums(adds, left[:, tile], right[tile])
        while terms.shape[1] > 1:
            pairs = terms.shape[1] // 2
            met = add(adds, terms[:, 0 : 2 * pairs : 2], terms[:, 1 : 2 * pairs : 2])
            terms = np.concatenate([met, terms[:, 2 * pairs :]], axis=1)
        term = terms[:, 0]
        if accumulates != adds:
            term = encode(accumulates, decode(adds, term))
        total = add(accumulates, total, term)
    return total.astype(np.int64)


def _group_sums(form: Float, activations: Codes, weights: NDArray[np.integer]) -> Codes:
    """Sums of groups: activations (batch, groups, group), weights (groups, group, outputs)."""
    batch, groups, size = activations.shape
    patterns = list(product((-1, 0, 1), repeat=size))
    table = np.stack([_pattern_sum(form, activations, pattern) for pattern in patterns])
    places = 3 ** np.arange(size)[::-1]
    number = ((weights + 1) * places[:, None]).sum(axis=1)  # (groups, outputs)
    return table[number[None], np.arange(batch)[:, None, None], np.arange(groups)[:, None]]


def _pattern_sum(form: Float, activations: Codes, pattern: tuple[int, ...]) -> Codes:
    """The sum of a group for one pattern of weights."""
    minus = activations.dtype.type(1 << form.bits - 1)

    def signed_sum(positions: list[int]) -> Codes:
        """Of some activations, with the first sign positive."""
        if len(positions) == 1:
            return activations[..., positions[0]]
        half = (len(positions) + 1) // 2
        second = signed_sum(positions[half:])
        opposite = pattern[positions[half]] != pattern[positions[0]]
        return add(form, signed_sum(positions[:half]), second ^ minus if opposite else second)

    positions = [i for i, weight in enumerate(pattern) if weight]
    if not positions:
        return np.zeros_like(activations[..., 0])
    total = signed_sum(positions)
    return total ^ minus if pattern[positions[0]] < 0 else total
