"""The delays of steps: found from designs' longest paths by kind."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from costmodel.model.fit_delay import fit_delay
from costmodel.model.paths import longest
from costmodel.ternary.basis import BASIS
from costmodel.ternary.inventory import inventory
from costmodel.ternary.paths import paths
from costmodel.ternary.steps import GATES
from tests.costmodel.measured_designs import Row, delays_of, drawn, planted


def _rows(set_name: str, delay: dict[str, float]) -> list[Row]:
    rows = [dict(row) for row in drawn() if row["set"] == set_name]
    delays = delays_of(rows, delay)
    return [row | {"delays_ps": ps} for row, ps in zip(rows, delays, strict=True)]


def _fit(rows: list[Row]) -> dict[str, float]:
    columns = BASIS.columns_of_rows(rows)
    return fit_delay(paths(columns, inventory(columns)), GATES, rows)


@cache
def _found() -> dict[str, float]:
    return _fit(_rows("fit", planted()[2]))


def _errors(rows: list[Row], coefficients: dict[str, float]) -> Any:
    columns = BASIS.columns_of_rows(rows)
    measured = np.array([max(ps or 0.0 for ps in row["delays_ps"].values()) for row in rows])
    return np.abs(longest(paths(columns, inventory(columns)), coefficients) / measured - 1)


def test_periods_of_unseen_designs() -> None:
    assert _errors(_rows("test", planted()[2]), _found()).mean() < 0.02


def test_a_step_costs_what_it_did() -> None:
    """Those that many designs have on their longest path, and nothing else goes with."""
    for name in ("carry.bits", "heap.levels", "control.readers", "table.readers"):
        assert _found()[name] == pytest.approx(planted()[2][name], rel=0.15), name


def test_no_delay_is_negative() -> None:
    assert all(ps > 0 for ps in _found().values())


def test_shorter_paths_tell_too() -> None:
    """A design's other kinds of paths are measured: without them its converters are unknown."""
    rows = [row for row in _rows("fit", planted()[2]) if row["style"] == "exact"]
    periods = [max(ps or 0.0 for ps in row["delays_ps"].values()) for row in rows]
    alone = [
        row
        | {
            "delays_ps": {
                kind: ps if ps == period else None for kind, ps in row["delays_ps"].items()
            }
        }
        for row, period in zip(rows, periods, strict=True)
    ]
    tested = [row for row in _rows("test", planted()[2]) if row["style"] == "exact"]
    all_kinds, longest_alone = _fit(rows), _fit(alone)
    assert _errors(tested, all_kinds).mean() < _errors(tested, longest_alone).mean()


def test_what_designs_do_not_tell_is_as_in_gates() -> None:
    """Where a gate takes 20 ps, a handful of designs tell all others."""
    gates = {name: 20.0 * number for name, number in GATES.items()}
    coefficients = _fit(_rows("fit", gates)[::20])
    assert _errors(_rows("test", gates), coefficients).mean() < 1e-6
