"""Parts of estimates beside those of synthesized designs that nothing was fitted to."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from costmodel.model.estimate import estimate
from costmodel.model.model import load_model, shipped_models
from costmodel.model.rows import read_rows
from costmodel.ternary.basis import BASIS
from tests.costmodel.measured_designs import CALIBRATION

#: What synthesis does not always tell apart: where full adders become gates, a column's heap is in
#: the column, and a small exit is in the core around it.
_TOGETHER = {"accumulate": "reduce", "control": "exit"}
#: Libraries whose full adders are used, so that heaps are told apart everywhere.
_FULL_ADDERS = ("nangate45", "sky130hd")


def _errors(technology: str, field: str, together: dict[str, str]) -> dict[str, float]:
    """Mean absolute error of each part in percent of the whole design."""
    measured = read_rows(CALIBRATION / f"{technology}.csv", BASIS)
    rows = [row for row in measured if row["set"] != "fit"]
    estimates = estimate(BASIS.columns_of_rows(rows), load_model(technology, "ternary"))
    differences: defaultdict[str, NDArray[Any]] = defaultdict(lambda: np.zeros(len(rows)))
    for part, values in getattr(estimates, field).items():
        scale = estimates.operations_per_cycle if field == "energy_parts" else 1.0
        differences[together.get(part) or part] += values * scale
    whole = np.array([sum(row[field].values()) for row in rows])
    for i, row in enumerate(rows):
        for module, value in row[field].items():
            part = BASIS.parts[module]
            differences[together.get(part) or part][i] -= value
    return {part: 100 * float(np.abs(d / whole).mean()) for part, d in differences.items()}


@pytest.mark.parametrize("technology", shipped_models("ternary"))
def test_parts_of_area(technology: str) -> None:
    errors = _errors(technology, "area_parts", _TOGETHER)
    assert set(errors) == set(BASIS.parts.values()) - set(_TOGETHER)
    assert max(errors.values()) < 1, errors


@pytest.mark.parametrize("technology", shipped_models("ternary"))
def test_parts_of_energy(technology: str) -> None:
    """That of buffers is with the tables, which drive them."""
    errors = _errors(technology, "energy_parts", {**_TOGETHER, "buffers": "table"})
    assert max(errors.values()) < 3, errors


@pytest.mark.parametrize("technology", _FULL_ADDERS)
@pytest.mark.parametrize("field", ["area_parts", "energy_parts"])
def test_heaps_are_told_from_accumulators(technology: str, field: str) -> None:
    errors = _errors(technology, field, {})
    assert errors["reduce"] < 1
    assert errors["accumulate"] < 1
