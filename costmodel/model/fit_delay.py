"""Fitting the clock period: the delay of each step on a technology.

The period is a maximum of linear functions. Which path is the longest in each design is not known
beforehand; it is found by turns with the coefficients (Magnani and Boyd, "Convex piecewise-linear
fitting", Optimization and Engineering 10, 2009), which are a non-negative least-squares fit of
relative errors. The turns begin from what is known of the steps without measuring
(`costmodel.family.Basis.gates`), and the fit is drawn to it (Tikhonov's regularisation): less and
less, and each time from the solution before, so that paths change one after the other. How far it
is let go is chosen by cross-validation.

A design tells more than its period: timing has the longest paths by where they start and end, and
each is a maximum of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from costmodel.model.paths import Path

__all__ = ["fit_delay"]

Array = NDArray[np.float64]

_KINDS = ("input_to_register", "register_to_register", "register_to_output")
_PULLS = (1.0, 0.5, 0.25, 0.12, 0.06, 0.03, 0.015)  # as shares of the weight of all designs
_FOLDS = 5
_TURNS = 60
_UNTOLD = 1e-6  # as a share, weight of a step that is on no row's path: it then is as in gates
_SHORT = 0.5  # weight of a path that is not a design's longest; 1 is that of the longest one
_LONG = 0.97  # of the longest path, from where on another one is as good
_AS_GOOD = 1.05  # times the least cross-validated error: the strongest pull with less is taken


@dataclass(frozen=True)
class _Measured:
    """Longest paths of designs.

    Attributes:
        steps: of every path that may be it, shape (paths, rows, steps).
        present: whether a design has the path, and it is of the measured kind; (paths, rows).
        delay_ps: measured, by row.
        weight: by row.
        design: that the row is of.
    """

    steps: Array
    present: NDArray[np.bool_]
    delay_ps: Array
    weight: Array
    design: NDArray[np.intp]

    def of(self, chosen: NDArray[np.bool_]) -> _Measured:
        """Some of the rows."""
        return _Measured(
            self.steps[:, chosen],
            self.present[:, chosen],
            self.delay_ps[chosen],
            self.weight[chosen],
            self.design[chosen],
        )

    def lengths(self, coefficients: Array) -> Array:
        """Of every path, shape (paths, rows)."""
        return np.where(self.present, self.steps @ coefficients, -np.inf)

    def error(self, coefficients: Array) -> float:
        """Weighted sum of absolute relative errors."""
        longest = self.lengths(coefficients).max(axis=0)
        return float((self.weight * np.abs(longest / self.delay_ps - 1)).sum())


def fit_delay(
    paths: Sequence[Path], expected: Mapping[str, float], rows: Sequence[Mapping[str, Any]]
) -> dict[str, float]:
    """The delay of each step in ps.

    Args:
        paths: of the designs.
        expected: for each step the gates in a row that it takes, roughly.
        rows: the designs; of each ``delays_ps`` by kind of path (`costmodel.flow.timing.Delays`).
    """
    names = sorted({name for path in paths for name in path.steps})
    gates = np.array([expected[name] for name in names])
    measured = _measured(paths, names, rows)
    errors = np.zeros(len(_PULLS))
    for fold in range(_FOLDS):
        left_out = measured.design % _FOLDS == fold
        rest = measured.of(~left_out)
        if len(rest.design):
            errors += [measured.of(left_out).error(x) for x in _released(rest, gates)]
    pull = int(np.flatnonzero(errors <= _AS_GOOD * errors.min())[0])
    best = list(_released(measured, gates))[pull]
    return {name: float(ps) for name, ps in zip(names, best, strict=True) if ps}


def _measured(
    paths: Sequence[Path], names: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> _Measured:
    designs = len(rows)

    def spread(values: Any) -> NDArray[Any]:
        return np.broadcast_to(values, designs)

    steps = np.array(
        [[spread(path.exists * path.steps.get(name, 0.0)) for name in names] for path in paths]
    ).transpose(0, 2, 1)
    held = steps.any(axis=2)
    kinds: list[_Measured] = []
    periods = np.array([max(ps or 0.0 for ps in row["delays_ps"].values()) for row in rows])
    for kind in _KINDS:
        start, _, end = kind.partition("_to_")
        of_kind = [
            spread(path.from_input if start == "input" else path.from_register)
            & (path.to_output == (end == "output"))
            for path in paths
        ]
        present = held & np.array(of_kind)
        delay_ps = np.array([row["delays_ps"][f"{kind}_ps"] or 0.0 for row in rows])
        weight = np.where(delay_ps >= _LONG * periods, 1.0, _SHORT)
        measured = _Measured(steps, present, delay_ps, weight, np.arange(designs))
        kinds.append(measured.of((delay_ps > 0) & present.any(axis=0)))
    return _Measured(
        np.concatenate([part.steps for part in kinds], axis=1),
        np.concatenate([part.present for part in kinds], axis=1),
        np.concatenate([part.delay_ps for part in kinds]),
        np.concatenate([part.weight for part in kinds]),
        np.concatenate([part.design for part in kinds]),
    )


def _released(measured: _Measured, gates: Array) -> Iterator[Array]:
    """Coefficients for each of the pulls, the strongest first."""
    coefficients = gates
    for pull in _PULLS:
        coefficients = _by_turns(measured, gates, pull, coefficients)
        yield coefficients


def _by_turns(measured: _Measured, gates: Array, pull: float, start: Array) -> Array:
    """Coefficients, and with them which path is the longest in each row."""
    rows = np.arange(len(measured.delay_ps))
    chosen = measured.lengths(start).argmax(axis=0)
    solutions: list[tuple[float, Array]] = []
    for _ in range(_TURNS):
        steps = measured.steps[chosen, rows] * (measured.weight / measured.delay_ps)[:, None]
        expected = steps @ gates
        gate_ps = (expected @ measured.weight) / (expected @ expected)
        norms = np.linalg.norm(steps, axis=0)
        weights = pull * np.maximum(norms, _UNTOLD * norms.max())
        drawn = weights * gate_ps * gates
        solution, _ = nnls(
            np.concatenate([steps, np.diag(weights)]), np.concatenate([measured.weight, drawn])
        )
        lengths = measured.lengths(solution)
        errors = measured.weight * (lengths.max(axis=0) / measured.delay_ps - 1)
        error = (errors**2).sum() + ((weights * solution - drawn) ** 2).sum()
        solutions.append((float(error), solution))
        before, chosen = chosen, lengths.argmax(axis=0)
        if (chosen == before).all():
            break
    return min(solutions, key=lambda candidate: candidate[0])[1]
