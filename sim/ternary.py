"""Ternary matrix products: the golden model, the packer of weights, and a core's streams.

The golden model works on plain integers and knows nothing of tables, lanes or offsets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.ternary import (
    ExitPlan,
    TernaryConfiguration,
    check_product,
    check_skipping,
    command_shape,
    flags,
)
from hw.ternary.packing import SPARSE34
from sim.exit import exit_results, float_values
from sim.fixed_sums import to_fixed
from sim.float_sums import float_sums
from sim.formats import encode
from sim.packing import pack_words, pad_sparse34
from sim.planes import split_planes
from sim.sparsity import activation_order, check_nonzeros, kept_tiles, tile_flags, tile_order
from sim.styles import bias_format, check_limit, check_numbers, weight_codes
from sim.words import Words, pack, unpack

__all__ = [
    "Product",
    "Streams",
    "check_array",
    "initial_values",
    "multiply",
    "pack_keys",
    "pad",
    "result_values",
    "results_of",
    "streams",
    "unpack_keys",
]

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
    """

    activations: NDArray[Any]
    weights: NDArray[np.integer]
    bias: NDArray[Any]
    scales: NDArray[np.integer] | None = None

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
        shape = {"tensor": (batch, 1, 1), "column": (1, outputs, 1), "group": (1, outputs, -1)}
        scales = None
        if plan is not None and self.scales is not None:
            scales = self.scales.T.reshape(shape[plan.scale])
        if configuration.style == "float":
            codes = float_sums(configuration, self.activations, self.weights, self.bias)
            return codes if plan is None else exit_results(plan, codes[..., None], scales)
        if plan is None:
            return self.golden()
        activations, bias, notes = self.activations, self.bias, {}
        if configuration.arithmetic.converts:
            fixed = to_fixed(configuration, activations, bias)
            activations, bias = fixed.activations, fixed.bias
            notes["invalid"] = fixed.invalid[:, None, None]
            if configuration.style == "aligned":
                notes["exponent"] = np.broadcast_to(fixed.exponent[:, None], (batch, outputs))
        size = configuration.scale_group if plan.grouped else inputs
        sums = np.empty((batch, outputs, configuration.groups(inputs)), dtype=np.int64)
        for group in range(sums.shape[-1]):
            part = slice(group * size, (group + 1) * size)
            sums[..., group] = multiply(activations[:, part], self.weights[part])
        sums[..., 0] += bias.astype(np.int64)
        return exit_results(plan, sums, scales, **notes)

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
        if c.packing == SPARSE34:
            pad_sparse34(self.weights, -(-len(self.weights) // 4) * 4)
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
        self._check_scales(c)
        check_product(c, self.shape)

    def check_values(self, configuration: TernaryConfiguration) -> None:
        """See that each array by itself is what `check` wants."""
        c, limit = configuration, configuration.workload.bias_limit
        check_array("weights", self.weights, 2, -c.largest_weight, c.largest_weight)
        if c.style != "integer":
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
            "tensor": (batch,),
            "column": (outputs,),
            "group": (configuration.groups(inputs), outputs),
        }[plan.scale]
        if self.scales is None:
            raise RequestError(
                f"the data has no scales, and the core wants codes of {configuration.scale_format}"
                f" of shape {wanted}"
            )
        check_array("scales", self.scales, len(wanted), 0, (1 << plan.scale_bits) - 1)
        if self.scales.shape != wanted:
            raise RequestError(f"scales has shape {self.scales.shape} where {wanted} is wanted")


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
    for key in configuration.keys():  # all that counts is modulo 2**64
        corrections[key.code] = (np.array(key.correction, dtype=object) + (1 << 63)) % (1 << 64) - (
            1 << 63
        )
    planes = keys if keys.ndim == 3 else keys[None]
    initial = bias.astype(np.int64)
    for p, plane in enumerate(planes):
        initial += corrections[plane].sum(axis=0) << p
    return initial


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
    tiles, blocks, groups = c.tiles(inputs), c.blocks(outputs), c.groups(inputs)
    sum_tiles = c.tiles_of_sum(inputs)
    padded = _padded(c, product)
    weights = padded.weights
    if c.multiplies:
        keys = weight_codes(c, weights)[None]
    elif c.packing == SPARSE34:
        keys = pack_words(weights, c.packing)[None]
    else:
        keys = padded.keys(c)
    initial = _initial_rows(c, padded, keys)

    # tile (block, group, plane, t) holds words [column][word], by default keys [column][group of
    # activations]
    if c.reports_corrupt:
        in_tiles = weights.reshape(tiles, c.tile_inputs, blocks, c.columns).transpose(1, 0, 2, 3)
        tile_words = pack_words(in_tiles, c.packing).transpose(2, 1, 3, 0)
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
    order = _order(c, product, skip_zero_tiles)
    if not c.sequencer:
        weight_words = _beside(weight_words, tile_words.shape[1] * c.word_bits, order.flags)
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
        streams["scales"] = _scale_words(c.exit_plan, product.scales, blocks, batch)
    return Streams(streams, Words.of(_result_words(c, padded)))


def _initial_rows(
    configuration: TernaryConfiguration, padded: Product, keys: NDArray[np.integer]
) -> NDArray[np.integer]:
    """Initial values of a padded product's sums: of one vector, or of all if they are not alike.

    Shape (vectors * blocks * groups, sums of a tile), the groups of a block one after the other.
    """
    c, bias = configuration, padded.bias[None]
    inputs, outputs, _ = padded.shape
    blocks, groups = c.blocks(outputs), c.groups(inputs)
    if c.style == "float":
        return encode(c.arithmetic.accumulation, bias).reshape(blocks, -1)
    if c.arithmetic.converts:
        bias = to_fixed(c, padded.activations, padded.bias).bias
        if c.style == "exact":
            bias = bias[:1]
    rows = [
        [
            initial_values(c, part, each if group == 0 else np.zeros_like(each))
            for group, part in enumerate(np.split(keys, groups, axis=1))
        ]
        for each in bias
    ]  # [vector][group][output]
    ordered = np.array(rows).reshape(len(bias), groups, blocks, -1).swapaxes(1, 2)
    return ordered.reshape(len(bias) * blocks * groups, -1)


def _activation_words(
    configuration: TernaryConfiguration, padded: Product, tiles: int
) -> NDArray[np.uint8]:
    """Words of the activations of a padded product, vector by vector."""
    c = configuration
    if c.style == "integer":
        return pack(padded.activations.reshape(len(padded.activations) * tiles, -1), c.operand.bits)
    codes = encode(c.arithmetic.number, padded.activations)
    words = pack(codes.reshape(len(codes) * tiles, -1), c.activation.bits)
    if c.style == "aligned":
        block = np.repeat(to_fixed(c, padded.activations, padded.bias).block, tiles)
        places = np.arange(c.arithmetic.number.exponent_bits)
        planes = (block[:, None] >> places & 1).astype(np.bool_)
        words = _beside(words, c.tile_inputs * c.activation.bits, planes)
    return words


def _padded(configuration: TernaryConfiguration, product: Product) -> Product:
    """A product filled up with zeros; 3:4 sparse weights as they allow it."""
    c = configuration
    inputs = c.tiles(product.shape[0]) * c.tile_inputs
    outputs = c.blocks(product.shape[1]) * c.columns
    if c.lane.parts > 1:
        return product.padded(inputs, outputs)
    if c.packing == SPARSE34:
        weights = pad_sparse34(product.weights, inputs)
        weights = np.pad(weights, [(0, 0), (0, outputs - weights.shape[1])], mode="edge")
    else:
        weights = pad(pad(product.weights, 0, inputs), 1, outputs)
    scales = product.scales
    if scales is not None and c.scale != "tensor":
        scales = pad(scales, scales.ndim - 1, outputs)
    activations, bias = pad(product.activations, 1, inputs), pad(product.bias, 0, outputs)
    return Product(activations, weights, bias, scales)


def _scale_words(plan: ExitPlan, scales: NDArray[np.integer], blocks: int, batch: int) -> Words:
    """The beats of the scales of a product, in the order of its sums."""
    if plan.scale == "tensor":
        return Words(pack(scales[:, None], plan.scale_bits), np.repeat(np.arange(batch), blocks))
    scales = pad(np.atleast_2d(scales), 1, blocks * plan.columns)
    groups = len(scales)
    beats = scales.reshape(groups, blocks, plan.columns).swapaxes(0, 1)
    beats = pad(beats, 2, plan.beats * plan.units).reshape(-1, plan.units)
    words = pack(beats, plan.scale_bits)
    if plan.grouped:
        last = np.arange(len(beats)) // plan.beats % groups == groups - 1
        words = _beside(words, plan.units * plan.scale_bits, last[:, None])
    return Words(words, np.tile(np.arange(len(beats)), batch))


def _result_words(configuration: TernaryConfiguration, product: Product) -> NDArray[np.uint8]:
    """Words of the results of a padded product; of flags above them, none is set."""
    c, plan = configuration, configuration.exit_plan
    results = product.results(c)
    if plan is None:
        words = pack(results.reshape(-1, c.sums), c.accumulator_bits)
        if c.reports_corrupt:
            flags = np.zeros((len(words), c.columns), dtype=np.bool_)
            words = _beside(words, c.columns * c.accumulator_bits, flags)
        return words
    blocks = results.reshape(len(results), -1, c.columns)
    # what comes out beyond the last column is what a column without weights gives
    scales = product.scales
    if scales is not None and c.scale != "tensor":
        scales = np.zeros((*scales.shape[:-1], 1), scales.dtype)
    empty = Product(
        product.activations,
        np.zeros_like(product.weights[:, :1]),
        np.zeros_like(product.bias[:1]),
        scales,
    )
    missing = (*blocks.shape[:2], plan.beats * plan.units - c.columns)
    spare = np.broadcast_to(empty.results(c)[:, :, None], missing)
    beats = np.concatenate([blocks, spare], axis=2).reshape(-1, plan.units)
    return pack(beats, plan.result_bits)


@dataclass(frozen=True)
class _Order:
    """In what order the tiles of a product come.

    Attributes:
        activations: tiles of activations, by their number in (vector, tile).
        weights: words of weights, by their number in (block, group, plane, tile).
        flags: of these words, shape (words, flags); for cores without a sequencer.
    """

    activations: NDArray[np.intp]
    weights: NDArray[np.intp]
    flags: NDArray[np.bool_]


def _order(c: TernaryConfiguration, product: Product, skip_zero_tiles: bool) -> _Order:
    inputs, outputs, batch = product.shape
    tiles, blocks, groups = c.tiles(inputs), c.blocks(outputs), c.groups(inputs)
    sum_tiles = c.tiles_of_sum(inputs)
    if c.planes > 1:
        vectors = np.arange(batch * tiles).reshape(batch, 1, groups, 1, sum_tiles)
        every = np.broadcast_to(vectors, (batch, blocks, groups, c.planes, sum_tiles))
        words = np.arange(blocks * tiles * c.planes)
        position = words % (c.planes * sum_tiles)
        marks = {
            "first": position == 0,
            "last": position == c.planes * sum_tiles - 1,
            "double": (position % sum_tiles == 0) & (position > 0),
        }
        marks = np.stack([marks[name] for name in flags(c)], axis=1)
        return _Order(every.ravel(), np.tile(words, batch), marks)
    if c.interleave > 1:
        return _turns(c, batch * blocks, blocks, tiles)
    kept = kept_tiles(c, product.weights) if skip_zero_tiles else np.ones((blocks, tiles), bool)
    order = tile_order(kept, c.loop)  # of a vector's tiles of weights
    return _Order(
        _of_all(activation_order(order, c.loop), tiles, batch),
        np.tile(order[:, 0] * tiles + order[:, 1], batch),
        tile_flags(kept.reshape(-1, sum_tiles), flags(c)),
    )


def _turns(c: TernaryConfiguration, sums: int, blocks: int, tiles: int) -> _Order:
    """Tiles of ``interleave`` sums in turns; the last word of weights stands for missing sums."""
    groups = c.turns(sums) // c.interleave
    number = np.arange(groups * c.interleave).reshape(groups, 1, c.interleave)
    tile = np.arange(tiles)[:, None]
    there = np.broadcast_to(number < sums, (groups, tiles, c.interleave))
    vector, block = np.divmod(number, blocks)
    words = np.where(there, block * tiles + tile, blocks * tiles)
    activations = np.where(there, vector * tiles + tile, 0)
    position = np.arange(blocks * tiles) % tiles
    flagged = np.stack([position == 0, position == tiles - 1], axis=1)
    return _Order(activations.ravel(), words.ravel(), np.pad(flagged, ((0, 1), (0, 0))))


def _of_all(of_vector: NDArray[np.intp], words: int, batch: int) -> NDArray[np.intp]:
    """The order of a batch's words, of which each vector has its own, from that of a vector."""
    return (np.arange(batch)[:, None] * words + of_vector).ravel()


def _beside(words: NDArray[np.uint8], bits: int, flags: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Words of so many bits with flags above them, shape (words, flags)."""
    planes = np.unpackbits(words, axis=1, bitorder="little")[:, :bits]
    return np.packbits(np.concatenate([planes, flags], axis=1), axis=1, bitorder="little")


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
    """Read a core's result words back as one array for each product, shaped as `Product.results`.

    Results are integers, or the codes of floats (not negative).
    """
    c, plan = configuration, configuration.exit_plan
    if plan is None:
        sums = unpack(words, c.accumulator_bits, c.sums)
    else:
        sums = unpack(words, plan.result_bits, plan.units)
        sums = sums.reshape(-1, plan.beats * plan.units)[:, : c.columns]
    if c.result_format:
        sums &= (1 << c.result_format.bits) - 1
    results = []
    for product in products:
        _, outputs, batch = product.shape
        count = c.blocks(outputs) * batch
        of_vectors = sums[:count].reshape(batch, -1, *product.bias.shape[1:])
        results.append(of_vectors[:, :outputs])
        sums = sums[count:]
    return results


def result_values(
    configuration: TernaryConfiguration, results: NDArray[np.int64]
) -> NDArray[np.int64] | NDArray[np.float64]:
    """Results as numbers: integers as they are, of floats what their codes stand for."""
    form = configuration.result_format
    return float_values(form, results) if form else results


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
