"""The tables and the figure of docs/accuracy.md: `python -m studies.accuracy`.

Errors are those that the shipped models state, of designs that nothing was fitted to; the flow's
own noise is what `python -m studies.accuracy --measure noise` has measured.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from rich.console import Console

from costmodel.flow.identity import flow_identity
from costmodel.flow.mapped import map_once
from costmodel.flow.measure import design_source
from costmodel.flow.recipes import portfolio
from costmodel.library.technology import Technology
from costmodel.model.characterise import characterise_all
from costmodel.model.estimate import estimate
from costmodel.model.fit import accuracy, measured_figures
from costmodel.model.fit_clocks import clocked_errors
from costmodel.model.model import (
    CLOCKED,
    FIGURES,
    Accuracy,
    Model,
    load_model,
    shipped_models,
)
from costmodel.model.rows import clocks_file, read_rows, write_rows
from costmodel.plots.parity import parity
from costmodel.plots.vocabulary import counting
from costmodel.technologies import load_technology, shipped
from costmodel.ternary.basis import BASIS
from costmodel.ternary.experiment import Set, designs
from costmodel.work.pool import Failure
from hw.errors import RequestError
from macsmith.design import designs_folder, load_design
from studies import pages

__all__ = ["accuracy_parity", "write_tables"]

_MEASURED = designs_folder() / "measured"
_NOISE = _MEASURED / "noise.json"
_PAGE = Path(__file__).parents[1] / "docs" / "accuracy.md"

#: In percent; leakage has none.
_MEAN = {"area_um2": 3.0, "delay_ps": 8.0, "energy_fj_per_operation": 8.0}
_WORST = {"area_um2": 10.0}
_NAMES: dict[str, str] = {name: name.split("_", maxsplit=1)[0] for name in FIGURES}
#: The newest draw, which is blind, and how many designs of each style it has.
_DRAW: Set = "blind2"
_BLIND = {"integer": 24, "float": 8, "aligned": 6, "exact": 6}
#: Of the clocked part of a model, and how near a clock may be for the estimate to be uncertain.
_CLOCKED_NAMES: dict[str, str] = {
    name: "fastest clock" if name == CLOCKED[0] else _NAMES[name] for name in CLOCKED
}
_BAND = 5.0
_NOISE_RUNS = 5
_NOISE_DESIGNS: Mapping[str, tuple[str, ...]] = {
    "ternary-int8-8x8": (),
    "multiplier-int8-8x8": (),
    "ternary-fp16-float-32x32": ("luts=4", "columns=4"),
    "ternary-int8-32x32": (),
}


def main() -> None:
    """Write the page's tables; with --measure, measure the noise before, or the blind set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="append", choices=["noise", "blind"], default=[])
    wanted = parser.parse_args().measure
    if "blind" in wanted:
        for technology in map(load_technology, shipped_models("ternary")):
            write_rows(_measured_blind(technology), blind_file(technology.name), BASIS)
    if "noise" in wanted:
        _NOISE.write_text(json.dumps(list(_measured_noise()), indent=1) + "\n", encoding="utf-8")
    write_tables()


def write_tables() -> Path:
    """Put the tables into docs/accuracy.md, between their markers; returns the page."""
    return pages.write_tables(_PAGE, tables())


def tables() -> dict[str, str]:
    """All tables of the page, by the names of their markers."""
    return {
        "targets": _targets(),
        "accuracy": _accuracy(),
        "blind": _blind(),
        "clocks": _clocks(),
        "noise": _noise(),
    }


def blind_file(technology: str) -> Path:
    """Measured designs of the blind set."""
    return _MEASURED / "calibration" / f"{technology}.blind.csv"


def accuracy_parity() -> Figure:
    """Estimates of the held-out designs over synthesis, on all technologies, each figure."""
    held_out = {technology: _held_out(technology) for technology in shipped_models("ternary")}
    kinds = np.concatenate(
        [
            np.full(len(figures["area_um2"][0]), technology)
            for technology, figures in held_out.items()
        ]
    )
    with counting(["ternary_lut"]), mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(9.5, 9.5), facecolor="white", layout="constrained")
        for axes, name in zip(figure.subplots(2, 2).flat, FIGURES, strict=True):
            estimated, measured, errors = (
                np.concatenate([figures[name][i] for figures in held_out.values()])
                for i in range(3)
            )
            parity(axes, estimated, measured, errors, figure=name, kinds=kinds)
            for drawn in (*axes.lines, *axes.collections):
                drawn.set_rasterized(True)  # thousands of paths, a megabyte else
    return figure


