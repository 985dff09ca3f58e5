"""Fitting: coefficients of a technology from its measured designs, and their held-out errors.

Costs are fitted part by part, by non-negative least squares (Lawson and Hanson, "Solving Least
Squares Problems", 1974, as scipy has it) of relative errors: nothing that is in a circuit has a
negative cost, and a small design counts as much as a large one. The clock period is a maximum of
linear functions of the same kind (`costmodel.model.fit_delay`).

Only designs of set ``fit`` are used for any of it; the errors that a model states are those of all
others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from costmodel.model.columns import Columns
from costmodel.model.estimate import estimate, quantities_of_region
from costmodel.model.fit_delay import fit_delay
from costmodel.model.model import FIGURES, Accuracy, Model, basis_digest, design_kind, energy_kind
from costmodel.model.terms import terms
from costmodel.ternary.inventory import inventory
from costmodel.ternary.parts import PARTS, part_of
from costmodel.ternary.quantities import Terms, modules_of
from hw.errors import RequestError

__all__ = ["PARAMETERS", "accuracy", "columns_of", "fit", "kind_of", "measured_figures"]

Array = NDArray[np.float64]
Row = Mapping[str, Any]

#: Columns of parameters that rows have, and what stands for an absent one.
PARAMETERS: Mapping[str, Any] = {
    "unit": "",
    "group": 1,
    "luts": 0,
    "columns": 0,
    "style": "integer",
    "activation": "",
    "sum_format": "",
    "accumulator_format": "",
    "adder_stages": 0,
    "aligned_bits": 0,
    "accumulator_bits": 0,
    "table_register": False,
    "reduce_register": False,
    "packing": "keys",
    "result": "",
    "scale": "none",
    "scale_group": 0,
    "scale_format": "",
    "exits": 0,
    "exit_register": False,
    "inputs": 0,
}
_SHARE = 0.05  # of a design's cost, that a part's error is told in besides the part's own
#: Strengths of the regularisation, as shares of a quantity's weight in all designs.
_RIDGES = (0.0, 0.001, 0.003, 0.01, 0.03)
_FOLDS = 5


def fit(rows: Sequence[Row], technology: str, provenance: Mapping[str, Any]) -> Model:
    """The model of a technology.

    Args:
        rows: measured designs, both sets: parameters by name, ``set``, and the fields of
            `costmodel.model.characterise.characterise`.
        technology: its name.
        provenance: to be kept with it.

    Raises:
        RequestError: there are too few designs to fit to.
    """
    fitted = [row for row in rows if row["set"] == "fit"]
    if len(fitted) < _least_rows():
        raise RequestError(
            f"a model of {technology} wants at least {_least_rows()} measured designs to be fitted"
            f" to, and there are {len(fitted)}: give the calibration more time"
        )
    columns = columns_of(fitted)
    held = inventory(columns)
    area = _fit_parts(modules_of(held), _by_part(fitted, "area_parts"))
    model = Model(
        technology=technology,
        area=area,
        energy=_fit_energy(fitted),
        leakage=_fit_leakage(fitted),
        delay=fit_delay(columns, held, fitted),
        region=_region(rows),
        accuracy={},
        basis=basis_digest(),
        provenance=provenance,
    )
    tested = [row for row in rows if row["set"] != "fit"]
    return replace(model, accuracy=accuracy(model, tested))


def accuracy(model: Model, rows: Sequence[Row]) -> dict[str, dict[str, Accuracy]]:
    """How far a model is from measured designs, for each `kind_of` them and figure."""
    found: dict[str, dict[str, Accuracy]] = {}
    for kind in sorted({kind_of(row) for row in rows}):
        chosen = [row for row in rows if kind_of(row) == kind]
        estimates, measured = estimate(columns_of(chosen), model), measured_figures(chosen)
        found[kind] = {}
        for figure in FIGURES:
            error = 100 * (getattr(estimates, figure) / measured[figure] - 1)
            found[kind][figure] = Accuracy(
                points=len(chosen),
                mean_percent=round(float(np.abs(error).mean()), 3),
                worst_percent=round(float(np.abs(error).max()), 3),
                bias_percent=round(float(error.mean()), 3),
            )
    return found


def columns_of(rows: Sequence[Row]) -> Columns:
    """Rows' parameters as columns."""
    columns = {
        name: np.array([row.get(name) or absent for row in rows])
        for name, absent in PARAMETERS.items()
    }
    # Style float has the width of its format, which is no parameter of its own.
    columns["accumulator_bits"][columns["style"] == "float"] = 0
    return columns


