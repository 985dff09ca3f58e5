"""Fitting: coefficients of a technology from its measured designs, and their held-out errors.

Costs are fitted regression by regression (`costmodel.model.regressions`), by non-negative least
squares (Lawson and Hanson, "Solving Least Squares Problems", 1974, as scipy has it) of relative
errors: nothing that is in a circuit has a negative cost, and a small design counts as much as a
large one. The clock period is a maximum of linear functions of the same kind
(`costmodel.model.fit_delay`).

Only designs of set ``fit`` are used for any of it; the errors that a model states are those of all
others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from costmodel.family import Basis
from costmodel.model.estimate import estimate
from costmodel.model.fit_delay import fit_delay
from costmodel.model.model import FIGURES, Accuracy, Model, basis_digest
from costmodel.model.regressions import Regression, Terms, regression_of
from costmodel.model.terms import terms
from hw.errors import RequestError

__all__ = ["accuracy", "fit", "measured_figures"]

Array = NDArray[np.float64]
Row = Mapping[str, Any]

_SHARE = 0.05  # of a design's cost, that a regression's error is told in besides its own cost
#: Strengths of the regularisation, as shares of a quantity's weight in all designs.
_RIDGES = (0.0, 0.001, 0.003, 0.01, 0.03)
_FOLDS = 5


def fit(rows: Sequence[Row], technology: str, basis: Basis, provenance: Mapping[str, Any]) -> Model:
    """The model of a technology.

    Args:
        rows: measured designs, both sets: parameters by name, ``set``, and the fields of
            `costmodel.model.characterise.characterise`.
        technology: its name.
        basis: of the designs' family.
        provenance: to be kept with it.

    Raises:
        RequestError: there are too few designs to fit to.
    """
    fitted = [row for row in rows if row["set"] == "fit"]
    if len(fitted) < _least_rows(basis):
        raise RequestError(
            f"a model of {technology} wants at least {_least_rows(basis)} measured designs to be"
            f" fitted to, and there are {len(fitted)}: give the calibration more time"
        )
    held = basis.held(basis.columns_of_rows(fitted))
    area = _fit_costs(basis.regressions, held.modules, _measured(basis, fitted, "area_parts"))
    model = Model(
        technology=technology,
        family=basis.family,
        area=area,
        energy=_fit_energy(basis, fitted),
        leakage=_fit_leakage(basis, fitted),
        delay=fit_delay(held.paths, basis.gates, fitted),
        region=_region(basis, rows),
        accuracy={},
        basis=basis_digest(basis),
        provenance=provenance,
    )
    tested = [row for row in rows if row["set"] != "fit"]
    return replace(model, accuracy=accuracy(model, tested, basis))


def accuracy(model: Model, rows: Sequence[Row], basis: Basis) -> dict[str, dict[str, Accuracy]]:
    """How far a model is from measured designs, for each kind of them and each figure."""
    errors: dict[str, dict[str, Accuracy]] = {}
    for kind in sorted({basis.kind_of(row) for row in rows}):
        chosen = [row for row in rows if basis.kind_of(row) == kind]
        estimates = estimate(basis.columns_of_rows(chosen), model)
        measured = measured_figures(chosen, basis)
        errors[kind] = {}
        for figure in FIGURES:
            error = 100 * (getattr(estimates, figure) / measured[figure] - 1)
            errors[kind][figure] = Accuracy(
                points=len(chosen),
                mean_percent=round(float(np.abs(error).mean()), 3),
                worst_percent=round(float(np.abs(error).max()), 3),
                bias_percent=round(float(error.mean()), 3),
            )
    return errors


def measured_figures(rows: Sequence[Row], basis: Basis) -> dict[str, Array]:
    """What was measured, as `costmodel.model.estimate.Estimates` has it."""
    area, leakage, dynamic = (
        np.array([row[name] for row in rows])
        for name in ("area_um2", "leakage_uw", "energy_fj_per_cycle")
    )
    delay = np.array([max(ps or 0.0 for ps in row["delays_ps"].values()) for row in rows])
    operations = basis.held(basis.columns_of_rows(rows)).operations
    return {
        "area_um2": area,
        "delay_ps": delay,
        "energy_fj_per_operation": (dynamic + leakage * delay * 1e-3) / operations,
        "leakage_uw": leakage,
    }


def _least_rows(basis: Basis) -> int:
    """As many as the regression with the most coefficients has."""
    names = [
        {f"{term.kind}.{quantity}" for term in content.terms for quantity in term.quantities}
        for content in basis.regressions.values()
    ]
    return max(map(len, names))


def _measured(basis: Basis, rows: Sequence[Row], field: str) -> dict[str, Array]:
    """What the modules of each regression came to together."""
    measured: defaultdict[str, Array] = defaultdict(lambda: np.zeros(len(rows)))
    for i, row in enumerate(rows):
        for module, value in row[field].items():
            measured[regression_of(basis.regressions, module)][i] += value
    return dict(measured)


def _fit_energy(basis: Basis, rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Coefficients of each kind that toggles alike."""
    kinds = basis.held(basis.columns_of_rows(rows)).energy_kind
    coefficients = {}
    for code, kind in enumerate(kinds.levels):
        codes = np.broadcast_to(kinds.codes, len(rows))
        chosen = [row for row, own in zip(rows, codes, strict=True) if own == code]
        if chosen:
            held = basis.held(basis.columns_of_rows(chosen))
            measured = basis.driven(_measured(basis, chosen, "energy_parts"))
            coefficients[kind] = _fit_costs(basis.regressions, held.modules, measured, working=True)
    return coefficients


