"""Numerical error of a core's results, in closed form: how far rounding takes them from the exact.

Activations are taken as normally distributed and weights as ternary with two thirds not zero; the
error is the root mean square of result minus exact sum, in percent of that of the exact sums. A
rounding to p fraction bits errs by 2**-p / sqrt(12) of the power of two below the value, whose
square is about half of the value's; roundings are independent, so their squares add:

- ``float``: a tile's sum has as many roundings in a row as its tree has levels; an accumulator
  starts at nothing and grows with the tiles, so half of its roundings count. What rounds toward
  zero shrinks all sums besides. Where the sums' format is much wider than the activations', sums
  need no rounding for long, and the error is less.
- ``aligned``: each activation is cut to units that the largest one of a sum sets, as far as its
  format has digits below these.
- ``exact`` and ``aligned`` round the sum once, to the result's format; a ``result`` of style float
  does so too.
- ``integer``: exact.

A result that overflows is clipped, in formats that saturate, and its error counts. In others it is
infinite or NaN: where that happens to more than one result in a million, the error is infinite.

Scales move results to where their format has room, so nothing overflows behind them; their own
rounding is not in it. tests/costmodel/ternary/test_rounding.py holds it against the golden models,
from 16 inputs on: within 15 percent of the error; within 25 percent where results are clipped,
where additions round toward zero or where the error is above a third; without a fraction bit, where
most roundings are of middles, within a factor of 2. Shares of overflow are within 5 of 100 results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.columns import Columns
from costmodel.ternary import normal_sums as sums_of
from hw.formats import Float, Integer, parse_format
from hw.formats.rounding import Rounding
from hw.ternary.choices import Scale, Style

__all__ = ["overflow_percent", "rms_error_percent"]

Floats = NDArray[np.float64]
Texts = NDArray[Any]

# Found with the golden models: the mean square of a rounding error among many on the way, of that
# of the value, times 4**-p; and the mean of what rounding toward zero takes off, times 2**-p.
_ON_THE_WAY, _SHRUNK = 0.6 / 12, 0.28
_ALIGNED_BITS = 24  # by default
_RARE = 1e-6  # of the results: if more than that are infinite, so is the error


def rms_error_percent(columns: Columns) -> Floats:
    """Error of results in percent, an array that broadcasts with the columns."""
    core = _Core(columns)
    once, clipped = core.once(), core.clipped()
    way = core.on_the_way()
    # what is lost already cannot be lost again
    floats = 1 - (1 - clipped) / (1 + way) + np.where(core.formatted, once, 0.0)
    squares = core.chosen(floats, once, once + core.cut())
    return np.where(core.broken() > _RARE, np.inf, 100 * np.sqrt(squares))


def overflow_percent(columns: Columns) -> Floats:
    """Share of results in percent that overflow: those that are clipped, infinite or NaN."""
    core = _Core(columns)
    return 100 * np.maximum(core.broken(), core.saturated())


class _Core:
    """What of a core's columns the errors depend on; arrays that broadcast."""

    def __init__(self, columns: Columns) -> None:
        self.style = columns.get("style", np.array(Style.INTEGER.value))
        self.activation = columns["activation"]
        self.sums = _chosen(columns.get("sum_format"), self.activation)
        self.accumulators = _chosen(columns.get("accumulator_format"), self.sums)
        given = columns.get("result", np.array(""))
        self.formatted = given != ""  # the results of style float
        self.result = _chosen(given, self.activation)
        self.scaled = columns.get("scale", np.array(Scale.NONE.value)) != Scale.NONE.value
        group = columns.get("group", np.array(1)).astype(float)
        self.inputs = columns["inputs"].astype(float)
        # of a tile that a sum does not fill, the others add zeros
        luts = np.minimum(columns["luts"].astype(float), np.ceil(self.inputs / group))
        self.levels = np.log2(np.maximum(group * sums_of.NONZERO, 1.0)) + np.ceil(np.log2(luts))
        self.tiles = np.ceil(self.inputs / (group * luts))
        bits = columns.get("aligned_bits", np.array(_ALIGNED_BITS))
        self.bits = np.where(bits == 0, _ALIGNED_BITS, bits)
        self.deviation = np.sqrt(sums_of.NONZERO * self.inputs)
        self.of_tile = np.sqrt(sums_of.NONZERO * group * luts)

    def chosen(self, floats: Floats, exact: Floats, aligned: Floats) -> Floats:
        """One of three by style; 0 for integers."""
        styles = [self.style == style for style in (Style.FLOAT, Style.EXACT, Style.ALIGNED)]
        return np.select(np.broadcast_arrays(*styles), np.broadcast_arrays(floats, exact, aligned))

    def on_the_way(self) -> Floats:
        """Of the roundings of style float."""
        tree, loop = (
            _of_formats(_last_place, self.sums),
            _of_formats(_last_place, self.accumulators),
        )
        random = tree**2 * self.levels + loop**2 * (self.tiles + 1) / 2
        tree_falls, loop_falls = (
            _of_formats(_falls, formats) for formats in (self.sums, self.accumulators)
        )
        a, b = tree * tree_falls * self.levels, loop * loop_falls * self.tiles
        return _ON_THE_WAY * random + _SHRUNK**2 * (a**2 + a * b + b**2 / 3)

    def once(self) -> Floats:
        """Of rounding sums to the results' format, clipping included."""

        def rounded(style: str, activation: str, result: str, bits: int, inputs: int) -> float:
            forms = [parse_format(name, (Integer, Float)) for name in (activation, result)]
            if not all(isinstance(form, Float) for form in forms):
                return 0.0
            unit = 0.0
            if style == Style.ALIGNED:
                unit = sums_of.unit_of_block(activation, bits, inputs)
            elif style == Style.EXACT:
                unit = 2.0 ** forms[0].least_exponent  # type: ignore[union-attr]
            return sums_of.rounded_square(result, inputs, unit)

        return _each(rounded, self.style, self.activation, self.result, self.bits, self.inputs)

    def cut(self) -> Floats:
        """Of cutting activations to the units of their block."""

        def cut(style: str, activation: str, bits: int, inputs: int) -> float:
            if style != Style.ALIGNED:
                return 0.0
            return sums_of.cut_square(activation, bits, inputs)

        return _each(cut, self.style, self.activation, self.bits, self.inputs)

    def clipped(self) -> Floats:
        """Of accumulators of style float that saturate."""
        saturates = _of_formats(_saturates, self.accumulators)
        ratio = _of_formats(_largest, self.accumulators) / self.deviation
        return np.where(saturates, sums_of.walk_clipped_square(ratio, self.tiles), 0.0)

    def broken(self) -> Floats:
        """Share of results that become infinite or NaN."""
        return self._overflowing(saturating=False)

    def saturated(self) -> Floats:
        """Share of results that are clipped."""
        return self._overflowing(saturating=True)

    def _overflowing(self, *, saturating: bool) -> Floats:
        """Share of results that overflow in formats that saturate, or in those that do not."""

        def counted(formats: Texts) -> NDArray[np.bool_]:
            return _of_formats(_saturates, formats).astype(bool) == saturating

        start = _of_formats(_start, self.result)
        last = np.where(
            counted(self.result) & ~self.scaled, sums_of.overflowing(start / self.deviation), 0.0
        )
        loop = _of_formats(_start, self.accumulators) / self.deviation
        loop = np.where(counted(self.accumulators), sums_of.walk_overflowing(loop, self.tiles), 0.0)
        tile = sums_of.overflowing(_of_formats(_start, self.sums) / self.of_tile)
        tile = np.where(counted(self.sums), 1 - (1 - np.minimum(tile, 1.0)) ** self.tiles, 0.0)
        floats = 1 - (1 - loop) * (1 - tile) * (1 - np.where(self.formatted, last, 0.0))
        return self.chosen(floats, last, last)


