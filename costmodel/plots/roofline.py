"""Rooflines: what memory lets a workload reach on designs, and what they reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from costmodel.plots.placement import place_labels
from costmodel.plots.style import COLOURS, MARKERS, logarithmic, narrow, quiet_grid
from hw.errors import RequestError

__all__ = ["Run", "roofline"]


@dataclass(frozen=True)
class Run:
    """A workload on a design.

    Attributes:
        label: what to call it.
        peak_gops: weights a cycle times the clock, in 10**9 weights/s.
        operations: weights that the workload multiplies, all vectors counted.
        traffic_bytes: what crosses the core's boundary for it.
        seconds: what the core takes at its own clock while memory keeps up.
    """

    label: str
    peak_gops: float
    operations: float
    traffic_bytes: float
    seconds: float

    @property
    def intensity(self) -> float:
        """Operations a byte."""
        return self.operations / self.traffic_bytes

    def attained_gops(self, bandwidth_gbytes_per_s: float) -> float:
        """What is reached: the core's own speed, or what the memory lets through."""
        memory = self.traffic_bytes / (bandwidth_gbytes_per_s * 1e9)
        return self.operations / max(self.seconds, memory) / 1e9


def roofline(axes: Axes, runs: Sequence[Run], bandwidth_gbytes_per_s: float) -> None:
    """Draw the slope of a memory's bandwidth, the roof of each design, and what it attains.

    Args:
        axes: where.
        runs: designs with a workload each.
        bandwidth_gbytes_per_s: of the memory that feeds the core.

    Raises:
        RequestError: there is no run, or the bandwidth is not above 0.
    """
    if not runs:
        raise RequestError("there are no designs to draw a roofline of")
    if not bandwidth_gbytes_per_s > 0:
        raise RequestError(
            f"a bandwidth of {bandwidth_gbytes_per_s} GB/s is not allowed: it must be above 0"
        )
    ridges = [run.peak_gops / bandwidth_gbytes_per_s for run in runs]
    intensities = [run.intensity for run in runs]
    left, right = min(*ridges, *intensities) / 3, max(*ridges, *intensities) * 4
    ends = np.array([left, max(ridges)])
    axes.plot(ends, ends * bandwidth_gbytes_per_s, color="#333333", lw=1.2, zorder=2)
    attained = []
    for number, (run, ridge) in enumerate(zip(runs, ridges, strict=True)):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        axes.plot([ridge, right], [run.peak_gops] * 2, color=colour, lw=1.2, zorder=2)
        reached = run.attained_gops(bandwidth_gbytes_per_s)
        roof = min(run.peak_gops, run.intensity * bandwidth_gbytes_per_s)
        axes.plot([run.intensity] * 2, [reached, roof], color=colour, lw=0.7, ls=":", zorder=1)
        bound = "memory" if run.intensity < ridge else "compute"
        axes.scatter(
            run.intensity, reached, s=26, marker=marker, color=colour, zorder=4,
            label=f"{run.label} ({bound}-bound)",
        )  # fmt: skip
        attained.append((run.intensity, reached, _shown(reached)))
    heights = [run.peak_gops for run in runs] + [point[1] for point in attained]
    low, high = min(*heights, left * bandwidth_gbytes_per_s), max(heights) * 1.6
    logarithmic(axes, "xy", {"x": np.array([left, right]), "y": np.array([low, high])})
    axes.set(xlim=(left, right), ylim=(low, high))
    axes.set_xlabel("operational intensity (weights a byte)")
    axes.set_ylabel("weights (10⁹/s)")
    quiet_grid(axes)
    middle = np.sqrt(left * max(ridges))
    axes.annotate(
        f"{bandwidth_gbytes_per_s:,g} GB/s",
        (middle, middle * bandwidth_gbytes_per_s),
        xytext=(5, -4),
        textcoords="offset points",
        ha="left",
        va="top",
        size=7,
    )
    axes.legend(
        loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False, handletextpad=0.3,
        ncols=1 if narrow(axes) else 2, borderaxespad=0.2,
    )  # fmt: skip
    place_labels(axes, attained)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
