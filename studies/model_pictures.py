"""Pictures of docs/studies/ternary-paper.md, from its committed tiles."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from costmodel.plots.style import shown
from studies.model_comparison import WORDS, Tiles, compared, least
from studies.model_findings import TECHNOLOGIES, TITLES
from studies.model_tiles import KINDS, MAP_COLUMNS, SIZES

__all__ = ["area_map", "density", "energy_map"]

_COLOURS = {1: ("#0072B2", "o"), 2: ("#E69F00", "s"), 3: ("#009E73", "^")}
_COLOURS |= {4: ("#D55E00", "D"), 5: ("#CC79A7", "v")}
_MOST_SHOWN = 300.0  # percent above the best; what is more is as dark


def area_map(tiles: Tiles) -> Figure:
    """Area of a weight over mu and K."""
    return _map(tiles, "area_um2")


def energy_map(tiles: Tiles) -> Figure:
    """Energy of a weight over mu and K."""
    return _map(tiles, "energy_fj")


def _map(tiles: Tiles, figure: str) -> Figure:
    """A panel for each arithmetic and technology; percent above its best, which is framed."""
    drawing = Figure(figsize=(15, 12), facecolor="white", layout="constrained")
    grid = drawing.subplots(len(KINDS), len(TECHNOLOGIES))
    norm, mesh = PowerNorm(0.45, 0, _MOST_SHOWN), None
    for line, arithmetic in zip(grid, KINDS, strict=True):
        for axes, technology in zip(line, TECHNOLOGIES, strict=True):
            among = tiles.of("map", technology, arithmetic)
            best = least(among, figure)
            mus = sorted({tile.mu for tile in among})
            places = {k: i for i, k in enumerate(MAP_COLUMNS[arithmetic])}
            above = np.zeros((len(mus), len(places)))
            for tile in among:
                row, place = mus.index(tile.mu), places[tile.columns]
                above[row, place] = 100 * (getattr(tile, figure) / getattr(best, figure) - 1)
            mesh = axes.pcolormesh(above, norm=norm, cmap="cividis_r", edgecolors="white", lw=0.8)
            for tile in among:
                row, place = mus.index(tile.mu), places[tile.columns]
                value = above[row, place]
                text = f"{value:.0f}" if value < 1000 else ">999"
                dark = norm(min(value, _MOST_SHOWN)) > 0.5
                near = not compared(best, tile, figure).told
                axes.text(
                    place + 0.5, row + 0.5, text, ha="center", va="center", size=10,
                    weight="bold" if near else "normal",
                    style="normal" if tile.inside else "italic",
                    color="white" if dark else "black",
                )  # fmt: skip
                if near:
                    frame = Rectangle((place, row), 1, 1, fill=False, ec="#D55E00", lw=2, zorder=3)
                    frame.set_clip_on(False)
                    axes.add_patch(frame)
            axes.set_xticks(np.arange(len(places)) + 0.5, list(map(str, places)))
            axes.set_yticks(np.arange(len(mus)) + 0.5, list(map(str, mus)))
            axes.tick_params(length=0, labelsize=11)
            axes.spines[:].set_visible(False)
            unit = "µm²" if figure == "area_um2" else "fJ"
            scale = f"0 is {shown(getattr(best, figure))} {unit}"
            axes.set_title(f"{TITLES[arithmetic]}, {technology}: {scale}", size=12)
    for axes in grid[-1]:
        axes.set_xlabel("K, columns", size=12)
    for axes in grid[:, 0]:
        axes.set_ylabel("µ", size=12)
    assert mesh
    bar = drawing.colorbar(mesh, ax=grid, shrink=0.6, aspect=40, pad=0.01, extend="max")
    bar.set_label(f"{WORDS[figure]} of a weight above the best of the panel (%)", size=12)
    bar.set_ticks([0, 5, 20, 50, 100, 200, 300])
    bar.ax.tick_params(labelsize=11)
    return drawing


def density(tiles: Tiles) -> Figure:
    """Area of a weight over the size of a square tile, lines for mu, bars of the expected error."""
    drawing = Figure(figsize=(15, 11), facecolor="white", layout="constrained")
    grid = drawing.subplots(len(KINDS), len(TECHNOLOGIES), sharex=True)
    for line, arithmetic in zip(grid, KINDS, strict=True):
        for axes, technology in zip(line, TECHNOLOGIES, strict=True):
            for mu, (colour, marker) in _COLOURS.items():
                mine = [t for t in tiles.of("square", technology, arithmetic) if t.mu == mu]
                heights = np.array([tile.area_um2 for tile in mine])
                errors = heights * [tile.area_error_percent / 100 for tile in mine]
                axes.errorbar(SIZES, heights, errors, color=colour, capsize=3, lw=1.6)
                axes.plot([], [], marker, color=colour, ls="-", label=f"µ = {mu}")
                for tile, height in zip(mine, heights, strict=True):
                    face = colour if tile.inside else "white"
                    axes.plot(tile.inputs, height, marker, color=colour, mfc=face, ms=6)
            axes.set_xscale("log", base=2)
            axes.set_yscale("log")
            axes.set_xticks(SIZES, list(map(str, SIZES)))
            low, high = axes.get_ylim()
            ticks = [
                step * 10.0**decade
                for decade in range(6)
                for step in (1, 2, 5)
                if low <= step * 10.0**decade <= high
            ]
            axes.set_yticks(ticks, [f"{tick:,.10g}" for tick in ticks])
            axes.minorticks_off()
            axes.tick_params(labelsize=11)
            axes.grid(axis="y", color="#DDDDDD", lw=0.6)
            axes.spines[["top", "right"]].set_visible(False)
            axes.set_title(f"{TITLES[arithmetic]}, {technology}", size=12)
    for axes in grid[-1]:
        axes.set_xlabel("size n = m of the tile", size=12)
    drawing.supylabel("area for each weight a cycle (µm²)", size=13)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    drawing.legend(
        handles, labels, loc="outside upper center", ncols=len(_COLOURS), frameon=False, fontsize=12
    )
    return drawing
