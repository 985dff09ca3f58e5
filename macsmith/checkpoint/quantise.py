"""Integers of few bits out of real weights, each output with a scale of its own."""

from __future__ import annotations

import re

import numpy as np

from hw.errors import RequestError
from hw.formats.weights import TRIT
from macsmith.checkpoint.layer import Reals, Weights

__all__ = ["check_target", "quantise_weights"]

_TARGET = re.compile(rf"{TRIT}|int([2-8])")


def check_target(target: str) -> str:
    """The format of weights that are made: `TRIT`, or ``intN`` without its least number.

    Raises:
        RequestError: it is something else.
    """
    match = _TARGET.fullmatch(target)
    if match is None:
        raise RequestError(f"--quantize {target!r} is not known: {TRIT}, or int2 to int8, are")
    return TRIT if match[1] is None else f"{target}_narrow"


def quantise_weights(values: Reals, target: str, place: str) -> Weights:
    """Real weights as integers.

    - `TRIT`: the scale of an output is the mean magnitude of its weights, and a weight
      ``round(w / scale)`` clipped to -1 .. 1, as BitNet b1.58 (arXiv 2402.17764) has it for a whole
      matrix.
    - ``intN``: the scale is the largest magnitude over ``2**(N - 1) - 1``; a weight is rounded to
      nearest, halves to even.

    Args:
        values: shape (outputs, inputs).
        target: `TRIT` or ``intN``, N from 2 to 8.
        place: file and tensor, for the sentence.

    Raises:
        RequestError: a weight is no number, or infinite.
    """
    if not np.isfinite(values).all():
        raise RequestError(f"{place} has weights that are no numbers, or infinite")
    magnitudes = np.abs(values)
    if target == TRIT:
        largest, scales = 1, magnitudes.mean(axis=1, keepdims=True, dtype=np.float64)
    else:
        largest = (1 << int(target.removeprefix("int")) - 1) - 1
        scales = magnitudes.max(axis=1, keepdims=True).astype(np.float64) / largest
    narrow = scales.astype(np.float32)
    narrow[narrow == 0] = 1  # an output without weights
    elements = np.clip(np.rint(values / narrow), -largest, largest)
    return Weights(elements.astype(np.int8), narrow)
