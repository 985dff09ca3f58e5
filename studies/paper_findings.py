"""Figures and tables of docs/paper_findings.md, from what `studies.study_ternary` has measured.

Verdicts are computed: each finding has a rule that the measured areas meet or do not meet, so the
page cannot say one thing and the data another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import nan
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hw.ternary.choices import PackingName
from studies import pages
from studies.study_ternary import (
    MUS,
    PUBLISHED,
    SHAPES,
    SIZES,
    Published,
    Tile,
    density_tiles,
    measured,
    shape_tiles,
)

__all__ = [
    "PAGE",
    "findings",
    "page_text",
    "paper_density",
    "paper_published",
    "paper_shape",
    "write_tables",
]

PAGE = Path(__file__).parents[1] / "docs" / "paper_findings.md"
_TITLES = {
    "int8": "INT8",
    "fp16-float": "FP16, float",
    "fp16-exact": "FP16, exact",
    "fp16-aligned": "FP16, aligned",
}
# Okabe and Ito's colours; lines differ by marker too, for print.
_LINES = {1: ("#0072B2", "o"), 2: ("#E69F00", "s"), 3: ("#009E73", "^"), 4: ("#D55E00", "D")}
_GREY, _BLUE = "#999999", "#0072B2"
_LITTLE_PERCENT = 10  # what a larger mu may gain for INT8 and still be little
_MOST_COST = 1.2  # of wrong parameters, as the paper has it

Areas = dict[Tile, float]


@dataclass(frozen=True)
class Finding:
    """A statement of the paper, and what the measured areas say to it.

    Attributes:
        statement: the paper's.
        evidence: areas.
        holds: whether they meet the rule that the statement is judged by; None without areas.
        unmeasured: tiles that could change it and have no area yet.
    """

    statement: str
    evidence: str
    holds: bool | None
    unmeasured: int = 0

    @property
    def verdict(self) -> str:
        """For the page."""
        if self.holds is None:
            return "not measured yet"
        verdict = "yes" if self.holds else "no"
        more = f"; tiles still to measure: {self.unmeasured}" if self.unmeasured else ""
        return verdict + more


def areas() -> Areas:
    """um2 a weight of every tile that was measured."""
    rows = measured().values()
    return {
        Tile(
            row["arithmetic"],
            int(row["mu"]),
            int(row["inputs"]),
            int(row["columns"]),
            PackingName(row["packing"]),
        ): float(row["area_um2_per_weight"])
        for row in rows
    }


def best(tiles: Iterable[Tile], area: Areas) -> Tile:
    """The smallest for a weight, of those that are measured."""
    return min((tile for tile in tiles if tile in area), key=area.__getitem__)


def unmeasured(tiles: Iterable[Tile], area: Areas) -> int:
    """How many have no area yet."""
    return sum(tile not in area for tile in tiles)


def square(arithmetic: str, size: int, area: Areas) -> Tile:
    """The best of the square tiles of a size."""
    return best((tile for tile in density_tiles(arithmetic) if tile.inputs == size), area)


def at_shape(arithmetic: str, shape: tuple[int, int], area: Areas) -> Tile:
    """The best of the tiles of a shape."""
    tiles = (tile for tile in shape_tiles(arithmetic) if tile.shape == shape)
    return best(tiles, area)


def findings(area: Areas) -> list[Finding]:
    """The paper's findings and whether they hold here."""
    return [
        little_gain(area),
        *(bigger_is_denser(arithmetic, area) for arithmetic in SIZES),
        shape_of("fp16-float", wide=True, area=area),
        shape_of("int8", wide=False, area=area),
        wrong_parameters(area),
    ]


def little_gain(area: Areas) -> Finding:
    """INT8: what the best mu saves of the area with mu = 1."""
    texts, gains = [], []
    for size in SIZES["int8"]:
        one, tile = Tile("int8", 1, size, size), square("int8", size, area)
        gains.append(100 * (1 - area[tile] / area[one]))
        texts.append(f"{gains[-1]:.1f} % at {size} x {size} (µ = {tile.mu})")
    return Finding(
        "INT8 gains little from a larger µ",
        f"the best µ saves {', '.join(texts)}",
        max(gains) < _LITTLE_PERCENT,
        unmeasured(density_tiles("int8"), area),
    )


