"""In what order the tiles of a product come, and the flags that tell a core so."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw.ternary import (
    TernaryConfiguration,
    flags,
)
from sim.ternary.product import Product
from sim.ternary.sparsity import activation_order, kept_tiles, tile_flags, tile_order

__all__ = ["Order", "tile_order_of"]


@dataclass(frozen=True)
class Order:
    """In what order the tiles of a product come.

    Attributes:
        activations: tiles of activations, by their number in (vector, tile).
        weights: words of weights, by their number in (block, group, plane, tile).
        flags: of these words, shape (words, flags); for cores without a sequencer.
    """

    activations: NDArray[np.intp]
    weights: NDArray[np.intp]
    flags: NDArray[np.bool_]


def tile_order_of(c: TernaryConfiguration, product: Product, skip_zero_tiles: bool) -> Order:
    """The order of a product's tiles on a core, by its loop, planes and interleave.

    Args:
        c: the core's configuration.
        product: what to multiply.
        skip_zero_tiles: see `sim.ternary.streams.streams`.
    """
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
        return Order(every.ravel(), np.tile(words, batch), marks)
    if c.interleave > 1:
        return _turns(c, batch * blocks, blocks, tiles)
    kept = kept_tiles(c, product.weights) if skip_zero_tiles else np.ones((blocks, tiles), bool)
    order = tile_order(kept, c.loop)  # of a vector's tiles of weights
    return Order(
        _of_all(activation_order(order, c.loop), tiles, batch),
        np.tile(order[:, 0] * tiles + order[:, 1], batch),
        tile_flags(kept.reshape(-1, sum_tiles), flags(c)),
    )


def _turns(c: TernaryConfiguration, sums: int, blocks: int, tiles: int) -> Order:
    """Tiles of ``interleave`` sums in turns; the last word of weights stands for missing sums."""
    groups = c.turns(sums) // c.interleave
    number = np.arange(groups * c.interleave).reshape(groups, 1, c.interleave)
    tile = np.arange(tiles)[:, None]
    present = np.broadcast_to(number < sums, (groups, tiles, c.interleave))
    vector, block = np.divmod(number, blocks)
    words = np.where(present, block * tiles + tile, blocks * tiles)
    activations = np.where(present, vector * tiles + tile, 0)
    position = np.arange(blocks * tiles) % tiles
    flagged = np.stack([position == 0, position == tiles - 1], axis=1)
    return Order(activations.ravel(), words.ravel(), np.pad(flagged, ((0, 1), (0, 0))))


def _of_all(of_vector: NDArray[np.intp], words: int, batch: int) -> NDArray[np.intp]:
    """The order of a batch's words, of which each vector has its own, from that of a vector."""
    return (np.arange(batch)[:, None] * words + of_vector).ravel()
