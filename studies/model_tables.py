"""Tables and the picture of docs/accuracy_of_models.md: what `studies.model_accuracy` measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from costmodel.plots.style import COLOURS, MARKERS
from studies import pages
from studies.model_accuracy import (
    COLUMNS_FURTHER,
    FORMATS,
    NORMALIZATIONS,
    PRODUCTS,
    REQUESTS,
    WIDTHS,
    rows_of,
)

__all__ = ["model_errors", "write_tables"]

_PAGE = Path(__file__).parents[1] / "docs" / "accuracy_of_models.md"
_HEADS = ["pairs", "rank correlation", "its change", "error of embeddings", "same nearest"]

Rows = dict[str, dict[str, Any]]


def write_tables() -> str:
    """Put the tables into the page; returns its name."""
    rows = rows_of()
    tables = {
        "coverage": f"{len(rows)} of {len(REQUESTS)} arithmetics have been measured so far.\n",
        "formats": _lines(rows, FORMATS),
        "products": _lines(rows, PRODUCTS),
        "further": _lines(rows, COLUMNS_FURTHER),
        "columns": _columns(rows, "relative_l2"),
        "ranks": _columns(rows, "spearman"),
    }
    pages.write_tables(_PAGE, tables)
    return "accuracy_of_models"


def _lines(rows: Rows, names: tuple[str, ...]) -> str:
    """A line for each arithmetic that was measured."""
    lines = []
    for row in (rows[name] for name in names if name in rows):
        old, new = row["metrics"]["spearman"]
        error, same = (row["metrics"][name][1] for name in ("relative_l2", "top1_agreement"))
        cells = [f"{new:.4f}", f"{100 * (new / old - 1):+.2f} %", f"{error:.4f}", f"{same:.1%}"]
        lines.append([f"`{row['arithmetic']}`", str(row["pairs"]), *cells])
    return pages.table(["arithmetic", *_HEADS], lines)


def _columns(rows: Rows, metric: str) -> str:
    """A metric by width and normalization; of a correlation its change in percent."""
    lines = []
    for bits in WIDTHS:
        cells = []
        for normalization in NORMALIZATIONS:
            row = rows.get(f"bf16:raw{bits}:{normalization}")
            old, new = (None, None) if row is None else row["metrics"][metric]
            if old is None or new is None:
                cells.append("")
            elif old:
                cells.append(f"{100 * (new / old - 1):+.2f} %")
            else:
                cells.append(f"{new:.4f}")
        if any(cells):
            lines.append([str(bits), *cells])
    return pages.table(["W", *NORMALIZATIONS], lines)


def model_errors() -> Figure:
    """Error of embeddings over the width of sums, with those of formats beside it."""
    rows = rows_of()
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(7.5, 4.4), facecolor="white", layout="constrained")
        axes = figure.subplots()
        for place, normalization in enumerate(NORMALIZATIONS):
            points = [
                (bits, rows[name]["metrics"]["relative_l2"][1])
                for bits in WIDTHS
                if (name := f"bf16:raw{bits}:{normalization}") in rows
            ]
            if not points:
                continue
            axes.plot(
                *zip(*points, strict=True),
                MARKERS[place],  # no line: it would lead through widths that were not measured
                color=COLOURS[place],
                label=normalization.replace("_", " "),
                markersize=6,
            )
        for name in ("bf16", "fp8_e4m3", "fp8_e5m2", "nvfp4"):
            error = rows[name]["metrics"]["relative_l2"][1]
            axes.axhline(error, color="#555555", linewidth=0.8, linestyle=(0, (3, 2)))
            axes.annotate(
                f"{name}, exact sums",
                (0.62, error),
                xycoords=("axes fraction", "data"),
                ha="right",
                va="bottom",
                fontsize="small",
            )
        axes.set_yscale("log")
        axes.set_xticks(WIDTHS, map(str, WIDTHS))
        axes.set_xlim(min(WIDTHS) - 0.5, max(WIDTHS) + 0.5)
        axes.set_xlabel("bits of the partial sums of bfloat16 products (W)")
        axes.set_ylabel("relative error of embeddings (root mean square)")
        axes.grid(visible=True, alpha=0.3)
        axes.legend(frameon=False, title="normalization", loc="upper right")
    return figure
