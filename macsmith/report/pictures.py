"""The report's pictures, as images that are part of the page."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from costmodel import plots
from costmodel.explore.results import Columns, Results
from macsmith.family import words_of_unit
from macsmith.plot import bars_of
from macsmith.report.summary import Winner

__all__ = ["pictures_of"]

_WIDTH = plots.PAGE / 2
_FEWEST_CELLS = 4  # of a map that is worth looking at
_MOST_ROWS = 24  # of a map with a number in each cell


def pictures_of(results: Results, best: list[Winner]) -> list[dict[str, str]]:
    """Sensitivities of the winners and heat maps: source and caption of each."""
    with plots.print_style():
        return [*_sensitivities(results, best), *_maps(results)]


def _sensitivities(results: Results, best: list[Winner]) -> Iterator[dict[str, str]]:
    for winner in best:
        changes = bars_of(winner.steps, winner.objective)
        if changes:
            _, axes = plots.one_axes(_WIDTH, 0.9 + 0.2 * len(changes))
            rises = results.rises(winner.objective)
            plots.sensitivity(axes, changes, winner.objective, rises=rises)
            where = f" on {winner.technology}" if winner.technology else ""
            text = f"What one step of each parameter does to it: {winner.title.lower()}"
            yield _image(axes, f"{text}, {winner.name}{where}.")


def _maps(results: Results) -> Iterator[dict[str, str]]:
    """Heat maps of the objectives over a family's grid of parameters, on each technology."""
    names = results.names
    grid = words_of_unit(results.front["unit"][0]).grid
    figures = {name: rises for name, rises in results.objectives.items() if name in names}
    if not set(grid) <= set(names) or not figures:
        return
    where = [name for name in ("technology", "feasible") if name in names]
    best = results.best_of([*where, *grid], figures)
    technologies = np.unique(best["technology"]).tolist() if "technology" in names else [""]
    for objective, rises in figures.items():
        for technology in technologies:
            mine = best
            if technology:
                on_technology = best["technology"] == technology
                mine = {name: values[on_technology] for name, values in best.items()}
            if image := _map(mine, grid, objective, technology, rises=rises):
                yield image


def _map(
    points: Columns, grid: tuple[str, str], objective: str, technology: str, *, rises: bool
) -> dict[str, str] | None:
    """A heat map, the parameter of fewer values across, so that numbers have room."""
    lengths = {name: len(np.unique(points[name])) for name in grid}
    across, upwards = sorted(grid, key=lambda name: lengths[name])
    if lengths[across] * lengths[upwards] < _FEWEST_CELLS:
        return None
    _, axes = plots.one_axes(_WIDTH, 0.9 + 0.17 * max(6, min(lengths[upwards], _MOST_ROWS)))
    plots.heat_map(axes, points, value=objective, x=across, y=upwards, rises=rises)
    on = f" on {technology}" if technology else ""
    over = f"{plots.symbol(across)} and {plots.symbol(upwards)}"
    closed = "feasible" in points and not points["feasible"].all()
    rule = ", of designs that meet the constraints" if closed else ""
    crossed = " (x: none does)" if closed else ""
    text = f"Best {plots.label(objective)} over {over}{on}{rule}{crossed}; the frame has the best."
    return _image(axes, text)


def _image(axes: Axes, text: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "picture.svg")
        plots.save(plots.figure_of(axes), path)
        code = base64.b64encode(path.read_bytes()).decode()
    return {"text": text, "source": f"data:image/svg+xml;base64,{code}"}