def bigger_is_denser(arithmetic: str, area: Areas) -> Finding:
    """Least area for a weight over the size of square tiles."""
    sizes = sorted({tile.inputs for tile in density_tiles(arithmetic) if tile in area})
    tiles = [square(arithmetic, size, area) for size in sizes]
    shown = ", ".join(f"{area[tile]:,.1f} at {tile.inputs} (µ = {tile.mu})" for tile in tiles)
    denser = all(area[big] < area[small] for small, big in pairwise(tiles))
    return Finding(
        f"bigger cores are denser: {_TITLES[arithmetic]}",
        f"µm² a weight: {shown}" if tiles else "",
        denser if len(tiles) > 1 else None,
        unmeasured(density_tiles(arithmetic), area),
    )


def shape_of(arithmetic: str, *, wide: bool, area: Areas) -> Finding:
    """Which shape is best; wide: more columns than activations."""
    tile = best(shape_tiles(arithmetic), area)
    others = {
        shape: area[at_shape(arithmetic, shape, area)] / area[tile]
        for shape in SHAPES[arithmetic]
        if any(tile in area for tile in shape_tiles(arithmetic) if tile.shape == shape)
    }
    shown = ", ".join(
        f"{100 * (factor - 1):.1f} % more at {inputs} x {columns}"
        for (inputs, columns), factor in others.items()
        if (inputs, columns) != tile.shape
    )
    return Finding(
        "FP16 prefers K > Lµ" if wide else "INT8 prefers Lµ > K",
        f"{tile.inputs} x {tile.columns} (µ = {tile.mu}) is best, {area[tile]:,.1f} µm² a weight;"
        f" {shown}",
        tile.columns > tile.inputs if wide else tile.inputs > tile.columns,
        unmeasured(shape_tiles(arithmetic), area),
    )


def cost(published: Published, area: Areas) -> float:
    """Area of the published parameters over that of the best ones."""
    return area[published.tile] / area[best(published.rivals, area)]


def wrong_parameters(area: Areas) -> Finding:
    """What published parameters cost."""
    costs = {published.design: cost(published, area) for published in PUBLISHED}
    shown = ", ".join(f"`{name}` {factor:.2f}" for name, factor in costs.items())
    return Finding(
        f"wrong parameters cost up to {_MOST_COST} times the area",
        f"times the area of the best parameters: {shown}",
        max(costs.values()) <= _MOST_COST,
        unmeasured((tile for published in PUBLISHED for tile in published.rivals), area),
    )


def findings_table(area: Areas) -> str:
    """As Markdown."""
    lines = ["| the paper | here | holds |", "|---|---|---|"]
    lines += [
        f"| {finding.statement} | {finding.evidence} | {finding.verdict} |"
        for finding in findings(area)
    ]
    return "\n".join(lines) + "\n"


def density_table(area: Areas) -> str:
    """um2 a weight of square tiles, as Markdown; the best of each line in bold."""
    lines = [f"| | n = m | {' | '.join(f'µ = {mu}' for mu in MUS)} |", "|---" * 6 + "|"]
    for arithmetic, sizes in SIZES.items():
        for size in sizes:
            tiles = [Tile(arithmetic, mu, size, size) for mu in MUS]
            first = _TITLES[arithmetic] if size == sizes[0] else ""
            lines.append(f"| {first} | {size} | {_cells(tiles, area)} |")
    return "\n".join(lines) + "\n"


def shape_table(area: Areas) -> str:
    """um2 a weight of the shapes, as Markdown; the best of each line in bold."""
    lines = []
    for arithmetic, shapes in SHAPES.items():
        heads = [f"{inputs} x {columns}" for inputs, columns in shapes]
        lines += ["", f"| {_TITLES[arithmetic]} | {' | '.join(heads)} |"]
        lines += ["|---" * (1 + len(heads)) + "|"]
        tiles = list(shape_tiles(arithmetic))
        for mu in sorted({tile.mu for tile in tiles}):
            cells = _cells([tile for tile in tiles if tile.mu == mu], area)
            lines.append(f"| µ = {mu} | {cells} |")
    return "\n".join(lines[1:]) + "\n"


def published_table(area: Areas) -> str:
    """Published parameters and the best ones, as Markdown."""
    heads = ("design", "weights a cycle", "µ", "µm² a weight", "best tile", "µ", "µm² a weight")
    heads += ("times",)
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for published in PUBLISHED:
        tile, least = published.tile, best(published.rivals, area)
        lines.append(
            f"| `{published.design}` | {tile.inputs * tile.columns:,} | {tile.mu}"
            f" | {area[tile]:,.1f} | {least.inputs} x {least.columns} | {least.mu}"
            f" | {area[least]:,.1f} | {cost(published, area):.2f} |"
        )
    return "\n".join(lines) + "\n"


