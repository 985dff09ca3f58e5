"""Numerical error of a core's results, in closed form: how far rounding takes them from the exact.

Activations are taken as normally distributed and weights as ternary with two thirds not zero; the
error is the root mean square of result minus exact sum, in percent of that of the exact sums. A
rounding to p fraction bits errs by 2**-p / sqrt(12) of the power of two below the value, whose
square is about half of the value's; roundings are independent, so their squares add:

- ``float``: a tile's sum has as many roundings in a row as its tree has levels; an accumulator
  starts at nothing and grows with the tiles, so half of its roundings count. Where the sums' format
  is much wider than the activations', sums need no rounding for long, and the error is less.
- ``aligned``: each activation is cut to units that the largest one of a sum sets.
- ``exact`` and ``aligned`` round the sum once, to the activations' format.
- ``integer``: exact.

The rounding of a result format that a design adds, and of scales, is not in it.
tests/costmodel/ternary/test_rounding.py holds it against the golden models: within 15 percent of
the error.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.columns import Columns
from hw.formats import Float, Integer, parse_format
from hw.ternary.choices import Style

__all__ = ["rms_error_percent"]

Floats = NDArray[np.float64]

_NONZERO = 2 / 3
# Mean square of a rounding error, of that of the value, times 4**-p: of a single one, and of one
# among many on the way (found with the golden models).
_ONCE, _ON_THE_WAY = 0.5 / 12, 0.6 / 12
_ALIGNED_BITS = 24  # by default


def rms_error_percent(columns: Columns) -> Floats:
    """Error of results in percent, an array that broadcasts with the columns."""
    style = columns.get("style", np.array(Style.INTEGER.value))
    activation = columns["activation"]
    sums = _chosen(columns.get("sum_format"), activation)
    accumulators = _chosen(columns.get("accumulator_format"), sums)
    group = columns.get("group", np.array(1)).astype(float)
    luts, inputs = columns["luts"].astype(float), columns["inputs"].astype(float)
    levels = np.log2(np.maximum(group * _NONZERO, 1.0)) + np.ceil(np.log2(luts))
    tiles = np.ceil(inputs / (group * luts))
    roundings = _rounding(sums) * levels + _rounding(accumulators) * (tiles + 1) / 2
    bits = columns.get("aligned_bits", np.array(_ALIGNED_BITS))
    bits = np.where(bits == 0, _ALIGNED_BITS, bits)
    cut = _block_square(columns["inputs"]) * 4.0 ** -(bits - 2.0) / 3
    once = _ONCE * _rounding(activation)
    squares = np.select(
        [style == Style.FLOAT, style == Style.EXACT, style == Style.ALIGNED],
        [_ON_THE_WAY * roundings, once, once + cut],
        0.0,
    )
    return 100 * np.sqrt(squares)


def _chosen(formats: NDArray[Any] | None, otherwise: NDArray[Any]) -> NDArray[Any]:
    return otherwise if formats is None else np.where(formats == "", otherwise, formats)


def _rounding(formats: NDArray[Any]) -> Floats:
    """4**-p of formats with p fraction bits; 0 for integers."""
    names, places = np.unique(formats, return_inverse=True)
    parsed = [parse_format(str(name), (Integer, Float)) for name in names]
    values = [4.0**-form.fraction_bits if isinstance(form, Float) else 0.0 for form in parsed]
    return np.array(values)[places].reshape(formats.shape)


def _block_square(counts: NDArray[Any]) -> Floats:
    """Mean square of the power of two below the largest of so many normal numbers."""
    different, places = np.unique(counts, return_inverse=True)
    squares = []
    for count in different.tolist():
        below = [math.erf(2.0**k / math.sqrt(2)) ** count for k in range(-12, 5)]
        chances = zip(range(-12, 4), below, below[1:], strict=False)
        squares.append(sum(4.0**k * (high - low) for k, low, high in chances))
    return np.array(squares)[places].reshape(counts.shape)
