"""A core's streams: the words that a bench drives and expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hw.ternary import (
    TernaryConfiguration,
    check_skipping,
    command_shape,
)
from hw.ternary.choices import PackingName, Scale, Style
from sim.formats import encode
from sim.job import Level
from sim.ternary.fixed_sums import to_fixed
from sim.ternary.keys import pack_keys
from sim.ternary.order import tile_order_of
from sim.ternary.packing import pack_words, pad_sparse34
from sim.ternary.product import Product, pad
from sim.ternary.results import corrupt_level, result_words, scale_words
from sim.ternary.styles import weight_codes
from sim.words import Words, beside, pack

__all__ = ["Streams", "initial_values", "streams"]


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
    corrections = _corrections(configuration)
    planes = keys if keys.ndim == 3 else keys[None]
    initial = bias.astype(np.int64)
    for p, plane in enumerate(planes):
        initial += corrections[plane].sum(axis=0) << p
    return initial


@lru_cache(maxsize=64)
def _corrections(configuration: TernaryConfiguration) -> NDArray[np.int64]:
    """The correction of each key, by its code; of many products it is asked for one by one."""
    keys = list(configuration.keys())
    values = np.array([key.correction for key in keys], dtype=object)
    corrections = np.zeros((1 << configuration.key_bits, *values.shape[1:]), dtype=np.int64)
    # all that counts is modulo 2**64
    corrections[[key.code for key in keys]] = (values + (1 << 63)) % (1 << 64) - (1 << 63)
    corrections.flags.writeable = False
    return corrections


def streams(
    configuration: TernaryConfiguration,
    products: Sequence[Product],
    *,
    skip_zero_tiles: bool = False,
) -> Streams:
    """What a core's bench drives and expects, for products one after the other.

    Sums come vector by vector, within a vector block by block, and within a block group by group
    where groups of inputs have a scale each; tails are padded with zero weights, and with zero
    activations, biases and scales. With ``loop = table`` a vector's tiles come one by one, and the
    weights of all blocks for each.

    Args:
        configuration: the core's.
        products: what to multiply.
        skip_zero_tiles: leave out tiles of weights that are all zero, with their activations; each
            sum keeps one tile (`sim.ternary.sparsity.kept_tiles`).

    Raises:
        RequestError: the core counts its tiles, so none can be left out.
    """
    if skip_zero_tiles:
        check_skipping(configuration)
    parts = [_product_streams(configuration, product, skip_zero_tiles) for product in products]
    inputs = {
        name: Words.concatenate([part.inputs[name] for part in parts]) for name in parts[0].inputs
    }
    results = Words.concatenate([part.results for part in parts])
    return Streams(inputs, results, corrupt_level(configuration, products))


@dataclass(frozen=True)
class Streams:
    """Words of every input stream by port name, and what must come of them.

    Attributes:
        inputs: by the stream's name.
        results: what must come out.
        level: what a port beside the streams must show, if there is one.
    """

    inputs: dict[str, Words]
    results: Words
    level: Level | None = None


def _product_streams(
    configuration: TernaryConfiguration, product: Product, skip_zero_tiles: bool
) -> Streams:
    c = configuration
    inputs, outputs, batch = product.shape
    tiles, blocks, groups = c.tiles(inputs), c.blocks(outputs), c.groups(inputs)
    sum_tiles = c.tiles_of_sum(inputs)
    padded = _padded(c, product)
    weights = padded.weights
    if c.multiplies:
        keys = weight_codes(c, weights)[None]
    elif c.packing is PackingName.SPARSE34:
        keys = pack_words(weights, c.packing)[None]
    else:
        keys = padded.keys(c)
    initial = _initial_rows(c, padded, keys)

    # tile (block, group, plane, t) holds words [column][word], by default keys [column][group of
    # activations]
    if c.reports_corrupt:
        in_tiles = weights.reshape(tiles, c.tile_inputs, blocks, c.columns).transpose(1, 0, 2, 3)
        words = pack_words(in_tiles, c.packing).swapaxes(0, 1)  # [tile][word][block][column]
        if padded.corrupt is not None:
            corrupt = padded.corrupt.reshape(words.shape)
            words = np.where(corrupt >= 0, corrupt, words)
        tile_words = words.transpose(2, 0, 3, 1)
    else:
        tile_words = keys[::-1].reshape(c.planes, groups, sum_tiles, c.luts, blocks, c.columns)
        tile_words = tile_words.transpose(4, 1, 0, 2, 5, 3)
    tile_words = tile_words.reshape(-1, c.columns * c.words)
    weight_words = pack(tile_words, c.word_bits)
    if c.interleave > 1:  # one more, without weights, for sums that are not there
        empty = pack_keys(np.zeros((c.tile_inputs, c.columns), np.int8), c.group)
        if c.multiplies:
            empty = np.zeros_like(empty)
        weight_words = np.concatenate([weight_words, pack(empty.T.reshape(1, -1), c.word_bits)])
    order = tile_order_of(c, product, skip_zero_tiles)
    if not c.sequencer:
        weight_words = beside(weight_words, tile_words.shape[1] * c.word_bits, order.flags)
    activation_words = _activation_words(c, padded, tiles)
    streams = {
        "activations": Words(activation_words, order.activations),
        "weights": Words(weight_words, order.weights),
        "initial": Words(
            pack(initial, c.accumulator_bits),
            np.resize(np.arange(len(initial)), batch * blocks * groups),
        ),
    }
    if c.sequencer:
        streams["command"] = Words.of(_command(c, sum_tiles, blocks * groups, batch))
    if c.exit_plan and product.scales is not None:
        streams["scales"] = scale_words(c.exit_plan, product.scales, blocks, batch)
    return Streams(streams, Words.of(result_words(c, padded)))


def _initial_rows(
    configuration: TernaryConfiguration, padded: Product, keys: NDArray[np.integer]
) -> NDArray[np.integer]:
    """Initial values of a padded product's sums: of one vector, or of all if they are not alike.

    Shape (vectors * blocks * groups, sums of a tile), the groups of a block one after the other.
    """
    c, bias = configuration, padded.bias[None]
    inputs, outputs, _ = padded.shape
    blocks, groups = c.blocks(outputs), c.groups(inputs)
    if c.style is Style.FLOAT:
        return encode(c.arithmetic.accumulation, bias).reshape(blocks, -1)
    if c.arithmetic.converts:
        bias = to_fixed(c, padded.activations, padded.bias).bias
        if c.style is Style.EXACT:
            bias = bias[:1]
    rows = [
        [
            initial_values(c, part, of_vector if group == 0 else np.zeros_like(of_vector))
            for group, part in enumerate(np.split(keys, groups, axis=1))
        ]
        for of_vector in bias
    ]  # [vector][group][output]
    ordered = np.array(rows).reshape(len(bias), groups, blocks, -1).swapaxes(1, 2)
    return ordered.reshape(len(bias) * blocks * groups, -1)


def _activation_words(
    configuration: TernaryConfiguration, padded: Product, tiles: int
) -> NDArray[np.uint8]:
    """Words of the activations of a padded product, vector by vector."""
    c = configuration
    if c.style is Style.INTEGER:
        return pack(padded.activations.reshape(len(padded.activations) * tiles, -1), c.operand.bits)
    codes = encode(c.arithmetic.number, padded.activations)
    words = pack(codes.reshape(len(codes) * tiles, -1), c.activation.bits)
    if c.style is Style.ALIGNED:
        block = np.repeat(to_fixed(c, padded.activations, padded.bias).block, tiles)
        places = np.arange(c.arithmetic.number.exponent_bits)
        planes = (block[:, None] >> places & 1).astype(np.bool_)
        words = beside(words, c.tile_inputs * c.activation.bits, planes)
    return words


def _padded(configuration: TernaryConfiguration, product: Product) -> Product:
    """A product filled up with zeros; 3:4 sparse weights as they allow it."""
    c = configuration
    inputs = c.tiles(product.shape[0]) * c.tile_inputs
    outputs = c.blocks(product.shape[1]) * c.columns
    if c.lane.parts > 1:
        return product.padded(inputs, outputs)
    if c.packing is PackingName.SPARSE34:
        weights = pad_sparse34(product.weights, inputs)
        weights = np.pad(weights, [(0, 0), (0, outputs - weights.shape[1])], mode="edge")
    else:
        weights = pad(pad(product.weights, 0, inputs), 1, outputs)
    scales = product.scales
    if scales is not None and c.scale is not Scale.TENSOR:
        scales = pad(scales, scales.ndim - 1, outputs)
    corrupt = product.corrupt
    if corrupt is not None:
        beyond = outputs - corrupt.shape[1]
        corrupt = np.pad(corrupt, [(0, 0), (0, beyond)], constant_values=-1)
    activations, bias = pad(product.activations, 1, inputs), pad(product.bias, 0, outputs)
    return Product(activations, weights, bias, scales, corrupt)


def _command(
    configuration: TernaryConfiguration, tiles: int, blocks: int, batch: int
) -> NDArray[np.uint8]:
    """The sequencer's command word, shape (1, bytes)."""
    counts = {"tiles": tiles, "sums": blocks * batch, "blocks": blocks, "vectors": batch}
    word = 0
    for name, field in command_shape(configuration):
        word |= counts[str(name)] - 1 << field.offset
    return np.frombuffer(word.to_bytes(8, "little"), dtype=np.uint8)[None]
