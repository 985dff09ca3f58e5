"""Ternary matrix products: the golden model, the packer of weights, and a core's streams.

The golden model works on plain integers and knows nothing of tables, lanes or offsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.ternary import TernaryConfiguration, check_product, check_skipping, command_shape, flags
from sim.sparsity import activation_order, check_nonzeros, kept_tiles, tile_flags, tile_order
from sim.words import Words, pack, unpack

__all__ = [
    "Product",
    "Streams",
    "initial_values",
    "multiply",
    "pack_keys",
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
        weights: -1, 0 or +1, shape (inputs, outputs).
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

    def check(self, configuration: TernaryConfiguration) -> None:
        """See that the core carries this product, values and sizes.

        Raises:
            RequestError: an array has the wrong shape or type, holds a value that is not allowed,
                or is larger than the configuration's workload.
        """
        c, limits = configuration, configuration.workload
        _check_array("activations", self.activations, 2, c.activation.minimum, c.activation.maximum)
        _check_array("weights", self.weights, 2, -1, 1)
        _check_array("bias", self.bias, 1, -limits.bias_limit, limits.bias_limit)
        check_nonzeros(self.weights, limits)
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
        check_product(c, self.shape)


def multiply(activations: NDArray[np.integer], weights: NDArray[np.integer]) -> NDArray[np.int64]:
    """``activations @ weights``, exact.

    Every partial sum is an integer of at most ``inputs * max|a|``; below 2**24 (2**53) the matrix
    product in single (double) precision is exact in any order, and fast.

    Args:
        activations: shape (batch, inputs), magnitudes up to 2**16.
        weights: -1, 0 or +1, shape (inputs, outputs), up to 2**36 inputs.
    """
    inputs, outputs = weights.shape
    largest = max(-int(activations.min()), int(activations.max()))
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
        keys: shape (key rows, outputs), padding included.
        bias: shape (outputs,).
    """
    corrections = np.zeros(1 << configuration.key_bits, dtype=np.int64)
    for key in configuration.keys():
        corrections[key.code] = key.correction
    return bias + corrections[keys].sum(axis=0)


def streams(
    configuration: TernaryConfiguration,
    products: Sequence[Product],
    *,
    skip_zero_tiles: bool = False,
) -> Streams:
    """What a core's bench drives and expects, for products one after the other.

    Sums come vector by vector and within a vector block by block; tails are padded with zero
    weights, and with zero activations and biases. With ``loop = table`` a vector's tiles come one
    by one, and the weights of all blocks for each.

    Args:
        configuration: the core's.
        products: what to multiply.
        skip_zero_tiles: leave out tiles of weights that are all zero, with their activations; each
            sum keeps one tile (`sim.sparsity.kept_tiles`).

    Raises:
        RequestError: the core counts its tiles, so none can be left out.
    """
    if skip_zero_tiles:
        check_skipping(configuration)
    parts = [_product_streams(configuration, each, skip_zero_tiles) for each in products]
    inputs = {
        name: Words.concatenate([part.inputs[name] for part in parts]) for name in parts[0].inputs
    }
    return Streams(inputs, Words.concatenate([part.results for part in parts]))


@dataclass(frozen=True)
class Streams:
    """Words of every input stream by port name, and the results that must come of them."""

    inputs: dict[str, Words]
    results: Words


