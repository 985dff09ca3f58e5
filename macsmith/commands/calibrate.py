"""The command `macsmith calibrate`: from a technology to its cost model."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from hw.errors import RequestError
from hw.families import FAMILIES
from macsmith.commands.options import AsJson, print_json

if TYPE_CHECKING:
    from costmodel.family import Basis
    from costmodel.library.technology import Technology
    from costmodel.model.calibrate import Campaign
    from costmodel.model.model import Model

__all__ = ["accuracy_table", "calibrate"]


def calibrate(
    technology: Annotated[
        str,
        typer.Option(
            "--technology",
            "-t",
            metavar="T",
            help="A technology's name, or a Liberty file of your own.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE.json", help="The model; T.model.json by default."
        ),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Also write what was measured, a design a row, and FILE.clocks.csv, at clocks.",
        ),
    ] = None,
    fitted_to: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE.csv",
            help="Measure nothing: fit to what --rows wrote.",
        ),
    ] = None,
    minutes: Annotated[
        float, typer.Option(min=0, max=10_000, help="After which no further design is begun.")
    ] = 50.0,
    jobs: Annotated[
        int, typer.Option(min=0, max=1024, help="Designs at a time; 0 is one a core.")
    ] = 0,
    family: Annotated[
        str, typer.Option(metavar="NAME", help="The family whose units are fitted.")
    ] = next(iter(FAMILIES)),
    as_json: AsJson = False,
) -> None:
    """Fit the cost model of a technology to real synthesis, and say how far off it is.

    Designs of an experiment are synthesized and put to work on random data until the time is up,
    some of them at several clocks; what was measured is kept, so the same command goes on from
    there. Errors are those of designs that nothing was fitted to.
    """
    from costmodel.family import basis_of_family
    from costmodel.model.calibrate import calibrated
    from costmodel.model.model import save_model
    from costmodel.model.rows import clocks_file, read_rows, write_rows
    from costmodel.technologies import load_technology
    from sim.writing import check_output

    if fitted_to is not None and rows is not None:
        raise RequestError("--from reads measured designs and --rows writes them: choose one")
    basis = basis_of_family(family)
    cells = load_technology(technology)
    path = output or Path(f"{cells.name}.model.json")
    for file in filter(None, (path, rows)):  # before an hour's work, not after it
        check_output(file)
    if fitted_to is not None:
        measured, failures = read_rows(fitted_to, basis), []
        beside = clocks_file(fitted_to)
        clocked = read_rows(beside, basis) if beside.exists() else []
    else:
        campaign = _measure(cells, basis, 60 * minutes, jobs or None)
        measured, clocked, failures = campaign.rows, campaign.clocked, campaign.failures
        if rows is not None:
            write_rows(measured, rows, basis)
            if clocked:
                write_rows(clocked, clocks_file(rows), basis)
    model = calibrated(cells, basis, measured, clocked)
    save_model(model, path)
    answer: dict[str, Any] = {
        "technology": cells.name,
        "designs": len(measured),
        "failures": failures,
        "file": str(path),
    }
    if as_json:
        print_json(answer | asdict(model))
    else:
        _report(model, answer)


def _measure(technology: Technology, basis: Basis, seconds: float, jobs: int | None) -> Campaign:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from costmodel.model.calibrate import measure

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"calibrating {technology.name}", total=None)

        def told(campaign: Campaign) -> None:
            count = len(campaign.rows) + len(campaign.clocked)
            text = f"calibrating {technology.name}: {count} circuits"
            bar.update(task, description=text)

        return measure(technology, basis, seconds, jobs=jobs, progress=told)


def _report(model: Model, answer: dict[str, Any]) -> None:
    from costmodel.model.model import FEWEST_HELD_OUT

    console = Console()
    console.print(
        f"{answer['designs']} designs measured on {answer['technology']},"
        f" {len(answer['failures'])} failed; the model is in {answer['file']}",
        soft_wrap=True,
    )
    console.print(accuracy_table(model))
    console.print(_at_clocks(model), soft_wrap=True)
    held_out = {style: next(iter(a.values())).points for style, a in model.accuracy.items()}
    if few := [style for style, points in held_out.items() if points < FEWEST_HELD_OUT]:
        console.print(
            f"too few: an error is told of {FEWEST_HELD_OUT} held-out designs of a style, which"
            f" {', '.join(few)} has not; more --minutes measure more",
            soft_wrap=True,
        )


def _at_clocks(model: Model) -> str:
    """A sentence on its clocks."""
    clocks = model.clocks
    if clocks is None:
        return "no clocks: too few designs were measured at clocks; more --minutes measure more"
    errors = ", ".join(
        f"{name} {error.mean_percent:.1f}" for name, error in clocks.accuracy.items()
    )
    return f"at clocks, {sum(clocks.designs.values())} designs, held-out error in %: {errors}"


def accuracy_table(model: Model) -> Table:
    """Held-out errors, a row for each style; ``too few`` of a style of few designs."""
    from costmodel.model.model import FEWEST_HELD_OUT, FIGURES

    table = Table(
        "style", "designs", box=None, pad_edge=False, title="held-out error, mean / worst %"
    )
    for figure in FIGURES:
        table.add_column(figure.rpartition("_")[0].replace("_fj_per", ""), justify="right")
    for style, accuracies in model.accuracy.items():
        points = next(iter(accuracies.values())).points
        cells = [
            f"{accuracies[f].mean_percent:.1f} / {accuracies[f].worst_percent:.1f}"
            if points >= FEWEST_HELD_OUT
            else "too few"
            for f in FIGURES
        ]
        table.add_row(style, str(points), *cells)
    return table
