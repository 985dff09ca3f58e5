"""`macsmith explore` and `macsmith estimate` at clocks, by a model file with clocks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet
import pytest

from costmodel.explore.space import MEETS_CLOCK
from costmodel.model.model import load_model, save_model
from macsmith.design import load_design
from macsmith.estimation import figures, meets
from macsmith.explored_design import configuration_of
from macsmith.space_file import load_space
from tests.costmodel.clocked_model import clocked_model
from tests.macsmith.program import Program

_SPACE = """
minimize = ["area_um2", "energy_fj_per_operation"]
maximize = ["throughput_gops"]
constraints = ["area_um2 <= 3e4"]
[space]
clock_ns = [0.9, 1.2, 1.6]
unit = ["ternary_lut"]
activation = "int8"
inputs = 256
group = [2, 3]
luts = {from = 4, to = 16, factor = 2}
columns = {from = 4, to = 12, step = 4}
reduce_register = [false, true]
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "clocked.json"
    save_model(clocked_model(), path)
    return path


@pytest.fixture
def space(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(_SPACE)
    return path


def test_a_front_at_clocks(macsmith: Program, space: Path, model: Path, tmp_path: Path) -> None:
    """Each point as `estimate --clock-ns` has it; all others miss their clock or are beaten."""
    status, out, err = macsmith("explore", space, "-t", model, "-o", tmp_path / "out", "--json")
    assert (status, err) == (0, "")
    answer = json.loads(out)
    assert [c["expression"] for c in answer["constraints"]] == [MEETS_CLOCK, "area_um2 <= 3e4"]
    front = parquet.read_table(tmp_path / "out" / "front.parquet").to_pylist()
    points = parquet.read_table(tmp_path / "out" / "points.parquet").to_pylist()
    assert len({row["clock_ns"] for row in front}) == 3
    for row in front:
        alone = figures(configuration_of(row), str(model), 1e3 * row["clock_ns"])
        for name in ("area_um2", "energy_fj_per_operation", "fastest_clock_ps", "delay_ps"):
            assert row[name] == pytest.approx(alone[name], rel=1e-9)
        expected = row["operations_per_cycle"] / row["clock_ns"]
        assert row["throughput_gops"] == pytest.approx(expected)
        assert row["fastest_clock_ps"] <= 1e3 * row["clock_ns"]
        room = min(1 - row["fastest_clock_ps"] / (1e3 * row["clock_ns"]), 1 - row["area_um2"] / 3e4)
        assert row["room_percent"] == pytest.approx(100 * room)
        doubts = [1 - row["fastest_clock_ps"] / (1e3 * row["clock_ns"]) < 0.04]
        doubts.append(1 - row["area_um2"] / 3e4 < row["area_error_percent"] / 100)
        assert row["uncertain"] == any(doubts)
    assert answer["uncertain"] == sum(row["uncertain"] for row in front) > 0
    met = {p["number"] for p in points if p["fastest_clock_ps"] <= 1e3 * p["clock_ns"]}
    assert {p["number"] for p in points if p["feasible"]} <= met
    assert 0 < len(met) < len(points)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "clock_ns" in page


def test_clocks_of_the_command_line(macsmith: Program, space: Path, model: Path) -> None:
    """In place of the file's, and where the file has none."""
    assert load_space(str(space), clocks_ns=(2.0,)).blocks[0].axes["clock_ns"].tolist() == [2.0]
    bare = "\n".join(line for line in _SPACE.splitlines() if not line.startswith("clock_ns"))
    space.write_text(bare)
    assert not load_space(str(space)).has_clock
    status, out, _ = macsmith("explore", space, "-t", model, "--clock-ns", "2", "--json")
    assert status == 0
    assert json.loads(out)["constraints"][0]["expression"] == MEETS_CLOCK
    for name in ("ternary-paper", "bitnet-2b4t-edge"):
        assert load_space(name, clocks_ns=(1.0,)).has_clock


@pytest.mark.parametrize(("margin", "most"), [("0", 0), ("100", 1)])
def test_the_margin_is_the_spaces_own(
    macsmith: Program, space: Path, model: Path, margin: str, most: int
) -> None:
    space.write_text(f"margin = {margin}\n" + _SPACE)
    answer = json.loads(macsmith("explore", space, "-t", model, "--json").out)
    assert answer["margin_percent"] == float(margin)
    assert answer["uncertain"] == most * answer["front_size"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (_SPACE.replace("0.9", "0"), "--clock-ns 0.0 is not a clock period"),
        (_SPACE + "[[union]]\ngroup = 2\n[[union]]\nclock_ns = 3", ""),
        ("margin = 'wide'\n" + _SPACE, "margin = 'wide' is neither a number from 0 to 100"),
        ("margin = -1\n" + _SPACE, "margin = -1 is neither"),
        (
            _SPACE.replace("clock_ns = [0.9, 1.2, 1.6]", "")
            + "[[union]]\nluts = 4\n[[union]]\nluts = 8\nclock_ns = 3",
            "clock_ns is an axis of some blocks and not of others",
        ),
    ],
)
def test_wrong_clocks(
    macsmith: Program, space: Path, model: Path, text: str, sentence: str
) -> None:
    space.write_text(text)
    status, _, err = macsmith("explore", space, "-t", model)
    assert (status, err) == (0, "") if not sentence else (status == 2 and sentence in err)


