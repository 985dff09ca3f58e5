"""Published designs in the figures of an exploration: our cores with their parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from costmodel.explore.results import Columns
from hw.errors import RequestError
from hw.ternary import TernaryConfiguration
from macsmith.design import load_design

__all__ = ["PUBLISHED", "columns_of", "published_points"]

#: What is published, and the committed design that has its parameters.
PUBLISHED = {
    "Platinum": "platinum-int8-40x8",
    "TENET": "tenet-int8-32x32",
    "LUT Tensor Core": "lut-tensor-core-fp16-4x64",
    "five-trit engine": "five-trit-int8-5x1",
}
_FIGURES = (
    "area_um2",
    "delay_ps",
    "leakage_uw",
    "energy_fj_per_operation",
    "operations_per_cycle",
)


def columns_of(core: TernaryConfiguration) -> Columns:
    """A configuration as columns of one row, which an estimator takes."""
    told: dict[str, Any] = {"unit": core.unit} | core.parameters()
    told["inputs"] = core.workload.inputs
    return {
        name: np.array(["" if value is None else value])
        for name, value in told.items()
        if isinstance(value, str | int | bool) or value is None
    }


def published_points(
    estimators: Mapping[str, Callable[[Columns], Any]],
    designs: Mapping[str, str] | Iterable[tuple[str, str]] = tuple(PUBLISHED.items()),
) -> Columns:
    """Published designs, re-estimated in the model that everything else was estimated in.

    Args:
        estimators: the model on each technology (`costmodel.model.estimate.estimate`).
        designs: label and committed design of each.

    Returns:
        A row for each design on each technology: ``label``, ``design``, ``technology``, ``unit``
        and the figures; a design that the model does not cover is left out.
    """
    rows: list[dict[str, Any]] = []
    for label, name in dict(designs).items():
        core = load_design(name).configuration
        columns = columns_of(core)
        for technology, estimator in estimators.items():
            try:
                estimates = estimator(columns)
            except RequestError:
                continue
            if not np.all(estimates.valid):
                continue
            row = {figure: float(np.ravel(getattr(estimates, figure))[0]) for figure in _FIGURES}
            row["throughput_gops"] = row["operations_per_cycle"] * 1e3 / row["delay_ps"]
            told: dict[str, Any] = {
                "label": label,
                "design": name,
                "technology": technology,
                "unit": core.unit,
            }
            told |= {key: columns[key][0].item() for key in ("luts", "columns", "activation")}
            told["group"] = core.group
            rows.append(told | row)
    names = rows[0] if rows else ()
    return {name: np.array([row[name] for row in rows]) for name in names}
