"""The studies' pages are made of their data, these of the shipped models, and answers can turn."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from costmodel.explore.results_folder import read_results
from costmodel.system.dataflow import Platform
from costmodel.system.dram import load_dram
from costmodel.system.memory import load_sram
from macsmith.exploration import explore
from macsmith.schedule import plan
from macsmith.space_file import load_space
from macsmith.system import estimated, run
from studies import edge_study, model_tiles
from studies.answers import identity, studies
from studies.edge_findings import Edge
from studies.edge_study import BUDGETS, Accelerator, read_cloud, read_data
from studies.model_comparison import Tiles, compared, shapes
from studies.model_findings import TECHNOLOGIES, answers, mu_cell, shape_cell
from studies.model_pictures import area_map
from studies.model_tiles import KINDS, MAP_COLUMNS, CostedTile, make_tiles, read_tiles
from studies.study_ternary import measured

_STUDIES = {model_tiles.SPACE: model_tiles.FOLDER, edge_study.SPACE: edge_study.FOLDER}


@pytest.mark.parametrize("name", sorted(_STUDIES))
def test_pages_are_current(name: str) -> None:
    """What a page says is what its data say, and its pictures are there."""
    page, text, pictures = studies()[name]
    assert text == page.read_text(encoding="utf-8"), "run make studies"
    for title in pictures:
        assert (page.parents[1] / "figures" / f"study-{name}-{title}.svg").is_file()
        assert f"study-{name}-{title}.svg" in text


@pytest.mark.parametrize("name", sorted(_STUDIES))
def test_data_are_of_the_shipped_models(name: str) -> None:
    contents = json.loads((_STUDIES[name] / "made-of.json").read_text(encoding="utf-8"))
    spaces = edge_study.SPACES.values() if name == edge_study.SPACE else (name,)
    assert contents == json.loads(json.dumps(identity(*spaces))), (
        "a model or a space changed: make studies"
    )


def test_tiles_are_what_the_models_say() -> None:
    """Every number of the file, made again."""
    kept, made = read_tiles(), make_tiles()
    assert len(kept) == len(made) > 900
    for old, new in zip(kept, made, strict=True):
        for name, value in asdict(old).items():
            expected = pytest.approx(value, rel=1e-3) if isinstance(value, float) else value
            assert getattr(new, name) == expected, (old, name)


def test_estimated_tiles_are_the_synthesized_ones() -> None:
    """Areas of the same tiles by synthesis (studies.study_ternary); no model was fitted to them."""
    rows = measured()
    errors = []
    for tile in read_tiles():
        name = f"{tile.arithmetic}-mu{tile.mu}-{tile.shape.replace(' ', '')}"
        if (
            tile.role == "square"
            and tile.technology == "nangate45"
            and name in rows
            and tile.inside
        ):
            errors.append(tile.area_um2 / float(rows[name]["area_um2_per_weight"]) - 1)
    assert len(errors) >= 15
    assert np.mean(np.abs(errors)) < 0.04
    assert np.max(np.abs(errors)) < 0.12


def _tile(mu: int, area: float, shape: tuple[int, int] = (32, 32)) -> CostedTile:
    inputs, columns = shape
    luts = -(-inputs // mu)
    fields = ("square", "", "asap7", "int8", mu, luts, inputs, columns, area, area)
    return CostedTile(*fields, area_error_percent=2.0, energy_error_percent=5.0, inside=True)


def test_differences_below_the_error_are_not_told() -> None:
    """Whichever of two is asked first; a larger error hides a larger difference."""
    one, close, far = _tile(1, 100.0), _tile(2, 98.5), _tile(2, 97.0)
    assert not compared(close, one, "area_um2").told
    assert compared(far, one, "area_um2").told
    assert not compared(far, one, "energy_fj").told
    assert compared(one, far, "area_um2").percent == -compared(far, one, "area_um2").percent
    assert mu_cell([one, close], "area_um2") == "cannot tell 2 or 1: 1.5 % (±2.0)"
    assert mu_cell([one, far], "area_um2") == "2: 3.0 % less (±2.0)"
    assert mu_cell([one, _tile(2, 110.0)], "area_um2") == "1: 9.1 % less than 2 (±2.0)"
    outside = replace(far, inside=False)
    assert mu_cell([one, outside], "area_um2") == "2: 3.0 % less (±2.0) †"
    wide, long = _tile(2, 99.0, (16, 64)), _tile(2, 100.0, (64, 16))
    assert shape_cell(wide, long, compared(wide, long, "area_um2")).startswith("cannot tell")
    wide = replace(wide, area_um2=90.0)
    sentence = shape_cell(wide, long, compared(wide, long, "area_um2"))
    assert sentence == "K > Lµ: 16 x 64 (µ = 2), 10.0 % less than 64 x 16 (±2.0)"


def test_answers_follow_the_data() -> None:
    """Errors without end leave nothing to tell; inverse costs and turned shapes turn answers."""
    tiles = read_tiles()
    blind = [replace(t, area_error_percent=1e6, energy_error_percent=1e6) for t in tiles]
    for line in answers(Tiles(blind)).splitlines()[2:]:
        assert line.count("cannot tell") == len(TECHNOLOGIES), line
    sharp = [replace(t, area_error_percent=0.0) for t in tiles]
    turned = [
        replace(t, inputs=t.columns, columns=t.inputs)
        if t.role == "map"
        else replace(t, area_um2=1 / t.area_um2)
        for t in sharp
    ]
    before, after = (answers(Tiles(tiles)).splitlines()[2:] for tiles in (sharp, turned))
    for old, new in zip(before, after, strict=True):
        if "denser" in old or "prefers" in old:
            assert old.count("yes") == new.count("no"), (old, new)


def test_maps_show_every_tile() -> None:
    """A number in each cell, and the best one of each panel framed."""
    tiles = Tiles(read_tiles())
    figure = area_map(tiles)
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert len(panels) == len(KINDS) * len(TECHNOLOGIES)
    for axes in panels:
        assert len(axes.texts) == 5 * len(MAP_COLUMNS["int8"])
        assert "0" in [text.get_text() for text in axes.texts]
        assert len(axes.patches) >= 1
    _, _, verdict = shapes(tiles, "asap7", "int8", "area_um2")
    assert verdict.error_percent > 0


@pytest.fixture(scope="module")
def accelerators() -> list[Accelerator]:
    return read_data()


def test_winners_win(accelerators: list[Accelerator]) -> None:
    """Within their area; nothing of the cloud or the fronts has 1 % more tokens a second."""
    edge, cloud = Edge(accelerators), read_cloud()
    for scenario in ("decode", "prefill"):
        for budget in BUDGETS:
            winner = edge.one(scenario, budget)
            assert winner.area_mm2 <= budget
            assert winner.inside
            others = [
                float(accelerator["tokens_per_s"])
                for accelerator in cloud
                if accelerator["scenario"] == scenario and float(accelerator["area_mm2"]) <= budget
            ]
            others += [accelerator.tokens_per_s for accelerator in edge.front(scenario, budget)]
            assert max(others) * 0.99 <= winner.tokens_per_s * 1.0001
            assert edge.one(scenario, budget, "smallest").area_mm2 <= winner.area_mm2
            front = edge.front(scenario, budget)
            for a, b in pairwise(front):
                assert (a.tokens_per_s < b.tokens_per_s) == (a.energy_uj < b.energy_uj)


@pytest.mark.parametrize("scenario", ["decode", "prefill"])
def test_winners_are_points_of_the_space(
    accelerators: list[Accelerator], scenario: str, tmp_path: Path
) -> None:
    """`macsmith explore` gives each winner's figures, and no allowed point more tokens a second."""
    explore(load_space(edge_study.SPACES[scenario]), tmp_path)
    points = read_results(tmp_path).points()
    for budget in BUDGETS:
        winner = Edge(accelerators).one(scenario, budget)
        mine = np.ones(len(points["unit"]), bool)
        for name in ("group", "luts", "columns", "table_register", "reduce_register", "cores"):
            mine &= points[name] == getattr(winner, name)
        mine &= points["activation_kib"] == winner.activation_kib
        (place,) = np.flatnonzero(mine)
        for name, value in (
            ("tokens_per_second", winner.tokens_per_s),
            ("energy_uj_per_token", winner.energy_uj),
            ("chip_area_mm2", winner.area_mm2),
        ):
            assert points[name][place] == pytest.approx(value, rel=1e-4)
        within = points["inside"] & (points["chip_area_mm2"] <= budget)
        assert 0.99 * points["tokens_per_second"][within].max() <= winner.tokens_per_s * 1.0001


