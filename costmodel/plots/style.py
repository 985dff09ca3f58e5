"""What all pictures have in common: colours, markers, type, names of columns, files.

The size of the type is that of print: a picture is drawn as wide as it will stand on paper, in a
column (`HALF_PAGE`) or across the page (`PAGE`).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import NDArray

from hw.errors import RequestError
from sim.writing import atomic_write

__all__ = [
    "COLOURS",
    "HALF_PAGE",
    "MARKERS",
    "PAGE",
    "Points",
    "column",
    "figure_of",
    "logarithmic",
    "narrow",
    "one_axes",
    "print_style",
    "quiet_grid",
    "save",
    "shown",
]

#: Points as columns: one array of the same length for each parameter and figure.
Points = Mapping[str, NDArray[Any]]

#: Widths in inches: of a column of a paper, and of its page.
HALF_PAGE, PAGE = 3.5, 7.0

#: Okabe and Ito's colours, told apart by all kinds of colour vision, the darkest apart first.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000", "#F0E442")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def column(points: Points, name: str) -> NDArray[Any]:
    """A column of points.

    Raises:
        RequestError: there is none of that name, or there are no points at all.
    """
    if name not in points:
        raise RequestError(f"there is no column {name!r}: it must be one of {', '.join(points)}")
    if not len(points[name]):
        raise RequestError(f"there are no points to draw {name} of")
    return points[name]


def shown(value: float) -> str:
    """A number with three digits, thousands apart, none lost of larger ones."""
    if not np.isfinite(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}"


@contextmanager
def print_style() -> Iterator[None]:
    """Draw for print: type of 8 points, and SVG files that are the same from run to run."""
    settings: dict[str, Any] = {
        "font.size": 8,
        "axes.titlesize": 8,
        "axes.labelsize": 8,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "legend.fontsize": 7,
        "axes.linewidth": 0.6,
        "axes.axisbelow": True,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "lines.linewidth": 1.2,
        "lines.markersize": 4.5,
        "hatch.linewidth": 0.5,
        "svg.hashsalt": "macsmith",
        "savefig.dpi": 300,
    }
    with mpl.rc_context(cast("Any", settings)):
        yield


def one_axes(width: float = HALF_PAGE, height: float = 0.0) -> tuple[Figure, Axes]:
    """A figure of one axes; without a height it is three quarters as high as a column is wide."""
    size = (width, height or 0.78 * HALF_PAGE + 0.12 * (width - HALF_PAGE))
    figure = Figure(figsize=size, facecolor="white", layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def narrow(axes: Axes) -> bool:
    """Whether a picture is for a column of a page: its legend then takes more lines."""
    return figure_of(axes).get_figwidth() < (HALF_PAGE + PAGE) / 2


def figure_of(axes: Axes) -> Figure:
    """The whole figure that axes are in."""
    figure = axes.get_figure(root=True)
    assert figure
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a figure as SVG or PNG, without date or version; the file appears when it is whole.

    Raises:
        RequestError: the file's name ends otherwise, or it cannot be written.
    """
    endings = {".svg": ("Date", "Creator"), ".png": ("Software",)}
    if path.suffix not in endings:
        raise RequestError(f"{path} is no name for a picture: it must end in .svg or .png")
    picture = io.BytesIO()
    metadata = dict.fromkeys(endings[path.suffix])
    figure.savefig(picture, format=path.suffix[1:], metadata=metadata)
    atomic_write(path, picture.getvalue())


def quiet_grid(axes: Axes, along: str = "both") -> None:
    """Light lines behind the data."""
    axes.grid(axis=along, which="major", color="#DDDDDD", linewidth=0.5)  # type: ignore[arg-type]


def logarithmic(axes: Axes, which: Iterable[str], values: Mapping[str, NDArray[Any]]) -> None:
    """Logarithmic axes where values spread over more than a factor of 8, with plain numbers."""
    for name in which:
        axis = axes.xaxis if name == "x" else axes.yaxis
        finite = values[name][np.isfinite(values[name])]
        if not len(finite) or finite.min() <= 0 or finite.max() < 8 * finite.min():
            axis.set_major_formatter(lambda value, _: f"{value:,.10g}")
            continue
        (axes.set_xscale if name == "x" else axes.set_yscale)("log")
        decades = np.log10(finite.max() / finite.min())
        ticks = (1.0,) if decades > 2.2 else (1.0, 3.0) if decades > 1.2 else (1.0, 2.0, 5.0)
        axis.set_major_locator(LogLocator(base=10, subs=ticks))
        axis.set_major_formatter(lambda value, _: _plain(value))
        axis.set_minor_formatter(NullFormatter())


def _plain(value: float) -> str:
    """A tick of a logarithmic axis: 20,000 and 0.05, but 10⁶."""
    if value >= 1e6:
        exponent = int(np.floor(np.log10(value) + 1e-9))
        power = "10" + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(exponent))
        front = round(value / 10**exponent)
        return power if front == 1 else f"{front}·{power}"
    return f"{value:,.10g}"
