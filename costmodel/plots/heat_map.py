"""Heat maps: the best figure that each pair of two parameters reaches."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm, Normalize
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, NullFormatter

from costmodel.plots.style import Points, column, figure_of, shown
from costmodel.plots.vocabulary import label

__all__ = ["heat_map"]

_A_CHARACTER = 0.62  # width of a digit, of the size of the type
_LARGEST_TYPE, _SMALLEST_TYPE = 7.0, 5.0  # points, of a number in a cell
_CLOSED = "#EEEEEE"


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

    Light is good. Only designs that meet all constraints count, where a column ``feasible`` says
    which do; pairs of which none does are grey with a cross. Pairs that no design has stay white
    with a dot. Numbers stand in the cells if they fit into them.

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
    worst = -np.inf if rises else np.inf
    allowed = np.asarray(points.get("feasible", np.ones(len(figures), bool)), bool)
    best = np.full((len(up), len(across)), worst)
    figures = np.where(allowed & np.isfinite(figures), figures, worst)
    (np.maximum if rises else np.minimum).at(best, (where_y, where_x), figures)
    present = np.zeros(best.shape, bool)
    present[where_y, where_x] = True
    best = np.ma.masked_invalid(best)
    mesh = _mesh(axes, best, rises)
    _fill(axes, mesh, best, present)
    if best.count():
        place = best.argmax() if rises else best.argmin()
        row, line = np.unravel_index(place, best.shape)
        axes.add_patch(Rectangle((int(line), int(row)), 1, 1, fill=False, ec="#D55E00", lw=1.8))
    _name_values(axes, across, up)
    axes.set_xlabel(label(x))
    axes.set_ylabel(label(y))
    bar = figure_of(axes).colorbar(mesh, ax=axes, pad=0.02, aspect=30)
    bar.set_label(f"{'most' if rises else 'least'} {label(value)}")
    if isinstance(mesh.norm, LogNorm):
        steps = (1.0,) if best.max() > 300 * best.min() else (1.0, 2.0, 5.0)
        bar.ax.yaxis.set_major_locator(LogLocator(base=10, subs=steps))
        bar.ax.yaxis.set_minor_formatter(NullFormatter())
    bar.ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    bar.ax.tick_params(labelsize=6)
    bar.outline.set_visible(False)


def _mesh(axes: Axes, best: np.ma.MaskedArray, rises: bool) -> QuadMesh:
    """The coloured cells; on a logarithmic scale where values spread over a factor of 4."""
    low, high = (float(best.min()), float(best.max())) if best.count() else (0.0, 1.0)
    norm = LogNorm(low, high) if low > 0 and high > 4 * low else Normalize(low, high)
    return axes.pcolormesh(
        best, norm=norm, cmap="cividis" if rises else "cividis_r", edgecolors="white",
        linewidth=0.8, rasterized=best.size > 900,
    )  # fmt: skip


def _fill(axes: Axes, mesh: QuadMesh, best: np.ma.MaskedArray, present: np.ndarray) -> None:
    """Numbers into the cells, if they fit; crosses and dots into those that have none."""
    width, height = _cell(axes, best.shape)
    longest = max((len(shown(cell)) for cell in best.compressed()), default=1)
    size = min(_LARGEST_TYPE, 72 * width / (_A_CHARACTER * (longest + 0.6)), 72 * height / 1.25)
    for (row, line), cell in np.ndenumerate(best.filled(np.nan)):
        middle = (line + 0.5, row + 0.5)
        if np.isnan(cell):
            if present[row, line]:
                axes.add_patch(Rectangle((line, row), 1, 1, fc=_CLOSED, ec="white", lw=0.8))
            sign = "x" if present[row, line] else "·"
            axes.text(*middle, sign, ha="center", va="center", color="#777777", size=7)
        elif size >= _SMALLEST_TYPE:
            red, green, blue, _ = mesh.cmap(mesh.norm(cell))
            bright = 0.299 * red + 0.587 * green + 0.114 * blue > 0.5
            axes.text(
                *middle, shown(cell), ha="center", va="center", size=size,
                color="black" if bright else "white",
            )  # fmt: skip


def _cell(axes: Axes, shape: tuple[int, ...]) -> tuple[float, float]:
    """Width and height of a cell in inches, roughly: labels and the bar take the rest."""
    figure = figure_of(axes)
    return (figure.get_figwidth() - 1.3) / shape[1], (figure.get_figheight() - 0.6) / shape[0]


def _name_values(axes: Axes, across: np.ndarray, up: np.ndarray) -> None:
    """The parameters' values beside the cells, as many as do not touch each other."""
    width, height = _cell(axes, (len(up), len(across)))
    longest = max(len(str(value)) for value in across) + 1
    needed = {"x": 7 * _A_CHARACTER * longest / 72 / width, "y": 1.3 * 7 / 72 / height}
    for name, axis, values in (("x", axes.xaxis, across), ("y", axes.yaxis, up)):
        every = max(1, int(np.ceil(needed[name])))
        axis.set_ticks(np.arange(len(values))[::every] + 0.5, [str(v) for v in values[::every]])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
