"""Sweeps: one design with many settings, synthesized several at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from costmodel.flow.measure import Failure, Point, sweep
from costmodel.library.technology import Technology
from costmodel.technologies import load_technology
from costmodel.work.worker import DEFAULT_LIMITS, Limits
from hw.errors import RequestError
from macsmith.design import Design, load_design
from macsmith.synthesis import period_ps
from macsmith.toml_file import check_once
from sim.writing import atomic_table, check_output

__all__ = ["measure_designs", "report", "run", "settings_of"]

#: What a row tells besides the parameters of its design: before them, and after them.
_PLACE = ("design", "technology", "unit")
_FIGURES = (
    "clock_ps",
    "area_um2",
    "area_um2_per_operation",
    "delay_ps",
    "leakage_uw",
    "recipe",
    "failure",
)
_MOST_POINTS = 100_000


def run(
    reference: str,
    fixed: Sequence[str],
    varied: Sequence[str],
    technology: str,
    clock_ns: float | None,
    limits: Limits,
    output: Path | None,
) -> list[dict[str, Any]]:
    """Synthesize a design with every combination of settings; returns what ``--json`` prints.

    Args:
        reference: of the design.
        fixed: settings of all.
        varied: settings that are an axis of the sweep each.
        technology: its name or file.
        clock_ns: the asked clock period; None asks for the least area.
        limits: of each run of the tools.
        output: where to write the table as CSV, if anywhere.

    Raises:
        RequestError: a setting, the clock, the technology or the place of the table is wrong.
    """
    if output is not None:
        check_output(output)
    designs = list(settings_of(reference, fixed, varied))
    clock_ps, cells = period_ps(clock_ns), load_technology(technology)
    rows = measure_designs(designs, cells, clock_ps=clock_ps, limits=limits)
    if output is not None:
        atomic_table(output, list(rows[0]), rows)
    return rows


def settings_of(reference: str, fixed: Sequence[str], varied: Sequence[str]) -> Iterator[Design]:
    """One design for each combination of the varied settings, the last one fastest.

    Args:
        reference: of the design.
        fixed: ``key=value`` settings of all.
        varied: ``key=value,value,...`` settings, each an axis of the sweep.

    Raises:
        RequestError: a setting is wrong or given twice, or there are too many combinations.
    """
    axes = []
    for text in varied:
        key, equals, values = text.partition("=")
        choices = [value.strip() for value in values.split(",")]
        if not equals or not key.strip() or not all(choices):
            raise RequestError(f"--sweep {text!r} is not of the form key=value,value,...")
        axes.append([f"{key.strip()}={value}" for value in choices])
    check_once([*fixed, *varied])
    count = 1
    for axis in axes:
        count *= len(axis)
    if count > _MOST_POINTS:
        raise RequestError(f"the sweep has {count:,} points: it may have {_MOST_POINTS:,}")
    return (load_design(reference, [*fixed, *chosen]) for chosen in product(*axes))


def measure_designs(
    designs: Sequence[Design],
    technology: Technology,
    *,
    clock_ps: float | None = None,
    jobs: int | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> list[dict[str, Any]]:
    """Synthesize designs side by side, with a progress bar on a terminal.

    Returns:
        A row for each design, in their order: where it is mapped, its parameters, its figures; all
        rows of one unit have the same names. A point that failed has the
        reason under ``failure`` and None for its figures.
    """
    points = [Point(design.configuration, technology, clock_ps) for design in designs]
    rows: list[dict[str, Any]] = [{} for _ in points]
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(f"synthesis on {technology.name}", total=len(points))
        for number, figures in sweep(points, jobs=jobs, limits=limits):
            rows[number] = _row(designs[number], technology, clock_ps, figures)
            bar.advance(task)
    return rows


def _row(
    design: Design,
    technology: Technology,
    clock_ps: float | None,
    figures: dict[str, Any] | Failure,
) -> dict[str, Any]:
    unit = design.configuration
    row: dict[str, Any] = {
        **dict.fromkeys((*_PLACE, *unit.parameters(), *_FIGURES)),
        **unit.parameters(),
        "design": design.name,
        "technology": technology.name,
        "unit": unit.unit,
        "clock_ps": clock_ps,
    }
    if isinstance(figures, Failure):
        return row | {"failure": figures.reason}
    return row | {
        "area_um2": round(figures["area_um2"], 3),
        "area_um2_per_operation": round(figures["area_um2"] / unit.operations_per_cycle, 3),
        "delay_ps": round(figures["delay_ps"], 1),
        "leakage_uw": round(figures["leakage_uw"], 4),
        "recipe": figures["recipe"],
    }


def report(rows: Sequence[dict[str, Any]]) -> None:
    """Print rows as a table, without the columns in which all are the same."""
    names = rows[0]
    varied = [name for name in names if len({row[name] for row in rows}) > 1 or name == "area_um2"]
    table = Table(*varied, box=None, pad_edge=False)
    for column, name in zip(table.columns, varied, strict=True):
        if any(isinstance(row[name], float | int) for row in rows):
            column.justify = "right"
    for row in rows:
        table.add_row(*(_shown(row[name]) for name in varied))
    Console().print(table)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.3g}"
    return "" if value is None else str(value)
