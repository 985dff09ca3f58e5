"""Published designs in the figures of an exploration: our cores with their parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from costmodel.explore.results import Columns
from costmodel.family import basis_of
from hw.errors import RequestError
from hw.families import FAMILIES
from macsmith.design import load_design
from macsmith.family import words_of

__all__ = ["published_designs", "published_points"]

_FIGURES = (
    "area_um2",
    "delay_ps",
    "leakage_uw",
    "energy_fj_per_operation",
    "operations_per_cycle",
)


def published_designs(families: Iterable[str] | None = None) -> dict[str, str]:
    """What is published, and the committed design that has its parameters.

    Args:
        families: whose designs; those of all families without it.
    """
    rooms = (FAMILIES[name].room("macsmith", "words") for name in families or FAMILIES)
    return {label: name for room in rooms for label, name in room.WORDS.published.items()}


def published_points(
    estimators: Mapping[str, Callable[[Columns], Any]],
    designs: Mapping[str, str] | None = None,
) -> Columns:
    """Published designs, re-estimated in the model that everything else was estimated in.

    Args:
        estimators: the model on each technology (`costmodel.model.estimate.estimate`).
        designs: label and committed design of each; those of all families without it.

    Returns:
        A row for each design on each technology: ``label``, ``design``, ``technology``, ``unit``
        and the figures; a design that the model does not cover is left out.
    """
    rows: list[dict[str, Any]] = []
    for label, name in (published_designs() if designs is None else designs).items():
        core = load_design(name).configuration
        columns = basis_of(core).columns_of(core)
        for technology, estimator in estimators.items():
            try:
                estimates = estimator(columns)
            except RequestError:
                continue
            if not np.all(estimates.valid):
                continue
            row = {figure: float(np.ravel(getattr(estimates, figure))[0]) for figure in _FIGURES}
            row["throughput_gops"] = row["operations_per_cycle"] * 1e3 / row["delay_ps"]
            settings: dict[str, Any] = {
                "label": label,
                "design": name,
                "technology": technology,
                "unit": core.unit,
            }
            settings |= {name: columns[name].item() for name in words_of(core).axes}
            rows.append(settings | row)
    names = rows[0] if rows else ()
    return {name: np.array([row[name] for row in rows]) for name in names}
