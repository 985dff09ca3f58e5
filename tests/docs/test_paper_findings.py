"""The page on a paper's findings is made of the committed data, and its verdicts can fail."""

from __future__ import annotations

import numpy as np
import pytest

from macsmith.design import load_design
from studies.paper_findings import (
    PAGE,
    Areas,
    areas,
    findings,
    page_text,
    paper_density,
    paper_published,
    paper_shape,
)
from studies.study_ternary import (
    MUS,
    PUBLISHED,
    SHAPES,
    SIZES,
    Published,
    Tile,
    all_tiles,
    density_tiles,
    measured,
    shape_tiles,
)


def test_page_is_current() -> None:
    """Its tables are those of the data."""
    assert page_text() == PAGE.read_text(encoding="utf-8")


def test_rows_are_tiles() -> None:
    """Rows are those of the studies, each consistent in itself, all by one flow."""
    rows = measured()
    tiles = {tile.name: tile for tile in all_tiles()}
    designs = {published.design for published in PUBLISHED}
    assert designs < set(rows) <= {*tiles, *designs}
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


def test_verdicts_follow_the_data() -> None:
    """What turns the data round turns each verdict round."""
    ideal: Areas = {}
    for tile in all_tiles():
        shape = (tile.inputs / tile.columns) ** (-0.03 if tile.arithmetic == "int8" else 0.03)
        ideal[tile] = shape * 100 / (tile.inputs * tile.columns) ** 0.1
    assert [finding.verdict for finding in findings(ideal)] == ["yes"] * 8
    turned = {tile: 1 / value for tile, value in ideal.items()}
    for published in PUBLISHED:
        turned[published.tile] *= 2
    for tile in turned:
        if tile.arithmetic == "int8" and tile.mu > 1:
            turned[tile] *= 0.5
    assert [finding.verdict for finding in findings(turned)] == ["no"] * 8


def test_verdicts_tell_what_is_missing() -> None:
    """Without a tile a verdict says so; without any there is none."""
    flat = dict.fromkeys(all_tiles(), 1.0)
    for tile in density_tiles("fp16-float"):
        if tile.mu > 2:
            del flat[tile]
    for tile in density_tiles("fp16-exact"):
        del flat[tile]
    verdicts = [finding.verdict for finding in findings(flat)]
    assert verdicts[2:4] == ["no; tiles still to measure: 8", "not measured yet"]


def test_figures_show_all_points() -> None:
    """A point for each tile that was measured; a bar for each design."""
    area = areas()
    for figure, tiles in (
        (paper_density(), [tile for size in SIZES for tile in density_tiles(size)]),
        (paper_shape(), [tile for shape in SHAPES for tile in shape_tiles(shape)]),
    ):
        drawn = [line for axes in figure.axes for line in axes.get_lines()]
        heights = [height for line in drawn for height in np.asarray(line.get_ydata())]
        assert sorted(np.extract(np.isfinite(heights), heights)) == sorted(
            area[tile] for tile in tiles if tile in area
        )
    assert len(paper_published().axes[0].patches) == len(PUBLISHED)


def test_a_tile_counts_real_weights_only() -> None:
    """Tables for the next multiple of mu; the name tells the inputs that count."""
    for mu in MUS:
        tile = Tile("int8", mu, 8, 4)
        configuration = tile.configuration
        assert 0 <= configuration.tile_inputs - 8 < mu
        assert tile.name == f"int8-mu{mu}-8x4"
