"""Zeros among ternary weights: accumulator widths, tiles without work, the order of the tiles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.ternary import TernaryConfiguration, Workload, check_skipping
from hw.ternary.choices import Loop

__all__ = [
    "activation_order",
    "check_nonzeros",
    "kept_tiles",
    "limit_nonzeros",
    "most_nonzeros",
    "needed_bits",
    "tile_flags",
    "tile_order",
]


def most_nonzeros(weights: NDArray[np.integer]) -> tuple[int, int]:
    """The most non-zero weights of an output, and the first output that has so many.

    Args:
        weights: -1, 0 or +1, shape (inputs, outputs).
    """
    counts = np.count_nonzero(weights, axis=0)
    output = int(counts.argmax())
    return int(counts[output]), output


def check_nonzeros(weights: NDArray[np.integer], workload: Workload) -> None:
    """See that no output has more non-zero weights than the accumulators were sized for.

    Raises:
        RequestError: one has; the sentence names it.
    """
    if not workload.nonzeros:
        return
    count, output = most_nonzeros(weights)
    if count > workload.nonzeros:
        raise RequestError(
            f"output {output} has {count} non-zero weights, more than workload.nonzeros ="
            f" {workload.nonzeros} (--set workload.nonzeros={count} sizes the accumulators for it)"
        )


def limit_nonzeros(
    weights: NDArray[np.integer], most: int, rng: np.random.Generator
) -> NDArray[np.integer]:
    """Weights of which no output has more than ``most`` that are not 0; which go is random.

    Args:
        weights: -1, 0 or +1, shape (inputs, outputs).
        most: 1 or more.
        rng: where randomness comes from.
    """
    chance = np.where(weights != 0, rng.random(weights.shape), 2.0)
    rank = chance.argsort(axis=0).argsort(axis=0)
    return np.where(rank < most, weights, 0).astype(weights.dtype)


def needed_bits(
    configuration: TernaryConfiguration,
    weights: NDArray[np.integer],
    bias: NDArray[np.integer],
) -> int:
    """Accumulator bits that these weights and biases take, whatever the activations.

    The bound of each output is the L1 norm of its weights times the largest activation, plus its
    bias (A2Q: Colbert, Pappalardo, Petri-Koenig, ICCV 2023).

    Args:
        configuration: whose activations are to be summed.
        weights: -1, 0 or +1, shape (inputs, outputs).
        bias: shape (outputs,).
    """
    norms = np.abs(weights).sum(axis=0, dtype=np.int64)
    bounds = norms * configuration.operand.magnitude + np.abs(bias.astype(np.int64))
    return max(2, int(bounds.max()).bit_length() + 1)


def kept_tiles(
    configuration: TernaryConfiguration, weights: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Tiles that hold a weight other than 0; of a block without any, the first one.

    Args:
        configuration: the core's.
        weights: -1, 0 or +1, shape (inputs, outputs).

    Returns:
        Which tiles to keep, shape (blocks, tiles of a sum); their number is what
        `TernaryConfiguration.schedule` wants to know.

    Raises:
        RequestError: the core counts its tiles, so none can be left out.
    """
    check_skipping(configuration)
    c = configuration
    inputs, outputs = weights.shape
    tiles, blocks = c.tiles(inputs), c.blocks(outputs)
    padded = np.zeros((tiles * c.tile_inputs, blocks * c.columns), dtype=bool)
    padded[:inputs, :outputs] = weights != 0
    tiled = padded.reshape(tiles, c.tile_inputs, blocks, c.columns)
    kept: NDArray[np.bool_] = np.logical_or.reduce(tiled, axis=(1, 3)).T
    kept[~kept.any(axis=1), 0] = True
    return kept


def tile_order(kept: NDArray[np.bool_], loop: Loop) -> NDArray[np.intp]:
    """Block and tile of each word of weights of a vector, in their order, shape (words, 2).

    Args:
        kept: tiles that are sent, shape (blocks, tiles).
        loop: ``reduction``: block by block; ``table``: tile by tile, the blocks inside.
    """
    if loop == Loop.TABLE:
        return np.argwhere(kept.T)[:, ::-1]
    return np.argwhere(kept)


def activation_order(order: NDArray[np.intp], loop: Loop) -> NDArray[np.intp]:
    """The tile of each word of activations of a vector; ``table`` sends each one once."""
    tiles = order[:, 1]
    return np.unique(tiles) if loop == Loop.TABLE else tiles


def tile_flags(kept: NDArray[np.bool_], flags: Sequence[str]) -> NDArray[np.bool_]:
    """The flags of every tile, sent or not, block by block.

    Args:
        kept: tiles that are sent, shape (blocks, tiles).
        flags: their names, the lowest bit first.

    Returns:
        Shape (blocks * tiles, flags).
    """
    blocks, tiles = kept.shape
    planes = {name: np.zeros((blocks, tiles), dtype=bool) for name in flags}
    rows = np.arange(blocks)
    planes["first"][rows, kept.argmax(axis=1)] = True
    planes["last"][rows, tiles - 1 - kept[:, ::-1].argmax(axis=1)] = True
    if "release" in planes:
        planes["release"][-1] = True
    return np.stack([planes[name].ravel() for name in flags], axis=1)
