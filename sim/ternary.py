"""Ternary matrix products: the golden model, the packer of weights, and a core's streams.

The golden model works on plain integers and knows nothing of tables, lanes or offsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.ternary import TernaryConfiguration, command_shape
from sim.planes import split_planes
from sim.words import Words, pack, unpack

__all__ = [
    "Product",
    "Streams",
    "check_array",
    "initial_values",
    "multiply",
    "pack_keys",
    "pad",
    "results_of",
    "streams",
    "unpack_keys",
]

# Weights that are widened at a time: what stays in the cache for one vector; for more vectors the
# product is what takes the time, and few large products are better than many small ones.
_WEIGHTS_AT_ONCE = 1 << 18
_MOST_VECTORS_COUNTED = 16


@dataclass(frozen=True)
class Product:
    """One matrix product with its bias.

    Attributes:
        activations: integers, shape (batch, inputs).
        weights: -1, 0 or +1, or with ``planes`` what these hold, shape (inputs, outputs).
        bias: integers, shape (outputs,).
    """

    activations: NDArray[np.integer]
    weights: NDArray[np.integer]
    bias: NDArray[np.integer]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Inputs, outputs, batch."""
        return *self.weights.shape, len(self.activations)

    def golden(self) -> NDArray[np.int64]:
        """The exact result, shape (batch, outputs)."""
        return multiply(self.activations, self.weights) + self.bias

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
        inputs, outputs = self.weights.shape
        for name, found, expected in (
            ("activations has {} columns", self.activations.shape[1], inputs),
            ("bias has {} elements", len(self.bias), outputs),
        ):
            if found != expected:
                raise RequestError(
                    f"{name.format(found)} where weights of shape {self.weights.shape}"
                    f" want {expected}"
                )
        for name, size in zip(("inputs", "outputs", "batch"), self.shape, strict=True):
            limit = getattr(limits, name)
            if size > limit and (name == "inputs" or c.sequencer):  # what sizes the circuit
                raise RequestError(
                    f"the data has {size} {name}, more than workload.{name} = {limit}"
                    f" (--set workload.{name}={size} sizes the core for it)"
                )

    def check_values(self, configuration: TernaryConfiguration) -> None:
        """See that each array by itself is what `check` wants."""
        c, limit = configuration, configuration.workload.bias_limit
        check_array("activations", self.activations, 2, c.activation.minimum, c.activation.maximum)
        check_array("weights", self.weights, 2, -c.largest_weight, c.largest_weight)
        check_array("bias", self.bias, 1, -limit, limit)


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