def _fit_costs(
    regressions: Mapping[str, Regression],
    modules: Mapping[str, Terms],
    measured: Mapping[str, Array],
    *,
    working: bool = False,
) -> dict[str, float]:
    total = np.sum(list(measured.values()), axis=0)
    coefficients: dict[str, float] = {}
    for name, content in regressions.items():
        if name not in measured:
            continue
        cost = measured[name]
        names, matrix = _matrix(terms(name, content, modules, working=working), len(total))
        rows = matrix.any(axis=1) | (cost > 0)
        if not rows.any():
            continue
        weight = 1 / (cost + _SHARE * total)[rows]
        solution = _solved(matrix[rows] * weight[:, None], cost[rows] * weight)
        coefficients |= {name: float(x) for name, x in zip(names, solution, strict=True) if x}
    return coefficients


def _solved(matrix: Array, wanted: Array) -> Array:
    """Non-negative least squares with as much of Tikhonov's regularisation as cross-validates best.

    What the designs cannot tell apart (a quantity that is always twice another one) then shares its
    cost, where without it one of both would have it all.
    """
    folds = [np.arange(len(wanted)) % _FOLDS == fold for fold in range(_FOLDS)]
    errors = {
        ridge: sum(
            float(
                np.abs(matrix[out] @ _ridged(matrix[~out], wanted[~out], ridge) - wanted[out]).sum()
            )
            for out in folds
        )
        for ridge in _RIDGES
    }
    return _ridged(matrix, wanted, min(errors, key=lambda ridge: errors[ridge]))


def _ridged(matrix: Array, wanted: Array, ridge: float) -> Array:
    pull = np.diag(ridge * np.linalg.norm(matrix, axis=0))
    zeros = np.zeros(len(pull))
    return nnls(np.concatenate([matrix, pull]), np.concatenate([wanted, zeros]))[0]


def _matrix(content: Iterable[Terms], rows: int) -> tuple[list[str], Array]:
    """Quantities of all of a regression's modules together, a column each."""
    columns: dict[str, Array] = {}
    for term in content:
        for name, quantity in term.quantities.items():
            column = np.broadcast_to(term.count * quantity, rows)
            columns[name] = columns[name] + column if name in columns else column
    return list(columns), np.array(list(columns.values())).reshape(len(columns), rows).T


def _fit_leakage(basis: Basis, rows: Sequence[Row]) -> dict[str, float]:
    areas = _measured(basis, rows, "area_parts")
    matrix = np.array(list(areas.values())).T
    leakage = np.array([row["leakage_uw"] for row in rows])
    solution, _ = nnls(matrix / leakage[:, None], np.ones(len(rows)))
    return {name: float(x) for name, x in zip(areas, solution, strict=True) if x}


def _region(basis: Basis, rows: Sequence[Row]) -> dict[str, dict[str, tuple[float, float]]]:
    region: dict[str, dict[str, tuple[float, float]]] = {}
    for kind in sorted({basis.kind_of(row) for row in rows}):
        columns = basis.columns_of_rows([row for row in rows if basis.kind_of(row) == kind])
        region[kind] = {
            name: (float(values.min()), float(values.max()))
            for name, values in basis.held(columns).region.items()
        }
    return region
