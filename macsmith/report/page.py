"""The report's page: pictures drawn, tables made, a template filled."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from costmodel import plots
from costmodel.explore.goals import ERRORS
from costmodel.explore.results import Results
from costmodel.explore.results_folder import read_results
from costmodel.plots.style import shown
from macsmith.labels import constants_of, design_label, varied_in
from macsmith.report.data import page_data
from macsmith.report.pictures import pictures_of
from macsmith.report.provenance import provenance_of
from macsmith.report.summary import Winner, winners
from sim.writing import atomic_write, check_output

__all__ = ["render", "write_report"]


def write_report(folder: Path, output: Path) -> dict[str, Any]:
    """Write the report of an exploration; returns what ``--json`` prints.

    Args:
        folder: what ``macsmith explore`` has written.
        output: the HTML file; it appears when it is whole.

    Raises:
        RequestError: the results cannot be read, or the file cannot be written.
    """
    check_output(output)
    results = read_results(folder)
    text = render(results)
    atomic_write(output, text)
    return {"file": str(output), "bytes": len(text.encode()), "points": results.count}


def render(results: Results) -> str:
    """The page as text, the same for the same results; with the fronts of all technologies."""
    results = replace(results, front=results.fronts)
    with plots.counting(results.front["unit"].tolist()):
        return _rendered(results)


def _rendered(results: Results) -> str:
    best = winners(results)
    data = page_data(results, [winner.index for winner in best])
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("macsmith.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"number": shown, "label": plots.label}
    templates = Path(__file__).parent
    about = results.about
    return environment.get_template("report.html.j2").render(
        name=about.get("space", results.folder.name),
        description=about.get("description", ""),
        about=about,
        count=results.count,
        front_size=len(results.front["unit"]),
        best_of_all=int(np.count_nonzero(results.front.get("best_of_all", False))),
        drawn={"front": len(data["front"]["settings"]), "others": len(data["others"]["settings"])},
        winners=[_told(winner) for winner in best],
        constants=constants_of(results.front),
        technologies=_technologies(results),
        pictures=pictures_of(results, best),
        errors=_errors(results),
        verified=_verified(results),
        provenance=provenance_of(results),
        style=(templates / "report.css").read_text(encoding="utf-8"),
        script=(templates / "report.js").read_text(encoding="utf-8"),
        data=json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c"),
    )


def _told(winner: Winner) -> dict[str, Any]:
    """A winner for the template."""
    return {
        "winner": winner,
        "trades": [
            {
                "trade": trade,
                "figure": plots.label(trade.figure).split(" (")[0],
                "own": plots.label(winner.objective).split(" (")[0],
            }
            for trade in winner.trades
        ],
    }


def _technologies(results: Results) -> list[dict[str, Any]]:
    """The best of each of several technologies: of each objective its value and design."""
    front = results.front
    names = np.unique(front.get("technology", np.array([]))).tolist()
    varied = varied_in(front)
    lines = []
    for technology in names if len(names) > 1 else ():
        mine = np.flatnonzero(front["technology"] == technology)
        cells = []
        for objective, rises in results.objectives.items():
            values = front[objective][mine]
            index = int(mine[values.argmax() if rises else values.argmin()])
            name = design_label(front, index, varied)
            cells.append((objective, float(front[objective][index]), name, index))
        lines.append({"technology": technology, "count": len(mine), "cells": cells})
    return lines


def _errors(results: Results) -> list[dict[str, Any]]:
    """Expected errors of the figures, over the front, and how much of it was fitted."""
    front = results.front
    errors = []
    for name in dict.fromkeys(ERRORS.values()):
        values = front.get(name, np.array([]))
        if np.isfinite(values).any():
            errors.append(
                {
                    "figure": name.removesuffix("_error_percent").replace("_", " "),
                    "least": float(np.nanmin(values)),
                    "mean": float(np.nanmean(values)),
                    "most": float(np.nanmax(values)),
                }
            )
    return errors


def _verified(results: Results) -> dict[str, Any] | None:
    """Estimates beside synthesis, as rows of a table, and the mean difference of each figure."""
    rows = results.verified
    if not rows:
        return None
    names = [name.removesuffix("_measured") for name in rows[0] if name.endswith("_measured")]
    shorts = [name.split("_")[0] for name in names]
    heads = ["design"]
    for name in names:
        heads += [f"{plots.label(name)}, estimated", "synthesis", "off by (%)", "expected (%)"]
    numbers = results.front.get("number", np.array([])).tolist()
    varied = varied_in(results.front)
    lines = []
    for row in rows:
        place = numbers.index(int(row["number"])) if int(row["number"]) in numbers else None
        name = (
            f"point {row['number']}"
            if place is None
            else design_label(results.front, place, varied)
        )
        cells: list[str] = []
        for figure, short in zip(names, shorts, strict=True):
            cells += [_cell(row.get(f"{figure}_{source}")) for source in ("estimated", "measured")]
            cells.append(_cell(row.get(f"{short}_difference_percent"), "+.1f"))
            cells.append(_cell(row.get(f"{short}_expected_percent"), ".1f"))
        lines.append({"name": name, "cells": cells, "failure": row.get("failure") or ""})
    means = []
    for name, short in zip(names, shorts, strict=True):
        off = [abs(float(text)) for row in rows if (text := row.get(f"{short}_difference_percent"))]
        if off:
            word = plots.label(name).split(" (")[0]
            means.append(f"{word} {np.mean(off):.1f} % (largest {max(off):.1f} %)")
    return {"heads": heads, "lines": lines, "means": ", ".join(means)}


def _cell(text: str | None, form: str = "") -> str:
    if not text:
        return "-"
    return f"{float(text):{form}}" if form else shown(float(text))
