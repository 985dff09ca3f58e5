"""Complex matrix products with weights +1, +i, -1, -i: golden model, packer, random data.

A weight is its number of quarter turns q, ``w = i**q``; a complex number is a pair of integers,
real and imaginary part, on a last axis of two. The convention is that of iFairy
(arXiv 2508.05571): ``y = sum of w * conj(x)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw.ternary import ComplexLut, TernaryConfiguration
from sim.ternary.product import Product, check_array, multiply, pad

__all__ = ["ComplexProduct", "pack_turns", "random_complex", "unpack_turns"]

_REAL = np.array([1, 0, -1, 0], dtype=np.int8)  # of i**q
_IMAGINARY = np.array([0, 1, 0, -1], dtype=np.int8)


@dataclass(frozen=True)
class ComplexProduct(Product):
    """One complex matrix product with its bias.

    Attributes:
        activations: integers, shape (batch, inputs, 2): real and imaginary parts.
        weights: quarter turns 0 to 3, shape (inputs, outputs).
        bias: integers, shape (outputs, 2): real and imaginary parts.
    """

    def golden(self) -> NDArray[np.int64]:
        """The exact result, shape (batch, outputs, 2).

        ``(c + is)(a - ib) = (ca + sb) + i(sa - cb)``: two products of integers.
        """
        real, imaginary = _REAL[self.weights], _IMAGINARY[self.weights]
        parts = np.concatenate([self.activations[..., 0], self.activations[..., 1]], axis=1)
        sums = (
            multiply(parts, np.concatenate([real, imaginary])),
            multiply(parts, np.concatenate([imaginary, -real])),
        )
        return np.stack(sums, axis=-1) + self.bias

    def padded(self, inputs: int, outputs: int) -> ComplexProduct:
        """The same with activations of 0, weights of 1 and biases of 0 up to a larger size."""
        return ComplexProduct(
            pad(self.activations, 1, inputs),
            pad(pad(self.weights, 0, inputs), 1, outputs),
            pad(self.bias, 0, outputs),
        )

    def keys(self, configuration: TernaryConfiguration) -> NDArray[np.int16]:
        """The weights as keys, shape (1, key rows, outputs)."""
        return pack_turns(self.weights, configuration.group)[None]

    def check_values(self, configuration: TernaryConfiguration) -> None:
        """See that each array by itself is what `check` wants."""
        part, limit = configuration.operand, configuration.workload.bias_limit
        check_array("activations", self.activations, 3, part.minimum, part.maximum, parts=2)
        check_array("weights", self.weights, 2, 0, 3)
        check_array("bias", self.bias, 2, -limit, limit, parts=2)


def pack_turns(weights: NDArray[np.integer], group: int) -> NDArray[np.int16]:
    """Write quarter turns as keys (see `hw.ternary.turns`).

    Args:
        weights: 0 to 3, shape (inputs, outputs), inputs a multiple of ``group``.
        group: weights a key, 1 to 4.

    Returns:
        Keys, shape (inputs / group, outputs).
    """
    first, *others = (weights[i::group].astype(np.int16) for i in range(group))
    keys = first
    for turns in others:
        keys = keys << 2 | (turns - first) % 4
    return keys


def unpack_turns(keys: NDArray[np.integer], group: int) -> NDArray[np.int8]:
    """Undo `pack_turns`: quarter turns, shape (key rows * group, outputs)."""
    places = 2 * np.arange(group)[::-1]
    digits = keys[:, None] >> places[:, None] & 3
    digits[:, 1:] += digits[:, :1]
    return (digits % 4).reshape(-1, keys.shape[1]).astype(np.int8)


def random_complex(
    configuration: ComplexLut, shape: tuple[int, int, int], rng: np.random.Generator
) -> ComplexProduct:
    """A product of a shape: all weights, activations over their whole range.

    One part of an activation in eight is the least or the largest value.

    Args:
        configuration: the core's.
        shape: inputs, outputs, batch.
        rng: where the random numbers come from.
    """
    inputs, outputs, batch = shape
    limit = configuration.workload.bias_limit
    low, high = configuration.operand.minimum, configuration.operand.maximum
    activations = rng.integers(low, high, (batch, inputs, 2), endpoint=True)
    extreme = rng.choice((low, high), activations.shape)
    return ComplexProduct(
        activations=np.where(rng.random(activations.shape) < 1 / 8, extreme, activations),
        weights=rng.integers(0, 4, (inputs, outputs), dtype=np.int8),
        bias=rng.integers(-limit, limit, (outputs, 2), endpoint=True),
    )
