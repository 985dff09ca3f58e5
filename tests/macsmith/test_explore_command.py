"""`macsmith explore` on a toy model: files that agree with each other, and hostile spaces."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet
import pytest

from costmodel.explore.exploration import Estimator
from costmodel.explore.space import Space
from costmodel.model.model import load_model, save_model
from costmodel.system.dataflow import Platform
from costmodel.system.dram import load_dram
from costmodel.system.memory import load_sram
from macsmith import exploration
from macsmith.schedule import plan
from macsmith.space_file import committed_spaces, load_space
from macsmith.system import estimated, run
from tests.costmodel.toy import toy_estimate
from tests.macsmith.program import Program

Estimators = Callable[[Space], tuple[dict[str, Estimator], dict[str, Any]]]
_FITTED: Estimators = exploration.estimators_of

_SPACE = """
description = "a toy's"
technologies = ["nangate45", "asap7"]
minimize = ["area_um2", "edp"]
maximize = ["throughput_gops"]
constraints = ["area_um2 <= 2e4"]
[figures]
edp = "energy_fj_per_operation * delay_ps"
[space]
unit = ["ternary_lut", "ternary_signflip"]
activation = "int8"
inputs = 256
luts = {from = 2, to = 16, factor = 2}
columns = {from = 4, to = 12, step = 4}
[[union]]
group = {from = 1, to = 3}
[[union]]
group = [1, 4]
table_register = [false, true]
"""


@pytest.fixture(autouse=True)
def toy_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the real one, which other tests are about."""

    def estimators_of(space: Space) -> tuple[dict[str, Estimator], dict[str, Any]]:
        names = space.technologies
        return dict.fromkeys(names, toy_estimate), dict.fromkeys(names, "toy")

    monkeypatch.setattr(exploration, "estimators_of", estimators_of)


@pytest.fixture
def space(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(_SPACE)
    return path


def test_results(macsmith: Program, space: Path, tmp_path: Path) -> None:
    """The front in three formats, all points, and the answer: one and the same."""
    folder = tmp_path / "out"
    status, out, err = macsmith("explore", space, "-o", folder, "--json")
    assert (status, err) == (0, "")
    answer = json.loads(out)
    names = ["front.csv", "front.json", "front.parquet", "fronts.parquet", "points.parquet"]
    names += ["published.parquet", "front.svg", "report.html"]
    assert answer["files"] == [str(folder / name) for name in names]
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    marked = parquet.read_table(folder / "published.parquet").to_pylist()
    assert {(row["label"], row["technology"]) for row in marked} >= {
        ("Platinum", "nangate45"),
        ("TENET", "asap7"),
    }
    assert "TENET" in (folder / "report.html").read_text(encoding="utf-8")
    size = 2 * (2 * 3 * 4 * 3 + 2 * 2 * 2 * 4 * 3)
    assert answer["points"] == size
    assert answer["seconds"] > 0
    contents = json.loads((folder / "front.json").read_text())
    rows = contents.pop("front")
    assert contents == {name: answer[name] for name in contents}
    assert answer["front"] == len(rows) == answer["front_size"] > 10
    assert answer["constraints"][0]["excluded"] == answer["valid"] - answer["feasible"] > 0
    assert {"name": "area_um2", "type": "double", "unit": "um2"} in contents["columns"]
    assert {"name": "luts", "type": "int32", "unit": None} in contents["columns"]

    front = parquet.read_table(folder / "front.parquet")
    assert front.to_pylist() == rows
    fronts = parquet.read_table(folder / "fronts.parquet").to_pylist()
    assert [row["number"] for row in fronts if row.pop("best_of_all")] == [
        row["number"] for row in rows
    ]
    sizes = {name: sum(row["technology"] == name for row in fronts) for name in answer["models"]}
    assert sizes == answer["front_sizes"]
    read = arrow_csv.read_csv(folder / "front.csv")
    assert read.column_names == front.column_names
    assert read["area_um2"].to_pylist() == front["area_um2"].to_pylist()
    points = parquet.read_table(folder / "points.parquet")
    assert points.num_rows == answer["valid"]
    by_number = {row["number"]: row for row in points.to_pylist()}
    assert sum(row["feasible"] for row in by_number.values()) == answer["feasible"]
    for row in rows:
        front_row = by_number[row["number"]]
        assert {name: front_row[name] for name in row if name in front_row} == {
            name: row[name] for name in row if name in front_row
        }
    # Brute force over the points that were written.
    feasible = [row for row in by_number.values() if row["feasible"]]
    goals = [(row["area_um2"], row["edp"], -row["throughput_gops"]) for row in feasible]
    best = {
        goal
        for goal in goals
        if not any(all(a <= b for a, b in zip(o, goal, strict=True)) and o != goal for o in goals)
    }
    assert {(r["area_um2"], r["edp"], -r["throughput_gops"]) for r in rows} == best


def test_report(macsmith: Program, space: Path) -> None:
    """Without a folder nothing is written, and a person is told."""
    status, out, err = macsmith("explore", space, "-t", "nangate45")
    assert (status, err) == (0, "")
    assert "mine: a toy's" in out
    assert "168 points in" in " ".join(out.split())
    assert "area_um2 <= 2e4 excludes" in out
    assert "nangate45" not in out  # one technology is no column


def test_second_run_replaces_the_first(macsmith: Program, space: Path, tmp_path: Path) -> None:
    """What only the first one had goes: it would tell of another space."""
    folder = tmp_path / "out"
    assert macsmith("explore", space, "-o", folder).status == 0
    (folder / "verify.csv").write_text("number\n")
    assert macsmith("explore", space, "-o", folder, "--no-points", "--no-report").status == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        *("front.csv", "front.json", "front.parquet", "fronts.parquet", "published.parquet")
    ]