def pack_keys(weights: NDArray[np.integer], group: int) -> NDArray[np.int16]:
    """Write ternary weights as symmetric base-3 keys (see `hw.ternary.keys`).

    Args:
        weights: -1, 0 or +1, shape (inputs, outputs); padded with zeros to a multiple of ``group``.
        group: weights a key, 1 to 7.

    Returns:
        Keys, shape (ceil(inputs / group), outputs).
    """
    inputs, outputs = weights.shape
    padded = np.zeros((-(-inputs // group) * group, outputs), dtype=np.int16)
    padded[:inputs] = weights
    number = np.zeros((len(padded) // group, outputs), dtype=np.int16)  # at most 3**7 - 1
    for position in range(group):
        number = 3 * number + 1 - padded[position::group]
    middle = (3**group - 1) // 2
    mirrored = number > middle
    sign = mirrored.astype(np.int16) << middle.bit_length()
    return sign | np.where(mirrored, 3**group - 1 - number, number)


def unpack_keys(keys: NDArray[np.integer], group: int, inputs: int) -> NDArray[np.int8]:
    """Undo `pack_keys`: weights, shape (inputs, outputs)."""
    middle = (3**group - 1) // 2
    index = keys & ((1 << middle.bit_length()) - 1)
    number = np.where(keys >> middle.bit_length(), 3**group - 1 - index, index)
    places = 3 ** np.arange(group)[::-1]
    weights = 1 - number[:, None] // places[:, None] % 3
    return weights.reshape(-1, keys.shape[1])[:inputs].astype(np.int8)


def initial_values(
    configuration: TernaryConfiguration, keys: NDArray[np.integer], bias: NDArray[np.integer]
) -> NDArray[np.int64]:
    """What each output's accumulator starts from: its bias and the corrections of its keys.

    Args:
        configuration: the core's.
        keys: shape (planes, key rows, outputs), the plane of ``2**0`` first, or (key rows, outputs)
            of one plane; padding included.
        bias: shape (outputs,).
    """
    corrections = np.zeros((1 << configuration.key_bits, *bias.shape[1:]), dtype=np.int64)
    for key in configuration.keys():
        corrections[key.code] = key.correction
    planes = keys if keys.ndim == 3 else keys[None]
    initial = bias.astype(np.int64)
    for p, plane in enumerate(planes):
        initial += corrections[plane].sum(axis=0) << p
    return initial


def streams(configuration: TernaryConfiguration, products: Sequence[Product]) -> Streams:
    """What a core's bench drives and expects, for products one after the other.

    Sums come vector by vector and within a vector block by block; tails are padded with zero
    weights, and with zero activations and biases.
    """
    parts = [_product_streams(configuration, each) for each in products]
    inputs = {
        name: Words.concatenate([part.inputs[name] for part in parts]) for name in parts[0].inputs
    }
    return Streams(inputs, Words.concatenate([part.results for part in parts]))


@dataclass(frozen=True)
class Streams:
    """Words of every input stream by port name, and the results that must come of them."""

    inputs: dict[str, Words]
    results: Words


def _product_streams(configuration: TernaryConfiguration, product: Product) -> Streams:
    c = configuration
    inputs, outputs, batch = product.shape
    tiles, blocks = c.tiles(inputs), c.blocks(outputs)
    padded = product.padded(tiles * c.tile_inputs, blocks * c.columns)
    keys = padded.keys(c)
    initial = initial_values(c, keys, padded.bias)

    # tile (block, plane, t) holds keys [column][group of activations]
    tile_keys = keys[::-1].reshape(c.planes, tiles, c.luts, blocks, c.columns)
    tile_keys = tile_keys.transpose(3, 0, 1, 4, 2).reshape(-1, c.columns * c.luts)
    key_words = pack(tile_keys, c.key_bits)
    if not c.sequencer:
        key_words = _flagged(c, tile_keys, tiles)
    activation_words = pack(padded.activations.reshape(batch * tiles, -1), c.activation.bits)
    vectors = np.arange(batch * tiles).reshape(batch, 1, 1, tiles)
    expected = padded.golden().reshape(batch * blocks, -1)
    streams = {
        "activations": Words(
            activation_words, np.broadcast_to(vectors, (batch, blocks, c.planes, tiles)).ravel()
        ),
        "weights": Words(key_words, np.tile(np.arange(len(tile_keys)), batch)),
        "initial": Words(
            pack(initial.reshape(blocks, -1), c.accumulator_bits), np.tile(np.arange(blocks), batch)
        ),
    }
    if c.sequencer:
        streams["command"] = Words.of(_command(c, tiles, blocks * batch))
    return Streams(streams, Words.of(pack(expected, c.accumulator_bits)))


def _flagged(
    configuration: TernaryConfiguration, tile_keys: NDArray[np.integer], tiles: int
) -> NDArray[np.uint8]:
    """Key words with the flags ``first``, ``last`` (and ``double``) above the keys."""
    bits, planes = configuration.key_bits, configuration.planes
    position = np.arange(len(tile_keys)) % (planes * tiles)
    flags = [position == 0, position == planes * tiles - 1]
    if planes > 1:
        flags.append((position % tiles == 0) & (position > 0))
    key_planes = np.unpackbits(pack(tile_keys, bits), axis=1, bitorder="little")
    key_planes = key_planes[:, : tile_keys.shape[1] * bits]
    flag_planes = np.stack(flags, axis=1).astype(np.uint8)
    return np.packbits(np.concatenate([key_planes, flag_planes], axis=1), axis=1, bitorder="little")


def _command(configuration: TernaryConfiguration, tiles: int, sums: int) -> NDArray[np.uint8]:
    """The sequencer's command word, shape (1, bytes)."""
    tile_bits = command_shape(configuration)["tiles"].width
    word = tiles - 1 | sums - 1 << tile_bits
    return np.frombuffer(word.to_bytes(8, "little"), dtype=np.uint8)[None]


def results_of(
    configuration: TernaryConfiguration, words: NDArray[np.uint8], products: Sequence[Product]
) -> list[NDArray[np.int64]]:
    """Read a core's result words back as one array for each product, shaped as its golden one."""
    c = configuration
    sums = unpack(words, c.accumulator_bits, c.sums)
    results = []
    for product in products:
        _, outputs, batch = product.shape
        count = c.blocks(outputs) * batch
        of_vectors = sums[:count].reshape(batch, -1, *product.bias.shape[1:])
        results.append(of_vectors[:, :outputs])
        sums = sums[count:]
    return results


def _magnitude(array: NDArray[np.integer]) -> int:
    return max(-int(array.min()), int(array.max()))


def pad(array: NDArray[np.integer], axis: int, size: int) -> NDArray[np.integer]:
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
