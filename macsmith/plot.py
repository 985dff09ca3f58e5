"""The plot command: a picture of the results of an exploration."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from costmodel import plots
from costmodel.explore.results import Columns, Results
from costmodel.explore.results_folder import read_results
from hw.errors import RequestError
from macsmith.family import words_of_unit
from macsmith.labels import design_label, varied_in
from macsmith.steps import Step, steps_of
from macsmith.toml_file import nearest
from sim.writing import check_output

__all__ = ["KINDS", "Wish", "bars_of", "draw"]

_WORKLOAD = "bitnet-2b4t"  # of a roofline, where nobody names one
_BARS = 8  # designs of a breakdown, from one end of the front to the other


@dataclass(frozen=True)
class Wish:
    """What a picture is to show; an empty text takes what suits the picture.

    Attributes:
        x: column across.
        y: column upwards.
        value: figure that is shown.
        by: column that colours tell apart.
        technology: the one whose designs are shown.
        point: number of a design of the front, from 1 on.
        workload: of a roofline; without it the first one of the space, or `_WORKLOAD`.
        batch: its activation vectors.
        bandwidth_gbytes_per_s: its memory.
        width: of the picture in inches.
    """

    x: str = ""
    y: str = ""
    value: str = ""
    by: str = ""
    technology: str = ""
    point: int = 0
    workload: str = ""
    batch: int = 1
    bandwidth_gbytes_per_s: float = 50.0
    width: float = plots.PAGE


def draw(kind: str, folder: Path, output: Path, wish: Wish) -> dict[str, Any]:
    """Draw a picture of an explored space; returns what ``--json`` prints.

    Args:
        kind: which one, a key of `KINDS`.
        folder: results of an exploration.
        output: the file, SVG or PNG.
        wish: what to show.

    Raises:
        RequestError: there is no such picture or column, or nothing to draw.
    """
    if kind not in KINDS:
        raise RequestError(
            f"there is no picture {kind!r}{nearest(kind, list(KINDS))}: it must be one of"
            f" {', '.join(KINDS)}"
        )
    check_output(output)
    results = read_results(folder)
    with plots.counting(results.front["unit"].tolist()), plots.print_style():
        figure = KINDS[kind](results, wish)
        plots.save(figure, output)
    return {"file": str(output), "kind": kind, "points": results.count}


def _on(results: Results, columns: Columns, wish: Wish, *, single: bool) -> Columns:
    """The points of the technology that is wished for; of all only if these may be mixed."""
    if "technology" not in columns:
        return columns
    present = sorted(set(columns["technology"].tolist()))
    if wish.technology and wish.technology not in present:
        raise RequestError(
            f"--technology {wish.technology} is not in {results.folder}: it must be one of"
            f" {', '.join(present)}"
        )
    if not wish.technology and (not single or len(present) == 1):
        return columns
    mine = columns["technology"] == (wish.technology or present[0])
    return {name: values[mine] for name, values in columns.items()}


def _front(results: Results, wish: Wish) -> Figure:
    whole = {"chip_area_mm2", "energy_uj_per_token"} <= results.front.keys()
    x = wish.x or ("chip_area_mm2" if whole else "area_um2")
    y = wish.y or ("energy_uj_per_token" if whole else "energy_fj_per_operation")
    mine = _on(results, results.fronts, wish, single=False)
    several = len(set(mine.get("technology", np.array([""])).tolist())) > 1
    apart = "technology" if several else ""
    by = wish.by or ("technology" if several else "unit")
    cloud = _on(results, results.sample(5000), wish, single=False)
    if "feasible" in cloud:  # else designs that are not allowed would seem to beat the front
        cloud = {name: values[cloud["feasible"]] for name, values in cloud.items()}
    for name in (x, y, by):
        plots.column(mine, name)
    marked: Columns | None = None
    if x in results.published and y in results.published:
        marked = _marked(results, mine)
    figure, axes = plots.one_axes(wish.width)
    shown = cloud if x in cloud and y in cloud else None
    plots.front(
        axes, mine, x=x, y=y, x_rises=results.rises(x), y_rises=results.rises(y), by=by,
        apart=apart, cloud=shown, published=marked,
    )  # fmt: skip
    return figure


def _marked(results: Results, shown: Columns) -> Columns:
    """The published designs on the technologies that are shown, which are named if several."""
    published = results.published
    if "technology" not in published or "technology" not in shown:
        return published
    present = np.unique(shown["technology"])
    on_shown = np.isin(published["technology"], present)
    published = {name: values[on_shown] for name, values in published.items()}
    if len(present) > 1:
        both = zip(published["label"], published["technology"], strict=True)
        published["label"] = np.array([f"{label}, {technology}" for label, technology in both])
    return published


def _breakdown(results: Results, wish: Wish) -> Figure:
    figure_name = wish.value or "area_um2"
    prefix = "energy_fj" if figure_name == "energy_fj_per_operation" else figure_name
    mine = _on(results, results.fronts, wish, single=True)
    parts = [name for name in mine if name.startswith(f"{prefix}_") and name != figure_name]
    styles = plots.part_styles()
    parts = [name for name in parts if name.removeprefix(f"{prefix}_") in styles]
    if not parts:
        raise RequestError(
            f"there are no parts of {figure_name} in {results.folder}: --value must be area_um2 or"
            " energy_fj_per_operation"
        )
    order = np.argsort(mine[figure_name])
    if wish.point:
        order = np.array([_point(results, wish)])
        mine = results.front
    order = order[np.unique(np.linspace(0, len(order) - 1, _BARS).round().astype(int))]
    bars: dict[str, dict[str, float]] = {}
    varied = varied_in(mine)
    for index in order:
        name = design_label(mine, int(index), varied)
        bars[name] = {part.removeprefix(f"{prefix}_"): float(mine[part][index]) for part in parts}
    figure, axes = plots.one_axes(wish.width, 0.9 + 0.3 * len(bars))
    plots.breakdown(axes, bars, figure_name)
    return figure


def _heat_map(results: Results, wish: Wish) -> Figure:
    across, upwards = words_of_unit(results.front["unit"][0]).grid
    value, x, y = wish.value or "energy_fj_per_operation", wish.x or across, wish.y or upwards
    where = [name for name in ("technology", "feasible") if name in results.names]
    rises = results.rises(value)
    best = results.best_of(list(dict.fromkeys((*where, y, x))), {value: rises})
    mine = _on(results, best, wish, single=True)
    figure, axes = plots.one_axes(wish.width)
    plots.heat_map(axes, mine, value=value, x=x, y=y, rises=rises)
    return figure


def _parity(results: Results, wish: Wish) -> Figure:
    name = wish.value or "area_um2"
    rows = results.verified
    if not rows:
        raise RequestError(
            f"{results.folder} has no synthesized designs: run macsmith explore with --verify"
        )
    for column in (f"{name}_estimated", f"{name}_measured"):
        if column not in rows[0]:
            raise RequestError(f"verify.csv has no column {column}: it has {', '.join(rows[0])}")
    kind = next((choice for choice in (wish.by, "technology", "unit") if choice in rows[0]), None)
    expected = f"{name.split('_')[0]}_expected_percent"
    numbers = [
        np.array([float(row.get(column) or "nan") for row in rows])
        for column in (f"{name}_estimated", f"{name}_measured", expected)
    ]
    kinds = np.array([row[kind] for row in rows]) if kind else None
    figure, axes = plots.one_axes(wish.width, 3.2 if wish.width > plots.HALF_PAGE else 5.6)
    axes.remove()
    if wish.width > plots.HALF_PAGE:
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.25))
    else:
        left, right = figure.subplots(2, 1, height_ratios=(1.7, 1))
    for panel in (left, right):
        panel.spines[["top", "right"]].set_visible(False)
    plots.parity(left, *numbers, figure=name, kinds=kinds)
    plots.residuals(right, *numbers, figure=name, kinds=kinds)
    return figure


def _sensitivity(results: Results, wish: Wish) -> Figure:
    value = wish.value or "energy_fj_per_operation"
    front = results.front
    plots.column(front, value)
    if wish.point:
        index = _point(results, wish)
    else:
        mine = _on(results, results.fronts, wish, single=True)
        best = np.argmax if results.rises(value) else np.argmin
        front, index = mine, int(best(mine[value]))
    changes = changes_of(results, front, index, value)
    figure, axes = plots.one_axes(wish.width, 1.0 + 0.24 * len(changes))
    plots.sensitivity(axes, changes, value, rises=results.rises(value))
    name = design_label(front, index, varied_in(results.fronts))
    figure.suptitle(name, x=0.01, ha="left", size=8)
    return figure


def changes_of(results: Results, front: Columns, index: int, value: str) -> list[plots.Change]:
    """What moving one parameter by one step does to a figure of a design of the front."""
    return bars_of(steps_of(results, front, [index], [value])[0], value)


def bars_of(steps: Sequence[Step], value: str) -> list[plots.Change]:
    """Steps as bars of a figure, those left out for which its change has no finite value."""
    return [
        plots.Change(
            step.parameter, step.before, step.after, step.percent[value], allowed=step.feasible
        )
        for step in steps
        if math.isfinite(step.percent.get(value, math.nan))
    ]


def _roofline(results: Results, wish: Wish) -> Figure:
    from macsmith.explored_design import runs_of

    front = _on(results, results.fronts, wish, single=True)
    per_area = front["throughput_gops"] / front["area_um2"]
    chosen: list[int] = []
    for index in (
        int(np.argmax(front["throughput_gops"])),
        int(np.argmin(front["energy_fj_per_operation"])),
        int(np.argmin(front["area_um2"])),
        int(np.argmax(per_area)),
    ):
        if index not in chosen:
            chosen.append(index)
    if wish.point:
        chosen, front = [_point(results, wish)], results.front
    workload = wish.workload or next(iter(results.workloads.values()), _WORKLOAD)
    runs = runs_of(front, chosen, workload, wish.batch)
    figure, axes = plots.one_axes(wish.width)
    plots.roofline(axes, runs, wish.bandwidth_gbytes_per_s)
    return figure


def _point(results: Results, wish: Wish) -> int:
    count = len(next(iter(results.front.values())))
    if not 1 <= wish.point <= count:
        raise RequestError(f"--point {wish.point} is not on the front: it must be 1 to {count}")
    return wish.point - 1


KINDS: dict[str, Callable[[Results, Wish], Figure]] = {
    "front": _front,
    "breakdown": _breakdown,
    "heat-map": _heat_map,
    "parity": _parity,
    "sensitivity": _sensitivity,
    "roofline": _roofline,
}
