"""The command `macsmith explore`: its options, and what it prints."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hw.errors import RequestError
from macsmith.commands.options import AsJson, print_json

if TYPE_CHECKING:
    from costmodel.explore.space import Space
    from macsmith.exploration import Explored
    from macsmith.oracle import Oracle

__all__ = ["explore"]

_SHOWN = 12
_WIDE = 160  # in a pipe


def explore(
    space: Annotated[
        str, typer.Argument(metavar="SPACE", help="A space's name, or its TOML file.")
    ],
    technology: Annotated[
        list[str] | None,
        typer.Option(
            "--technology", "-t", metavar="T", help="In place of the file's; may be repeated."
        ),
    ] = None,
    clock_ns: Annotated[
        list[float] | None,
        typer.Option(
            "--clock-ns",
            metavar="C",
            help="Clock periods to ask for, in place of the file's; may be repeated.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where results go.")
    ] = None,
    points: Annotated[
        bool | None,
        typer.Option(
            "--points/--no-points",
            help="Whether DIR gets all points too, as Parquet; without either, up to 30 million.",
        ),
    ] = None,
    verify: Annotated[
        int, typer.Option(min=0, max=10_000, metavar="N", help="Synthesize N of the front.")
    ] = 0,
    search: Annotated[
        int,
        typer.Option(
            min=0,
            max=100_000,
            metavar="N",
            help="Do not estimate: let an optimiser choose N points, and synthesize these.",
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of the search.")] = 0,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="A Dask scheduler, whose workers do the work."),
    ] = None,
    with_report: Annotated[
        bool,
        typer.Option(
            "--report/--no-report", help="Whether DIR gets report.html and front.svg too."
        ),
    ] = True,
    limit: Annotated[
        int, typer.Option(min=1, help="The most points that are enumerated.")
    ] = 1_000_000_000,
    as_json: AsJson = False,
) -> None:
    """Estimate every point of a design space, and show which ones no other one beats.

    SPACE is a TOML file of axes, constraints and objectives, or the name of one in
    [bold]designs/spaces[/bold]. DIR gets the front as Parquet, CSV and JSON, its picture, and
    report.html to open in a browser.
    """
    from macsmith.space_file import load_space

    if verify and search:
        raise RequestError("--verify checks estimates, and --search makes none: choose one")
    loaded = load_space(space, tuple(technology or ()), tuple(clock_ns or ()))
    if verify or search:
        _check_cells(loaded, "--verify" if verify else "--search")
    with ExitStack() as stack:
        if search:
            answer = _search(loaded, search, seed, output, _oracle(loaded, cluster, stack), as_json)
        else:
            answer = _explore(loaded, output, points, verify, cluster, limit, as_json, stack)
            if output and with_report:
                answer["files"] += _pictured(output)
            if not as_json:
                for file in answer["files"]:
                    typer.echo(f"  wrote {file}")
    if as_json:
        print_json(answer)


def _check_cells(space: Space, option: str) -> None:
    """Synthesis wants a technology's cells, which a model file does not have.

    Raises:
        RequestError: those of a technology are not at hand.
    """
    from costmodel.model.model import read_model
    from costmodel.technologies import load_technology, shipped

    for name, model in space.models.items():
        fitted_to = str(read_model(Path(model)).provenance.get("technology", ""))
        if name not in shipped() or not load_technology(name).digest.startswith(fitted_to):
            raise RequestError(
                f"{option} synthesizes with the cells of {name!r}, and {model} is its cost model"
                " alone: leave the option out, or synthesize points of the front by macsmith"
                " synthesize --technology CELLS.json"
            )


def _oracle(space: Space, cluster: str | None, stack: ExitStack) -> Oracle:
    """Measures here or on a cluster; the energy too, if the space's objectives have it."""
    from macsmith.oracle import Oracle

    energy = any(name.startswith("energy_") for name in space.needed)
    if cluster is None:
        return Oracle(energy)
    from costmodel.flow.cluster import Cluster

    machines = stack.enter_context(Cluster(cluster))
    return Oracle(energy, machines.sweep, max(1, machines.threads()))


