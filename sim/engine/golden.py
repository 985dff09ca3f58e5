"""Golden model of matrix engines: matrix products, tile by tile, word for word.

Sums of floats are those of the model of their multiply-adds, one after the other down a column
(`sim.fma.raw`, `sim.fma.rounded`); those of integers are numpy's. Words are codes of floats, fields
of sums that are not normalised, and integers modulo 2 to their width, each as an unsigned number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw.engine import MatrixEngine
from hw.errors import RequestError
from sim.fma.operations import raw_sums_of, words_of_raw
from sim.fma.raw import accumulate, products_of
from sim.fma.rounded import rounded_sums
from sim.formats import decode, encode

__all__ = ["Product", "Tile", "column_sums", "result_words", "sum_values", "tiles", "values"]

Words = NDArray[np.int64]
Values = NDArray[np.float64]

_DOUBLE = 53  # bits of a double's significand


@dataclass(frozen=True)
class Product:
    """A matrix product of any shape.

    Attributes:
        a: codes of activations, shape (batch, inputs).
        b: codes of weights, shape (inputs, outputs).
        initial: words that the sums start with, shape (batch, outputs); None: zeros.
        finished: the sums are finished; else they are to go on.
    """

    a: Words
    b: Words
    initial: Words | None = None
    finished: bool = True

    @property
    def shape(self) -> tuple[int, int, int]:
        """Batch, inputs and outputs."""
        return (*self.a.shape, self.b.shape[1])

    def check(self, unit: MatrixEngine) -> None:
        """See that an engine carries it.

        Raises:
            RequestError: it does not.
        """
        if self.a.ndim != 2 or self.b.ndim != 2 or self.a.shape[1] != self.b.shape[0]:
            raise RequestError(
                f"activations of shape {self.a.shape} and weights of shape {self.b.shape} have no"
                " product: they must be (batch, inputs) and (inputs, outputs)"
            )
        if not self.a.size or not self.b.size:
            raise RequestError("activations and weights must not be empty")
        if unit.initial and self.a.shape[1] > unit.workload.terms:
            raise RequestError(
                f"sums of {self.a.shape[1]} products are longer than workload.terms ="
                f" {unit.workload.terms}"
            )
        first, second = unit.factors
        _check_words("codes of activations", self.a, first.bits)
        _check_words("codes of weights", self.b, second.bits)
        if self.initial is not None:
            self._check_initial(unit, self.initial)

    def _check_initial(self, unit: MatrixEngine, initial: Words) -> None:
        """See that sums may enter, and that these are some.

        Raises:
            RequestError: they may not, or are none.
        """
        batch, _, outputs = self.shape
        if not unit.initial:
            raise RequestError("no sums enter this engine: initial = true lets them")
        if initial.shape != (batch, outputs):
            raise RequestError(f"initial has the shape {initial.shape}, not {(batch, outputs)}")
        _check_words("words of initial", initial, unit.sum_bits)
        if unit.fused is not None and unit.fused.sum_format is None:
            raw_sums_of(unit.fused, initial).check(unit.fused)


@dataclass(frozen=True)
class Tile:
    """What passes through the array for one tile of weights.

    Attributes:
        a: codes of activations, shape (batch, rows); rows that are padding have zeros.
        b: codes of weights, shape (rows, columns), likewise.
        initial: words of sums, shape (batch, columns).
        finished: results are rounded, if they have a format.
        results: words, shape (batch, columns).
    """

    a: Words
    b: Words
    initial: Words
    finished: bool
    results: Words


def tiles(unit: MatrixEngine, product: Product) -> Iterator[Tile]:
    """The tiles of a product: along the inputs for each block of columns in turn.

    Where sums may enter, those of one tile go on in the next one; else each starts at 0, and its
    results are to be added up outside.
    """
    batch, inputs, outputs = product.shape
    rows, columns = unit.rows, unit.columns
    a = _padded(product.a, batch, -(-inputs // rows) * rows)
    b = _padded(product.b, a.shape[1], -(-outputs // columns) * columns)
    start = np.zeros((batch, outputs), np.int64) if product.initial is None else product.initial
    initial = _padded(start, batch, b.shape[1])
    for left in range(0, b.shape[1], columns):
        block = slice(left, left + columns)
        sums = initial[:, block]
        for top in range(0, len(b), rows):
            part = slice(top, top + rows)
            after = column_sums(unit, a[:, part], b[part, block], sums)
            last = top + rows == len(b) and product.finished
            finished = last or not unit.initial
            results = result_words(unit, after) if finished else after
            yield Tile(a[:, part], b[part, block], sums, finished, results)
            sums = after if unit.initial else initial[:, block]


def values(unit: MatrixEngine, product: Product) -> tuple[Words, Values]:
    """The words of a product's results, shape (parts, batch, outputs), and what they are worth.

    There is one part where sums may enter; else one for each tile along the inputs, and the values
    (batch, outputs) are their sum.
    """
    blocks = -(-product.shape[2] // unit.columns)
    parts = [tile.results for tile in tiles(unit, product)]
    along = len(parts) // blocks
    kept = range(along - 1 if unit.initial else 0, along)
    words = np.stack(
        [
            np.concatenate([parts[block * along + part] for block in range(blocks)], axis=1)
            for part in kept
        ]
    )[:, :, : product.shape[2]]
    return words, part_values(unit, words, finished=product.finished)


def part_values(unit: MatrixEngine, words: Words, *, finished: bool) -> Values:
    """What parts of results are worth together; shape of a part."""
    form = unit.result_format
    if form is not None and finished:
        return decode(form, words).sum(axis=0)
    return sum_values(unit, words).sum(axis=0)


def column_sums(unit: MatrixEngine, a: Words, b: Words, sums: Words) -> Words:
    """Words of sums after products down a column, each of them exactly as the elements make it.

    Args:
        unit: the configuration.
        a: codes of activations, shape (batch, products).
        b: codes of weights, shape (products, columns).
        sums: words to start with, shape (batch, columns).
    """
    fused = unit.fused
    if fused is None:
        first, second = (
            decode(form, codes).astype(np.int64)
            for form, codes in zip(unit.factors, (a, b), strict=True)
        )
        return (sums + first @ second) & (1 << unit.sum_bits) - 1
    if fused.sum_format is not None:
        for x, y in zip(a.T[:, :, None], b[:, None, :], strict=True):
            first, second = np.broadcast_arrays(x, y)
            sums = rounded_sums(fused, first, second, sums)[0].astype(np.int64)
        return sums
    raw = raw_sums_of(fused, sums)
    for x, y in zip(a.T[:, :, None], b[:, None, :], strict=True):
        raw = accumulate(fused, products_of(fused, x, y), raw)
    return words_of_raw(fused, raw)


def result_words(unit: MatrixEngine, sums: Words) -> Words:
    """Words of finished sums, rounded once where results have a format."""
    form = unit.result_format
    return sums if form is None else encode(form, sum_values(unit, sums)).astype(np.int64)


def sum_values(unit: MatrixEngine, sums: Words) -> Values:
    """What words of sums are worth.

    Exactly, but for integers of more bits than a double has: these are rounded to odd, so that
    what they are rounded to again is as if they had been rounded once.
    """
    fused = unit.fused
    if fused is None:
        return _doubles(_signed(unit, sums))
    form = fused.sum_format
    return raw_sums_of(fused, sums).values(fused) if form is None else decode(form, sums)


def _signed(unit: MatrixEngine, words: Words) -> Words:
    """Integers of words."""
    bits = unit.integer_sums.bits
    negative = (words >> bits - 1 == 1) & unit.integer_sums.signed
    return np.where(negative, words - (1 << bits), words)


def _doubles(integers: Words) -> Values:
    """Integers rounded to odd."""
    magnitude = np.abs(integers)
    places = np.maximum(np.frexp(magnitude.astype(np.float64))[1] - _DOUBLE, 0)
    kept = magnitude >> places
    kept |= kept << places != magnitude
    return np.copysign(np.ldexp(kept.astype(np.float64), places), integers)


def _check_words(name: str, words: Words, bits: int) -> None:
    """See that words have so many bits.

    Raises:
        RequestError: one of them has not.
    """
    if words.min() < 0 or words.max() >> bits:
        raise RequestError(f"{name} must be 0 to 2**{bits} - 1")


def _padded(words: Words, height: int, width: int) -> Words:
    """An array with zeros below and to the right."""
    return np.pad(words, ((0, height - words.shape[0]), (0, width - words.shape[1])))
