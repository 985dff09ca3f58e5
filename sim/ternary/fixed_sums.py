"""Golden models of the styles that turn floats into integers, and of the data they take.

``exact``: a number is an integer, in units of its format's smallest one. ``aligned``: a vector and
the biases that it meets are a block. With the largest exponent E in it (of numbers below the
smallest normal one: theirs), a unit is ``2**(E + 2 - bits)``, so that every magnitude is below
``2**(bits - 1)`` units, and numbers are rounded down to whole ones.

Error of ``aligned``: each number is off by less than a unit, downwards. A sum of n numbers and a
bias is off by less than n + 1 units of ``2**(E + 2 - bits)``, before it is rounded once
(`aligned_error_bound`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.ternary import TernaryConfiguration
from hw.ternary.choices import Style

__all__ = ["FixedBlock", "aligned_error_bound", "to_fixed"]


@dataclass(frozen=True)
class FixedBlock:
    """A product's operands as integers.

    Attributes:
        activations: shape (batch, inputs); 0 where no number is.
        bias: shape (batch, outputs); with ``exact`` all rows are equal.
        exponent: weight of an integer's last bit, shape (batch,).
        block: the block's exponent as a field of the format, 1 or more; shape (batch,).
        invalid: an activation is a NaN or an infinity; shape (batch,).
    """

    activations: NDArray[np.int64]
    bias: NDArray[np.int64]
    exponent: NDArray[np.int64]
    block: NDArray[np.int64]
    invalid: NDArray[np.bool_]


def to_fixed(
    configuration: TernaryConfiguration,
    activations: NDArray[Any],
    bias: NDArray[Any],
) -> FixedBlock:
    """Turn the operands of a product into integers, as a core of its style does.

    Args:
        configuration: of style ``exact`` or ``aligned``.
        activations: numbers of its format, NaN and infinities among them; shape (batch, inputs).
        bias: finite numbers of its format, shape (outputs,).
    """
    form = configuration.arithmetic.number
    finite = np.isfinite(activations)
    numbers = np.where(finite, activations, 0.0).astype(np.float64)  # half precision overflows
    smallest = -form.bias + 1  # exponent of the least normal number, and of all below it
    if configuration.style is Style.EXACT:
        exponent = np.full(len(numbers), smallest - form.fraction_bits)
        block = np.ones_like(exponent)
    else:
        largest = np.maximum(
            np.abs(numbers).max(axis=1), np.abs(bias.astype(np.float64)).max(initial=0.0)
        )
        _, above = np.frexp(largest)  # largest = m * 2**above, m from 1/2 to 1
        top = np.where(largest > 0, np.maximum(above - 1, smallest), smallest)
        exponent = (top + 2 - configuration.aligned_bits).astype(np.int64)
        block = (top + form.bias).astype(np.int64)
    unit = -exponent[:, None]
    return FixedBlock(
        activations=np.floor(np.ldexp(numbers, unit)).astype(np.int64),
        bias=np.floor(
            np.ldexp(np.broadcast_to(bias.astype(np.float64), (len(numbers), len(bias))), unit)
        ).astype(np.int64),
        exponent=exponent,
        block=block,
        invalid=np.logical_not(finite.all(axis=1)),
    )


def aligned_error_bound(
    configuration: TernaryConfiguration, block: FixedBlock, terms: int
) -> NDArray[np.float64]:
    """How far a sum may be below or above the exact one, before it is rounded; shape (batch,).

    An activation under a weight of -1 is off upwards, so both directions are possible.

    Args:
        configuration: of style ``aligned``.
        block: the operands.
        terms: non-zero weights of the sum, and one for its bias.
    """
    assert configuration.style is Style.ALIGNED
    return terms * np.exp2(block.exponent.astype(np.float64))
