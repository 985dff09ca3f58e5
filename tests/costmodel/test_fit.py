"""Fitting: it finds the coefficients that a set of designs was made with, and states its errors."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from costmodel.model.estimate import estimate
from costmodel.model.fit import accuracy, fit, measured_figures
from costmodel.model.model import FIGURES, Model
from costmodel.model.terms import cost
from costmodel.ternary.basis import BASIS
from costmodel.ternary.inventory import inventory
from costmodel.ternary.quantities import modules_of
from costmodel.ternary.regressions import REGRESSIONS
from hw.errors import RequestError
from tests.costmodel.measured_designs import Row, planted, with_figures

#: Parts whose coefficients are told apart by these designs; in the others some always go together.
_TOLD_APART = ("select", "control", "buffers")


@cache
def _rows() -> list[Row]:
    return with_figures(*planted())


@cache
def _fitted() -> Model:
    return fit(_rows(), "made-up", BASIS, {"source": "a test"})


def test_area_is_found_again() -> None:
    area, _, _ = planted()
    for name, value in area.items():
        if name.partition(".")[0] in _TOLD_APART:
            assert _fitted().area[name] == pytest.approx(value, rel=1e-6), name


@pytest.mark.parametrize("name", sorted(set(REGRESSIONS) - {"convert"}))
def test_each_regression_of_unseen_designs_is_right(name: str) -> None:
    """But for converters: in the formats fitted to, their widths and decoders grow together."""
    rows = [row for row in _rows() if row["set"] == "test" and row["style"] != "float"]
    modules = modules_of(inventory(BASIS.columns_of_rows(rows)))
    modelled = np.broadcast_to(cost({name: REGRESSIONS[name]}, modules, _fitted().area), len(rows))
    measured = [row["area_parts"][REGRESSIONS[name].measured[0]] for row in rows]
    np.testing.assert_allclose(modelled, measured, rtol=1e-6, atol=1e-6)


def test_all_figures_of_unseen_designs() -> None:
    """But for the longest paths, of which there may be several that tell designs apart as well."""
    for style, figures in _fitted().accuracy.items():
        for figure in ("area_um2", "energy_fj_per_operation"):
            assert figures[figure].mean_percent < 1, (style, figure)
        assert figures["delay_ps"].mean_percent < 2, style
        assert figures["area_um2"].points == 60


def test_accuracy_is_that_of_the_held_out() -> None:
    tested = [row for row in _rows() if row["set"] == "test"]
    assert _fitted().accuracy == accuracy(_fitted(), tested, BASIS)


def test_test_set_changes_no_coefficient() -> None:
    """Designs ten times as large in it change the errors, and nothing that is fitted."""
    grown = [_ten_times(row) if row["set"] == "test" else row for row in _rows()]
    refitted = fit(grown, "made-up", BASIS, {})
    assert (refitted.area, refitted.delay, refitted.energy) == (
        _fitted().area,
        _fitted().delay,
        _fitted().energy,
    )
    assert refitted.accuracy["integer"]["area_um2"].bias_percent == pytest.approx(-90, abs=0.1)


def _ten_times(row: Row) -> Row:
    figures = {name: 10 * row[name] for name in ("area_um2", "leakage_uw", "energy_fj_per_cycle")}
    for field in ("area_parts", "energy_parts", "delays_ps"):
        figures[field] = {name: value and 10 * value for name, value in row[field].items()}
    return row | figures


def test_accuracy_of_a_model_that_is_off() -> None:
    """Ten percent too high everywhere, on three designs."""
    rows: list[dict[str, Any]] = []
    for row in _rows()[:3]:
        estimates = estimate(BASIS.columns_of_rows([row]), _fitted())
        figure = {name: float(np.squeeze(getattr(estimates, name))) for name in FIGURES}
        rows.append(row | {"area_um2": figure["area_um2"] / 1.1})
    errors = accuracy(_fitted(), rows, BASIS)["integer"]["area_um2"]
    assert (errors.points, errors.mean_percent) == (3, pytest.approx(10, abs=1e-3))
    assert (errors.worst_percent, errors.bias_percent) == (errors.mean_percent, errors.mean_percent)


def test_measured_figures() -> None:
    row = _rows()[0] | {
        "luts": 2,
        "group": 3,
        "columns": 5,
        "energy_fj_per_cycle": 400.0,
        "leakage_uw": 10.0,
        "delays_ps": {"input_to_register_ps": None, "register_to_register_ps": 5000.0},
    }
    figures = measured_figures([row], BASIS)
    assert figures["delay_ps"] == 5000
    # 10 uW for 5 ns are 50 fJ, and 30 weights share the cycle.
    assert figures["energy_fj_per_operation"] == (400 + 50) / 30


def test_too_few_designs() -> None:
    rows = [row for row in _rows() if row["set"] == "fit"][:5]
    with pytest.raises(RequestError, match=r"wants at least \d+ measured designs .* there are 5"):
        fit(rows, "made-up", BASIS, {})
