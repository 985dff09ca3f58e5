"""`macsmith estimate` and `macsmith calibrate`: what they say, and how they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from costmodel.model.estimate import estimate
from costmodel.model.model import FEWEST_HELD_OUT, FIGURES, load_model, save_model, shipped_models
from costmodel.model.rows import read_rows, write_rows
from costmodel.ternary.basis import BASIS
from hw.ternary.packing import PACKINGS
from macsmith.design import load_design
from macsmith.space_file import load_space
from macsmith.ternary.core import ternary_core
from tests.macsmith.program import Program

_ROWS = Path(__file__).parents[2] / "designs" / "measured" / "calibration" / "sg13g2.csv"
_VERSIONS = {"flow", "macsmith", "pyosys"}


def test_estimate(macsmith: Program) -> None:
    printed = json.loads(macsmith("estimate", "ternary-int8-32x32", "--json").out)
    assert printed["design"] == "ternary-int8-32x32"
    assert list(printed["technologies"]) == shipped_models("ternary")
    for technology, answer in printed["technologies"].items():
        accuracy = load_model(technology, "ternary").accuracy["integer"]
        for figure in FIGURES:
            assert answer[figure] > 0
            error = answer["expected_error_percent"][figure]
            assert error == accuracy[figure].mean_percent > 0
        assert answer["inside"]
        assert sum(answer["area_um2_parts"].values()) == pytest.approx(answer["area_um2"])
        gops = load_design("ternary-int8-32x32").configuration.operations_per_cycle
        assert answer["throughput_gops"] == pytest.approx(gops * 1e3 / answer["delay_ps"])


@pytest.mark.parametrize(
    ("design", "kind"),
    [
        ("ternary-int8-tl2", "packed"),
        ("ternary-int8-trits5", "packed"),
        ("ternary-int8-sparse34", "packed"),
        ("ternary-int8-bf16-column", "scaled"),
        ("ternary-int8-int8", "scaled"),
    ],
)
def test_packed_and_scaled_designs(design: str, kind: str, macsmith: Program) -> None:
    printed = json.loads(macsmith("estimate", design, "-t", "sg13g2", "--json").out)
    answer = printed["technologies"]["sg13g2"]
    for figure, errors in load_model("sg13g2", "ternary").accuracy[kind].items():
        assert answer[figure] > 0
        assert answer["expected_error_percent"][figure] == errors.mean_percent
        assert answer["held_out_designs"] == errors.points < FEWEST_HELD_OUT
    told = macsmith("estimate", design, "-t", "sg13g2").out
    assert "±" not in told.replace("±: mean error", "")
    points = answer["held_out_designs"]
    assert (
        f"too few: an error is told of 5 held-out designs of a style, and sg13g2 has {points}"
        in told
    )
    assert ("unpack" in answer["area_um2_parts"]) == (design[-3:] in ("tl2", "ts5"))


def test_a_space_of_packings() -> None:
    """Each packing can be, and costs something else."""
    space = load_space("packings")
    model = load_model(space.technologies[0], "ternary")
    best: dict[str, float] = {}
    for chunk in space.chunks(1_000_000):
        mesh = space.mesh(chunk)
        estimates = estimate(mesh, model)
        assert estimates.valid.any()
        density = np.broadcast_to(
            estimates.area_um2 / estimates.operations_per_cycle, estimates.valid.shape
        )
        for name in np.unique(mesh["packing"]):
            mine = np.broadcast_to(mesh["packing"] == name, estimates.valid.shape) & estimates.valid
            if mine.any():
                best[str(name)] = min(best.get(str(name), np.inf), float(density[mine].min()))
    assert set(best) == set(PACKINGS)
    assert best["trits5"] > best["keys"]


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("design", ["ternary-int8-8x8", "ternary-fp16-float-32x32"])
def test_table_fits(
    width: int, design: str, macsmith: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A figure and its error below it, no cell broken."""
    monkeypatch.setenv("COLUMNS", str(width))
    printed = macsmith("estimate", design).out
    assert design in printed
    lines = [line.split() for line in printed.splitlines()]
    for technology in shipped_models("ternary"):
        (row,) = (i for i, line in enumerate(lines) if line[:1] == [technology])
        assert len(lines[row]) == 6
        assert [text[0] for text in lines[row + 1][::2]] == ["±"] * 5
        assert lines[row + 1][1::2] == ["%"] * 5
    assert max(map(len, printed.splitlines())) <= 80
    assert "beyond" not in printed


