"""Weights of a layer as a file has them: integers and what 1 is worth, or real numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError

__all__ = ["MOST_WEIGHTS", "Axes", "Checkpoint", "Reals", "StoredLayer", "Weights", "check_codes"]

#: Weights of a layer that are read at once.
MOST_WEIGHTS = 1 << 27

#: Real weights, shape (outputs, inputs), or as the file has them.
Reals = NDArray[np.float32]


class Axes(StrEnum):
    """What the rows and the columns of a matrix of weights are."""

    OUT_IN = "out,in"
    IN_OUT = "in,out"


@dataclass(frozen=True)
class Weights:
    """Integers, and the scale of each run of them.

    Attributes:
        elements: shape (outputs, inputs).
        scales: what 1 of an element is worth, exact in float32; shape (outputs, groups), each for
            ``inputs / groups`` elements of a row.
    """

    elements: NDArray[np.int8]
    scales: NDArray[np.float32]

    @property
    def group(self) -> int:
        """Elements of a row that share a scale."""
        return self.elements.shape[1] // self.scales.shape[1]

    def values(self) -> Reals:
        """What the elements are worth, as float32, shape (outputs, inputs)."""
        return self.elements.astype(np.float32) * np.repeat(self.scales, self.group, axis=1)


@dataclass(frozen=True)
class StoredLayer:
    """A matrix of weights in a file.

    Attributes:
        name: as the file has it.
        kind: how it is stored, in the file's own words.
        format: of its elements (`hw.formats.weights`); empty where they are real numbers, or
            integers without a scale each.
        shape: rows and columns of what `load` gives.
        axes: what these are; None if the file does not say so.
        reason: why, for a person.
        load: reads the weights; `Weights` have (outputs, inputs).
    """

    name: str
    kind: str
    format: str
    shape: tuple[int, int]
    axes: Axes | None
    reason: str
    load: Callable[[], Weights | Reals]


@dataclass(frozen=True)
class Checkpoint:
    """What is in a file.

    Attributes:
        path: the file.
        about: what it says of itself, in a few words.
        layers: matrices of weights, in the file's order.
        left_out: names of other tensors, by the reason why they are no layers.
        notes: what was taken for granted, in sentences.
    """

    path: Path
    about: str
    layers: tuple[StoredLayer, ...]
    left_out: dict[str, list[str]]
    notes: tuple[str, ...] = ()


def check_codes(place: str, legal: NDArray[np.bool_], codes: NDArray[Any]) -> None:
    """See that all codes of a matrix stand for a weight.

    Args:
        place: file and tensor, for the sentence.
        legal: which do, shape (outputs, inputs).
        codes: of that shape.

    Raises:
        RequestError: one does not.
    """
    if not legal.all():
        row, column = (int(i) for i in np.argwhere(~legal)[0])
        raise RequestError(
            f"{place}: the weight of output {row} and input {column} has the code"
            f" {codes[row, column]}, which stands for none"
        )
