"""The report's text: what it says of the winners, that it is whole, small, and loads nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from costmodel.explore.results_folder import read_results
from costmodel.plots.style import shown
from macsmith.labels import constants_of, design_label, varied_in
from macsmith.report import data, page
from macsmith.report.data import page_data
from macsmith.report.page import render
from macsmith.report.provenance import provenance_of
from macsmith.report.summary import winners
from tests import explored
from tests.macsmith.program import Program


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return explored.write_results(tmp_path_factory.mktemp("explored"))


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares the second that they take."""
    monkeypatch.setattr(page, "pictures_of", lambda *_: [])


def test_winners_are_the_best(folder: Path) -> None:
    table = explored.points()
    allowed = (table["area_um2"] <= explored.MOST_AREA) & (
        table["throughput_gops"] >= explored.LEAST_THROUGHPUT
    )
    by_objective = {winner.objective: winner for winner in winners(read_results(folder))}
    for name, sign in explored.OBJECTIVES.items():
        values = {figure: value for figure, value, _ in by_objective[name].figures}
        assert values[name] == sign * np.min(sign * table[name][allowed])
    assert [winner.title for winner in by_objective.values()] == [
        "Least area",
        "Least energy",
        "Most throughput",
    ]


def test_what_binds_and_what_a_change_buys(folder: Path) -> None:
    """Against the toy model itself: each told change is looked up in the table of all points."""
    results, table = read_results(folder), explored.points()
    names = results.parameters
    for winner in winners(results):
        point = {name: results.front[name][winner.index].item() for name in names}
        apart = np.sum([table[name] != point[name] for name in names], axis=0) == 1
        own = results.front[winner.objective][winner.index]
        sign = explored.OBJECTIVES[winner.objective]
        changes = sign * 100 * (table[winner.objective][apart] / own - 1)
        broken = ~(table["area_um2"][apart] <= explored.MOST_AREA) | ~(
            table["throughput_gops"][apart] >= explored.LEAST_THROUGHPUT
        )
        # Nothing that is allowed and near is better: what would be better is said to be forbidden.
        assert not (changes[~broken] < 0).any()
        forbidden = " ".join(winner.binds)
        assert ("is not allowed" in forbidden) == bool((changes[broken] < 0).any())
        assert ("A constraint binds" in forbidden) == bool((changes[broken] < 0).any())
        for trade in winner.trades:
            wanted = explored.OBJECTIVES[trade.figure]
            ratio = table[trade.figure][apart] / results.front[trade.figure][winner.index]
            gains = wanted * 100 * (1 - ratio)
            match = np.isclose(100 * (ratio - 1), trade.gain_percent) & np.isclose(
                sign * changes, trade.cost_percent
            )
            assert match.any()
            assert (gains[match] >= 1).all()
            assert not broken[match].all()


def test_ends_of_axes_are_told(folder: Path) -> None:
    (throughput,) = [w for w in winners(read_results(folder)) if w.title == "Most throughput"]
    (sentence,) = [text for text in throughput.binds if "end of" in text]
    assert "K = 64" in sentence
    assert "L = 16" in sentence


@pytest.mark.usefixtures("no_pictures")
def test_an_objective_of_the_front_only(tmp_path: Path) -> None:
    """An expression is a column of the front, and not of all points."""
    explored.write_results(tmp_path)
    name = "area_um2 / throughput_gops"
    for path in (tmp_path / "fronts.parquet", tmp_path / "front.parquet"):
        table = pq.read_table(path)
        density = table["area_um2"].to_numpy() / table["throughput_gops"].to_numpy()
        pq.write_table(table.append_column(name, pa.array(density)), path)
    contents = json.loads((tmp_path / "front.json").read_text())
    contents["objectives"].append({"expression": name, "goal": "minimize"})
    (tmp_path / "front.json").write_text(json.dumps(contents))
    results = read_results(tmp_path)
    *_, last = winners(results)
    assert last.title == f"Least {name}"
    assert last.figures[-1][:2] == (name, density.min())
    assert np.isnan(last.figures[-1][2])
    assert last.trades == []
    assert page_data(results, [])["figures"][3] == name
    assert f"Least {name}" in render(results)


def test_page_loads_nothing_and_is_the_same_each_time(folder: Path) -> None:
    results = read_results(folder)
    text = render(results)
    assert text == render(results)
    assert not re.search(r"(?i)https?:|\b(src|href)=[\"']?//|@import|url\((?!data:)", text)
    for address in re.findall(r"\b(?:src|href)=\"([^\"]*)\"", text):
        assert address.startswith(("data:", "#")), address
    assert '<html lang="en">' in text
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
    assert len(text) < 6e6


@pytest.mark.usefixtures("no_pictures")
def test_large_results_are_made_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "_MOST_FRONT", 20)
    monkeypatch.setattr(data, "_MOST_OTHERS", 100)
    results = read_results(folder)
    made = page_data(results, [3, 7])
    assert {3, 7} <= set(made["places"])
    assert len(made["front"]["settings"]) == len(made["places"]) <= 20
    assert 50 < len(made["others"]["settings"]) <= 100
    assert "are in this page" in render(results)