def test_beyond_what_was_measured(macsmith: Program) -> None:
    given = ("ternary-int8-8x8", "--set", "luts=900", "-t", "sg13g2")
    assert "beyond what was measured on sg13g2" in macsmith("estimate", *given).out
    answer = json.loads(macsmith("estimate", *given, "--json").out)
    assert not answer["technologies"]["sg13g2"]["inside"]


def test_own_model(macsmith: Program, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    save_model(load_model("asap7", "ternary"), path)
    mine, shipped = (
        json.loads(macsmith("estimate", "ternary-int8-8x8", "-t", name, "--json").out)
        for name in (path, "asap7")
    )
    assert mine["technologies"][str(path)] == shipped["technologies"]["asap7"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ternary-int8-8x8", "-t", "sky131"), "no cost model of 'sky131'"),
        (("ternary-int8-8x9",), "ternary-int8-8x9"),
        (("ternary-fp16-float-32x32", "--set", "result=bf16"), "result"),
        (("complex-int8-16x16",), "complex_lut"),
        (("ternary-int8-8x8", "--set", "scale=column"), "scale"),
        (("ternary-int8-8x8", "--set", "planes=2"), "planes"),
    ],
)
def test_refused(arguments: tuple[str, ...], words: str, macsmith: Program) -> None:
    """In a sentence: an unknown circuit never costs nothing."""
    ended = macsmith("estimate", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert words in ended.err
    assert "Traceback" not in ended.err


def test_columns_are_those_of_the_design() -> None:
    c = ternary_core(load_design("ternary-fp16-aligned-32x32").configuration)
    columns = BASIS.columns_of(c)
    assert columns["inputs"] == c.workload.inputs
    assert columns["aligned_bits"] == c.aligned_bits
    assert "sequencer" not in columns


def test_calibrate_gives_the_shipped_model(macsmith: Program, tmp_path: Path) -> None:
    path = tmp_path / "again.json"
    ended = macsmith("calibrate", "-t", "sg13g2", "--from", _ROWS, "-o", path)
    assert ended.status == 0
    assert f"{len(read_rows(_ROWS, BASIS))} designs measured on sg13g2" in ended.out
    assert "held-out error" in ended.out
    style = {line.split()[0]: line for line in ended.out.splitlines() if line}
    assert style["packed"].count("too few") == len(FIGURES)
    assert "too few" not in style["integer"]
    assert "held-out designs of a style, which packed, scaled has not" in ended.out
    model, shipped = load_model(path, "ternary"), load_model("sg13g2", "ternary")
    assert model.accuracy == shipped.accuracy
    assert model.region == shipped.region
    for name in ("area", "leakage", "delay"):
        assert getattr(model, name) == pytest.approx(getattr(shipped, name), rel=1e-6)
    provenance = {k: v for k, v in model.provenance.items() if k not in _VERSIONS}
    assert provenance == {k: v for k, v in shipped.provenance.items() if k not in _VERSIONS}
    assert [path.name for path in tmp_path.iterdir()] == ["again.json"]


def test_calibrate_as_json(macsmith: Program, tmp_path: Path) -> None:
    path = tmp_path / "again.json"
    ended = macsmith("calibrate", "-t", "sg13g2", "--from", _ROWS, "-o", path, "--json")
    answer = json.loads(ended.out)
    assert (answer["technology"], answer["failures"], answer["file"]) == ("sg13g2", [], str(path))
    assert set(answer["accuracy"]["float"]) == set(FIGURES)
    assert answer["area"]


def test_calibrate_needs_designs(macsmith: Program, tmp_path: Path) -> None:
    short_table = tmp_path / "few.csv"
    write_rows(read_rows(_ROWS, BASIS)[:5], short_table, BASIS)
    for arguments in (("--from", short_table), ("--minutes", "0")):
        path = tmp_path / "model.json"
        ended = macsmith("calibrate", "-t", "sg13g2", *arguments, "-o", path)
        assert ended.status == 2
        assert "wants at least" in ended.err
        assert not path.exists()


def test_calibrate_reads_or_writes(macsmith: Program, tmp_path: Path) -> None:
    ended = macsmith("calibrate", "-t", "sg13g2", "--from", _ROWS, "--rows", tmp_path / "rows.csv")
    assert ended.status == 2
    assert "choose one" in ended.err
    assert macsmith("calibrate", "-t", "sg13g2", "--from", tmp_path / "no.csv").status == 2
