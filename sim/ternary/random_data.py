"""Random matrix products of a core, of any shape."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hw.ternary import ComplexLut, TernaryConfiguration
from hw.ternary.choices import PackingName, Scale, Style
from sim.data_files import Arrays
from sim.ternary.complex import random_complex
from sim.ternary.packing import quantize_sparse34, unpack_words
from sim.ternary.product import Product, spread_words
from sim.ternary.scales import random_scales
from sim.ternary.sparsity import limit_nonzeros
from sim.ternary.styles import random_numbers

__all__ = ["random_product", "random_shape", "with_activations", "with_corrupt_words"]

_ZEROS = 0.42  # of the weights: what BitNet b1.58 2B4T has


def random_product(
    configuration: TernaryConfiguration,
    shape: tuple[int, int, int],
    rng: np.random.Generator,
    *,
    typical: bool = False,
) -> Product:
    """A product of a shape: 42 % zero weights, activations over their whole range.

    With 3:4 sparse weights it is 25 %.

    One activation in eight is the least or the largest value, so that sums come near their bound;
    floats are near normal, and one in eight is any number of the format.

    Args:
        configuration: the core's.
        shape: inputs, outputs, batch.
        rng: where the random numbers come from.
        typical: floats are near normal, all of them: what energy is measured on. The one in eight
            finds what is wrong at a format's ends, but it would set the exponent of every block.
    """
    if isinstance(configuration, ComplexLut):
        return random_complex(configuration, shape, rng)
    inputs, outputs, batch = shape
    workload = configuration.workload
    if configuration.style is Style.INTEGER:
        activations, bias = _random_integers(configuration, shape, rng)
    else:
        wild = 0.0 if typical else 1 / 8
        activations, bias = random_numbers(
            configuration, (batch, inputs), (outputs,), rng, wild=wild
        )
    signs = rng.integers(0, 2, (inputs, outputs), dtype=np.int8) * 2 - 1
    if configuration.packing is PackingName.SPARSE34:
        fours = -(-inputs // 4)
        real = rng.standard_normal((4 * fours, outputs))
        weights = quantize_sparse34(real)[0][:inputs]
    else:
        weights = signs * _magnitudes(configuration, rng, signs.shape)
    if workload.nonzeros:
        weights = limit_nonzeros(weights, workload.nonzeros, rng)
    return Product(activations, weights, bias, random_scales(configuration, shape, rng))


def with_activations(
    configuration: TernaryConfiguration,
    arrays: Arrays,
    vectors: int | None,
    rng: np.random.Generator,
) -> Arrays:
    """A layer's arrays with random activations, and scales where each vector has its own.

    Args:
        configuration: the core's.
        arrays: those of a layer (`sim.ternary.network.network_of`).
        vectors: how many; None: the workload's batch.
        rng: where the random numbers come from.
    """
    weights = arrays["weights"]
    if weights.ndim != 2 or 0 in weights.shape:
        return arrays  # that is told where arrays are looked at
    inputs, _ = weights.shape
    batch = vectors or configuration.workload.batch
    drawn = random_product(configuration, (inputs, 1, batch), rng, typical=True)
    more: Arrays = {"activations": drawn.activations}
    if drawn.scales is not None and configuration.scale is Scale.TENSOR:
        more["scales"] = drawn.scales
    return more | arrays


def _random_integers(
    configuration: TernaryConfiguration, shape: tuple[int, int, int], rng: np.random.Generator
) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Activations and biases."""
    inputs, outputs, batch = shape
    operand, limit = configuration.operand, configuration.workload.bias_limit
    activations = rng.integers(operand.minimum, operand.maximum, (batch, inputs), endpoint=True)
    extreme = rng.choice((operand.minimum, operand.maximum), (batch, inputs))
    return (
        np.where(rng.random((batch, inputs)) < 1 / 8, extreme, activations),
        rng.integers(-limit, limit, outputs, endpoint=True),
    )


def _magnitudes(
    configuration: TernaryConfiguration, rng: np.random.Generator, shape: tuple[int, ...]
) -> NDArray[np.integer] | NDArray[np.bool]:
    if configuration.planes == 1:
        return rng.random(shape, dtype=np.float32) >= _ZEROS
    return rng.integers(0, configuration.largest_weight, shape, dtype=np.int8, endpoint=True)


def with_corrupt_words(
    configuration: TernaryConfiguration, product: Product, rng: np.random.Generator
) -> Product:
    """A product some of whose words stand for no weights: about half of its outputs meet one.

    As it is for cores that do not tell of such words.
    """
    c = configuration
    if not c.reports_corrupt:
        return product
    inputs, outputs, _ = product.shape
    every_word = np.arange(1 << c.word_bits)
    illegal = every_word[unpack_words(every_word[None], c.packing, 1)[1][0]]
    corrupt = np.full((c.words * c.tiles(inputs), outputs), -1)
    met = np.flatnonzero(rng.random(outputs) < 1 / 2)
    corrupt[rng.integers(len(corrupt), size=len(met)), met] = rng.choice(illegal, len(met))
    lost = spread_words(c, corrupt >= 0)[:inputs]
    return replace(product, weights=np.where(lost, 0, product.weights), corrupt=corrupt)


def random_shape(
    configuration: TernaryConfiguration, rng: np.random.Generator, vectors: int
) -> tuple[int, int, int]:
    """Inputs, outputs and batch of a product: anything that the workload allows.

    Each is the least, the largest, just around a whole number of tiles (blocks), or any.

    Args:
        configuration: the core's.
        rng: where the random numbers come from.
        vectors: the largest batch.
    """
    c, w = configuration, configuration.workload

    def size(most: int, unit: int) -> int:
        whole = unit * int(rng.integers(1, max(1, most // unit), endpoint=True))
        near = whole + int(rng.integers(-1, 1, endpoint=True))
        sizes = (1, most, near, int(rng.integers(1, most, endpoint=True)))
        return min(max(sizes[rng.integers(len(sizes))], 1), most)

    return size(w.inputs, c.tile_inputs), size(w.outputs, c.columns), size(min(w.batch, vectors), 1)