@pytest.mark.parametrize("scenario", ["decode", "prefill"])
def test_winners_are_what_the_program_says(accelerators: list[Accelerator], scenario: str) -> None:
    """As `macsmith system` answers for the same design, one by one and not by the thousand."""
    winner = Edge(accelerators).one(scenario, 2.0)
    settings = {
        "group": winner.group,
        "luts": winner.luts,
        "columns": winner.columns,
        "activation": "int8",
        "table_register": str(winner.table_register).lower(),
        "reduce_register": str(winner.reduce_register).lower(),
    }
    job = plan(
        "ternary-int8-8x8",
        [f"{name}={value}" for name, value in settings.items()],
        ["bitnet-2b4t"],
        edge_study.BATCHES[scenario],
    )
    core = estimated(job.design.configuration, "asap7")
    assert core
    platform = Platform(
        load_sram("asap7"),
        load_dram(edge_study.MEMORY),
        cores=winner.cores,
        activation_kib=winner.activation_kib,
    )
    answer = run(job, core, platform, "asap7")
    assert answer["tokens_per_s"] == pytest.approx(winner.tokens_per_s, rel=1e-3)
    assert answer["energy_per_token_uj"] == pytest.approx(winner.energy_uj, rel=1e-3)
    assert answer["area_mm2"] == pytest.approx(winner.area_mm2, rel=1e-3)
    assert answer["bound"] == winner.bound
