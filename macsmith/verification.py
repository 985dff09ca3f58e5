"""Estimates beside synthesis: the best points of a front, built and measured."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from costmodel.explore.pareto import spread_places
from costmodel.explore.space import CLOCK
from macsmith.exploration import Explored, progress
from macsmith.oracle import MEASURED, Oracle
from sim.writing import atomic_table

__all__ = ["report_verification", "verify", "write_rows"]

_SAME = 1 + 1e-9  # times a period: as good as it


def verify(explored: Explored, count: int, oracle: Oracle) -> list[dict[str, Any]]:
    """Synthesize points of a front that are far from each other, the best compromise first.

    Args:
        explored: the front.
        count: how many, at most.
        oracle: measures.

    Returns:
        A row for each: ``number``, ``technology``, ``workload``, parameters, and of each figure
        ``area_um2_estimated``, ``area_um2_measured``, ``area_difference_percent`` (of the estimate
        from the measurement) and ``area_expected_percent`` (what the model says of itself); a
        point that failed has the reason under ``failure``; ``meets_clock`` says of one that is
        asked for at a clock whether its circuit runs at it.
    """
    space = explored.task.space
    places = spread_places(explored.front.values, count)
    estimates = [explored.table.slice(int(place), 1).to_pylist()[0] for place in places]
    points = [space.point(estimate["number"]) for estimate in estimates]
    rows: list[dict[str, Any]] = [{} for _ in points]
    with progress(len(points)) as bar:
        task = bar.add_task("synthesis", total=len(points))
        for number, measured in oracle.measure(points):
            row: dict[str, Any] = {"number": estimates[number]["number"], **points[number]}
            for name in MEASURED:
                if name in measured.figures:
                    row |= _compared(name, estimates[number], measured.figures[name])
            if CLOCK in row and "delay_ps" in measured.figures:
                row["meets_clock"] = measured.figures["delay_ps"] <= 1e3 * row[CLOCK] * _SAME
            rows[number] = row | {"failure": measured.failure}
            bar.advance(task)
    return rows


def _compared(name: str, estimate: dict[str, Any], measured: float) -> dict[str, Any]:
    short, value = name.split("_", maxsplit=1)[0], estimate[name]
    return {
        f"{name}_estimated": value,
        f"{name}_measured": measured,
        f"{short}_difference_percent": 100 * (value - measured) / measured,
        f"{short}_expected_percent": estimate.get(f"{short}_error_percent"),
    }


def write_rows(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Write rows as CSV, a column for each name that one of them has."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    atomic_table(path, names, rows)


def report_verification(rows: Sequence[dict[str, Any]]) -> None:
    """Print estimates beside measurements, and the mean difference of each figure."""
    names = [name for name in MEASURED if any(f"{name}_measured" in row for row in rows)]
    heads = [head for name in names for head in (name, "synthesis", "%")]
    table = Table("point", *heads, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        cells = []
        for name in names if not row["failure"] else ():
            short = name.split("_", maxsplit=1)[0]
            cells += [f"{row[f'{name}_{source}']:,.4g}" for source in ("estimated", "measured")]
            cells.append(f"{row[f'{short}_difference_percent']:+.1f}")
        table.add_row(str(row["number"]), *(cells or [row["failure"]]))
    means = []
    for name in names:
        short = name.split("_", maxsplit=1)[0]
        errors = [abs(r[f"{short}_difference_percent"]) for r in rows if not r["failure"]]
        means += ["", "", f"{sum(errors) / len(errors):.1f}" if errors else ""]
    table.add_row("mean, absolute", *means)
    met = [row["meets_clock"] for row in rows if "meets_clock" in row]
    if met:
        table.caption = f"{sum(met)} of {len(met)} meet their clock"
        table.caption_justify = "left"
    Console(width=None if sys.stdout.isatty() else 160).print(table)
