"""Estimates against what synthesis gave, with the error that the model expects of itself."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from costmodel.plots.style import COLOURS, MARKERS, logarithmic, quiet_grid
from costmodel.plots.vocabulary import label
from hw.errors import RequestError

__all__ = ["parity", "residuals"]


def parity(
    axes: Axes,
    estimated: NDArray,
    measured: NDArray,
    error_percent: NDArray,
    *,
    figure: str = "area_um2",
    kinds: NDArray | None = None,
) -> None:
    """Draw estimates over measured values; a bar is the expected error of each estimate.

    Where the diagonal crosses a bar the estimate was as good as the model says. In the corner: the
    mean and the largest error found, and the mean of those expected.

    Args:
        axes: where.
        estimated: values of the model.
        measured: values of synthesis.
        error_percent: expected error of each estimate, mean absolute.
        figure: which figure it is.
        kinds: what each point is, for colours and markers: a technology, a unit.

    Raises:
        RequestError: there is no point that has both values.
    """
    estimated, measured, error_percent, kinds = _comparable(
        estimated, measured, error_percent, kinds, figure
    )
    ends = np.array([min(estimated.min(), measured.min()), max(estimated.max(), measured.max())])
    ends *= (0.85, 1.18)
    expected = float(np.nanmean(error_percent)) / 100
    axes.fill_between(
        ends, ends * (1 - expected), ends * (1 + expected), color="#DDDDDD", lw=0, zorder=0,
        label="expected error",
    )  # fmt: skip
    axes.plot(ends, ends, color="#333333", lw=0.8, zorder=1)
    for kind, colour, marker in zip(np.unique(kinds), COLOURS, MARKERS, strict=False):
        mine = kinds == kind
        axes.errorbar(
            measured[mine], estimated[mine], yerr=(estimated * error_percent / 100)[mine],
            fmt=marker, color=colour, markersize=3.5, elinewidth=0.7, capsize=1.5, capthick=0.7,
            markeredgewidth=0, label=kind, zorder=3,
        )  # fmt: skip
    logarithmic(axes, "xy", {"x": ends, "y": ends})
    axes.set(xlim=ends, ylim=ends)
    axes.set_aspect("equal")
    axes.set_xlabel(f"synthesis: {label(figure)}")
    axes.set_ylabel(f"estimate: {label(figure)}")
    quiet_grid(axes)
    errors = 100 * np.abs(estimated / measured - 1)
    axes.text(
        0.97,
        0.04,
        f"{len(errors)} designs\nmean error {errors.mean():.1f} %, largest {errors.max():.1f} %\n"
        f"expected {100 * expected:.1f} %",
        transform=axes.transAxes,
        ha="right",
        va="bottom",
        size=7,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
    )
    axes.legend(loc="upper left", frameon=False, handletextpad=0.3, borderaxespad=0.2)


def residuals(
    axes: Axes,
    estimated: NDArray,
    measured: NDArray,
    error_percent: NDArray,
    *,
    figure: str = "area_um2",
    kinds: NDArray | None = None,
) -> None:
    """Draw how far each estimate is off, in percent of the measured value; else as `parity`.

    A bar that reaches the line of 0 belongs to an estimate as good as the model says.

    Raises:
        RequestError: there is no point that has both values.
    """
    estimated, measured, error_percent, kinds = _comparable(
        estimated, measured, error_percent, kinds, figure
    )
    axes.axhline(0, color="#333333", lw=0.8, zorder=1)
    for kind, colour, marker in zip(np.unique(kinds), COLOURS, MARKERS, strict=False):
        mine = kinds == kind
        ratio = 100 * estimated[mine] / measured[mine]
        axes.errorbar(
            measured[mine], ratio - 100, yerr=ratio * error_percent[mine] / 100, fmt=marker,
            color=colour, markersize=3.5, elinewidth=0.7, capsize=1.5, capthick=0.7,
            markeredgewidth=0, label=kind, zorder=3,
        )  # fmt: skip
    logarithmic(axes, "x", {"x": measured})
    axes.set_xlabel(f"synthesis: {label(figure)}")
    axes.set_ylabel("estimate off by (%)")
    quiet_grid(axes)


def _comparable(
    estimated: NDArray,
    measured: NDArray,
    error_percent: NDArray,
    kinds: NDArray | None,
    figure: str,
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """The points that have both values."""
    both = np.isfinite(estimated) & np.isfinite(measured) & (estimated > 0) & (measured > 0)
    if not both.any():
        raise RequestError(f"no design has both an estimate and a measured value of {figure}")
    kinds = np.full(len(estimated), "designs") if kinds is None else kinds.astype(str)
    return estimated[both], measured[both], error_percent[both], kinds[both]
