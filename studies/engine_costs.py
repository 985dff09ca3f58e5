"""Measure whole matrix engines, for docs/engine.md: `python -m studies.engine_costs`.

Engines of 8 x 8 elements that differ in what becomes of the leading zeros of their sums; all of
them normalise and round at the feet of their columns. By the flow with `--effort quick`, as the
elements alone in docs/fma.md: the least area, and on asap7 at 1 GHz too. What is in the cache costs
nothing; `studies.make` makes the tables.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from rich.console import Console

from costmodel.flow.measure import Point, measure
from costmodel.technologies import load_technology
from hw.engine import MatrixEngine
from macsmith.design import designs_folder, load_design
from sim.writing import atomic_write
from studies import pages
from studies.fma import ELEMENTS, SYNTHESIZED

__all__ = ["measured", "tables", "write_tables"]

_FILE = designs_folder() / "measured" / "engines.json"
_PAGE = designs_folder().parent / "docs" / "engine.md"
_REQUESTS = (("nangate45", None), ("asap7", None), ("asap7", 1000.0))
_FIRST = "exact, W = 16"
_KEPT = ("area_um2", "delay_ps", "leakage_uw", "recipe", "flow", "parts")

Row = dict[str, Any]


def main() -> None:
    """Measure what is not in the cache, and write all of it."""
    console, rows = Console(stderr=True), []
    for technology, clock_ps in _REQUESTS:
        for label in SYNTHESIZED:
            with console.status(f"{label}, {technology}, {clock_ps}"):
                point = Point(_engine(label), load_technology(technology), clock_ps, quick=True)
                figures = measure(point)
            row = {"row": label, "technology": technology, "clock_ps": clock_ps}
            rows.append(row | {name: figures[name] for name in _KEPT})
            console.print(f"{label}, {technology}: {figures['area_um2']:,.0f} um2")
    atomic_write(_FILE, json.dumps(rows, indent=1) + "\n", "")


def _engine(label: str) -> MatrixEngine:
    """The committed engine, with other sums."""
    unit = load_design("engine-bf16-8x8").configuration
    assert isinstance(unit, MatrixEngine)
    plain = {"normalization": "exact", "product": "raw", "difference": "negated"}
    return replace(unit, **(plain | ELEMENTS[label]))


def measured() -> list[Row]:
    """What `main` has written."""
    return json.loads(_FILE.read_text(encoding="utf-8"))


def write_tables() -> str:
    """Put the table into the page; returns its name."""
    return pages.write_tables(_PAGE, tables()).name


def tables() -> dict[str, str]:
    """Area and delay of each engine, and what they differ by from the exact one.

    Raises:
        ValueError: other engines reach the asked clock than the page says.
    """
    rows = {(row["row"], row["technology"], row["clock_ps"]): row for row in measured()}
    lines = []
    for label in SYNTHESIZED:
        cells = [label]
        for request in _REQUESTS:
            row, first = rows[label, *request], rows[_FIRST, *request]
            change = 100 * (row["area_um2"] / first["area_um2"] - 1)
            cells += [f"{row['area_um2']:,.0f} ({change:+.1f} %)", f"{row['delay_ps']:,.0f}"]
        lines.append(cells)
    reached = [
        row["row"]
        for row in rows.values()
        if row["clock_ps"] and row["delay_ps"] <= row["clock_ps"]
    ]
    if reached != [SYNTHESIZED[-1]]:
        raise ValueError(f"the page says that the last engine alone reaches 1 GHz, not {reached}")
    heads = []
    for technology, clock_ps in _REQUESTS:
        clock = "" if clock_ps is None else " at 1 GHz"
        heads += [f"{technology}{clock}, um2", "ps"]
    return {"cost": pages.table(["sums", *heads], lines)}


if __name__ == "__main__":
    main()
