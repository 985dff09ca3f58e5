"""Weight keys: the packer of ternary weights, and its inverse."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["pack_keys", "unpack_keys"]


def pack_keys(weights: NDArray[np.integer], group: int) -> NDArray[np.int16]:
    """Write ternary weights as symmetric base-3 keys (see `hw.ternary.keys`).

    Args:
        weights: -1, 0 or +1, shape (inputs, outputs); padded with zeros to a multiple of ``group``.
        group: weights a key, 1 to 7.

    Returns:
        Keys, shape (ceil(inputs / group), outputs).
    """
    inputs, outputs = weights.shape
    padded = np.zeros((-(-inputs // group) * group, outputs), dtype=np.int16)
    padded[:inputs] = weights
    number = np.zeros((len(padded) // group, outputs), dtype=np.int16)  # at most 3**7 - 1
    for position in range(group):
        number = 3 * number + 1 - padded[position::group]
    middle = (3**group - 1) // 2
    mirrored = number > middle
    sign = mirrored.astype(np.int16) << middle.bit_length()
    return sign | np.where(mirrored, 3**group - 1 - number, number)


def unpack_keys(keys: NDArray[np.integer], group: int, inputs: int) -> NDArray[np.int8]:
    """Undo `pack_keys`: weights, shape (inputs, outputs)."""
    middle = (3**group - 1) // 2
    index = keys & ((1 << middle.bit_length()) - 1)
    number = np.where(keys >> middle.bit_length(), 3**group - 1 - index, index)
    places = 3 ** np.arange(group)[::-1]
    weights = 1 - number[:, None] // places[:, None] % 3
    return weights.reshape(-1, keys.shape[1])[:inputs].astype(np.int8)