def test_a_technology_without_clocks(macsmith: Program, space: Path, tmp_path: Path) -> None:
    path = tmp_path / "bare.json"
    save_model(replace(load_model("asap7", "ternary"), clocks=None), path)
    for arguments in (
        ("explore", space, "-t", path),
        ("estimate", "ternary-int8-8x8", "-t", path, "--clock-ns", "1"),
    ):
        status, out, err = macsmith(*arguments)
        assert (status, out) == (2, "")
        assert "ternary model of asap7 has no clocks" in err
    status, out, err = macsmith("estimate", "ternary-int8-8x8", "-t", path)
    assert status == 0
    assert "fastest" not in out


def test_estimate_at_a_clock(macsmith: Program, model: Path) -> None:
    """What is asked is what is told, and whether it can be."""
    design = load_design("ternary-int8-8x8", []).configuration
    least = figures(design, str(model))
    fastest_ps = least["fastest_clock_ps"]
    assert least["clock_ps"] is None
    assert least["meets_clock"] is None
    for clock_ps, state, words in (
        (0.5 * fastest_ps, "no", "does not meet"),
        (1.01 * fastest_ps, "uncertain", "may or may not meet"),
        (2.0 * fastest_ps, "yes", "as asked"),
    ):
        clock_ns = f"{clock_ps / 1e3:.5f}"
        arguments = ("estimate", "ternary-int8-8x8", "-t", model, "--clock-ns", clock_ns)
        answer = json.loads(macsmith(*arguments, "--json").out)["technologies"][str(model)]
        assert answer["meets_clock"] == state
        assert answer["fastest_clock_ps"] == pytest.approx(fastest_ps)
        assert answer["period_ps"] == pytest.approx(max(clock_ps, fastest_ps), rel=1e-4)
        assert answer["throughput_gops"] == pytest.approx(64e3 / answer["period_ps"], rel=1e-6)
        assert answer["area_um2"] >= least["area_um2"] * (1 - 1e-9)
        out = macsmith(*arguments).out
        assert words in out


def test_whether_a_clock_is_met() -> None:
    assert meets(None, 900.0, 5.0) is None
    assert meets(1000.0, 900.0, 5.0) == "yes"
    assert meets(900.0, 1000.0, 5.0) == "no"
    assert {meets(clock, 1000.0, 5.0) for clock in np.linspace(951, 1049, 9)} == {"uncertain"}
