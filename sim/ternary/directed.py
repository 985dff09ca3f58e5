"""Directed matrix products: what finds most faults of a core within few cycles.

- **Extremes**: every activation at an end of its range under weights that are all the largest or
  all the least, biases at their limits, over all inputs of the workload: the largest sums.
- **Patterns**: rows of activations (`sim.ternary.rows`), constant and in turns, under patterns of
  weights: constant, of alternating signs, none, a single one.
- **Distances**, of floats: numbers that shifters align over every distance, that cancel, and whose
  sums lie halfway between two codes.
- **Shapes**: random products of any shape, with partial tiles and blocks, single rows, scales at
  their ends, and words that stand for no weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.formats import Fixed
from hw.ternary import ComplexLut, TernaryConfiguration
from hw.ternary.choices import PackingName, Style
from sim.formats import decode, encode
from sim.ternary.complex import ComplexProduct
from sim.ternary.product import Product
from sim.ternary.random_data import random_product, random_shape, with_corrupt_words
from sim.ternary.rows import (
    Rows,
    cancelling_rows,
    distant_rows,
    end_rows,
    pair_rows,
    pattern_rows,
    steps_of,
)
from sim.ternary.scales import random_scales
from sim.ternary.sparsity import limit_nonzeros
from sim.ternary.styles import bias_format

__all__ = ["directed_products"]

_SHAPES = 12
_MOST_CYCLES = 120  # of a product of a random shape
_MANY_TILES = 8  # of a sum: then two of the four extremes have to do
_MANY_COLUMNS = 12  # that a block of outputs has room for most of the patterns of weights


def directed_products(configuration: TernaryConfiguration, seed: int) -> tuple[Product, ...]:
    """Products to begin with, within the workload.

    Args:
        configuration: the core's.
        seed: of what is random in them.
    """
    rng = np.random.default_rng((seed, 1))
    c = configuration
    products = [*_extremes(c, rng), *_patterns(c, rng)]
    if c.style is not Style.INTEGER:
        products += _distances(c, rng)
    return *products, *_shapes(c, rng)


def _extremes(c: TernaryConfiguration, rng: np.random.Generator) -> Iterator[Product]:
    inputs, outputs = c.workload.inputs, min(c.workload.outputs, c.columns)
    weights = _weight_patterns(c, inputs)
    choices = ((0, 0), (1, 1), (0, 1), (1, 0))
    for pattern, bias in choices[: 2 if c.tiles(inputs) > _MANY_TILES else 4]:
        chosen = _chosen(c, weights[pattern : pattern + 1], outputs, 0)
        biases = np.resize(np.roll(_biases(c)[:2], bias), outputs)
        yield from _products(c, end_rows(c, inputs), chosen, biases, rng)


def _patterns(c: TernaryConfiguration, rng: np.random.Generator) -> Iterator[Product]:
    inputs = min(c.workload.inputs, 2 * c.tile_inputs + 1)
    blocks = 2 if c.columns < _MANY_COLUMNS else 1
    outputs = min(c.workload.outputs, max(1, blocks * c.columns - 1))
    weights, rows, biases = _weight_patterns(c, inputs), pattern_rows(c, inputs), _biases(c)
    for first in range(0, len(weights) + outputs, outputs):
        chosen = _chosen(c, weights, outputs, first)
        yield from _products(c, rows, chosen, np.resize(np.roll(biases, first), outputs), rng)


def _distances(c: TernaryConfiguration, rng: np.random.Generator) -> Iterator[Product]:
    inputs = min(c.workload.inputs, 2 * c.tile_inputs)
    outputs = min(c.workload.outputs, c.columns)
    far = np.concatenate([distant_rows(c, inputs, rng), cancelling_rows(c, inputs, rng)])
    kinds = [(far, np.resize(_biases(c), outputs))]
    if c.style is Style.FLOAT:  # a bias would swallow the smaller number
        kinds.append((pair_rows(c, inputs, rng), np.zeros(outputs)))
    for rows, biases in kinds:
        for constant in range(2):  # every other output adds all up, with random signs the others
            signs = rng.choice((1, -1), (inputs, outputs)).astype(np.int8)
            patterns = np.where(np.arange(outputs) % 2 == constant, 1, signs).T
            chosen = _chosen(c, patterns, outputs, 0)
            half = rows[constant::2] if outputs > 1 else rows
            yield from _products(c, half, chosen, biases, rng)


def _shapes(c: TernaryConfiguration, rng: np.random.Generator) -> Iterator[Product]:
    """Products of random shapes that do not take long."""
    count = 0
    for _ in range(50 * _SHAPES):
        shape = random_shape(c, rng, min(c.workload.batch, 8))
        if c.cycles(shape) > _MOST_CYCLES + c.latency:
            continue
        product = random_product(c, shape, rng)
        if count % 2 and product.scales is not None:
            product = replace(product, scales=_scales(c, shape, rng))
        yield with_corrupt_words(c, product, rng)
        count += 1
        if count == _SHAPES:
            break


def _products(
    c: TernaryConfiguration,
    rows: Rows,
    weights: NDArray[np.int8],
    bias: NDArray[Any],
    rng: np.random.Generator,
) -> Iterator[Product]:
    """Rows of activations as the batches of products."""
    if c.workload.nonzeros:
        weights = limit_nonzeros(weights, c.workload.nonzeros, rng).astype(np.int8)
    for start in range(0, len(rows), c.workload.batch):
        batch = rows[start : start + c.workload.batch]
        if isinstance(c, ComplexLut):  # each row with itself, then with others
            other = rows[(np.arange(start, start + len(batch)) * (1 + start % 3)) % len(rows)]
            parts = np.stack([batch, other], axis=-1)
            yield ComplexProduct(parts, weights, np.stack([bias, -bias], axis=-1))
        else:
            yield Product(batch, weights, bias, _scales(c, (*weights.shape, len(batch)), rng))


def _weight_patterns(c: TernaryConfiguration, inputs: int) -> NDArray[np.int64]:
    """Weights of an output, shape (patterns, inputs); the first two are the extremes."""
    i = np.arange(inputs)
    if isinstance(c, ComplexLut):
        steady = [np.full(inputs, turns) for turns in (0, 2, 1, 3)]
        return np.stack(steady + [i // step * by % 4 for step in steps_of(c) for by in (1, 2, 3)])
    signs = [1 - 2 * (i // step % 2) for step in steps_of(c)]
    ends = [np.ones(inputs, int), -np.ones(inputs, int)]
    large = c.largest_weight * np.stack([*ends, *signs, *(-sign for sign in signs), 0 * i])
    places = [(0, 1), (inputs // 2, -1), (inputs - 1, 1)]
    alone = [
        np.where(i == place, sign << n % c.planes, 0) for n, (place, sign) in enumerate(places)
    ]
    return np.stack([*large, *alone, *(np.where(i % 3 == n, 0, signs[0]) for n in range(3))])


def _chosen(
    c: TernaryConfiguration, patterns: NDArray[np.integer], outputs: int, first: int
) -> NDArray[np.int8]:
    """Weights of outputs that take the patterns in turns, shape (inputs, outputs)."""
    weights = patterns[(first + np.arange(outputs)) % len(patterns)].T
    if c.packing is PackingName.SPARSE34:  # one 0 of every four
        i, m = np.ogrid[: len(weights), :outputs]
        weights = np.where(i % 4 == (i // 4 + m) % 4, 0, np.where(weights == 0, 1, weights))
    return weights.astype(np.int8)


def _biases(c: TernaryConfiguration) -> NDArray[Any]:
    """Biases, the largest and the least one first."""
    limit = c.workload.bias_limit
    if c.style is Style.INTEGER:
        return np.array([limit, -limit, 0, min(1, limit), -min(1, limit), limit // 3])
    form = bias_format(c)
    nearest = encode(form, np.array([float(min(limit, form.largest))]))
    codes = np.concatenate([nearest, nearest - (nearest > 0)])
    largest = next(float(value) for value in decode(form, codes) if value <= limit)
    least = float(form.min_normal)
    small = least if least <= limit else 0.0
    return np.array([largest, -largest, 0.0, small, -small, -0.0])


def _scales(
    c: TernaryConfiguration, shape: tuple[int, int, int], rng: np.random.Generator
) -> NDArray[np.int64] | None:
    """Random scales, about half of them at an end of their format, or a power of two."""
    scales, plan = random_scales(c, shape, rng), c.exit_plan
    if scales is None or plan is None or plan.scale_format is None:
        return None
    form = plan.scale_format
    if isinstance(form, Fixed):
        powers = [1 << bit for bit in (0, form.fraction_bits - 1, form.fraction_bits)]
        codes = [0, form.largest_code, *(n for n in powers if n <= form.largest_code)]
    else:
        sign, one = 1 << form.bits - 1, form.bias << form.fraction_bits
        ends = [0, 1, 1 << form.fraction_bits, one, form.largest_code]
        ends += [code for code in (form.infinity_code, form.nan_code) if code is not None]
        codes = [code | minus for code in ends for minus in (0, sign)]
    return np.where(rng.random(scales.shape) < 1 / 2, rng.choice(codes, scales.shape), scales)
