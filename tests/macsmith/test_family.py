"""A family that the house has never seen joins it, and every command knows what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from costmodel.explore.results_folder import read_results
from costmodel.model.model import load_model
from hw.families import FAMILIES, joined
from tests.macsmith.program import Program
from tests.toy import TOY

_TOY = Path(__file__).parents[1] / "toy"
_DESIGN = _TOY / "toy-8.toml"


@pytest.fixture(autouse=True)
def toy() -> Iterator[None]:
    before = list(FAMILIES)
    with joined(TOY):
        yield
    assert list(FAMILIES) == before


def test_list(macsmith: Program) -> None:
    assert "toy_adder           adds two unsigned numbers" in macsmith("list").out


def test_generate(macsmith: Program, tmp_path: Path) -> None:
    ended = macsmith("generate", _DESIGN, "-o", tmp_path)
    assert (ended.status, "adder of 8 bits" in ended.out) == (0, True)
    manifest = json.loads((tmp_path / "toy-8.json").read_text())
    assert manifest["parameters"] == {"bits": 8, "register": False}
    assert [stream["name"] for stream in manifest["streams"]] == ["operands", "sums"]
    assert "operands_payload" in (tmp_path / "toy-8.v").read_text()


@pytest.mark.parametrize("settings", [(), ("--set", "register=true")])
def test_simulate(macsmith: Program, tmp_path: Path, settings: tuple[str, ...]) -> None:
    ended = macsmith("simulate", _DESIGN, *settings)
    assert ended.status == 0, ended.err
    assert "20 vectors (random)" in ended.out
    assert "0 mismatches" in ended.out
    assert "the largest sum was 510" in ended.out
    np.savez(tmp_path / "pairs.npz", operands=np.array([[3, 4], [200, 100]]))
    given = macsmith("simulate", _DESIGN, *settings, "--data", tmp_path / "pairs.npz", "--json")
    answer = json.loads(given.out)
    assert (answer["vectors"], answer["largest_sum"], answer["faults"]) == (2, 300, [])


def test_simulate_finds_a_wrong_circuit(macsmith: Program, tmp_path: Path) -> None:
    macsmith("generate", _DESIGN, "-o", tmp_path)
    text = (tmp_path / "toy-8.v").read_text()
    wrong = text.replace(" + ", " | ")
    assert wrong != text
    (tmp_path / "wrong.v").write_text(wrong)
    ended = macsmith("simulate", _DESIGN, "--verilog", tmp_path / "wrong.v")
    assert (ended.status, "of sums is" in ended.out) == (1, True)


def test_refusals(macsmith: Program, tmp_path: Path) -> None:
    tiles = macsmith("simulate", _DESIGN, "--skip-zero-tiles")
    assert (tiles.status, "no tiles to be left out" in tiles.err) == (2, True)
    for command in ("schedule", "system"):
        assert "runs no matrix products" in macsmith(command, _DESIGN).err
    np.savez(tmp_path / "pairs.npz", operands=np.array([[3, 256]]))
    ended = macsmith("simulate", _DESIGN, "--data", tmp_path / "pairs.npz")
    assert "not all from 0 to 255" in ended.err


def test_synthesize(macsmith: Program) -> None:
    ended = macsmith("synthesize", _DESIGN, "--activity", "--json")
    assert ended.status == 0, ended.err
    answer = json.loads(ended.out)
    assert answer["operation"] == "addition"
    assert answer["parts"] == {"add": pytest.approx(answer["area_um2"])}
    assert 0 < answer["energy_fj_per_operation"] == answer["energy_fj_per_cycle"]
    assert "fJ/addition" in macsmith("synthesize", _DESIGN, "--vectorless").out


def test_calibrate(macsmith: Program, tmp_path: Path) -> None:
    """What is measured today gives the model that the family came with."""
    asked = ("calibrate", "--family", "toy", "-t", "nangate45", "-o", tmp_path / "nangate45.json")
    ended = macsmith(*asked)
    assert ended.status == 0, ended.err
    fitted, shipped = (
        load_model(model, "toy") for model in (tmp_path / "nangate45.json", "nangate45")
    )
    for figure in ("area", "delay", "leakage"):
        assert getattr(fitted, figure) == pytest.approx(getattr(shipped, figure), rel=0.02)


def test_estimate_is_near_synthesis(macsmith: Program) -> None:
    contents = json.loads(macsmith("estimate", _DESIGN, "-t", "nangate45", "--json").out)
    (estimated,) = contents["technologies"].values()
    measured = json.loads(macsmith("synthesize", _DESIGN, "--json").out)
    for figure in ("area_um2", "delay_ps"):
        assert estimated[figure] == pytest.approx(measured[figure], rel=0.2)


def test_explore_plot_and_report(macsmith: Program, tmp_path: Path) -> None:
    out = tmp_path / "found"
    explored = macsmith("explore", _TOY / "adders.toml", "-o", out)
    assert explored.status == 0, explored.err
    assert "operand (bits)" in (out / "report.html").read_text()
    for kind in ("front", "breakdown", "heat-map", "sensitivity"):
        drawn = macsmith("plot", kind, out, "-o", tmp_path / f"{kind}.svg")
        assert drawn.status == 0, drawn.err
    assert macsmith("report", out).status == 0


def test_a_space_of_two_families(macsmith: Program, tmp_path: Path) -> None:
    """Each block is estimated by its own family; what the other one lacks stays empty."""
    out = tmp_path / "found"
    explored = macsmith("explore", _TOY / "both.toml", "-o", out)
    assert explored.status == 0, explored.err
    front = read_results(out).front
    assert set(front["unit"]) == {"toy_adder", "ternary_lut"}
    cores = front["unit"] == "ternary_lut"
    assert np.isnan(front["bits"][cores]).all()
    assert (front["luts"][cores] > 0).all()
    assert np.isnan(front["luts"][~cores]).all()