def kind_of(row: Row) -> str:
    """The `costmodel.model.model.design_kind` of a row."""
    told = (row.get(name) or PARAMETERS[name] for name in ("packing", "scale", "result"))
    return design_kind(row["style"], *told)


def measured_figures(rows: Sequence[Row]) -> dict[str, Array]:
    """What was measured, as `costmodel.model.estimate.Estimates` has it."""
    area, leakage, dynamic = (
        np.array([row[name] for row in rows])
        for name in ("area_um2", "leakage_uw", "energy_fj_per_cycle")
    )
    delay = np.array([max(ps or 0.0 for ps in row["delays_ps"].values()) for row in rows])
    operations = np.array([row["luts"] * row["group"] * row["columns"] for row in rows])
    return {
        "area_um2": area,
        "delay_ps": delay,
        "energy_fj_per_operation": (dynamic + leakage * delay * 1e-3) / operations,
        "leakage_uw": leakage,
    }


def _least_rows() -> int:
    """As many as the part with the most coefficients has."""
    names = [
        {f"{term.kind}.{each}" for term in part.terms for each in term.quantities}
        for part in PARTS.values()
    ]
    return max(map(len, names))


def _by_part(rows: Sequence[Row], field: str) -> dict[str, Array]:
    found: defaultdict[str, Array] = defaultdict(lambda: np.zeros(len(rows)))
    for i, row in enumerate(rows):
        for module, value in row[field].items():
            found[part_of(module)][i] += value
    return dict(found)


def _fit_energy(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Coefficients of each kind of arithmetic."""
    kinds: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        kinds[energy_kind(row["style"])].append(row)
    return {
        kind: _fit_parts(
            modules_of(inventory(columns_of(chosen))),
            _driven(_by_part(chosen, "energy_parts")),
            working=True,
        )
        for kind, chosen in kinds.items()
    }


def _driven(energy: dict[str, Array]) -> dict[str, Array]:
    """Buffers repeat what tables say to lanes: their energy is that of the tables' nets."""
    buffers = energy.pop("buffers", 0.0)
    return energy | {"table": energy["table"] + buffers}


def _fit_parts(
    modules: Mapping[str, Terms], measured: Mapping[str, Array], *, working: bool = False
) -> dict[str, float]:
    total = np.sum(list(measured.values()), axis=0)
    found: dict[str, float] = {}
    for part in PARTS:
        if part not in measured:
            continue
        cost = measured[part]
        names, matrix = _matrix(part, modules, len(total), working)
        there = matrix.any(axis=1) | (cost > 0)
        if not there.any():
            continue
        weight = 1 / (cost + _SHARE * total)[there]
        solution = _solved(matrix[there] * weight[:, None], cost[there] * weight)
        found |= {name: float(x) for name, x in zip(names, solution, strict=True) if x}
    return found


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


def _matrix(
    part: str, modules: Mapping[str, Terms], rows: int, working: bool
) -> tuple[list[str], Array]:
    """Quantities of all of a part's modules together, a column each."""
    found: dict[str, Array] = {}
    for term in terms(part, modules, working=working):
        for name, quantity in term.quantities.items():
            column = np.broadcast_to(term.count * quantity, rows)
            found[name] = found[name] + column if name in found else column
    return list(found), np.array(list(found.values())).reshape(len(found), rows).T


def _fit_leakage(rows: Sequence[Row]) -> dict[str, float]:
    areas = _by_part(rows, "area_parts")
    matrix = np.array([areas[part] for part in areas]).T
    leakage = np.array([row["leakage_uw"] for row in rows])
    solution, _ = nnls(matrix / leakage[:, None], np.ones(len(rows)))
    return {part: float(x) for part, x in zip(areas, solution, strict=True) if x}


def _region(rows: Sequence[Row]) -> dict[str, dict[str, tuple[float, float]]]:
    region: dict[str, dict[str, tuple[float, float]]] = {}
    for kind in sorted({kind_of(row) for row in rows}):
        columns = columns_of([row for row in rows if kind_of(row) == kind])
        quantities = quantities_of_region(columns, inventory(columns))
        region[kind] = {
            name: (float(values.min()), float(values.max())) for name, values in quantities.items()
        }
    return region
