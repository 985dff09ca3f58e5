"""Tables and the picture of docs/fma.md, of what `python -m studies.fma` has measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from costmodel.plots.style import COLOURS, MARKERS
from studies import pages
from studies.family_models import models_table
from studies.fma import (
    COSTS,
    ELEMENTS,
    ERRORS,
    EXACT,
    PRODUCTS,
    SYNTHESIZED,
    relative_errors,
    unit,
)
from studies.fma_shifts import shifts_table

__all__ = ["fma_errors", "write_tables"]

_PAGE = Path(__file__).parents[1] / "docs" / "fma.md"
_FIRST = "exact, W = 16"
_DATA = {
    "gauss": "Gaussian",
    "relu": "ReLU",
    "outlier": "outliers",
    "cancelling": "cancelling",
}
_TECHNOLOGIES = ("nangate45", "asap7")

Row = dict[str, Any]


def write_tables() -> str:
    """Put the tables into the page; returns its name."""
    costs, errors = (json.loads(path.read_text(encoding="utf-8")) for path in (COSTS, ERRORS))
    tables = {
        "exact": _exact(costs),
        "units": _elements(costs, "unit", _TECHNOLOGIES[:1]),
        "elements": _elements(costs, "element", _TECHNOLOGIES),
        "clocked": _clocked(costs),
        "products": _products(costs),
        "errors": _errors(errors, "rms"),
        "bias": _errors(errors, "bias"),
        "shifts": shifts_table(),
        "models": models_table("fma"),
    }
    pages.write_tables(_PAGE, tables)
    return "fma"


def _found(costs: list[Row], row: str, technology: str, clock_ps: float | None) -> Row:
    (figures,) = (
        cost
        for cost in costs
        if (cost["row"], cost["technology"], cost["clock_ps"]) == (row, technology, clock_ps)
    )
    return figures


def _exact(costs: list[Row]) -> str:
    """Units that round once, beside the best open ones."""
    rows = []
    for label, (*_, open_um2, name) in EXACT.items():
        figures = _found(costs, f"unit: {label}", "nangate45", None)
        plain = _found(costs, f"plain: {label}", "nangate45", 2000.0)["area_um2"]
        cells = [f"{figures['area_um2']:,.1f}", f"{figures['delay_ps']:,.0f}", f"{plain:,.1f}"]
        rows.append([label, *cells, f"{open_um2:,.0f} ({name})"])
    heads = ["unit", "um2", "ps", "plain script, um2", "best open unit, plain script, um2"]
    return pages.table(heads, rows)


def _elements(costs: list[Row], kind: str, technologies: Sequence[str]) -> str:
    """Area and delay of each unit or element, and what they differ by from the exact one."""
    rows = []
    for label in SYNTHESIZED:
        cells = [label]
        for technology in technologies:
            figures, first = (
                _found(costs, f"{kind}: {name}", technology, None) for name in (label, _FIRST)
            )
            for name, digits in (("area_um2", 1), ("delay_ps", 0)):
                change = 100 * (figures[name] / first[name] - 1)
                cells.append(f"{figures[name]:,.{digits}f} ({change:+.1f} %)")
        rows.append(cells)
    heads = ["sums", *(f"{t}, {unit}" for t in technologies for unit in ("um2", "ps"))]
    return pages.table(heads, rows)


def _products(costs: list[Row]) -> str:
    """Units whose products are made in several ways, and how far their products are wrong."""
    rows = []
    first = _found(costs, "product: exact", "nangate45", None)
    for label, settings in PRODUCTS.items():
        figures = _found(costs, f"product: {label}", "nangate45", None)
        cells = [label]
        for name, digits in (("area_um2", 1), ("delay_ps", 0)):
            change = 100 * (figures[name] / first[name] - 1)
            cells.append(f"{figures[name]:,.{digits}f} ({change:+.1f} %)")
        error = relative_errors(unit(settings))
        rows.append([*cells, f"{100 * error.mean():+.2f} %", f"{100 * _rms(error):.2f} %"])
    heads = ["products", "nangate45, um2", "nangate45, ps", "mean error", "RMS error"]
    return pages.table(heads, rows)


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt((values**2).mean()))


def _clocked(costs: list[Row]) -> str:
    """Elements that are asked for 1 GHz, and which of them reach it.

    Raises:
        ValueError: others do than the sentence says: it must be written anew.
    """
    rows, reached = [], []
    for label in SYNTHESIZED:
        figures, first = (
            _found(costs, f"element: {name}", "asap7", 1000.0) for name in (label, _FIRST)
        )
        change = 100 * (figures["area_um2"] / first["area_um2"] - 1)
        cells = [f"{figures['area_um2']:,.1f} ({change:+.1f} %)", f"{figures['delay_ps']:,.0f}"]
        rows.append([label, *cells])
        if figures["delay_ps"] <= figures["clock_ps"]:
            reached.append(label)
    if reached != [SYNTHESIZED[-1]]:
        raise ValueError(f"{reached} reach 1 GHz, not the last one alone")
    sentence = "Asked for 1 GHz, only the last one gets there:\n\n"
    return sentence + pages.table(["sums", "asap7 at 1 GHz, um2", "ps"], rows)


def _errors(errors: list[Row], name: str) -> str:
    """An error of each kind of sums for each kind of data."""
    by_place = {(row["row"], row["data"]): row[name] for row in errors}
    rows = [[label, *(f"{by_place[label, data]:.2e}" for data in _DATA)] for label in ELEMENTS]
    return pages.table(["sums", *_DATA.values()], rows)


def fma_errors() -> Figure:
    """The error of each kind of sums over the area of its processing element."""
    costs, errors = (json.loads(path.read_text(encoding="utf-8")) for path in (COSTS, ERRORS))
    by_place = {(row["row"], row["data"]): row["rms"] for row in errors}
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(9.5, 4.2), facecolor="white", layout="constrained")
        places = figure.subplots(1, 3, sharex=True)
        for axes, data in zip(places, ("gauss", "relu", "outlier"), strict=True):
            for place, label in enumerate(SYNTHESIZED):
                area = _found(costs, f"element: {label}", "nangate45", None)["area_um2"]
                axes.plot(
                    area,
                    by_place[label, data],
                    MARKERS[place],
                    color=COLOURS[place],
                    label=label,
                    markersize=8,
                )
            axes.set_title(_DATA[data])
            axes.grid(visible=True, alpha=0.3)
            axes.margins(x=0.12)
            axes.set_ylim(0, 1.15 * max(by_place[label, data] for label in SYNTHESIZED))
            axes.yaxis.set_major_formatter(lambda value, _: f"{value * 1e4:g}")
        places[0].set_ylabel("RMS error, relative to the exact sums (1e-4)")
        figure.supxlabel("area of a processing element (um2, nangate45)", fontsize="medium")
        handles, labels = places[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False)
    return figure
