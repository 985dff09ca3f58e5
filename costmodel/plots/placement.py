"""Labels beside points, where they cover neither points nor each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from costmodel.plots.style import figure_of

__all__ = ["place_labels"]

_AROUND = tuple(
    (distance * np.cos(angle), distance * np.sin(angle))
    for distance in (9, 16, 25, 36, 50)
    for angle in np.radians((45, 135, 315, 225, 0, 180, 90, 270))
)


def place_labels(axes: Axes, points: Sequence[tuple[float, float, str]], size: float = 7) -> None:
    """Write texts beside points, each joined to its point by a line.

    For each text, places around its point are tried from near to far; the one that covers least of
    the other texts and points, and lies inside the axes, is taken. Limits and scales of the axes
    must be final.
    """
    figure = figure_of(axes)
    figure.draw_without_rendering()  # the layout is settled then, and texts can be measured
    inside = axes.get_window_extent()
    unit = figure.dpi / 72
    centres = axes.transData.transform([(x, y) for x, y, _ in points])
    taken = [Bbox.from_bounds(x - 4 * unit, y - 4 * unit, 8 * unit, 8 * unit) for x, y in centres]
    for (x, y, text), centre in zip(points, centres, strict=True):
        drawn = axes.annotate(
            text,
            (x, y),
            xytext=(0, 0),
            textcoords="offset points",
            size=size,
            va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.8},
            arrowprops={"arrowstyle": "-", "color": "#333333", "linewidth": 0.5, "shrinkB": 2},
            zorder=6,
        )
        extent = drawn.get_window_extent()
        best: tuple[float, tuple[float, float], Bbox] | None = None
        for number, (right, up) in enumerate(_AROUND):
            left = centre[0] + right * unit - (extent.width if right < -1 else 0)
            left -= extent.width / 2 if abs(right) <= 1 else 0
            box = Bbox.from_bounds(
                left, centre[1] + up * unit - extent.height / 2, extent.width, extent.height
            )
            cost = sum(_shared(box, other) for other in taken) + 4 * _outside(box, inside) + number
            if best is None or cost < best[0]:
                best = (cost, (right, up), box)
        assert best
        right, up = best[1]
        drawn.set_position((right, up))
        drawn.set_horizontalalignment(
            "center" if abs(right) <= 1 else "left" if right > 0 else "right"
        )
        taken.append(best[2])


def _shared(one: Bbox, other: Bbox) -> float:
    common = Bbox.intersection(one, other)
    return common.width * common.height if common else 0.0


def _outside(box: Bbox, inside: Bbox) -> float:
    return box.width * box.height - _shared(box, inside)
