"""Heat maps: the best figure that each pair of two parameters reaches."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, NullFormatter

from costmodel.plots.style import Points, column, figure_of, shown
from costmodel.plots.vocabulary import label

__all__ = ["heat_map"]

_LEAST_WIDTH = 0.3  # inches of a cell, so that a number fits into it


def heat_map(
    axes: Axes,
    points: Points,
    *,
    value: str,
    x: str,
    y: str,
    rises: bool,
) -> None:
    """Draw the best value over two parameters, whatever the other ones are; the best is framed.

    Light is good. Pairs that no design has stay white with a dot.

    Args:
        axes: where.
        points: designs.
        value: the figure.
        x: the parameter across.
        y: the parameter upwards.
        rises: whether the figure is better the larger it is.

    Raises:
        RequestError: a column is missing, or there are no points.
    """
    figures = column(points, value).astype(float)
    across, where_x = np.unique(column(points, x), return_inverse=True)
    up, where_y = np.unique(column(points, y), return_inverse=True)
    best = np.full((len(up), len(across)), -np.inf if rises else np.inf)
    (np.maximum if rises else np.minimum).at(best, (where_y, where_x), figures)
    best = np.ma.masked_invalid(best)
    low, high = float(best.min()), float(best.max())
    norm = LogNorm(low, high) if low > 0 and high > 4 * low else Normalize(low, high)
    colours = "cividis" if rises else "cividis_r"
    mesh = axes.pcolormesh(
        best, norm=norm, cmap=colours, edgecolors="white", linewidth=0.8, rasterized=best.size > 900
    )
    width = 0.8 * figure_of(axes).get_figwidth() / len(across)
    height = 0.8 * figure_of(axes).get_figheight() / len(up)
    roomy = width >= _LEAST_WIDTH and height >= _LEAST_WIDTH / 2
    for row, line in enumerate(best):
        for place, cell in enumerate(line):
            if np.ma.is_masked(cell):
                axes.text(place + 0.5, row + 0.5, "·", ha="center", va="center", color="#777777")
            elif roomy:
                red, green, blue, _ = mesh.cmap(norm(cell))
                bright = 0.299 * red + 0.587 * green + 0.114 * blue > 0.5
                axes.text(
                    place + 0.5, row + 0.5, shown(cell), ha="center", va="center",
                    color="black" if bright else "white", size=min(7, 20 * width),
                )  # fmt: skip
    row, place = np.unravel_index(best.argmax() if rises else best.argmin(), best.shape)
    axes.add_patch(Rectangle((int(place), int(row)), 1, 1, fill=False, ec="#D55E00", lw=1.8))
    for axis, values in ((axes.xaxis, across), (axes.yaxis, up)):
        every = -(-len(values) // 16)
        axis.set_ticks(np.arange(len(values))[::every] + 0.5, [str(v) for v in values[::every]])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(label(x))
    axes.set_ylabel(label(y))
    bar = figure_of(axes).colorbar(mesh, ax=axes, pad=0.02, aspect=30)
    bar.set_label(f"{'most' if rises else 'least'} {label(value)}")
    if isinstance(norm, LogNorm):
        steps = (1.0,) if high > 300 * low else (1.0, 2.0, 5.0)
        bar.ax.yaxis.set_major_locator(LogLocator(base=10, subs=steps))
        bar.ax.yaxis.set_minor_formatter(NullFormatter())
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    bar.ax.tick_params(labelsize=6)
    bar.outline.set_visible(False)
