"""The figures and tables of docs/costs.md, from what `studies.measure` has measured."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from costmodel.plots.bars import part_handles, stack
from costmodel.plots.vocabulary import part_styles
from macsmith.design import designs_folder
from studies import pages

__all__ = ["breakdown", "sweep_figure", "write_tables"]

_FOLDER = designs_folder() / "measured"
_PAGE = Path(__file__).parents[1] / "docs" / "costs.md"

# Okabe and Ito's colours; lines differ by marker too, for print.
_KINDS = {
    "mu1": ("µ = 1 (sign-flip)", "#0072B2", "o"),
    "mu2": ("µ = 2", "#E69F00", "s"),
    "mu3": ("µ = 3", "#009E73", "^"),
    "mu4": ("µ = 4", "#D55E00", "D"),
    "multiplier": ("multiplier", "#555555", "x"),
}


def measured_sweep() -> list[dict[str, str]]:
    """Rows of designs/measured/sweep.csv."""
    with (_FOLDER / "sweep.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def measured_designs() -> list[dict[str, Any]]:
    """Rows of designs/measured/designs.json."""
    return json.loads((_FOLDER / "designs.json").read_text(encoding="utf-8"))


def sweep_panel(axes: Axes, rows: list[dict[str, str]], activation: str) -> None:
    """Area for each weight lane over the columns of a tile, a line for each circuit."""
    for kind, (label, colour, marker) in _KINDS.items():
        points = sorted(
            (int(row["columns"]), float(row["area_um2_per_operation"]))
            for row in rows
            if row["activation"] == activation
            and row["design"].startswith(f"{kind}-")
            and not row["failure"]
        )
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, marker=marker, label=label, lw=1.8)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks([8, 16, 32, 64], ["8", "16", "32", "64"])
    axes.set_title(activation.upper(), size=14)
    axes.set_xlabel("columns K of the tile")
    axes.grid(axis="y", which="both", color="#DDDDDD", lw=0.7)
    axes.set_axisbelow(True)


def sweep_figure() -> Figure:
    """Area of tiles of 24 activations on NanGate 45 nm: circuits, formats and sizes."""
    rows = measured_sweep()
    figure = Figure(figsize=(13, 5.4), facecolor="white", layout="constrained")
    grid = figure.subplots(1, 3)
    for axes, activation in zip(grid, ("int4", "int8", "int16"), strict=True):
        sweep_panel(axes, rows, activation)
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("{x:g}")
        axes.tick_params(axis="y", which="both", labelsize=10)
    grid[0].set_ylabel("area for each weight a cycle (µm²)")
    handles, labels = grid[1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5, frameon=False)
    return figure


def breakdown() -> Figure:
    """Where the area and the energy of the 32 x 32 INT8 tiles go, on four technologies."""
    rows = {(row["design"], row["technology"]): row for row in measured_designs()}
    names = {"ternary-int8-32x32": "LUT, µ = 2", "signflip-int8-32x32": "sign-flip"}
    technologies = ("nangate45", "asap7", "sky130hd", "sg13g2")
    figure = Figure(figsize=(13, 5.6), facecolor="white", layout="constrained")
    grid = figure.subplots(2, 4)
    for line, (key, total, unit) in zip(
        grid,
        (
            ("area_by_part", "area_um2", "µm² a lane"),
            ("energy_by_part", "energy_fj_per_cycle", "fJ a weight"),
        ),
        strict=True,
    ):
        for axes, technology in zip(line, technologies, strict=True):
            for position, design in enumerate(names):
                row = rows[design, technology]
                share = row[total] / row["weights_per_cycle"]
                if total == "energy_fj_per_cycle":
                    share = row["energy_fj_per_operation"]
                stack(axes, position, row[key], share / row[total])
                axes.text(1.02 * share, position, f"{share:,.3g}", va="center", size=11)
            axes.set_yticks(range(len(names)), list(names.values()) if axes is line[0] else [])
            axes.invert_yaxis()
            axes.set_xlim(0, 1.22 * axes.get_xlim()[1])
            axes.set_xlabel(unit)
            if total == "area_um2":
                axes.set_title(technology, size=14)
            axes.spines[["top", "right"]].set_visible(False)
    shown = {part for name in names for part in rows[name, "nangate45"]["area_by_part"]}
    handles = part_handles(part for part in part_styles() if part in shown)
    figure.legend(handles=handles, loc="outside upper center", ncols=6, frameon=False)
    return figure


def occurring_parts() -> list[str]:
    """The parts that any measured design has."""
    measured_parts = {part for row in measured_designs() for part in row["area_by_part"]}
    return [part for part in part_styles() if part in measured_parts]


def write_tables() -> Path:
    """Put the measured tables into docs/costs.md and area_ternary.md; returns the first page."""
    pages.write_tables(_PAGE.with_name("area_ternary.md"), {"now": tile_table()})
    tables = {"flow": flow_line(), "designs": designs_table(), "parts": parts_table()}
    return pages.write_tables(_PAGE, tables | {"sweep": sweep_findings()})


def flow_line() -> str:
    """By which flows the designs were measured."""
    flows = dict.fromkeys(row["flow"]["flow"] for row in measured_designs())
    return f"Measured by flow {' and '.join(f'`{flow}`' for flow in flows)}.\n"


def tile_table() -> str:
    """The INT8 tiles of 24 x 32 in the sweep, as Markdown."""
    rows = {row["design"].removesuffix("-int8-24x32"): row for row in measured_sweep()}
    shown = [
        (rows[kind], re.sub(r"^mu(\d)", r"mu = \1", kind))
        for kind in ("mu1", "mu2", "mu3", "multiplier")
    ]
    figures = [
        [f"{float(row[key]):{form}}" for row, _ in shown]
        for key, form in (
            ("area_um2", ",.0f"),
            ("area_um2_per_operation", ".1f"),
            ("delay_ps", ",.0f"),
        )
    ]
    names = ("area (um2)", "a weight lane", "delay (ps)")
    return pages.table(
        ["in the sweep", *(name for _, name in shown)],
        [[name, *cells] for name, cells in zip(names, figures, strict=True)],
    )


def designs_table() -> str:
    """Area, delay, leakage, energy and noise of each design on each technology, as Markdown."""
    heads = (
        *("design", "technology", "area (µm²)", "±", "a lane (µm²)", "delay (ps)", "±"),
        *("leakage (µW)", "energy (fJ a weight)", "cells"),
    )
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in sorted(measured_designs(), key=lambda row: row["design"]):
        noise = row["noise"]
        lines.append(
            f"| `{row['design']}` | {row['technology']} | {_shown(row['area_um2'])}"
            f" | {noise['area_percent']:.1f} %"
            f" | {_shown(row['area_um2'] / row['weights_per_cycle'])}"
            f" | {row['delay_ps']:,.0f} | {noise['delay_percent']:.1f} %"
            f" | {_shown(row['leakage_uw'])} | {_energy(row)} | {row['cells']:,} |"
        )
    return "\n".join(lines) + "\n"


def parts_table() -> str:
    """Shares of area and energy by part, as Markdown."""
    occurring = occurring_parts()
    heads = ("design", "technology", "of", *occurring)
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for row in sorted(measured_designs(), key=lambda row: row["design"]):
        for key, quantity in (("area_by_part", "area"), ("energy_by_part", "energy")):
            if key not in row:
                continue
            whole = sum(row[key].values())
            shares = [f"{100 * row[key].get(part, 0.0) / whole:.1f} %" for part in occurring]
            first = f"`{row['design']}` | {row['technology']}" if quantity == "area" else " | "
            lines.append(f"| {first} | {quantity} | " + " | ".join(shares) + " |")
    return "\n".join(lines) + "\n"


def sweep_findings() -> str:
    """What the sweep shows, as a list.

    Raises:
        ValueError: it shows something else than the sentences say, which must be written anew.
    """
    lanes: dict[tuple[str, str], list[float]] = {}  # areas by columns, by format and circuit
    for row in measured_sweep():
        key = row["activation"], row["design"].split("-")[0]
        lanes.setdefault(key, []).append(float(row["area_um2_per_operation"]))
    more = {
        form: [
            100 * (two / one - 1)
            for one, two in zip(lanes[form, "mu1"], lanes[form, "mu2"], strict=True)
        ]
        for form in ("int4", "int8", "int16")
    }
    best = {
        form: [min(pair) for pair in zip(lanes[form, "mu1"], lanes[form, "mu2"], strict=True)]
        for form in more
    }
    signs = [[value > 0 for value in values] for values in more.values()]
    if signs != [[True] * 4, [True, False, False, False], [False] * 4] or any(
        table < least
        for form in more
        for kind in ("mu3", "mu4")
        for table, least in zip(lanes[form, kind], best[form], strict=True)
    ):
        raise ValueError("the sweep no longer shows which group is smallest, as costs.md says")
    times = {
        form: [
            multiplier / other
            for multiplier, other in zip(lanes[form, "multiplier"], best[form], strict=True)
        ]
        for form in more
    }
    sizes = {
        kind: [100 * (1 - lanes[form, kind][-1] / lanes[form, kind][0]) for form in more]
        for kind in ("mu1", "mu2", "mu4")
    }
    int4, int8, int16 = more.values()
    text = f"""