def _explore(
    space: Space,
    output: Path | None,
    points: bool | None,
    verify: int,
    cluster: str | None,
    limit: int,
    as_json: bool,
    stack: ExitStack,
) -> dict[str, Any]:
    from macsmith.exploration import explore, summary
    from macsmith.verification import report_verification, write_rows
    from macsmith.verification import verify as measure

    explored = explore(space, output, keep_points=points, cluster=cluster, limit=limit)
    answer = summary(explored) | {"front": explored.table.num_rows}
    if not as_json:
        _report(explored)
    if verify:
        rows = measure(explored, verify, _oracle(space, cluster, stack))
        answer["verified"] = rows
        if output:
            write_rows(rows, output / "verify.csv")
        if not as_json:
            report_verification(rows)
    answer["files"] = _files(output)
    return answer


def _files(output: Path | None) -> list[str]:
    if output is None:
        return []
    names = ("front.csv", "front.json", "front.parquet", "fronts.parquet", "points.parquet")
    names += ("published.parquet", "verify.csv")
    return [str(output / name) for name in names if (output / name).exists()]


def _pictured(folder: Path) -> list[str]:
    """Draw the front and write the report; returns their files."""
    from macsmith.plot import Wish, draw  # matplotlib takes half a second to load
    from macsmith.report import write_report

    picture, page = folder / "front.svg", folder / "report.html"
    draw("front", folder, picture, Wish())
    write_report(folder, page)
    return [str(picture), str(page)]


def _report(explored: Explored) -> None:
    """Print counts, what the constraints exclude, and a selection of the front."""
    from rich.console import Console
    from rich.table import Table

    from costmodel.explore.pareto import spread_places
    from macsmith.exploration import uncertain

    space, counts = explored.task.space, explored.exploration.counts
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    rate = counts.points / explored.seconds
    console.print(f"[bold]{space.name}[/bold]: {space.description}")
    console.print(
        f"  {counts.points:,} points in {explored.seconds:.2f} s ({rate / 1e6:.2g} million/s):"
        f" {counts.valid:,} can exist, {counts.feasible:,} meet the constraints,"
        f" [bold]{explored.table.num_rows:,} are on the front[/bold]"
    )
    if explored.fronts is not None:
        sizes = ", ".join(f"{n} {len(own):,}" for n, own in explored.exploration.fronts().items())
        console.print(f"  on the front of their technology alone: {sizes}")
    if counts.outside:
        console.print(f"  {counts.outside:,} lie outside the region that the model was fitted in")
    for constraint, excluded, alone in zip(
        space.constraints, counts.excluded, counts.alone, strict=True
    ):
        console.print(f"  {constraint.text} excludes {excluded:,}, {alone:,} of them alone")
    if doubtful := uncertain(explored.table):
        margin = space.margin_percent
        within = "the expected error" if margin is None else f"{margin:g} %"
        console.print(f"  {doubtful:,} of the front meet a constraint by less than {within}")
    rows = explored.table.take(spread_places(explored.front.values, _SHOWN)).to_pylist()
    goals = [objective.name for objective in space.objectives]
    names = ["technology", "workload", *space.parameters, "delay_ps", *goals, "tightest_constraint"]
    names += ["uncertain"]
    names = [name for name in dict.fromkeys(names) if name in explored.table.column_names]
    varied = [name for name in names if name in goals or len({row[name] for row in rows}) > 1]
    table = Table(*varied, box=None, pad_edge=False)
    for column, name in zip(table.columns, varied, strict=True):
        if any(isinstance(row[name], float | int) for row in rows):
            column.justify = "right"
    for row in sorted(rows, key=lambda row: row[goals[0]]):
        table.add_row(*(_shown(row[name]) for name in varied))
    console.print(table)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return "" if value is None else str(value)


def _search(
    space: Space, count: int, seed: int, output: Path | None, oracle: Oracle, as_json: bool
) -> dict[str, Any]:
    from macsmith.search import report_search, run_search

    answer = run_search(space, count, seed, oracle, output)
    if not as_json:
        report_search(space, answer)
    return answer
