"""Which way a figure is better, and whose error it has: by objective, by formula, never by name."""

from __future__ import annotations

import pytest

from costmodel.explore.goals import erring, rises

FIGURES = {
    "speed": "tokens_per_second",
    "density": "throughput_gops / area_um2",
    "cost": "area_um2 / luts",
    "edp": "energy_fj_per_operation * delay_ps",
    "nested": "sqrt(density) * 2",
    "throughput_loss": "area_um2 / throughput_gops",
    "odd": "area_um2 - delay_ps",
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("tokens_per_second", True),
        ("throughput_gops", True),
        ("utilisation", True),
        ("area_um2", False),
        ("energy_uj_per_token", False),
        ("rms_error_percent", False),
        ("luts", False),
        *(("speed", True), ("density", True), ("nested", True), ("cost", False), ("edp", False)),
        *(("throughput_loss", False), ("odd", False), ("a sentence", False), ("2 *", False)),
        *(("throughput_gops / area_um2", True), ("-area_um2", True), ("-1 * area_um2", True)),
        *(("area_um2 ** -1", True), ("1 / delay_ps", True), ("min(delay_ps, area_um2)", False)),
    ],
)
def test_a_formula_is_as_what_it_is_made_of(name: str, expected: bool) -> None:
    assert rises(name, {}, FIGURES) is expected


def test_an_objective_says_it_itself() -> None:
    objectives = {"throughput_gops": False, "cost": True, "luts": True}
    assert not rises("throughput_gops", objectives, FIGURES)
    assert rises("cost", objectives, FIGURES)
    assert rises("luts / area_um2", objectives, FIGURES)
    assert not rises("density", objectives, FIGURES)  # made of what is now to be small


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("area_um2", "area_error_percent"),
        ("throughput_gops", "delay_error_percent"),
        ("cost", "area_error_percent"),
        ("-area_um2", "area_error_percent"),
        ("density", None),  # of two errors
        ("odd", None),
        ("area_um2 + 1", None),
        ("area_um2 * area_um2", None),
        ("rms_error_percent", None),
        ("area_of_what", None),
        ("luts", None),
    ],
)
def test_an_error_is_one_figures_own(name: str, column: str | None) -> None:
    assert erring(name, FIGURES) == column