def _product_streams(
    configuration: TernaryConfiguration, product: Product, skip_zero_tiles: bool
) -> Streams:
    c = configuration
    inputs, outputs, batch = product.shape
    tiles, blocks = c.tiles(inputs), c.blocks(outputs)
    activations = _pad(product.activations, 1, tiles * c.tile_inputs)
    weights = _pad(_pad(product.weights, 0, tiles * c.tile_inputs), 1, blocks * c.columns)
    keys = pack_keys(weights, c.group)
    initial = initial_values(c, keys, _pad(product.bias, 0, blocks * c.columns))

    # tile (block, t) holds keys [column][group of activations]
    tile_keys = keys.reshape(tiles, c.luts, blocks, c.columns).transpose(2, 0, 3, 1)
    tile_keys = tile_keys.reshape(blocks * tiles, c.columns * c.luts)
    key_words = pack(tile_keys, c.key_bits)
    kept = kept_tiles(c, product.weights) if skip_zero_tiles else np.ones((blocks, tiles), bool)
    order = tile_order(kept, c.loop)  # of a vector's tiles of weights
    if not c.sequencer:
        key_words = _flagged(tile_keys, tile_flags(kept, flags(c)), c.key_bits)
    activation_words = pack(activations.reshape(batch * tiles, -1), c.activation.bits)
    expected = _pad(product.golden(), 1, blocks * c.columns).reshape(batch * blocks, -1)
    streams = {
        "activations": Words(
            activation_words, _of_all(activation_order(order, c.loop), tiles, batch)
        ),
        "weights": Words(key_words, np.tile(order[:, 0] * tiles + order[:, 1], batch)),
        "initial": Words(
            pack(initial.reshape(blocks, -1), c.accumulator_bits), np.tile(np.arange(blocks), batch)
        ),
    }
    if c.sequencer:
        streams["command"] = Words.of(_command(c, tiles, blocks, batch))
    return Streams(streams, Words.of(pack(expected, c.accumulator_bits)))


def _of_all(of_vector: NDArray[np.intp], words: int, batch: int) -> NDArray[np.intp]:
    """The order of a batch's words, of which each vector has its own, from that of a vector."""
    return (np.arange(batch)[:, None] * words + of_vector).ravel()


def _flagged(
    tile_keys: NDArray[np.int16], flag_planes: NDArray[np.uint8], key_bits: int
) -> NDArray[np.uint8]:
    """Key words with flags, shape (words, flags), above the keys."""
    key_planes = np.unpackbits(pack(tile_keys, key_bits), axis=1, bitorder="little")
    key_planes = key_planes[:, : tile_keys.shape[1] * key_bits]
    return np.packbits(np.concatenate([key_planes, flag_planes], axis=1), axis=1, bitorder="little")


def _command(
    configuration: TernaryConfiguration, tiles: int, blocks: int, batch: int
) -> NDArray[np.uint8]:
    """The sequencer's command word, shape (1, bytes)."""
    counts = {"tiles": tiles, "sums": blocks * batch, "blocks": blocks, "vectors": batch}
    word = 0
    for name, field in command_shape(configuration):
        word |= counts[str(name)] - 1 << field.offset
    return np.frombuffer(word.to_bytes(8, "little"), dtype=np.uint8)[None]


def results_of(
    configuration: TernaryConfiguration, words: NDArray[np.uint8], products: Sequence[Product]
) -> list[NDArray[np.int64]]:
    """Read a core's result words back as one (batch, outputs) array for each product."""
    c = configuration
    sums = unpack(words, c.accumulator_bits, c.columns)
    results = []
    for product in products:
        _, outputs, batch = product.shape
        count = c.blocks(outputs) * batch
        results.append(sums[:count].reshape(batch, -1)[:, :outputs])
        sums = sums[count:]
    return results


def _pad(array: NDArray[np.integer], axis: int, size: int) -> NDArray[np.integer]:
    missing = [(0, 0)] * array.ndim
    missing[axis] = (0, size - array.shape[axis])
    return np.pad(array, missing)


def _check_array(
    name: str, array: NDArray[np.integer], dimensions: int, low: int, high: int
) -> None:
    if not np.issubdtype(array.dtype, np.integer):
        raise RequestError(f"{name} holds {array.dtype} where integers are wanted")
    if array.ndim != dimensions or 0 in array.shape:
        raise RequestError(
            f"{name} has shape {array.shape} where a non-empty array of {dimensions}"
            f" dimension{'s' * (dimensions > 1)} is wanted"
        )
    outside = (array < low) | (array > high)
    if outside.any():
        position = tuple(int(i) for i in np.argwhere(outside)[0])
        place = ", ".join(map(str, position))
        raise RequestError(f"{name}[{place}] = {array[position]} is outside {low} to {high}")
