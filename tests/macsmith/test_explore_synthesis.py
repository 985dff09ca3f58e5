"""`macsmith explore --verify` and `--search`: with synthesis replaced by a formula, and real."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from costmodel.explore.exploration import Estimator
from costmodel.explore.space import Space
from costmodel.flow.measure import Failure, Point
from hw.errors import RequestError
from hw.ternary import TernaryConfiguration, TernaryLut
from macsmith import exploration, oracle
from macsmith.oracle import Oracle, configuration_of
from tests.costmodel.toy import toy_estimate
from tests.macsmith.program import Program

_SPACE = """
technologies = ["nangate45"]
minimize = ["area_um2"]
maximize = ["throughput_gops"]
constraints = ["area_um2 <= 5e5"]
[space]
activation = "int8"
inputs = 64
unit = ["ternary_lut", "ternary_signflip"]
group = [1, 2]
luts = {from = 1, to = 3}
columns = {from = 1, to = 2}
"""


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def estimators_of(space: Space) -> tuple[dict[str, Estimator], dict[str, Any]]:
        return dict.fromkeys(space.technologies, toy_estimate), {}

    monkeypatch.setattr(exploration, "estimators_of", estimators_of)
    path = tmp_path / "mine.toml"
    path.write_text(_SPACE)
    return path


def _formula(points: Sequence[Point]) -> Iterator[tuple[int, dict[str, Any] | Failure]]:
    """In place of synthesis; the last one first, and three tables crash."""
    for number in reversed(range(len(points))):
        design = points[number].design
        assert isinstance(design, TernaryConfiguration)
        if design.luts == 3:
            yield number, Failure("it crashed")
        else:
            area = 100.0 * design.luts * design.columns * design.group
            yield number, {"area_um2": area, "delay_ps": 500.0, "leakage_uw": 1.0}


@pytest.fixture
def no_synthesis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Oracle.__init__, "__defaults__", (False, _formula, 2))


def test_configuration_of_a_point() -> None:
    point = {"technology": "asap7", "unit": "ternary_lut", "group": 3, "luts": 2, "columns": 4}
    c = configuration_of(point | {"activation": "int4", "inputs": 100, "table_register": True})
    assert isinstance(c, TernaryLut)
    assert (c.group, c.luts, c.columns, c.table_register) == (3, 2, 4, True)
    assert c.activation.name == "int4"
    assert (c.workload.inputs, c.workload.outputs) == (100, 4)
    with pytest.raises(RequestError, match="group = 9"):
        configuration_of(point | {"activation": "int4", "inputs": 100, "group": 9})


@pytest.mark.usefixtures("no_synthesis")
def test_verify(macsmith: Program, space: Path, tmp_path: Path) -> None:
    """Points of the front, each with estimate, measurement and difference."""
    status, out, err = macsmith("explore", space, "--verify", 5, "-o", tmp_path / "out", "--json")
    assert (status, err) == (0, "")
    answer = json.loads(out)
    contents = json.loads((tmp_path / "out" / "front.json").read_text())
    front = {row["number"]: row for row in contents["front"]}
    rows = answer["verified"]
    assert len(rows) == 5
    assert any(row["failure"] == "it crashed" for row in rows)
    for row in rows:
        estimate = front[row["number"]]
        assert bool(row["failure"]) == (estimate["luts"] == 3)
        if row["failure"]:
            continue
        area = 100 * estimate["luts"] * estimate["columns"] * estimate["group"]
        assert row["area_um2_measured"] == area
        assert row["area_um2_estimated"] == estimate["area_um2"]
        assert row["area_difference_percent"] == pytest.approx(
            100 * (estimate["area_um2"] / area - 1)
        )
        assert row["area_expected_percent"] == 2.5
        assert "delay_difference_percent" in row
    with (tmp_path / "out" / "verify.csv").open() as file:
        kept = list(csv.DictReader(file))
    assert [int(row["number"]) for row in kept] == [row["number"] for row in rows]
    assert str(tmp_path / "out" / "verify.csv") in answer["files"]


@pytest.mark.usefixtures("no_synthesis")
def test_verify_reports(macsmith: Program, space: Path) -> None:
    status, out, _ = macsmith("explore", space, "--verify", 5)
    assert status == 0
    assert "mean, absolute" in out
    assert "it crashed" in out


@pytest.mark.usefixtures("no_synthesis")
def test_search(macsmith: Program, space: Path, tmp_path: Path) -> None:
    """All that can exist of a small space; the front is that of what was measured."""
    status, out, err = macsmith("explore", space, "--search", 50, "-o", tmp_path / "out", "--json")
    assert (status, err) == (0, "")
    answer = json.loads(out)
    assert answer["tried"] == 18  # group 2 is no sign-flip core
    failed = [row for row in answer["points"] if row["failure"]]
    assert {row["luts"] for row in failed} == {3}
    assert len(failed) == 6
    goals = [(r["area_um2"], -r["throughput_gops"]) for r in answer["points"] if r["feasible"]]
    best = {
        goal
        for goal in goals
        if not any(o != goal and o[0] <= goal[0] and o[1] <= goal[1] for o in goals)
    }
    assert {(row["area_um2"], -row["throughput_gops"]) for row in answer["front"]} == best
    with (tmp_path / "out" / "search.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 18
    assert "points synthesized" in macsmith("explore", space, "--search", 4).out


@pytest.mark.usefixtures("no_synthesis")
def test_search_finds_nothing(macsmith: Program, space: Path) -> None:
    space.write_text(_SPACE.replace("5e5", "5"))
    status, _, err = macsmith("explore", space, "--search", 5)
    assert status == 2
    assert "none of the 5 points of mine that were tried is feasible" in err


@pytest.mark.usefixtures("no_synthesis")
def test_energy_is_measured_where_it_counts(
    space: Path, macsmith: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only if an objective or a constraint depends on it."""
    asked: list[Point] = []

    def energy(point: Point, _figures: dict[str, Any]) -> float:
        asked.append(point)
        return 7.0

    monkeypatch.setattr(oracle, "_energy", energy)
    assert macsmith("explore", space, "--verify", 2).status == 0
    assert not asked
    space.write_text(_SPACE.replace('["area_um2"]', '["energy_fj_per_operation * luts"]'))
    answer = json.loads(macsmith("explore", space, "--verify", 50, "--json").out)
    measured = [row for row in answer["verified"] if not row["failure"]]
    assert len(asked) == len(measured) > 0
    assert {row["energy_fj_per_operation_measured"] for row in measured} == {7.0}


@pytest.mark.long
def test_verify_for_real(macsmith: Program, space: Path) -> None:
    """Synthesis and energy of two small cores; the toy's estimates are nowhere near."""
    space.write_text(_SPACE.replace('["area_um2"]', '["energy_fj_per_operation"]'))
    answer = json.loads(macsmith("explore", space, "--verify", 2, "--json").out)
    for row in answer["verified"]:
        assert not row["failure"]
        assert row["area_um2_measured"] > 50
        assert row["energy_fj_per_operation_measured"] > 1


def test_a_cluster_measures_as_many_as_it_has_threads(
    space: Path, macsmith: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches of a search on a cluster fill it."""
    batches: list[int] = []

    class Three:
        def __init__(self, address: str) -> None:
            assert address == "tcp://there:1"

        def __enter__(self) -> Three:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def threads(self) -> int:
            return 3

        def sweep(self, points: Sequence[Point]) -> Iterator[tuple[int, dict[str, Any] | Failure]]:
            batches.append(len(points))
            return _formula(points)

    monkeypatch.setattr("costmodel.flow.cluster.Cluster", Three)
    assert macsmith("explore", space, "--search", 7, "--cluster", "tcp://there:1").status == 0
    assert batches == [3, 3, 1]
