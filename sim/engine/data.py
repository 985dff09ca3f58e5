"""Data for matrix engines: random products, and those that find most faults."""

from __future__ import annotations

from typing import Any

import numpy as np

from hw.engine import MatrixEngine
from hw.formats import Float, Integer
from sim.engine.golden import Product, Words, column_sums
from sim.fma.data import any_codes, special_codes
from sim.formats import encode

__all__ = ["directed_products", "random_products", "typical_products"]

Rng = np.random.Generator


def random_products(unit: MatrixEngine, vectors: int, rng: Rng) -> list[Product]:
    """Products of random shapes, a tile or several, of so many vectors in all."""
    products, left = [], vectors
    while left:
        batch = min(left, int(rng.integers(1, 3 * unit.rows + 2)))
        inputs = int(rng.integers(1, min(3 * unit.rows, _longest(unit)) + 1))
        outputs = int(rng.integers(1, 2 * unit.columns + 1))
        products.append(_product(unit, (batch, inputs, outputs), rng))
        left -= batch
    return products


def typical_products(
    unit: MatrixEngine, vectors: int, rng: Rng, *, batch: int = 0
) -> list[Product]:
    """Normally distributed numbers, whole tiles of weights.

    Args:
        unit: the configuration.
        vectors: rows of activations in all.
        rng: random numbers.
        batch: of them with each tile; 0: four for each row of the array.
    """
    products, left = [], vectors
    while left:
        count = min(left, batch or 4 * unit.rows)
        shapes = (count, unit.rows), (unit.rows, unit.columns)
        a, b = (_normal(form, shape, rng) for form, shape in zip(unit.factors, shapes, strict=True))
        products.append(Product(a, b))
        left -= count
    return products


def directed_products(unit: MatrixEngine, rng: Rng) -> list[Product]:
    """Ends of the formats, sums that cancel to 0, tiles of a vector each, and one after another."""
    rows, columns = unit.rows, unit.columns
    batch = unit.tile_cycles + 2
    first, second = (_ends(form) for form in unit.factors)
    ends = [
        Product(rng.choice(first, (batch, rows)), rng.choice(second, (rows, columns)))
        for _ in range(3)
    ]
    full = Product(np.full((2, rows), first[-1]), np.full((rows, columns), second[-1]))
    short = [_product(unit, (1, rows, columns), rng) for _ in range(4)]
    longest = min(2 * rows + 1, _longest(unit))
    return [
        _cancelling(unit, batch, rng),
        *short,
        *ends,
        full,
        _product(unit, (batch, longest, columns + 1), rng),
        _product(unit, (1, longest, 2 * columns), rng),
    ]


def _longest(unit: MatrixEngine) -> int:
    """Products of the longest sum, in however many parts."""
    return unit.workload.terms if unit.initial else 3 * unit.rows


def _product(unit: MatrixEngine, shape: tuple[int, int, int], rng: Rng) -> Product:
    """A product of any codes; sums that enter have taken others, as many as there may be."""
    batch, inputs, outputs = shape
    a, b = (
        _any(form, size, rng)
        for form, size in zip(unit.factors, ((batch, inputs), (inputs, outputs)), strict=True)
    )
    before = min(_longest(unit) - inputs, unit.rows)
    if not unit.initial or not before or rng.random() < 0.3:
        return Product(a, b, finished=bool(rng.integers(2)) or not unit.keeps_sums)
    first, second = unit.factors
    entered = column_sums(
        unit,
        _any(first, (batch, before), rng),
        _any(second, (before, outputs), rng),
        np.zeros((batch, outputs), np.int64),
    )
    return Product(a, b, entered, finished=bool(rng.integers(2)) or not unit.keeps_sums)


def _cancelling(unit: MatrixEngine, batch: int, rng: Rng) -> Product:
    """Sums whose second half takes back the first, all of it or nearly."""
    first, second = unit.factors
    half = (unit.rows + 1) // 2
    a = _any(first, (batch, half), rng, usual=True)
    b = _any(second, (half, unit.columns), rng, usual=True)
    sign = 1 << second.bits - 1
    opposite = b ^ sign if isinstance(second, Float) else -b % (2 * sign)
    opposite ^= rng.random(opposite.shape) < 0.2
    return Product(
        np.concatenate([a, a], axis=1)[:, : unit.rows],
        np.concatenate([b, opposite])[: unit.rows],
    )


def _any(form: Float | Integer, shape: tuple[int, int], rng: Rng, *, usual: bool = False) -> Words:
    """Any codes; of floats with those of numbers around 1 among them, or these alone."""
    if isinstance(form, Integer):
        return rng.integers(0, 1 << form.bits, shape)
    if usual or rng.random() < 0.5:
        return _normal(form, shape, rng)
    return any_codes(form, shape[0] * shape[1], rng).reshape(shape)


def _ends(form: Float | Integer) -> Words:
    """Codes of the ends of a format; the last one is that of the largest magnitude."""
    if isinstance(form, Float):
        return np.append(special_codes(form), form.largest_code)
    ends = {0, 1, form.maximum, form.minimum % (1 << form.bits), (1 << form.bits) - 1}
    return np.array([*sorted(ends), form.minimum % (1 << form.bits) or form.maximum], np.int64)


def _normal(form: Float | Integer, shape: tuple[int, int], rng: Rng) -> Words:
    """Normally distributed numbers.

    Integers have a deviation of a third of their range; those without a sign are magnitudes.
    """
    numbers: Any = rng.standard_normal(shape)
    if isinstance(form, Float):
        return encode(form, numbers).astype(np.int64)
    scaled = np.rint(numbers * form.maximum / 3)
    if not form.signed:
        scaled = np.abs(scaled)
    return np.clip(scaled, form.minimum, form.maximum).astype(np.int64) % (1 << form.bits)
