"""The clocked part of a cost model: what it says, and that fitting finds it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from costmodel.model.columns import mesh
from costmodel.model.estimate import CLOCK, estimate
from costmodel.model.fit_clocks import clocked_errors, fit_clocks
from costmodel.model.model import CLOCKED, FIGURES, load_model, read_model, save_model
from costmodel.model.rows import read_rows, write_rows
from costmodel.ternary.basis import BASIS
from hw.errors import RequestError
from tests.costmodel.clocked_model import clocked_model, clocked_rows

_AXES = {
    "unit": np.array(["ternary_lut"]),
    "activation": np.array(["int4", "int8"]),
    "inputs": np.array([512]),
    "group": np.array([2, 3]),
    "luts": np.array([4, 9]),
    "columns": np.array([4, 30]),
    "reduce_register": np.array([False, True]),
}
_CLOCKS_NS = np.array([0.05, 0.3, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 50.0])


def test_a_slow_clock_is_the_least_area() -> None:
    columns, model = mesh(**_AXES), clocked_model()
    least, slow = estimate(columns, model), estimate(columns | {CLOCK: np.array(1e3)}, model)
    for name in ("area_um2", "delay_ps", "leakage_uw"):
        np.testing.assert_allclose(getattr(slow, name), getattr(least, name), rtol=1e-12)
    leaked = 1e-3 * least.leakage_uw * (1e6 - least.delay_ps) / least.operations_per_cycle
    more = slow.energy_fj_per_operation - least.energy_fj_per_operation
    np.testing.assert_allclose(more, leaked, rtol=1e-6)
    for name in FIGURES:
        np.testing.assert_array_equal(slow.errors[name], np.broadcast_to(least.errors[name], ()))
    assert (slow.inside == least.inside).all()


def test_a_faster_clock_takes_more_area_until_none_is_faster() -> None:
    columns = mesh(**_AXES, **{CLOCK: _CLOCKS_NS})
    at = estimate(columns, clocked_model())
    clock_ps = 1e3 * columns[CLOCK]
    met = at.fastest_clock_ps <= clock_ps
    assert met.any()
    assert not met.all()
    assert (np.diff(at.area_um2, axis=-1) <= 1e-9 * at.area_um2[..., 1:]).all()
    assert (np.diff(at.leakage_uw, axis=-1) <= 1e-9 * at.leakage_uw[..., 1:]).all()
    assert (at.delay_ps <= np.maximum(clock_ps, at.fastest_clock_ps) * (1 + 1e-12)).all()
    np.testing.assert_array_equal(at.period_ps, np.where(met, clock_ps, at.fastest_clock_ps))
    # Clocks that cannot be met have the figures of the fastest circuit, whatever they are.
    hopeless = estimate(mesh(**_AXES, **{CLOCK: [0.001, 0.01]}), clocked_model())
    for name in FIGURES:
        values = getattr(hopeless, name)
        np.testing.assert_array_equal(values[..., 0], values[..., 1])
    parts = np.sum([np.broadcast_to(um2, at.area_um2.shape) for um2 in at.area_parts.values()], 0)
    np.testing.assert_allclose(parts, at.area_um2)


def test_points_of_a_mesh_are_what_each_is_alone() -> None:
    columns, model = mesh(**_AXES, **{CLOCK: _CLOCKS_NS}), clocked_model()
    together = estimate(columns, model)
    shape = np.broadcast_shapes(*(column.shape for column in columns.values()))
    rng = np.random.default_rng(3)
    for place in zip(*(rng.integers(0, size, 12) for size in shape), strict=True):
        point = {n: np.broadcast_to(column, shape)[place] for n, column in columns.items()}
        alone = estimate({name: np.asarray(value) for name, value in point.items()}, model)
        for name in (*FIGURES, "fastest_clock_ps", "period_ps", "inside"):
            whole = np.broadcast_to(getattr(together, name), shape)[place]
            np.testing.assert_allclose(getattr(alone, name), whole, rtol=1e-12)


def test_a_model_without_clocks_says_so() -> None:
    model = replace(load_model("nangate45", "ternary"), clocks=None)
    columns = mesh(**_AXES)
    assert np.isnan(estimate(columns, model).fastest_clock_ps).all()
    with pytest.raises(RequestError, match=r"ternary model of nangate45 has no clocks.*measured"):
        estimate(columns | {CLOCK: np.array(1.0)}, model)


def test_the_fit_finds_what_was_measured(tmp_path: Path) -> None:
    """Of other designs, too, and through the files of rows and of models."""
    truth = clocked_model()
    rows = clocked_rows(truth)
    write_rows(rows, tmp_path / "rows.clocks.csv", BASIS)
    read_back = read_rows(tmp_path / "rows.clocks.csv", BASIS)
    assert [row["clock_ps"] for row in read_back] == pytest.approx([r["clock_ps"] for r in rows])
    fitted = fit_clocks(read_back, replace(truth, clocks=None), BASIS)
    assert fitted.clocks is not None
    assert fitted.clocks.designs == {"fit": 12, "test": 12}
    assert list(fitted.clocks.ways) == list(clocked_model().clocks.ways)  # type: ignore[union-attr]
    for figure in CLOCKED:
        assert fitted.clocks.accuracy[figure].mean_percent < 3.0, figure
    path = tmp_path / "model.json"
    save_model(fitted, path)
    assert read_model(path) == fitted
    errors = clocked_errors([row for row in rows if row["set"] == "test"], fitted, BASIS)
    wrong = errors["met"] < 0
    assert (np.abs(errors["met"][wrong]) < 5).all()


def test_too_few_designs_give_no_clocks() -> None:
    model = replace(clocked_model(), clocks=None)
    assert fit_clocks(clocked_rows(clocked_model(), 3), model, BASIS).clocks is None
    assert fit_clocks([], model, BASIS) == model
