"""The report's page: data chosen and made small, pictures drawn, a template filled."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from matplotlib.axes import Axes

from costmodel import plots
from costmodel.plots.style import shown
from costmodel.results import Columns, Results, read_results
from hw.errors import RequestError
from macsmith.design import designs_folder
from macsmith.explored_design import BASES, settings_of
from macsmith.plot import design_label
from macsmith.report.summary import Winner, winners
from macsmith.toml_file import read_toml

__all__ = ["page_data", "render", "write_report"]

_MOST_FRONT, _MOST_OTHERS = 4000, 5000
_SEED = 0
_FEWEST_CELLS = 4  # of a map that is worth looking at
_FEW = 12  # values of a parameter, to filter by boxes
# Columns that are not shown as they are: internal, or shown in another way.
_HIDDEN = ("feasible",)


def write_report(folder: Path, output: Path) -> dict[str, Any]:
    """Write the report of an exploration; returns what ``--json`` prints.

    Args:
        folder: what ``macsmith explore`` has written.
        output: the HTML file; it appears when it is whole.

    Raises:
        RequestError: the results cannot be read, or the file cannot be written.
    """
    results = read_results(folder)
    text = render(results)
    try:
        handle, temporary = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(output)
    except OSError as error:
        raise RequestError(f"cannot write {output}: {error.strerror}") from error
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
    here = Path(__file__).parent
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
        style=(here / "report.css").read_text(encoding="utf-8"),
        script=(here / "report.js").read_text(encoding="utf-8"),
        data=json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c"),
    )


def page_data(results: Results, needed: Iterable[int]) -> dict[str, Any]:
    """What the page's script works on.

    Args:
        results: the exploration.
        needed: places in the front that must be there.
    """
    published = results.published
    front, random = results.front, np.random.default_rng(_SEED)
    size = len(front["unit"])
    chosen = np.arange(size)
    if size > _MOST_FRONT:
        drawn = random.choice(size, _MOST_FRONT - len(set(needed)), replace=False)
        chosen = np.unique([*drawn, *needed])
    others = results.sample(_MOST_OTHERS, _SEED)
    if "feasible" in others:
        others = {name: values[others["feasible"]] for name, values in others.items()}
    bases = {
        unit: {"design": design}
        | {
            key: table.get(key, {})
            for table in (read_toml(designs_folder() / f"{design}.toml", "design"),)
            for key in ("parameters", "workload")
        }
        for unit, design in BASES.items()
    }
    kept = {name: values[chosen] for name, values in front.items()}
    return {
        "front": _packed(kept),
        "places": chosen.tolist(),
        "others": _packed(others),
        "published": _packed(published) | {"label": published["label"].tolist()}
        if len(published.get("label", ()))
        else None,
        "parameters": results.parameters,
        "objectives": results.objectives,
        "labels": {name: plots.label(name) for name in front},
        "rises": [name for name in front if plots.larger_is_better(name)],
        "filters": _filters(results),
        "ranges": [
            *results.objectives,
            *(["delay_ps"] if "delay_ps" in front else []),
            *_many(results),
        ],
        "figures": _figures(results),
        "parts": {part: colour for part, (colour, _) in plots.PART_STYLES.items()},
        "colours": list(plots.COLOURS),
        "bases": bases,
    }


def _packed(columns: Columns) -> dict[str, Any]:
    """Columns as lists, texts by number, and of each design its name and settings."""
    found: dict[str, Any] = {"columns": {}, "texts": {}}
    for name, values in columns.items():
        if name in _HIDDEN:
            continue
        if values.dtype.kind == "U":
            texts, indices = np.unique(values, return_inverse=True)
            found["texts"][name] = texts.tolist()
            found["columns"][name] = indices.tolist()
        elif values.dtype.kind == "f":
            found["columns"][name] = [
                float(f"{value:.5g}") if np.isfinite(value) else None for value in values.tolist()
            ]
        else:
            found["columns"][name] = values.tolist()
    rows = range(len(columns["unit"]))
    points = [{name: values[row] for name, values in columns.items()} for row in rows]
    found["settings"] = [" ".join(settings_of(point)) for point in points]
    found["names"] = [design_label(columns, row) for row in rows]
    return found


def _filters(results: Results) -> dict[str, list[Any]]:
    """Parameters to filter by, with their values."""
    found = {}
    for name in results.parameters:
        values = np.unique(results.front[name]).tolist()
        if 1 < len(values) <= _FEW:
            found[name] = values
    return found


def _many(results: Results) -> list[str]:
    """Parameters of too many values for boxes."""
    return [
        name
        for name in results.parameters
        if results.front[name].dtype.kind in "iuf" and len(np.unique(results.front[name])) > _FEW
    ]


def _figures(results: Results) -> list[str]:
    """What an axis can show: the figures of the front, objectives first, parts left out."""
    usual = [
        *results.objectives,
        *("area_um2", "energy_fj_per_operation", "throughput_gops", "delay_ps", "leakage_uw"),
        "operations_per_cycle",
    ]
    parts = {f"{whole}_{part}" for whole in ("area_um2", "energy_fj") for part in plots.PART_STYLES}
    usual += [
        name
        for name, values in results.front.items()
        if values.dtype.kind == "f" and not name.endswith("_percent") and name not in parts
    ]
    return [name for name in dict.fromkeys(usual) if name in results.front]


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
    found = []
    for winner in best:
        changes = [
            plots.Change(step.parameter, step.before, step.after, step.percent[winner.objective])
            for step in winner.steps
            if winner.objective in step.percent
        ]
        if changes:
            text = f"What one step of each parameter does to it: {winner.title.lower()}"
            with plots.print_style():
                _, axes = plots.one_axes(plots.PAGE / 2, 0.7 + 0.2 * len(changes))
                plots.sensitivity(axes, changes, winner.objective)
                where = f" on {winner.technology}" if winner.technology else ""
                found.append(_image(axes, f"{text}, {winner.name}{where}."))
    return found + _maps(results)


def _maps(results: Results) -> list[dict[str, str]]:
    """Heat maps of the objectives over mu and K, on each technology."""
    names = results.names
    figures = {name: rises for name, rises in results.objectives.items() if name in names}
    if not {"group", "columns"} <= set(names) or not figures:
        return []
    where = [name for name in ("technology",) if name in names]
    best = results.best_of([*where, "group", "columns"], figures)
    found = []
    for objective in figures:
        for technology in np.unique(best["technology"]) if where else [""]:
            mine = best
            if where:
                here = best["technology"] == technology
                mine = {name: values[here] for name, values in best.items()}
            if len(np.unique(mine["columns"])) * len(np.unique(mine["group"])) < _FEWEST_CELLS:
                continue
            with plots.print_style():
                _, axes = plots.one_axes(plots.PAGE / 2)
                plots.heat_map(axes, mine, value=objective)
                on = f" on {technology}" if technology else ""
                text = f"Best {plots.label(objective)} over K and µ{on}, constraints left aside."
                found.append(_image(axes, text))
    return found


def _image(axes: Axes, text: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "picture.svg")
        plots.save(plots.figure_of(axes), path)
        code = base64.b64encode(path.read_bytes()).decode()
    return {"text": text, "source": f"data:image/svg+xml;base64,{code}"}


def _errors(results: Results) -> list[dict[str, Any]]:
    """Expected errors of the figures, over the front, and how much of it was fitted."""
    front = results.front
    found = []
    for name, values in front.items():
        if name.endswith("_error_percent") and np.isfinite(values).any():
            found.append(
                {
                    "figure": name.removesuffix("_error_percent").replace("_", " "),
                    "least": float(np.nanmin(values)),
                    "mean": float(np.nanmean(values)),
                    "most": float(np.nanmax(values)),
                }
            )
    return found


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
            cells += [_cell(row.get(f"{figure}_{which}")) for which in ("estimated", "measured")]
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
        for key, each in value.items():
            yield from _flat(each, f"{name}, {key}".strip(" ,").replace("_", " "))
    elif isinstance(value, list) and all(not isinstance(each, dict | list) for each in value):
        if value:
            yield name, ", ".join(map(str, value))
    elif isinstance(value, list):
        for number, each in enumerate(value, 1):
            yield from _flat(each, f"{name} {number}")
    else:
        yield name, f"{value:,}" if isinstance(value, int) else str(value)
