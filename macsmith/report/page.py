"""The report's page: pictures drawn, tables made, a template filled."""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from matplotlib.axes import Axes

from costmodel import plots
from costmodel.explore.goals import ERRORS
from costmodel.explore.results import Results
from costmodel.explore.results_folder import read_results
from costmodel.plots.style import shown
from macsmith.family import words_of_unit
from macsmith.plot import design_label
from macsmith.report.data import page_data
from macsmith.report.summary import Winner, winners
from sim.writing import atomic_write, check_output

__all__ = ["render", "write_report"]

_FEWEST_CELLS = 4  # of a map that is worth looking at


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
    """The page as text, the same for the same results."""
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
        drawn={"front": len(data["front"]["settings"]), "others": len(data["others"]["settings"])},
        winners=[_told(winner) for winner in best],
        pictures=_pictures(results, best),
        errors=_errors(results),
        verified=_verified(results),
        provenance=list(_flat(_provenance(results))),
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


def _pictures(results: Results, best: list[Winner]) -> list[dict[str, str]]:
    """Sensitivities of the winners and heat maps, as images that are part of the page."""
    images = []
    for winner in best:
        changes = [
            plots.Change(step.parameter, step.before, step.after, step.percent[winner.objective])
            for step in winner.steps
            if np.isfinite(step.percent.get(winner.objective, np.nan))
        ]
        if changes:
            text = f"What one step of each parameter does to it: {winner.title.lower()}"
            with plots.print_style():
                _, axes = plots.one_axes(plots.PAGE / 2, 0.7 + 0.2 * len(changes))
                rises = results.rises(winner.objective)
                plots.sensitivity(axes, changes, winner.objective, rises=rises)
                where = f" on {winner.technology}" if winner.technology else ""
                images.append(_image(axes, f"{text}, {winner.name}{where}."))
    return images + _maps(results)


def _maps(results: Results) -> list[dict[str, str]]:
    """Heat maps of the objectives over a family's grid of parameters, on each technology."""
    names = results.names
    across, upwards = words_of_unit(results.front["unit"][0]).grid
    figures = {name: rises for name, rises in results.objectives.items() if name in names}
    if not {across, upwards} <= set(names) or not figures:
        return []
    where = [name for name in ("technology",) if name in names]
    best = results.best_of([*where, upwards, across], figures)
    images = []
    for objective, rises in figures.items():
        for technology in np.unique(best["technology"]) if where else [""]:
            mine = best
            if where:
                on_technology = best["technology"] == technology
                mine = {name: values[on_technology] for name, values in best.items()}
            if len(np.unique(mine[across])) * len(np.unique(mine[upwards])) < _FEWEST_CELLS:
                continue
            with plots.print_style():
                _, axes = plots.one_axes(plots.PAGE / 2)
                plots.heat_map(axes, mine, value=objective, x=across, y=upwards, rises=rises)
                on = f" on {technology}" if technology else ""
                axes_named = f"{plots.symbol(across)} and {plots.symbol(upwards)}"
                best_of = f"Best {plots.label(objective)} over {axes_named}"
                text = f"{best_of}{on}, constraints left aside."
                images.append(_image(axes, text))
    return images


def _image(axes: Axes, text: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "picture.svg")
        plots.save(plots.figure_of(axes), path)
        code = base64.b64encode(path.read_bytes()).decode()
    return {"text": text, "source": f"data:image/svg+xml;base64,{code}"}


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
    lines = []
    for row in rows:
        place = numbers.index(int(row["number"])) if int(row["number"]) in numbers else None
        name = f"point {row['number']}" if place is None else design_label(results.front, place)
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


def _provenance(results: Results) -> dict[str, Any]:
    left_out = ("columns", "constraints", "objectives", "description")
    return {name: value for name, value in results.about.items() if name not in left_out}


def _flat(value: Any, name: str = "") -> Iterable[tuple[str, str]]:
    """Nested facts as pairs of name and text."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _flat(member, f"{name}, {key}".strip(" ,").replace("_", " "))
    elif isinstance(value, list) and all(not isinstance(member, dict | list) for member in value):
        if value:
            yield name, ", ".join(map(str, value))
    elif isinstance(value, list):
        for number, member in enumerate(value, 1):
            yield from _flat(member, f"{name} {number}")
    else:
        yield name, f"{value:,}" if isinstance(value, int) else str(value)
