"""Paths: what a clock period is the longest of, each a sum of steps.

A step (a level of full adders, a bit of a carry chain, the readers of a net) has the same
coefficient on every path, so the period is a maximum of linear functions. Which paths there are is
a family's to say (`costmodel.family.Basis`); `costmodel.model.fit_delay` finds the coefficients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.broadcast import joined, total

__all__ = ["Path", "Steps", "longest", "plus", "times"]

Array = NDArray[Any]
Steps = dict[str, Array]


@dataclass(frozen=True)
class Path:
    """A way through a circuit, up to a register if not said otherwise.

    Attributes:
        steps: the number of every step on it.
        exists: 1 where a configuration has the path, 0 where it does not.
        from_input: whether it starts at one of the circuit's inputs.
        from_register: whether it starts at a register.
        to_output: it ends at the circuit's outputs.
    """

    steps: Steps
    exists: Array = field(default_factory=lambda: np.ones(()))
    from_input: NDArray[np.bool_] | bool = True
    from_register: NDArray[np.bool_] | bool = True
    to_output: bool = False

    def length(self, coefficients: Mapping[str, float]) -> Array:
        """Coefficients times steps, summed; 0 where it is not there."""
        summed = total(
            weight * number
            for name, number in self.steps.items()
            if (weight := coefficients.get(name, 0.0))
        )
        return summed if self.exists.all() else self.exists * summed


def longest(paths: Sequence[Path], coefficients: Mapping[str, float]) -> Array:
    """The longest path."""
    return joined(np.maximum, [path.length(coefficients) for path in paths])


def times(factor: Array, steps: Steps) -> Steps:
    """A path's steps so many times."""
    return {name: factor * number for name, number in steps.items()}


def plus(*parts: Steps) -> Steps:
    """Steps of paths that follow each other."""
    path_steps: Steps = {}
    for steps in parts:
        for name, number in steps.items():
            path_steps[name] = path_steps[name] + number if name in path_steps else number
    return path_steps