def _chosen(formats: Texts | None, otherwise: Texts) -> Texts:
    return otherwise if formats is None else np.where(formats == "", otherwise, formats)


def _of_formats(figure: Callable[[Float], float], formats: Texts) -> Floats:
    """A figure of formats; of integers it is 0, and nothing is made of it."""
    names, places = np.unique(formats, return_inverse=True)
    parsed = [parse_format(str(name), (Integer, Float)) for name in names]
    values = [figure(form) if isinstance(form, Float) else 0.0 for form in parsed]
    return np.array(values, float)[places].reshape(formats.shape)


def _last_place(form: Float) -> float:
    return 2.0**-form.fraction_bits


def _falls(form: Float) -> float:
    return float(form.rounding is Rounding.TOWARD_ZERO)


def _largest(form: Float) -> float:
    return float(form.largest)


def _start(form: Float) -> float:
    return sums_of.overflow_start(form)


def _saturates(form: Float) -> float:
    return float(form.overflow_code == form.largest_code)


def _each(function: Callable[..., float], *columns: NDArray[Any]) -> Floats:
    """A function of one value of each column, called once for each combination that occurs."""
    arrays = np.broadcast_arrays(*columns)
    codes, levels = np.zeros(arrays[0].shape, np.int64), []
    for array in arrays:
        values, places = np.unique(array, return_inverse=True)
        codes = codes * len(values) + places.reshape(array.shape)
        levels.append(values)
    present, places = np.unique(codes, return_inverse=True)
    rows = zip(*np.unravel_index(present, [len(values) for values in levels]), strict=True)
    values = [
        function(*(level[place].item() for level, place in zip(levels, row, strict=True)))
        for row in rows
    ]
    return np.array(values, float)[places].reshape(codes.shape)
