"""Inputs to try: random ones, and those at which arithmetic goes wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["PROLOGUE", "Bits", "draw_sequence", "draw_words", "to_planes"]

Bits = NDArray[np.bool_]  # a row a vector, a column a bit, lowest first

PROLOGUE = 3  # steps of a sequence that only let edges of controls be seen
_SEGMENT = 64  # vectors in a row for which a single bit keeps its liking for 0 or 1
_LIKINGS = (0.02, 0.1, 0.5, 0.5, 0.9, 0.98)


def draw_words(widths: dict[str, int], count: int, rng: np.random.Generator) -> dict[str, Bits]:
    """Values of ports, each a matrix of (count, width).

    Words of more than one bit are, by turns, random, all zeros or ones, the least or greatest
    signed number, one bit alone, a small number of either sign, or equal to another port's word.
    Single bits like one value for a while, so that a reset does not fall every other time.

    Args:
        widths: of the ports, in bits.
        count: how many vectors.
        rng: what they are drawn with.
    """
    words: dict[str, Bits] = {}
    for port, width in widths.items():
        if width == 1:
            liking = rng.choice(_LIKINGS, -(-count // _SEGMENT)).repeat(_SEGMENT)[:count]
            words[port] = (rng.random(count) < liking)[:, None]
        else:
            words[port] = _word(width, count, rng)
    wide = [port for port, width in widths.items() if width > 1]
    if len(wide) > 1:
        for port in wide:
            other = words[rng.choice(wide)]
            rows = np.flatnonzero(rng.random(count) < 0.06)
            shared = min(widths[port], other.shape[1])
            words[port][rows, :shared] = other[rows, :shared]
    return words


def _word(width: int, count: int, rng: np.random.Generator) -> Bits:
    place = np.arange(width)
    kind = rng.choice(8, count, p=[0.4, 0.06, 0.06, 0.06, 0.06, 0.1, 0.16, 0.1])[:, None]
    uniform = rng.random((count, width)) < 0.5
    size = rng.integers(1, width + 1, count)[:, None]
    sign = rng.random((count, 1)) < 0.5
    sparse = rng.random((count, width)) < 2 / width
    choices = [
        uniform,
        np.zeros((count, width), bool),
        np.ones((count, width), bool),
        np.broadcast_to(place == width - 1, (count, width)),  # the least signed number
        np.broadcast_to(place != width - 1, (count, width)),  # the greatest
        place == size - 1,
        np.where(place < size, uniform, sign),
        sparse ^ sign,
    ]
    return np.select([kind == number for number in range(len(choices))], choices)


def to_planes(bits: Bits) -> NDArray[np.uint64]:
    """Vectors as lanes: (bits, words), the count padded to whole words with zeros."""
    packed = np.packbits(bits.T, axis=1, bitorder="little")
    padded = np.zeros((packed.shape[0], -(-packed.shape[1] // 8) * 8), np.uint8)
    padded[:, : packed.shape[1]] = packed
    return padded.view(np.uint64)


def draw_sequence(
    widths: dict[str, int], clocks: list[str], steps: int, rng: np.random.Generator
) -> dict[str, Bits]:
    """Values of ports in time: by turns new data, and an edge of one of the clocks.

    Never do data and a clock change together. At first the data are all 0, all 1 and all 0 again,
    with still clocks, so that controls of either level see an edge to it (`PROLOGUE` steps).

    Args:
        widths: of the ports, in bits.
        clocks: those of one bit that something is clocked by.
        steps: how many changes, with the prologue.
        rng: what they are drawn with.
    """
    data = {port: width for port, width in widths.items() if port not in clocks}
    every = 2 if clocks else 1
    words = draw_words(data, -(-steps // every), rng)
    sequence = {port: bits.repeat(every, axis=0)[:steps] for port, bits in words.items()}
    for bits in sequence.values():
        bits[:PROLOGUE] = [[False], [True], [False]]
    turns = rng.integers(0, max(1, len(clocks)), steps)
    for number, clock in enumerate(clocks):
        toggles = (turns == number) & (np.arange(steps) % 2 == 1)
        toggles[:PROLOGUE] = False
        sequence[clock] = (np.cumsum(toggles) % 2 == 1)[:, None]
    return sequence
