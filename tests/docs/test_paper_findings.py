"""The page on a paper's findings is made of the committed data, and its verdicts can fail."""

from __future__ import annotations

import pytest

from docs.paper_findings import (
    PAGE,
    Areas,
    areas,
    findings,
    page_text,
    paper_density,
    paper_published,
    paper_shape,
)
from docs.study_ternary import MUS, PUBLISHED, Published, Tile, all_tiles, measured
from macsmith.design import load_design


@pytest.fixture(scope="module")
def area() -> Areas:
    """What was measured."""
    return areas()


def test_page_is_current() -> None:
    """Its tables are those of the data."""
    assert page_text() == PAGE.read_text(encoding="utf-8")


def test_every_tile_is_measured() -> None:
    """Rows are those of the studies, each consistent in itself, all by one flow."""
    rows = measured()
    tiles = {tile.name: tile for tile in all_tiles()}
    assert set(rows) == {*tiles, *(published.design for published in PUBLISHED)}
    assert len({row["flow"] for row in rows.values()}) == 1
    for name, row in rows.items():
        weights = int(row["inputs"]) * int(row["columns"])
        assert int(row["weights_per_cycle"]) == weights
        assert float(row["area_um2_per_weight"]) == pytest.approx(
            float(row["area_um2"]) / weights, abs=1e-3
        )
        assert int(row["mu"]) * int(row["luts"]) - int(row["inputs"]) in range(int(row["mu"])), name
        assert name not in tiles or tiles[name].configuration.luts == int(row["luts"])


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda published: published.design)
def test_published_designs(published: Published) -> None:
    """A committed design is the tile that it is compared as: the same circuit, the same area."""
    design, tile = load_design(published.design).configuration, published.tile.configuration
    assert design.parameters() == tile.parameters()
    assert published.tile in published.rivals
    rows = measured()
    assert rows[published.design]["area_um2"] == rows[published.tile.name]["area_um2"]


def test_verdicts_follow_the_data(area: Areas) -> None:
    """What turns the data round turns each verdict round."""
    ideal: Areas = {}
    for tile in area:
        wide = tile.columns / tile.inputs
        shape = 0.9 if (wide > 1) == tile.arithmetic.startswith("fp16") else 1.0
        ideal[tile] = shape * 100 / (tile.inputs * tile.columns) ** 0.1
    assert all(found.holds for found in findings(ideal))
    turned = {tile: 1 / value for tile, value in ideal.items()}
    for tile in turned:
        if tile.arithmetic == "int8" and tile.mu > 1:
            turned[tile] *= 0.5
    assert not any(found.holds for found in findings(turned))


def test_figures_show_all_points() -> None:
    """A line for each mu with a point for each size or shape; a bar for each design."""
    for figure, lines, points in ((paper_density(), 16, 56), (paper_shape(), 6, 30)):
        drawn = [line for axes in figure.axes for line in axes.get_lines()]
        assert len(drawn) == lines
        assert sum(len(line.get_xdata()) for line in drawn) == points  # type: ignore[arg-type]
    assert len(paper_published().axes[0].patches) == len(PUBLISHED)


def test_a_tile_counts_real_weights_only() -> None:
    """Tables for the next multiple of mu; the name tells the inputs that count."""
    for mu in MUS:
        tile = Tile("int8", mu, 8, 4)
        configuration = tile.configuration
        assert 0 <= configuration.tile_inputs - 8 < mu
        assert tile.name == f"int8-mu{mu}-8x4"
