"""Packers of ternary weights, one for each packing of `hw.ternary.packing`, and their inverses.

All work along the first axis of an array, the inputs; every other axis is kept. The words that come
out are in the order of the weights in them.
"""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.ternary.choices import PackingName
from hw.ternary.packing import PACKINGS

__all__ = ["pack_words", "pad_sparse34", "quantize_sparse34", "unpack_words"]

_PLACES5 = 3 ** np.arange(5)[::-1]
_PLACES3 = 3 ** np.arange(3)[::-1]


def pack_words(weights: NDArray[np.integer], packing: str) -> NDArray[np.uint8]:
    """Write ternary weights as words of a packing.

    Args:
        weights: -1, 0 or +1, shape (inputs, ...).
        packing: ``codes``, ``trits5``, ``tl2`` or ``sparse34``. What the last word has too many is
            filled up with zeros, with ``sparse34`` as `pad_sparse34` does.

    Returns:
        Words, shape (ceil(inputs / weights a word), ...).

    Raises:
        RequestError: four weights for a word of ``sparse34`` have not exactly one 0, or the packing
            is ``keys``.
    """
    size = PACKINGS[packing].weights or 1
    inputs = -(-len(weights) // size) * size
    padded = np.zeros((inputs, *weights.shape[1:]), dtype=np.int16)
    padded[: len(weights)] = weights
    grouped = padded.reshape(-1, size, *weights.shape[1:])
    match kind := PackingName(packing):
        case PackingName.CODES:
            words = grouped[:, 0] & 3
        case PackingName.TRITS5:
            words = np.tensordot(_PLACES5, grouped + 1, axes=(0, 1))
        case PackingName.TL2:
            number = np.tensordot(_PLACES3, grouped, axes=(0, 1))
            words = np.abs(number) | (number < 0) << 4
        case PackingName.SPARSE34:
            return _pack_sparse34(pad_sparse34(weights, inputs))
        case PackingName.KEYS:
            raise RequestError("weights of packing 'keys' are keys already")
        case _:
            assert_never(kind)
    return words.astype(np.uint8)


def unpack_words(
    words: NDArray[np.integer], packing: str, inputs: int
) -> tuple[NDArray[np.int8], NDArray[np.bool_]]:
    """Undo `pack_words`.

    Args:
        words: shape (words, ...).
        packing: of the words.
        inputs: weights that are wanted; what the last word has too many is left out.

    Returns:
        Weights, shape (inputs, ...), those of corrupt words 0; and which words are corrupt, shape
        (words, ...).
    """
    words = np.asarray(words).astype(np.int64)
    corrupt = np.zeros(words.shape, dtype=np.bool_)
    match kind := PackingName(packing):
        case PackingName.CODES:
            weights = (words & 1) * (1 - (words & 2))
            corrupt = words == 2
            weights = weights[:, None]
        case PackingName.TRITS5:
            corrupt = words > 242
            weights = words[:, None] // _along_second(_PLACES5, words) % 3 - 1
        case PackingName.TL2:
            magnitude = words & 15
            corrupt = magnitude > 13
            number = np.where(words >> 4, -magnitude, magnitude) + 13
            weights = number[:, None] // _along_second(_PLACES3, words) % 3 - 1
        case PackingName.SPARSE34:
            weights = _unpack_sparse34(words)
        case PackingName.KEYS:
            raise RequestError("weights of packing 'keys' are keys already")
        case _:
            assert_never(kind)
    weights = np.where(corrupt[:, None], 0, weights)
    return weights.reshape(-1, *words.shape[1:])[:inputs].astype(np.int8), corrupt


def _unpack_sparse34(words: NDArray[np.int64]) -> NDArray[np.int64]:
    """The four weights of each word, shape (words, 4, ...)."""
    first = 1 - 2 * (words >> 4)
    others = [first, *(first * (1 - 2 * (words >> bit & 1)) for bit in (0, 1))]
    zero = words >> 2 & 3
    weights = [
        np.where(zero == i, 0, np.where(zero < i, others[i - 1], others[min(i, 2)]))
        for i in range(4)
    ]
    return np.stack(weights, axis=1)


def pad_sparse34(weights: NDArray[np.integer], inputs: int) -> NDArray[np.int8]:
    """Fill 3:4 sparse weights up to a number of inputs, all fours with exactly one 0.

    A four that is begun gets its 0, if it has none yet, and else +1; whole fours are 0, +1, +1, +1.
    The activations of what is filled up must be 0.

    Args:
        weights: shape (up to ``inputs``, ...).
        inputs: a multiple of 4.

    Raises:
        RequestError: four weights, or the last ones, have not exactly one 0 (at most one).
    """
    count = len(weights)
    padded = np.ones((inputs, *weights.shape[1:]), dtype=np.int8)
    padded[:count] = weights
    begun = count % 4
    whole = count - begun
    padded[whole + 4 * (begun > 0) :: 4] = 0
    if begun:
        padded[count] = np.all(padded[whole:count] != 0, axis=0) == 0
    fours = padded.reshape(-1, 4, *weights.shape[1:])
    wrong = np.argwhere(np.sum(fours == 0, axis=1) != 1)
    if len(wrong):
        four, *column = map(int, wrong[0])
        place = ", ".join(map(str, (f"{4 * four}:{min(4 * four + 4, count)}", *column)))
        values = weights[(slice(4 * four, 4 * four + 4), *column)].tolist()
        raise RequestError(
            f"weights[{place}] = {values} are not 3:4 sparse: exactly one of every four must be 0"
        )
    return padded


def quantize_sparse34(
    weights: NDArray[np.floating],
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """The 3:4 sparse ternary weights, and a scale for each output, that are nearest to real ones.

    Of every four the one of least magnitude becomes 0 (the first, of equals), the others their
    signs, and the scale is the mean magnitude of these. That is the least squared error: what a 0
    in place of a weight w costs over its sign, ``2*scale*abs(w) - scale**2``, is least for the
    smallest w, whatever the scale.

    Args:
        weights: finite, shape (inputs, outputs); inputs a multiple of 4.

    Returns:
        Weights -1, 0, +1 of the same shape, and scales, shape (outputs,).

    Raises:
        RequestError: the inputs are no multiple of 4.
    """
    inputs, outputs = weights.shape
    if inputs % 4:
        raise RequestError(
            f"weights of shape {weights.shape} cannot be made 3:4 sparse: their inputs must be a"
            " multiple of 4"
        )
    magnitudes = np.abs(weights).reshape(-1, 4, outputs)
    zeros = np.arange(4)[None, :, None] == magnitudes.argmin(axis=1)[:, None]
    ternary = np.where(weights < 0, -1, 1) * ~zeros.reshape(weights.shape)
    scales = np.sum(magnitudes * ~zeros, axis=(0, 1)) * 4 / (3 * inputs)
    return ternary.astype(np.int8), scales


def _pack_sparse34(weights: NDArray[np.int8]) -> NDArray[np.uint8]:
    fours = weights.reshape(-1, 4, *weights.shape[1:]).astype(np.int64)
    zero = np.argmax(fours == 0, axis=1)
    # the other three in their order: 0, 1, 2 less what the zero takes out
    first, second, third = (np.where(zero <= i, fours[:, i + 1], fours[:, i]) < 0 for i in range(3))
    return (first << 4 | zero << 2 | (third ^ first) << 1 | (second ^ first)).astype(np.uint8)


def _along_second(places: NDArray[np.integer], words: NDArray[np.integer]) -> NDArray[np.integer]:
    """Places along a new second axis of words."""
    return places.reshape(-1, *[1] * (words.ndim - 1))
