"""Pictures of docs/studies/bitnet-2b4t-edge.md, from its committed data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from costmodel.plots import COLOURS, Run, roofline
from costmodel.plots.style import shown
from costmodel.system.dram import load_dram
from macsmith.space_file import load_space
from macsmith.workload import load_workload
from studies.edge_findings import Edge
from studies.edge_study import BATCHES, BUDGETS, MEMORY, ROOFLINE_BATCHES, ROOFLINE_BUDGET, SPACE

__all__ = ["fronts", "rooflines"]

_STARS = (("o", 20), ("s", 14), ("*", 9))  # by budget, one within the other


def fronts(edge: Edge) -> Figure:
    """Tokens a second against energy a token and against area; the winners marked."""
    figure = Figure(figsize=(13, 9.5), facecolor="white", layout="constrained")
    grid = figure.subplots(2, 2)
    for line, scenario in zip(grid, BATCHES, strict=True):
        cloud = [row for row in edge.cloud if row["scenario"] == scenario]
        for axes, name in zip(line, ("energy_uj", "area_mm2"), strict=True):
            _cloud(axes, cloud, name)
            scale = 1e3 if name == "energy_uj" else 1.0
            if name == "energy_uj":
                for budget in BUDGETS:
                    best = edge.front(scenario, budget)
                    x, y = ([e.tokens_per_s for e in best], [e.energy_uj / 1e3 for e in best])
                    axes.plot(x, y, drawstyle="steps-pre", color="black", lw=1, zorder=4)
            for budget, (marker, size) in zip(BUDGETS, _STARS, strict=True):
                e = edge.one(scenario, budget)
                axes.plot(
                    e.tokens_per_s, getattr(e, name) / scale, marker, color="black", mfc="none",
                    ms=size, mew=1.6, ls="none", zorder=6, label=f"best of {budget:g} mm²",
                )  # fmt: skip
                if name == "area_mm2":
                    axes.axhline(budget, color="#999999", lw=1, ls=(0, (3, 2)), zorder=1)
            most = max(edge.one(scenario, budget).tokens_per_s for budget in BUDGETS)
            axes.set_xlim(most / (2 if name == "energy_uj" else 30), 1.15 * most)
            if name == "energy_uj":
                least = min(edge.one(scenario, budget).energy_uj for budget in BUDGETS) / 1e3
                axes.set_ylim(0.88 * least, (1.4 if scenario == "decode" else 3) * least)
            axes.set_xlabel("tokens/s")
            axes.set_ylabel("energy a token (mJ)" if scale > 1 else "area (mm²)")
            axes.set_title(f"{scenario}, batch {BATCHES[scenario]}", size=13)
            axes.spines[["top", "right"]].set_visible(False)
            axes.grid(color="#DDDDDD", lw=0.6)
            axes.set_axisbelow(True)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside upper center", ncols=8, frameon=False, markerscale=0.9
    )
    return figure


def _cloud(axes: Axes, cloud: Sequence[Mapping[str, str]], name: str) -> None:
    scale = 1e3 if name == "energy_uj" else 1.0
    for mu, colour in zip(range(1, 6), COLOURS, strict=False):
        mine = [row for row in cloud if int(row["group"]) == mu]
        x = np.array([float(row["tokens_per_s"]) for row in mine])
        y = np.array([float(row[name]) for row in mine]) / scale
        axes.scatter(
            x, y, s=18, color=colour, lw=0, alpha=0.7, label=f"µ = {mu}", zorder=2 + mu / 9,
            rasterized=True,
        )  # fmt: skip
    if name == "area_mm2":
        axes.set_xscale("log")
        axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis) if name == "area_mm2" else ():
        axis.set_major_formatter(lambda value, _: f"{value:,.10g}")
        axis.set_minor_formatter(lambda value, _: _some(value))
        axis.set_tick_params(which="both", labelsize=11)


def _some(value: float) -> str:
    """Minor ticks: at 2 and 5 of a decade."""
    first = f"{value:e}"[0]
    return f"{value:,.10g}" if first in "25" else ""


def rooflines(edge: Edge) -> Figure:
    """A prefill winner at several batches."""
    figure = Figure(figsize=(12, 6.5), facecolor="white", layout="constrained")
    axes = figure.subplots()
    weights = load_workload(load_space(SPACE).workloads[0].name).weights
    runs = []
    for batch in ROOFLINE_BATCHES:
        e = edge.one(f"batch {batch}", ROOFLINE_BUDGET, "roofline")
        operations = float(weights * batch)
        traffic = operations / e.ops_per_byte
        label = f"batch {batch}: {shown(e.tokens_per_s)} tokens/s"
        runs.append(Run(label, e.peak_gops, operations, traffic, e.compute_s))
    roofline(axes, runs, load_dram(MEMORY).bandwidth_gb_per_s)
    axes.spines[["top", "right"]].set_visible(False)
    for text in axes.texts:
        text.set_fontsize(11)
    legend = axes.get_legend()
    assert legend
    for text in legend.get_texts():
        text.set_fontsize(11)
    return figure