def test_nothing_published_is_no_file(
    macsmith: Program, space: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exploration, "published_points", lambda *_: {})
    assert macsmith("explore", space, "-o", tmp_path / "out", "--no-report").status == 0
    names = {path.name for path in (tmp_path / "out").iterdir()}
    wanted = {"front.csv", "front.json", "front.parquet", "fronts.parquet", "points.parquet"}
    assert names == wanted


def test_interruption_leaves_what_was_there(
    macsmith: Program, space: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle of the second run: the first one's files, and nothing else."""
    folder = tmp_path / "out"
    assert macsmith("explore", space, "-o", folder).status == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    calls = 0

    def interrupted(columns: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return toy_estimate(columns)

    monkeypatch.setattr(
        exploration,
        "estimators_of",
        lambda space: (dict.fromkeys(space.technologies, interrupted), {}),
    )
    assert macsmith("explore", space, "-o", folder).status == 130
    assert calls == 3
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_accelerators_are_those_of_the_system_command(
    macsmith: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every point of a space of accelerators, mixed memories and batches, one by one."""
    monkeypatch.setattr(exploration, "estimators_of", _FITTED)
    path = tmp_path / "chips.toml"
    path.write_text(
        "technologies = ['asap7']\nworkloads = ['bitnet-0.7b']\n"
        "minimize = ['chip_area_mm2', 'energy_uj_per_token']\nmaximize = ['tokens_per_second']\n"
        "[space]\nunit = 'ternary_lut'\nactivation = 'int8'\ngroup = 2\nluts = [8, 16]\n"
        "columns = 16\nreduce_register = true\n"
        "[system]\ncores = [1, 4]\nmemory = ['lpddr5', 'hbm2']\nvectors = [1, 8]\n"
        "weight_bits = [0, 1.6]\nactivation_kib = 64\n"
    )
    status, _, err = macsmith("explore", path, "-o", tmp_path / "out")
    assert (status, err) == (0, "")
    points = parquet.read_table(tmp_path / "out" / "points.parquet").to_pylist()
    assert len(points) == 2 * 2 * 2 * 2 * 2
    front = parquet.read_table(tmp_path / "out" / "front.parquet").to_pylist()
    for point in (*points[::5], *front):
        settings = {name: point[name] for name in ("group", "luts", "columns")}
        job = plan(
            "ternary-int8-8x8",
            [*(f"{n}={v}" for n, v in settings.items()), "reduce_register=true"],
            ["bitnet-0.7b"],
            point["vectors"],
        )
        platform = Platform(
            load_sram("asap7"),
            load_dram(point["memory"]),
            cores=point["cores"],
            weight_bits=point["weight_bits"],
            activation_kib=point["activation_kib"],
        )
        answer = run(job, estimated(job.design.configuration, "asap7"), platform, "asap7")
        for name, theirs in (
            ("tokens_per_second", "tokens_per_s"),
            ("energy_uj_per_token", "energy_per_token_uj"),
            ("chip_area_mm2", "area_mm2"),
            ("system_clock_ps", "clock_ps"),
        ):
            assert point[name] == pytest.approx(answer[theirs], rel=1e-9), name
        assert (point["memory_wait_percent"] > 0) or answer["bound"] == "compute"
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert '["activation_kib","--activation-buffer"]' in page


def test_committed_spaces() -> None:
    """The large one has at least ten million points; both can be read."""
    assert {"packings", "small", "ten-million"} <= set(committed_spaces())
    assert 10_000 <= load_space("small").size <= 100_000
    assert 10_000_000 <= load_space("ten-million").size <= 12_000_000


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    """A model of a technology whose cells nobody has here."""
    path = tmp_path / "mine.model.json"
    save_model(replace(load_model("asap7", "ternary"), technology="mine"), path)
    return path


def test_a_model_file_is_a_technology(
    macsmith: Program,
    space: Path,
    tmp_path: Path,
    model_file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the name that it has, on the command line and in a space file."""
    asked: dict[str, str] = {}

    def noted(space: Space) -> tuple[dict[str, Estimator], dict[str, Any]]:
        asked.update({name: space.models.get(name, name) for name in space.technologies})
        return dict.fromkeys(space.technologies, toy_estimate), {}

    monkeypatch.setattr(exploration, "estimators_of", noted)
    status, out, err = macsmith("explore", space, "-t", model_file, "-t", "asap7", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["technologies"] == ["mine", "asap7"]
    assert asked == {"mine": str(model_file), "asap7": "asap7"}
    space.write_text(_SPACE.replace('"nangate45", "asap7"', f'"{model_file}"'))
    assert macsmith("explore", space, "-o", tmp_path / "out").status == 0
    front = parquet.read_table(tmp_path / "out" / "front.parquet")
    assert set(front["technology"].to_pylist()) == {"mine"}
    assert load_space(str(space)).models == {"mine": str(model_file)}


def test_models_are_read_from_their_files(space: Path, model_file: Path) -> None:
    """A file's model is the one that estimates, not a shipped one."""
    save_model(replace(load_model("asap7", "ternary"), provenance={"by": "me"}), model_file)
    loaded = replace(load_space(str(space), ("asap7", "sg13g2")), models={"asap7": str(model_file)})
    _, refused = _FITTED(loaded)
    assert refused["asap7"] == {"by": "me"}
    assert refused["sg13g2"] == load_model("sg13g2", "ternary").provenance


@pytest.mark.parametrize("option", ["--verify", "--search"])
def test_a_model_file_has_no_cells(
    macsmith: Program, space: Path, model_file: Path, option: str
) -> None:
    """Said before anything is estimated; of a shipped name too, if it was fitted to other cells."""
    status, out, err = macsmith("explore", space, "-t", model_file, option, "2")
    assert (status, out) == (2, "")
    assert f"{option} synthesizes with the cells of 'mine', and {model_file}" in err
    other = {**load_model("asap7", "ternary").provenance, "technology": "0" * 16}
    save_model(replace(load_model("asap7", "ternary"), provenance=other), model_file)
    status, _, err = macsmith("explore", space, "-t", model_file, option, "2")
    assert status == 2
    assert "the cells of 'asap7'" in err


_AXES = """
[space]
unit = "ternary_lut"
activation = "int8"
inputs = 256
group = 2
"""
_GOAL = 'minimize = ["area_um2"]\n'
_SMALL = "luts = [1, 2]\ncolumns = [1, 2]\n"
_CORES = _AXES.replace("inputs = 256\n", "") + _SMALL
_ACCELERATORS = "workloads = 'bitnet-3b'\n" + _GOAL + _CORES + "[system]\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the file is empty"),
        ("luts = [", "is not TOML"),
        ("\x00", "is not TOML"),
        (_GOAL, "there are no axes: write them under [space]"),
        (_GOAL + "[space]\n", "there are no axes"),
        (_GOAL + "space = 3", "space is not a table"),
        (_GOAL + "union = 3", "union is not a list of tables"),
        (_AXES + _SMALL, "there is no objective"),
        (_GOAL + _AXES + "columns = 1", "space.luts is missing"),
        (_GOAL + _AXES.replace("inputs = 256", "") + _SMALL, "inputs is missing (or name workl"),
        (_GOAL + _AXES + _SMALL + "lutts = 3", "lutts is unknown; did you mean 'luts'?"),
        (_GOAL + _AXES + _SMALL.replace("[1, 2]", "[]"), "space.luts is empty"),
        (_GOAL + _AXES + "columns = 1\nluts = {from = 3, to = 2}", "it goes from 3 to 2"),
        (_GOAL + _AXES + "columns = 1\nluts = {from = 3}", "luts.to = None is not a whole"),
        (_GOAL + _AXES + "columns = 1\nluts = {from = 0, to = 9, factor = 2}", "start at 1"),
        (_GOAL + _AXES + "columns = 1\nluts = {from = 1, to = 9, factor = 1}", "factor = 1 is not"),
        (_GOAL + _AXES + "columns = 1\nluts = {from = 1, to = 2000000000}", "2,000,000,000 values"),
        (_GOAL + _AXES + "columns = 1\nluts = {from = 1, to = 1e12}", "is not a whole number"),
        (
            _GOAL + _AXES + "columns = 1\nluts = [1, nan]",
            "space.luts[1] is nan, and not a finite number",
        ),
        (_GOAL + _AXES + "columns = 1\nluts = inf", "space.luts is inf, and not a finite number"),
        (_GOAL + _AXES + "columns = 1\nluts = [4, 5, 4]", "luts has 4 twice"),
        (_GOAL + _AXES + "columns = 1\nluts = ['4']", "luts has '4', which is not a whole number"),
        (_GOAL + _AXES + "columns = 1\nluts = true", "luts has True, which is not a whole number"),
        (_GOAL + _AXES + "columns = 1\nluts = -1", "luts has -1, which is not from 0"),
        (_GOAL + _AXES + _SMALL + "table_register = 1", "which is not true or false"),
        (_GOAL + _AXES.replace("int8", "int99") + _SMALL, "activation: "),
        (_GOAL + _AXES.replace("ternary_lut", "ternary_lot") + _SMALL, "did you mean 'ternary_lut"),
        (_GOAL + _AXES + _SMALL + "style = 'fload'", "did you mean 'float'?"),
        (
            _GOAL + _AXES + "luts = {from = 1, to = 1000000}\ncolumns = {from = 1, to = 1000000}",
            "1,000,000,000,000 points, more than the 1,000,000,000 that are enumerated: shorten",
        ),
        ("technologies = ['nangate']\n" + _GOAL + _AXES + _SMALL, "nangate"),
        ("technologies = 3\n" + _GOAL + _AXES + _SMALL, "technologies is not a list of texts"),
        ("technologies = ['asap7', 'asap7']\n" + _GOAL + _AXES + _SMALL, "has 'asap7' twice"),
        ("workloads = ['bitnet']\n" + _GOAL + _AXES + _SMALL, "there is no workload 'bitnet'"),
        ("workloads = 'bitnet-3b'\n" + _GOAL + _AXES + _SMALL, "inputs and workloads both say"),
        ("minimise = ['area_um2']\n" + _AXES + _SMALL, "did you mean 'minimize'?"),
        ("minimize = ['aera_um2']\n" + _AXES + _SMALL, "did you mean 'area_um2'?"),
        ("minimize = [3]\n" + _AXES + _SMALL, "minimize is not a list of texts"),
        ("minimize = ['area_um2 <= 3']\n" + _AXES + _SMALL, "it must be a number"),
        ("constraints = ['area_um2']\n" + _GOAL + _AXES + _SMALL, "it must be a comparison"),
        (
            "constraints = [\"__import__('os').remove('x')\"]\n" + _GOAL + _AXES + _SMALL,
            "calls another function than",
        ),
        (_GOAL + _AXES + _SMALL + "[system]\ncores = 2", "[system] is there, and no workloads"),
        (
            "workloads = 'bitnet-3b'\nminimize = ['tokens_per_second']\n" + _CORES,
            "did you mean 'core_tokens_per_second'?",
        ),
        (_ACCELERATORS + "corez = 2", "system.corez is unknown; did you mean 'cores'?"),
        (_ACCELERATORS + "cores = [1, 0]", "cores = 0 is not allowed: it must be from 1 to"),
        (_ACCELERATORS + "cores = 1.5", "system.cores has 1.5, which is not a whole number"),
        (_ACCELERATORS + "memory = 'lpddr6'", "there is no memory 'lpddr6'"),
        (_ACCELERATORS + "bandwidth_gb_per_s = 0", "a bandwidth of 0.0 GB/s is not allowed"),
        (_ACCELERATORS + "vectors = 0", "vectors = 0"),
        (_ACCELERATORS + "weight_bits = [-1.5]", "weight_bits = -1.5 is not allowed"),
        (_ACCELERATORS + "node_nm = 'x'", "system.node_nm = 'x'"),
        (_GOAL + "[figures]\nluts = 'area_um2'\n" + _AXES + _SMALL, "figures.luts is no new name"),
        ("minimize = ['log2(-area_um2)']\n" + _AXES + _SMALL, "have no finite value at any point"),
        (_GOAL + _AXES.replace("_lut", "_signflip") + _SMALL, "can exist; of the first one: group"),
        (
            "constraints = ['area_um2 <= 5000', 'throughput_gops >= 1e6']\n"
            + _GOAL
            + _AXES
            + _SMALL,
            "'throughput_gops >= 1e6' excludes most, 4 of the 4 points that can exist; the nearest",
        ),
    ],
)
def test_hostile_spaces(macsmith: Program, tmp_path: Path, text: str, sentence: str) -> None:
    """One sentence, exit status 2, nothing left behind."""
    path, folder = tmp_path / "hostile.toml", tmp_path / "out"
    path.write_text(text)
    status, out, err = macsmith("explore", path, "-o", folder)
    assert (status, out) == (2, ""), err
    assert sentence in err
    assert err.startswith("macsmith: ")
    assert err.count("\n") == 1
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("smalll",), "there is no space 'smalll'; did you mean 'small'?"),
        (("nowhere/x.toml",), "the space file nowhere/x.toml is not there"),
        (("small", "-t", "tsmc2"), "tsmc2"),
        (("small", "--limit", "100"), "12,288 points, more than the 100"),
        (("small", "--search", "3", "--verify", "2"), "--search makes none"),
        (("small", "-o", "/proc/nothing"), "cannot write /proc/nothing"),
    ],
)
def test_wrong_requests(macsmith: Program, arguments: tuple[str, ...], sentence: str) -> None:
    status, _, err = macsmith("explore", *arguments)
    assert status == 2
    assert sentence in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "no address", ""])
def test_no_cluster(macsmith: Program, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    from costmodel.flow import cluster

    monkeypatch.setattr(cluster, "_CONNECT_S", 0.5)
    status, _, err = macsmith("explore", "small", "--cluster", address)
    assert status == 2
    assert f"no Dask scheduler answers at {address!r}" in err
    assert err.count("\n") == 1
