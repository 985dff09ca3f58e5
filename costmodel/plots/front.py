"""Pareto fronts: two figures of many designs, with the best and the published ones marked."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from costmodel.plots.placement import place_labels
from costmodel.plots.style import (
    COLOURS,
    MARKERS,
    Points,
    column,
    logarithmic,
    narrow,
    quiet_grid,
)
from costmodel.plots.vocabulary import label

__all__ = ["front", "front_of"]

_MANY = 2000  # points that are drawn as a picture inside an SVG, which else grows too large


def front_of(x: NDArray, y: NDArray, *, x_rises: bool = False, y_rises: bool = False) -> NDArray:
    """Which points no other point beats in both figures, ordered by x.

    Args:
        x: one figure.
        y: the other one.
        x_rises: whether a larger x is better.
        y_rises: whether a larger y is better.

    Returns:
        Indices; of equal points the first.
    """
    u, v = (-x if x_rises else x), (-y if y_rises else y)
    order = np.lexsort((v, u))
    order = order[np.isfinite(u[order]) & np.isfinite(v[order])]
    least = np.minimum.accumulate(v[order])
    better = np.concatenate([[True], v[order][1:] < least[:-1]])[: len(order)]
    return order[better] if not x_rises else order[better][::-1]


def front(
    axes: Axes,
    points: Points,
    *,
    x: str = "area_um2",
    y: str = "energy_fj_per_operation",
    x_rises: bool = False,
    y_rises: bool = False,
    by: str = "unit",
    apart: str = "",
    cloud: Points | None = None,
    published: Points | None = None,
) -> None:
    """Draw points over two figures, the front among them as steps, published designs as stars.

    Args:
        axes: where.
        points: the designs that matter; the front of the two figures is found among them.
        x: column of the horizontal axis.
        y: column of the vertical axis.
        x_rises: whether a larger x is better.
        y_rises: whether a larger y is better.
        by: column whose values have a colour and a marker each, the eight commonest of them.
        apart: column whose values have a front each, such as the technology; one front without.
        cloud: more designs, drawn as small grey dots behind.
        published: designs to mark, with a column ``label``.

    Raises:
        RequestError: a column is missing, or there are no points.
    """
    across, up, kind = column(points, x), column(points, y), column(points, by)
    if cloud is not None and len(cloud[x]):
        far = len(cloud[x]) > _MANY
        axes.scatter(
            cloud[x], cloud[y], s=3, color="#BBBBBB", linewidths=0, rasterized=far, zorder=1,
            label="other designs",
        )  # fmt: skip
    groups = column(points, apart) if apart else np.zeros(len(across))
    colours = _colours(kind)
    on_front = np.zeros(len(across), bool)
    # Between two points of the front holds the y of the one that is no worse in x.
    steps = "steps-pre" if x_rises else "steps-post"
    for group in np.unique(groups):
        mine = np.flatnonzero(groups == group)
        best = mine[front_of(across[mine], up[mine], x_rises=x_rises, y_rises=y_rises)]
        on_front[best] = True
        colour = colours.get(str(group), ("#333333", ""))[0] if apart == by else "#333333"
        axes.plot(across[best], up[best], drawstyle=steps, color=colour, lw=0.9, zorder=2)
    for value, (colour, marker) in colours.items():
        mine = kind.astype(str) == value
        for which, face in ((mine & ~on_front, "none"), (mine & on_front, colour)):
            axes.scatter(
                across[which], up[which], s=16, marker=marker, facecolors=face, edgecolors=colour,
                linewidths=0.7, rasterized=np.count_nonzero(which) > _MANY,
                zorder=3 if face == "none" else 4,
            )  # fmt: skip
        axes.scatter([], [], s=16, marker=marker, color=colour, label=_legend(by, value))
    extents = {"x": [across], "y": [up]}
    if cloud is not None:
        extents = {"x": [across, cloud[x]], "y": [up, cloud[y]]}
    if published is not None and len(published[x]):
        extents["x"].append(published[x])
        extents["y"].append(published[y])
        axes.scatter(
            published[x], published[y], s=46, marker="*", facecolors="white", edgecolors="black",
            linewidths=0.8, zorder=5, label="published parameters",
        )  # fmt: skip
    logarithmic(axes, "xy", {name: np.concatenate(arrays) for name, arrays in extents.items()})
    axes.set_xlabel(label(x))
    axes.set_ylabel(label(y))
    quiet_grid(axes)
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False, handletextpad=0.2,
        ncols=3 if narrow(axes) else 6, columnspacing=1.0, borderaxespad=0.2,
    )  # fmt: skip
    if published is not None and len(published[x]):
        texts = [str(text) for text in published["label"]]
        place_labels(axes, list(zip(published[x], published[y], texts, strict=True)))


def _colours(kind: NDArray) -> dict[str, tuple[str, str]]:
    """Colour and marker of the eight commonest values."""
    values, counts = np.unique(kind.astype(str), return_counts=True)
    commonest = sorted(values[np.argsort(-counts, kind="stable")][: len(COLOURS)], key=_natural)
    return {
        value: (colour, marker)
        for value, colour, marker in zip(commonest, COLOURS, MARKERS, strict=False)
    }


def _natural(value: str) -> tuple[float, str]:
    try:
        return float(value), ""
    except ValueError:
        return np.inf, value


def _legend(by: str, value: str) -> str:
    short = {"group": "µ", "columns": "K", "luts": "L"}.get(by)
    return f"{short} = {value}" if short else value.replace("_", " ")
