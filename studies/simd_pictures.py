"""The picture of docs/simd.md: how much each mode computes a square millimetre, and a joule."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from costmodel.plots.style import COLOURS, MARKERS
from studies.simd_costs import Row, measured

__all__ = ["density", "simd_density"]

_TECHNOLOGIES = ("nangate45", "asap7")
_LANES = {4: "four products a cycle", 2: "two", 1: "one"}


def density(row: Row, mode: str) -> tuple[float, float]:
    """What a mode computes on a square millimetre and with a joule.

    Args:
        row: a measured unit (`studies.simd_costs.measured`).
        mode: one of its modes.

    Returns:
        Products a second and mm2, at the clock that the circuit of least area reaches; and products
        a joule at that clock, leakage counted.
    """
    measured_mode = row["modes"][mode]
    lanes, seconds = measured_mode["lanes"], row["delay_ps"] * 1e-12
    joules = measured_mode["dynamic_fj_per_cycle"] * 1e-15 + row["leakage_uw"] * 1e-6 * seconds
    return lanes / seconds / (row["area_um2"] * 1e-6), lanes / joules


def simd_density() -> Figure:
    """Products a second and mm2 and products a joule of each mode of each design."""
    rows = [row for row in measured() if "modes" in row and not row["design"].endswith(" alone")]
    designs = list(dict.fromkeys(row["design"] for row in rows))
    colours = dict(zip(designs, COLOURS, strict=False))
    markers = dict(zip(_LANES, MARKERS, strict=False))
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(9.5, 4.4), facecolor="white", layout="constrained")
        places = figure.subplots(1, len(_TECHNOLOGIES))
        for axes, technology in zip(places, _TECHNOLOGIES, strict=True):
            for row in rows:
                if row["technology"] == technology:
                    _draw(axes, row, colours[row["design"]], markers)
            axes.set(title=technology, xscale="log", yscale="log")
            axes.grid(visible=True, which="both", alpha=0.25)
            axes.margins(0.12)
            axes.set_xlabel("products a second and mm2 (10$^9$)")
        places[0].set_ylabel("products a second and watt (10$^{12}$)")
        handles = [
            Line2D([], [], linestyle="", marker="o", color=colour, label=design)
            for design, colour in colours.items()
        ] + [
            Line2D([], [], linestyle="", marker=markers[lanes], color="#555555", label=label)
            for lanes, label in _LANES.items()
        ]
        label = "open: one sum of all lanes"
        grey = "#555555"
        handles.append(
            Line2D(
                [], [], linestyle="", marker="o", color=grey, markerfacecolor="none", label=label
            )
        )
        figure.legend(handles=handles, loc="outside upper center", ncols=5, frameon=False)
    return figure


def _draw(axes: Axes, row: Row, colour: str, markers: Mapping[int, str]) -> None:
    for mode, content in row["modes"].items():
        area, joule = density(row, mode)
        filled = "none" if mode.endswith(" summed") else colour
        axes.plot(
            area / 1e9,
            joule / 1e12,
            markers[content["lanes"]],
            color=colour,
            markerfacecolor=filled,
            markersize=6,
        )