@pytest.mark.usefixtures("no_pictures")
def test_texts_cannot_leave_the_page(tmp_path: Path) -> None:
    explored.write_results(tmp_path)
    contents = json.loads((tmp_path / "front.json").read_text())
    contents["description"] = "</script><script>alert(1)</script>"
    contents["constraints"][0]["expression"] = "<b>1 < 2</b>"
    (tmp_path / "front.json").write_text(json.dumps(contents))
    results = read_results(tmp_path)
    results.published["label"] = np.array(["</script><script>alert(2)</script>", "<b>"])
    text = render(results)
    assert "<script>alert" not in text
    assert "<b>1 < 2" not in text


@pytest.mark.usefixtures("no_pictures")
def test_command(macsmith: Program, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    ended = macsmith("report", folder, "-o", path, "--json")
    assert ended.status == 0, ended.err
    assert json.loads(ended.out) == {
        "file": str(path),
        "bytes": path.stat().st_size,
        "points": len(explored.points()["unit"]),
    }
    text = path.read_text(encoding="utf-8")
    for words in ("Why the winners win", "A toy space", "has the sha256 5ca1ab1e", "synthesis"):
        assert words in text
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    for arguments, words in (
        ((tmp_path,), "holds no results of macsmith explore"),
        ((folder, "-o", tmp_path / "no" / "r.html"), "cannot write"),
    ):
        ended = macsmith("report", *arguments)
        assert ended.status == 2
        assert words in ended.err


def test_bare_results_make_a_page(tmp_path: Path) -> None:
    """Without points, verification and origin there is less to say, and the page says so."""
    explored.write_results(tmp_path)
    for name in ("points.parquet", "verify.csv", "front.json", "published.parquet"):
        (tmp_path / name).unlink()
    text = render(read_results(tmp_path))
    assert "nothing is known of their origin" in text
    assert "Estimates beside synthesis" not in text


def test_labels_tell_designs_apart(folder: Path) -> None:
    """On each technology no two designs of the page have one name; a tip tells the technology."""
    results = read_results(folder)
    for columns in (results.fronts, explored.points()):
        varied = varied_in(columns)
        names = [
            (technology, design_label(columns, index, varied))
            for index, technology in enumerate(columns["technology"])
        ]
        assert len(set(names)) == len(names) > 40
    point = {"unit": np.array(["ternary_lut"]), "luts": np.array([4]), "columns": np.array([8])}
    point |= {"activation": np.array(["fp16"]), "style": np.array(["aligned"])}
    point |= {"aligned_bits": np.array([12]), "reduce_register": np.array([True])}
    told = design_label(point, 0, frozenset(("aligned_bits", "packing")))
    assert told == "lut µ = 2, 8 x 8, FP16 aligned, reduce reg., aligned bits 12"


@pytest.mark.usefixtures("no_pictures")
def test_what_all_have_in_common_is_told_once(folder: Path) -> None:
    results = read_results(folder)
    constants = constants_of(results.fronts)
    assert {"unit": "lut", "inputs": "2560"}.items() <= constants.items()
    assert not {"technology", "µ"} & constants.keys()
    assert "All have in common: unit <b>lut</b>, " in render(results)


@pytest.mark.usefixtures("no_pictures")
def test_each_technology_has_its_best(folder: Path) -> None:
    results, table = read_results(folder), explored.points()
    text = render(results)
    allowed = (table["area_um2"] <= explored.MOST_AREA) & (
        table["throughput_gops"] >= explored.LEAST_THROUGHPUT
    )
    for technology in ("asap7", "nangate45"):
        mine = allowed & (table["technology"] == technology)
        least = table["energy_fj_per_operation"][mine].min()
        assert f'<td data-label="energy (fJ a weight)"><b>{shown(least)}</b>' in text
    assert f"{len(results.fronts['unit'])} are best on their technology" in text
    assert f"{len(results.front['unit'])} of them are best of all" in text


def test_provenance_is_in_words(folder: Path) -> None:
    results = read_results(folder)
    model = {
        "flow": "f1",
        "pyosys": "0.70",
        "designs": {"integer, fit": 5, "float, fit": 2, "integer, test": 3, "integer, blind1": 4},
    }
    results.about["models"] = {"asap7": model}
    facts = dict(provenance_of(results))
    assert facts["Cost model of asap7"] == (
        "Fitted to 7 (5 integer, 2 float) designs that were synthesized. Its expected errors are"
        " those on 7 (7 integer) others. Measured by synthesis flow f1, Yosys 0.70."
    )
    assert facts["Points"].endswith(f"{len(results.front['unit'])} are on the front.")
    assert not any("_" in text for text in facts)


@pytest.mark.usefixtures("no_pictures")
def test_commands_carry_the_workload(folder: Path) -> None:
    """What was explored for a workload is scheduled, and made an accelerator, for the same one."""
    assert not page_data(read_results(folder), [])["workloads"]
    results = read_results(folder)
    results.about["workload_references"] = {"mine": "my models/mine.csv"}
    data = page_data(results, [])
    assert data["workloads"] == {"mine": "'my models/mine.csv'"}
    assert [text.split()[1] for _, text in data["commands"]][3:] == ["schedule", "system"]
    assert all("{workload}" in text for _, text in data["commands"][3:])