def _held_out(technology: str) -> dict[str, tuple[Any, Any, Any]]:
    """By figure: estimates, measured values and expected errors."""
    path = _MEASURED / "calibration" / f"{technology}.csv"
    rows = [row for row in read_rows(path, BASIS) if row["set"] != "fit"]
    estimates, measured = (
        estimate(BASIS.columns_of_rows(rows), load_model(technology, "ternary")),
        measured_figures(rows, BASIS),
    )
    return {
        name: (getattr(estimates, name), measured[name], estimates.errors[name]) for name in FIGURES
    }


def _targets() -> str:
    """Which targets are met: of each technology, all styles together and each on its own."""
    lines = _head("technology", *(f"{_NAMES[name]}, {_target(name)}" for name in _MEAN))
    for technology in shipped_models("ternary"):
        model, cells = load_model(technology, "ternary"), []
        for name in _MEAN:
            by_style = {style: figures[name] for style, figures in model.accuracy.items()}
            missed = [style for style, errors in by_style.items() if not _meets(name, errors)]
            whole = _together(by_style.values())
            state = "met" if _meets(name, whole) else "**missed**"
            but = f"; missed by {', '.join(missed)}" if missed else ""
            cells.append(
                f"{whole.mean_percent:.1f} %, worst {whole.worst_percent:.1f} %: {state}{but}"
            )
        lines.append(f"| {technology} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _accuracy() -> str:
    """Errors by technology, style and figure; in bold where they miss their target."""
    lines = _head("technology", "style", "fitted to", "held out", *_NAMES.values())
    for technology in shipped_models("ternary"):
        model = load_model(technology, "ternary")
        for style, figures in model.accuracy.items():
            cells = [_cell(name, figures[name]) for name in FIGURES]
            points = figures["area_um2"].points
            lines.append(
                f"| {technology} | {style} | {_fitted(model, style)} | {points} |"
                f" {' | '.join(cells)} |"
            )
    return "\n".join(lines) + "\n"


def _blind() -> str:
    """Errors of the blind set beside those of the test set."""
    lines = _head("technology", "style", "designs", *_NAMES.values())
    drawn: list[Mapping[str, Accuracy]] = []
    for technology in shipped_models("ternary"):
        model = load_model(technology, "ternary")
        by_style = accuracy(model, read_rows(blind_file(technology), BASIS), BASIS)
        drawn += by_style.values()
        for style, figures in by_style.items():
            cells = [
                f"{_cell(name, figures[name])}, {model.accuracy[style][name].mean_percent:.1f}"
                for name in FIGURES
            ]
            points = figures["area_um2"].points
            lines.append(f"| {technology} | {style} | {points} | {' | '.join(cells)} |")
    whole = {name: _together([figures[name] for figures in drawn]) for name in FIGURES}
    cells = [_cell(name, errors) for name, errors in whole.items()]
    lines.append(f"| all | all | {whole['area_um2'].points} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _clocks() -> str:
    """Errors at asked clocks, and how often the estimate is wrong on whether one is met."""
    lines = _head("technology", "fitted to", "held out", *_CLOCKED_NAMES.values(), "clock met")
    for technology in shipped_models("ternary"):
        model = load_model(technology, "ternary")
        if model.clocks is None:
            lines.append(f"| {technology} | none |{' - |' * (len(_CLOCKED_NAMES) + 2)}")
            continue
        path = clocks_file(_MEASURED / "calibration" / f"{technology}.csv")
        tested = [row for row in read_rows(path, BASIS) if row["set"] != "fit"]
        met = clocked_errors(tested, model, BASIS)["met"]
        far = met[np.abs(met) > _BAND]
        cells = [_clocked_cell(model.clocks.accuracy[name]) for name in _CLOCKED_NAMES]
        designs = model.clocks.designs
        held_out = sum(count for name, count in designs.items() if name != "fit")
        right = f"{np.count_nonzero(far > 0)} of {len(far)}"
        lines.append(
            f"| {technology} | {designs['fit']} | {held_out} | {' | '.join(cells)} | {right} |"
        )
    return "\n".join(lines) + "\n"


def _clocked_cell(errors: Accuracy) -> str:
    return f"{errors.mean_percent:.1f} / {errors.worst_percent:.1f} / {errors.bias_percent:+.1f}"


def _together(accuracies: Collection[Accuracy]) -> Accuracy:
    """Of the designs of several kinds all together."""
    points = sum(one.points for one in accuracies)
    return Accuracy(
        points,
        sum(one.mean_percent * one.points for one in accuracies) / points,
        max(one.worst_percent for one in accuracies),
        sum(one.bias_percent * one.points for one in accuracies) / points,
    )


def _measured_blind(technology: Technology) -> list[dict[str, Any]]:
    """The first designs of each style.

    Raises:
        RequestError: one has no figures.
    """
    drawn = [c for style, count in _BLIND.items() for c in islice(designs(style, _DRAW), count)]
    rows: dict[int, dict[str, Any]] = {}
    with Console(stderr=True).status(f"the blind set on {technology.name}"):
        for number, figures in characterise_all([(c, technology) for c in drawn]):
            if isinstance(figures, Failure):
                raise RequestError(figures.reason)
            rows[number] = ({"set": _DRAW} | BASIS.row_of(drawn[number])) | figures
    return [rows[number] for number in sorted(rows)]


def _fitted(model: Model, style: str) -> int:
    return model.provenance["designs"][f"{style}, fit"]


def _cell(figure: str, errors: Accuracy) -> str:
    text = f"{errors.mean_percent:.1f} / {errors.worst_percent:.1f} / {errors.bias_percent:+.1f}"
    return text if _meets(figure, errors) else f"**{text}**"


def _meets(figure: str, errors: Accuracy) -> bool:
    mean, worst = _MEAN.get(figure, np.inf), _WORST.get(figure, np.inf)
    return errors.mean_percent <= mean and errors.worst_percent <= worst


def _target(figure: str) -> str:
    worst = f", worst {_WORST[figure]:.0f} %" if figure in _WORST else ""
    return f"target {_MEAN[figure]:.0f} %{worst}"


def _measured_noise() -> Iterator[dict[str, Any]]:
    """The recipe of the designs that the model is fitted to, on sources that are renamed."""
    console = Console(stderr=True)
    for technology in map(load_technology, shipped()):
        (recipe,) = portfolio(technology, None)
        for name, settings in _NOISE_DESIGNS.items():
            source = design_source(load_design(name, list(settings)).configuration)
            areas, delays = [], []
            for seed in range(1, _NOISE_RUNS + 1):
                with console.status(f"{name} on {technology.name}, {seed} of {_NOISE_RUNS}"):
                    renamed = replace(source, scramble=seed)
                    mapped = map_once(renamed, recipe, technology, None)
                areas.append(mapped.area_um2)
                delays.append(mapped.delays.longest_ps)
            yield {
                "design": " ".join((name, *settings)),
                "technology": technology.name,
                "recipe": str(recipe),
                "runs": _NOISE_RUNS,
                "area_median_um2": median(areas),
                "area_percent": _half_range(areas),
                "delay_median_ps": median(delays),
                "delay_percent": _half_range(delays),
                "flow": flow_identity(technology),
            }


def _half_range(values: list[float]) -> float:
    return 50 * (max(values) - min(values)) / median(values)


def _noise() -> str:
    """Half the range of area and of delay, under renaming alone."""
    rows = json.loads(_NOISE.read_text(encoding="utf-8"))
    technologies = list(dict.fromkeys(row["technology"] for row in rows))
    lines = _head("design", *technologies)
    for design in dict.fromkeys(row["design"] for row in rows):
        noise_rows = {row["technology"]: row for row in rows if row["design"] == design}
        cells = [
            f"{noise['area_percent']:.2f} %, {noise['delay_percent']:.1f} %"
            for noise in (noise_rows[technology] for technology in technologies)
        ]
        lines.append(f"| {design} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _head(*names: str) -> list[str]:
    return [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]


if __name__ == "__main__":
    main()