**INT4**: µ = 1 is smallest at every size, µ = 2 takes {_span(int4)} % more. A sum of two INT4
numbers costs less than selecting it.

**INT8**: µ = 2 overtakes µ = 1 between 8 and 16 columns and is {-int8[2]:.1f} % smaller at 32,
{-int8[3]:.1f} % at 64; the paper says that INT8 gains little from larger µ (arXiv 2604.25183), and
so it is.

**INT16**: µ = 2 is smallest throughout, by {-int16[0]:.1f} % at 8 columns and
{-int16[3]:.1f} % at 64.

µ = 3 and µ = 4 are never smallest: 13 and 40 entries to select from cost more than the full adders
that they save.

A **multiplier** takes {_span(times["int4"], 1)} times (INT4), {_span(times["int8"], 1)} times
(INT8) and {_span(times["int16"])} times (INT16) the area of the best of them.

**Size**: from 8 to 64 columns the tables are shared by more lanes. That is worth
{_span(sizes["mu1"])} % at µ = 1, {_span(sizes["mu2"])} % at µ = 2 and {_span(sizes["mu4"])} % at
µ = 4, nearly all of it by 32 columns.
"""
    points = (" ".join(point.split()) for point in text.strip().split("\n\n"))
    return "".join(pages.wrapped(f"- {point}", 105, "  ") for point in points)


def _span(values: list[float], digits: int = 0) -> str:
    least, most = (f"{value:.{digits}f}" for value in (min(values), max(values)))
    return least if least == most else f"{least} to {most}"


def _energy(row: dict[str, Any]) -> str:
    return _shown(row["energy_fj_per_operation"]) if "energy" not in row else row["energy"]


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
