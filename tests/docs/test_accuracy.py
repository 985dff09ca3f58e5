"""The accuracy page states what the shipped models state, and says where a target is missed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from costmodel.family import value_of
from costmodel.model.model import load_model, shipped_models
from costmodel.model.rows import read_rows
from costmodel.ternary.basis import BASIS
from costmodel.ternary.experiment import KINDS, SET_OF, STYLES, Draw, Set, designs
from studies import accuracy
from studies.pages import with_tables

_PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"


def test_page_is_of_the_shipped_models() -> None:
    """`python -m studies.accuracy` writes it anew."""
    text = _PAGE.read_text(encoding="utf-8")
    assert text == with_tables(text, accuracy.tables())


def test_readme_has_the_table_of_targets() -> None:
    assert accuracy.tables()["targets"] in (_PAGE.parents[1] / "README.md").read_text("utf-8")


@pytest.mark.parametrize("technology", shipped_models("ternary"))
def test_missed_targets_are_named(technology: str) -> None:
    accuracies = load_model(technology, "ternary").accuracy
    (line,) = (line for line in accuracy.tables()["targets"].splitlines() if technology in line)
    for cell, (figure, mean, worst) in zip(
        line.split("|")[2:-1],
        (
            ("area_um2", 3, 10),
            ("delay_ps", 8, np.inf),
            ("energy_fj_per_operation", 8, np.inf),
        ),
        strict=True,
    ):
        errors = {style: figures[figure] for style, figures in accuracies.items()}
        missed = {s for s, a in errors.items() if a.mean_percent > mean or a.worst_percent > worst}
        named = cell.partition("missed by")[2]
        assert {style for style in accuracies if style in named} == missed
        whole = np.average(
            [a.mean_percent for a in errors.values()], weights=[a.points for a in errors.values()]
        )
        largest = max(a.worst_percent for a in errors.values())
        assert ("**missed**" in cell) == (whole > mean or largest > worst)
        assert f"{whole:.1f} %, worst {largest:.1f} %" in cell


def test_missed_targets_are_bold() -> None:
    table = accuracy.tables()["accuracy"]
    for technology in shipped_models("ternary"):
        for style, figures in load_model(technology, "ternary").accuracy.items():
            (line,) = (x for x in table.splitlines() if x.startswith(f"| {technology} | {style} |"))
            delay = figures["delay_ps"]
            assert ("**" in line.split("|")[6]) == (delay.mean_percent > 8)
            assert f"{delay.mean_percent:.1f} / {delay.worst_percent:.1f} / " in line


def test_parity_shows_the_held_out_designs() -> None:
    figure = accuracy.accuracy_parity()
    assert len(figure.axes) == 4
    points = sum(
        next(iter(figures.values())).points
        for technology in shipped_models("ternary")
        for figures in load_model(technology, "ternary").accuracy.values()
    )
    assert any(text.get_text().startswith(f"{points} designs\n") for text in figure.axes[0].texts)
    drawn = (_PAGE.parent / "figures" / "accuracy_parity.svg").read_text(encoding="utf-8")
    assert f"<!-- {points} designs" in drawn  # `python -m studies.make` draws it anew


@pytest.mark.parametrize("set_name", ["fit", "test", "blind1", "blind2"])
@pytest.mark.parametrize("technology", shipped_models("ternary"))
def test_measured_designs_are_those_of_the_experiment(technology: str, set_name: Set) -> None:
    """Nobody has chosen them by what they showed: they are the first ones that are drawn."""
    path = accuracy.blind_file(technology)
    if set_name != "blind2":
        path = path.with_name(f"{technology}.csv")
    measured = [row for row in read_rows(path, BASIS) if row["set"] == set_name]
    for kind in KINDS:
        rows = {_parameters(row) for row in measured if BASIS.kind_of(row) == kind}
        assert len(rows) == sum(BASIS.kind_of(row) == kind for row in measured)
        if set_name == "fit" and kind == "integer":
            narrow = rows & _drawn(kind, "narrow", len(rows))
            assert narrow == _drawn(kind, "narrow", len(narrow))
            assert narrow
            rows -= narrow
        if kind not in STYLES and set_name not in ("fit", "test"):
            assert not rows
            continue
        assert rows
        assert rows == _drawn(kind, set_name, len(rows))


def _drawn(kind: str, draw: Draw, count: int) -> set[tuple[str, ...]]:
    return {
        _parameters({"set": SET_OF[draw]} | BASIS.row_of(configuration))
        for configuration in islice(designs(kind, draw), count)
    }


def _parameters(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(value_of(row, name, BASIS.defaults)) for name in BASIS.parameters)


@pytest.mark.parametrize("technology", shipped_models("ternary"))
def test_the_blind_set_has_nothing_in_common_with_the_others(technology: str) -> None:
    blind = accuracy.blind_file(technology)
    others = {_parameters(row) for row in read_rows(blind.with_name(f"{technology}.csv"), BASIS)}
    assert not others & {_parameters(row) for row in read_rows(blind, BASIS)}