def _cells(tiles: list[Tile], area: Areas) -> str:
    least = min((area[tile] for tile in tiles if tile in area), default=0.0)
    shown = []
    for tile in tiles:
        text = f"{area[tile]:,.1f}" if tile in area else "not yet"
        shown.append(f"**{text}**" if area.get(tile) == least else text)
    return " | ".join(shown)


def page_text() -> str:
    """The page with its tables made anew, between their markers."""
    area = areas()
    tables = {
        "findings": findings_table(area),
        "density": density_table(area),
        "shape": shape_table(area),
        "published": published_table(area),
    }
    return pages.with_tables(PAGE.read_text(encoding="utf-8"), tables)


def write_tables() -> Path:
    """Put the tables into docs/paper_findings.md; returns the page."""
    PAGE.write_text(page_text(), encoding="utf-8")
    return PAGE


def paper_density() -> Figure:
    """Area for a weight over the size of a square tile, a panel for each arithmetic."""
    area = areas()
    figure = Figure(figsize=(13, 5), facecolor="white", layout="constrained")
    shown = {
        arithmetic: sizes
        for arithmetic, sizes in SIZES.items()
        if any(tile in area for tile in density_tiles(arithmetic))
    }
    grid = figure.subplots(1, len(shown))
    for axes, (arithmetic, sizes) in zip(grid, shown.items(), strict=True):
        for mu in MUS:
            heights = [area.get(Tile(arithmetic, mu, size, size), nan) for size in sizes]
            _line(axes, mu, sizes, heights)
        axes.set_xscale("log", base=2)
        axes.set_xticks(sizes, map(str, sizes))
        axes.set_xlabel("size n = m of the tile")
        axes.set_title(_TITLES[arithmetic], size=14)
        axes.set_ylim(bottom=0)
        _plain(axes)
    grid[0].set_ylabel("area for each weight a cycle (µm²)")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4, frameon=False)
    return figure


def paper_shape() -> Figure:
    """Area for a weight over the shape of a tile, in two kinds of arithmetic."""
    area = areas()
    figure = Figure(figsize=(13, 5.2), facecolor="white", layout="constrained")
    grid = figure.subplots(1, 2)
    for axes, arithmetic in zip(grid, SHAPES, strict=True):
        tiles = list(shape_tiles(arithmetic))
        for mu in sorted({tile.mu for tile in tiles}):
            heights = [area.get(tile, nan) for tile in tiles if tile.mu == mu]
            _line(axes, mu, range(len(heights)), heights)
        shapes = SHAPES[arithmetic]
        axes.set_xticks(range(len(shapes)), [f"{n} x {k}" for n, k in shapes])
        axes.set_xlabel("activations Lµ x columns K of the tile")
        axes.set_title(_TITLES[arithmetic], size=14)
        axes.set_ylim(bottom=0)
        _plain(axes)
    grid[0].set_ylabel("area for each weight a cycle (µm²)")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4, frameon=False)
    return figure


def paper_published() -> Figure:
    """Area of published parameters as multiples of that of the best ones."""
    area = areas()
    figure = Figure(figsize=(13, 4), facecolor="white", layout="constrained")
    axes = figure.subplots()
    for position, published in enumerate(PUBLISHED):
        factor = cost(published, area)
        axes.barh(position, factor, color=_BLUE, height=0.55)
        least = best(published.rivals, area)
        axes.text(
            factor + 0.06,
            position,
            f"{factor:.2f}: {area[published.tile]:,.0f} µm² a weight; best: µ = {least.mu},"
            f" {least.inputs} x {least.columns}, {area[least]:,.0f} µm²",
            va="center",
            size=12,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            zorder=3,
        )
    axes.axvline(1, color="black", lw=1)
    axes.axvline(_MOST_COST, color=_GREY, lw=1.5, ls=(0, (3, 2)))
    axes.set_yticks(range(len(PUBLISHED)), [published.design for published in PUBLISHED])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.7 * axes.get_xlim()[1])
    axes.set_xlabel("area with the published parameters / with the best ones (dashed: 1.2)")
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _line(axes: Axes, mu: int, places: Iterable[int], heights: list[float]) -> None:
    colour, marker = _LINES[mu]
    axes.plot(list(places), heights, color=colour, marker=marker, label=f"µ = {mu}", lw=1.8)


def _plain(axes: Axes) -> None:
    axes.grid(axis="y", color="#DDDDDD", lw=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=12)
