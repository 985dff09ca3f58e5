"""`macsmith explore --search`: points that an optimiser chooses, each one synthesized."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from costmodel.explore.search import Tried, best, search
from costmodel.explore.space import Space
from hw.errors import RequestError
from macsmith.exploration import progress
from macsmith.oracle import Oracle, configuration_of
from macsmith.verification import write_rows
from sim.writing import made_folder

__all__ = ["report_search", "run_search"]


def run_search(
    space: Space, count: int, seed: int, oracle: Oracle, folder: Path | None
) -> dict[str, Any]:
    """Search a space by synthesis; returns what ``--json`` prints.

    Args:
        space: the space.
        count: points to synthesize.
        seed: of the optimiser.
        oracle: measures.
        folder: gets ``search.csv``, all points that were tried; rewritten after each batch.

    Raises:
        RequestError: no point that was tried has figures and meets the constraints.
    """

    def measure(
        points: Sequence[dict[str, Any]],
    ) -> Iterator[tuple[int, Mapping[str, float], str]]:
        for number, measured in oracle.measure(points):
            yield number, measured.figures, measured.failure
            bar.advance(task)

    tried: list[Tried] = []
    with made_folder(folder) if folder else nullcontext(), progress(count) as bar:
        task = bar.add_task(f"searching {space.name}", total=count)
        chosen = search(space, count, measure, _exists, batch=oracle.parallel, seed=seed)
        for point in chosen:
            tried.append(point)
            if folder:
                write_rows(_rows(space, tried), folder / "search.csv")
    rows = _rows(space, tried)
    if not any(row["on_front"] for row in rows):
        reason = next(
            (point.failure for point in tried if point.failure), "constraints exclude all"
        )
        raise RequestError(
            f"none of the {len(tried)} points of {space.name} that were tried is feasible: {reason}"
        )
    return {
        "space": space.name,
        "space_sha256": space.digest,
        "seed": seed,
        "tried": len(tried),
        "front": [row for row in rows if row["on_front"]],
        "points": rows,
        "files": [str(folder / "search.csv")] if folder else [],
    }


def _exists(point: dict[str, Any]) -> bool:
    try:
        configuration_of(point)
    except RequestError:
        return False
    return True


def _rows(space: Space, tried: Sequence[Tried]) -> list[dict[str, Any]]:
    """A row for each point that was tried, in that order."""
    front = set(best(space, tried).numbers.tolist())
    return [
        {
            "number": point.number,
            **space.point(point.number),
            **point.figures,
            "feasible": point.feasible,
            "on_front": point.number in front,
            "failure": point.failure,
        }
        for point in tried
    ]


def report_search(space: Space, answer: dict[str, Any]) -> None:
    """Print the front of what was tried."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    front = answer["front"]
    console.print(
        f"[bold]{space.name}[/bold]: {answer['tried']} points synthesized,"
        f" {sum(row['feasible'] for row in answer['points'])} meet the constraints,"
        f" [bold]{len(front)} are on the front[/bold]"
    )
    goals = [objective.name for objective in space.objectives]
    names = list(dict.fromkeys(["technology", "workload", *space.parameters, "delay_ps", *goals]))
    varied = [n for n in names if n in goals or len({row.get(n) for row in front}) > 1]
    table = Table(*varied, box=None, pad_edge=False)
    for row in sorted(front, key=lambda row: row[goals[0]]):
        values = [row.get(name) for name in varied]
        table.add_row(*(f"{v:,.4g}" if isinstance(v, float) else str(v) for v in values))
    console.print(table)
    for file in answer["files"]:
        console.print(f"  wrote {file}")
