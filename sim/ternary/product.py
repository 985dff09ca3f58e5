"""Ternary matrix products: the golden model.

It works on plain integers, or on numbers of a format, and knows nothing of tables, lanes or
offsets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.ternary import (
    TernaryConfiguration,
    check_product,
)
from hw.ternary.choices import PackingName, Scale, Style
from hw.ternary.packing import PACKINGS
from sim.ternary.exit import exit_results
from sim.ternary.fixed_sums import to_fixed
from sim.ternary.float_sums import float_sums
from sim.ternary.keys import pack_keys
from sim.ternary.packing import pad_sparse34, unpack_words
from sim.ternary.planes import split_planes
from sim.ternary.sparsity import check_nonzeros
from sim.ternary.styles import bias_format, check_limit, check_numbers

__all__ = ["Product", "check_array", "multiply", "pad", "spread_words"]

# Weights that are widened at a time: what stays in the cache for one vector; for more vectors the
# product is what takes the time, and few large products are better than many small ones.
_WEIGHTS_AT_ONCE = 1 << 18
_MOST_VECTORS_COUNTED = 16
_PART_BITS = 24  # of an activation that is too large to be taken at once


@dataclass(frozen=True)
class Product:
    """One matrix product with its bias.

    Attributes:
        activations: integers, or numbers of a floating-point format; shape (batch, inputs).
        weights: -1, 0 or +1, or with ``planes`` what these hold, shape (inputs, outputs).
        bias: integers, or with floating-point activations numbers; shape (outputs,).
        scales: codes of scales, for cores that take them: shape (batch,) for ``tensor``, (outputs,)
            for ``column``, (groups, outputs) for ``group``; else None.
        corrupt: words that stand for no weights, in the place of those of the weights there, which
            must be 0; for cores that tell of them (`reports_corrupt`). Shape (words of an output,
            outputs), -1 where the word is that of the weights. None without any.
    """

    activations: NDArray[Any]
    weights: NDArray[np.integer]
    bias: NDArray[Any]
    scales: NDArray[np.integer] | None = None
    corrupt: NDArray[np.integer] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Inputs, outputs, batch."""
        return *self.weights.shape, len(self.activations)

    def golden(self) -> NDArray[np.int64]:
        """The exact sums, shape (batch, outputs)."""
        return multiply(self.activations, self.weights) + self.bias

    def results(self, configuration: TernaryConfiguration) -> NDArray[np.int64]:
        """What the core must give, shape (batch, outputs): integers, or the codes of floats."""
        plan = configuration.exit_plan
        inputs, outputs, batch = self.shape
        shape = {
            Scale.TENSOR: (batch, 1, 1),
            Scale.COLUMN: (1, outputs, 1),
            Scale.GROUP: (1, outputs, -1),
        }
        scales = None
        if plan is not None and self.scales is not None:
            scales = self.scales.T.reshape(shape[plan.scale])
        if configuration.style is Style.FLOAT:
            codes = float_sums(configuration, self.activations, self.weights, self.bias)
            return codes if plan is None else exit_results(plan, codes[..., None], scales)
        if plan is None:
            return self.golden()
        activations, bias, notes = self.activations, self.bias, {}
        if configuration.arithmetic.converts:
            fixed = to_fixed(configuration, activations, bias)
            activations, bias = fixed.activations, fixed.bias
            notes["invalid"] = fixed.invalid[:, None, None]
            if configuration.style is Style.ALIGNED:
                notes["exponent"] = np.broadcast_to(fixed.exponent[:, None], (batch, outputs))
        size = configuration.scale_group if plan.grouped else inputs
        sums = np.empty((batch, outputs, configuration.groups(inputs)), dtype=np.int64)
        for group in range(sums.shape[-1]):
            part = slice(group * size, (group + 1) * size)
            sums[..., group] = multiply(activations[:, part], self.weights[part])
        sums[..., 0] += bias.astype(np.int64)
        return exit_results(plan, sums, scales, **notes)

    def met_corrupt(self, groups: int = 1) -> NDArray[np.bool_]:
        """Of each group of inputs and output whether the sum meets a corrupt word.

        Args:
            groups: of equal numbers of words, the whole product's.

        Returns:
            Shape (groups, outputs).
        """
        if self.corrupt is None:
            return np.zeros((groups, self.weights.shape[1]), dtype=np.bool_)
        words = self.corrupt.reshape(groups, -1, self.corrupt.shape[1])
        return np.logical_or.reduce(words >= 0, axis=1)

    def padded(self, inputs: int, outputs: int) -> Product:
        """The same with weights, activations and biases of 0 up to a larger size."""
        return Product(
            pad(self.activations, 1, inputs),
            pad(pad(self.weights, 0, inputs), 1, outputs),
            pad(self.bias, 0, outputs),
        )

    def keys(self, configuration: TernaryConfiguration) -> NDArray[np.int16]:
        """The weights as keys, shape (planes, key rows, outputs), the plane of ``2**0`` first."""
        c = configuration
        planes = split_planes(self.weights, c.planes) if c.planes > 1 else [self.weights]
        return np.stack([pack_keys(plane, c.group) for plane in planes])

    def check(self, configuration: TernaryConfiguration) -> None:
        """See that the core carries this product, values and sizes.

        Raises:
            RequestError: an array has the wrong shape or type, holds a value that is not allowed,
                or is larger than the configuration's workload.
        """
        c, limits = configuration, configuration.workload
        self.check_values(c)
        if c.packing is PackingName.SPARSE34:
            pad_sparse34(self.weights, -(-len(self.weights) // 4) * 4)
        check_nonzeros(self.weights, limits)
        inputs, outputs = self.weights.shape
        for name, length, expected in (
            ("activations has {} columns", self.activations.shape[1], inputs),
            ("bias has {} elements", len(self.bias), outputs),
        ):
            if length != expected:
                raise RequestError(
                    f"{name.format(length)} where weights of shape {self.weights.shape}"
                    f" want {expected}"
                )
        self._check_scales(c)
        self._check_corrupt(c)
        check_product(c, self.shape)

    def check_values(self, configuration: TernaryConfiguration) -> None:
        """See that each array by itself is what `check` wants."""
        c, limit = configuration, configuration.workload.bias_limit
        check_array("weights", self.weights, 2, -c.largest_weight, c.largest_weight)
        if c.style is not Style.INTEGER:
            check_numbers("activations", self.activations, c.arithmetic.number, 2, finite=False)
            check_numbers("bias", self.bias, bias_format(c), 1, finite=True)
            check_limit("bias", self.bias, limit)
            return
        check_array("activations", self.activations, 2, c.operand.minimum, c.operand.maximum)
        check_array("bias", self.bias, 1, -limit, limit)

    def _check_scales(self, configuration: TernaryConfiguration) -> None:
        plan = configuration.exit_plan
        if plan is None or not plan.scaled:
            if self.scales is not None:
                raise RequestError("the data has scales, and the core takes none")
            return
        inputs, outputs, batch = self.shape
        wanted = {
            Scale.TENSOR: (batch,),
            Scale.COLUMN: (outputs,),
            Scale.GROUP: (configuration.groups(inputs), outputs),
        }[plan.scale]
        if self.scales is None:
            raise RequestError(
                f"the data has no scales, and the core wants codes of {configuration.scale_format}"
                f" of shape {wanted}"
            )
        check_array("scales", self.scales, len(wanted), 0, (1 << plan.scale_bits) - 1)
        if self.scales.shape != wanted:
            raise RequestError(f"scales has shape {self.scales.shape} where {wanted} is wanted")

    def _check_corrupt(self, configuration: TernaryConfiguration) -> None:
        c = configuration
        if self.corrupt is None:
            return
        if not c.reports_corrupt:
            raise RequestError(f"packing = {c.packing!r} has no words that stand for no weights")
        inputs, outputs = self.weights.shape
        wanted = (c.words * c.tiles(inputs), outputs)
        if self.corrupt.shape != wanted:
            raise RequestError(f"corrupt has shape {self.corrupt.shape} where {wanted} is wanted")
        corrupt_places = self.corrupt >= 0
        stand_for_none = unpack_words(np.where(corrupt_places, self.corrupt, 0), c.packing, 1)[1]
        if (corrupt_places & ~stand_for_none).any():
            raise RequestError("corrupt holds a word that stands for weights")
        if self.weights[spread_words(c, corrupt_places)[:inputs]].any():
            raise RequestError("weights in the place of corrupt words must be 0")


def spread_words(
    configuration: TernaryConfiguration, words: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """For each weight whether its word is one of those given.

    Args:
        configuration: the core's.
        words: shape (words of an output, outputs).

    Returns:
        Shape (inputs padded to whole tiles, outputs).
    """
    c = configuration
    spread = np.repeat(
        words, PACKINGS[c.packing].weights, axis=0
    )  # to the end of a tile's last word
    of_tiles = spread.reshape(len(words) // c.words, -1, words.shape[1])[:, : c.tile_inputs]
    return of_tiles.reshape(-1, words.shape[1])


def multiply(activations: NDArray[np.integer], weights: NDArray[np.integer]) -> NDArray[np.int64]:
    """``activations @ weights``, exact.

    Every partial sum is an integer of at most ``inputs * max|a| * max|w|``; below 2**24 (2**53) the
    matrix product in single (double) precision is exact in any order, and fast.

    Args:
        activations: shape (batch, inputs), magnitudes up to 2**16.
        weights: magnitudes up to 15, shape (inputs, outputs), up to 2**32 inputs.
    """
    inputs, outputs = weights.shape
    largest = _magnitude(activations) * max(1, _magnitude(weights))
    if inputs * largest >= 1 << 53:
        low = activations & (1 << _PART_BITS) - 1
        return (multiply(activations >> _PART_BITS, weights) << _PART_BITS) + multiply(low, weights)
    exact = np.float32 if inputs * largest < 1 << 24 else np.float64
    left = activations.astype(exact)
    result = np.zeros((len(activations), outputs), dtype=exact)
    at_once = _WEIGHTS_AT_ONCE * min(len(activations), _MOST_VECTORS_COUNTED)
    rows = max(1, at_once // outputs)
    widened = np.empty((rows, outputs), dtype=exact)
    for start in range(0, inputs, rows):
        part = weights[start : start + rows]
        np.copyto(widened[: len(part)], part)
        result += left[:, start : start + rows] @ widened[: len(part)]
    return result.astype(np.int64)


def pad(array: NDArray[Any], axis: int, size: int) -> NDArray[Any]:
    """Zeros at the end of an axis, up to a size."""
    missing = [(0, 0)] * array.ndim
    missing[axis] = (0, size - array.shape[axis])
    return np.pad(array, missing)


def check_array(
    name: str, array: NDArray[np.integer], dimensions: int, low: int, high: int, parts: int = 0
) -> None:
    """See that an array has integers in a range; and a last axis of ``parts``, if there are any.

    Raises:
        RequestError: it has not.
    """
    if not np.issubdtype(array.dtype, np.integer):
        raise RequestError(f"{name} holds {array.dtype} where integers are wanted")
    if array.ndim != dimensions or 0 in array.shape:
        raise RequestError(
            f"{name} has shape {array.shape} where a non-empty array of {dimensions}"
            f" dimension{'s' * (dimensions > 1)} is wanted"
        )
    if parts and array.shape[-1] != parts:
        raise RequestError(
            f"{name} has shape {array.shape} where a last axis of {parts} is wanted: real and"
            " imaginary parts"
        )
    outside = (array < low) | (array > high)
    if outside.any():
        position = tuple(int(i) for i in np.argwhere(outside)[0])
        place = ", ".join(map(str, position))
        raise RequestError(f"{name}[{place}] = {array[position]} is outside {low} to {high}")


def _magnitude(array: NDArray[np.integer]) -> int:
    return max(-int(array.min()), int(array.max()))
