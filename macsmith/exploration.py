"""`macsmith explore`: a space file in, the front and all points out, with what is in the way."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from costmodel.explore.exploration import Estimator, Exploration, Mapper, Part, Task, parts
from costmodel.explore.front_table import front_table
from costmodel.explore.pareto import Front, side_by_side
from costmodel.explore.space import LIMIT, Columns, Space
from costmodel.family import basis_of_columns
from hw import __version__
from hw.errors import RequestError
from macsmith.columns import unit_of
from macsmith.published import published_designs, published_points
from sim.writing import json_text, staged_files, writing

if TYPE_CHECKING:
    from costmodel.model.estimate import Estimates
    from costmodel.model.model import Model

__all__ = ["Explored", "estimators_of", "explore", "summary", "uncertain", "write_results"]

# What an earlier exploration may have left and this one may not have.
_REMOVED = (
    *("points.parquet", "fronts.parquet", "published.parquet"),
    *("verify.csv", "front.svg", "report.html"),
)
_CHUNK = 1_000_000  # points; a chunk's columns are some tens of MB
_MOST_POINTS_WRITTEN = 30_000_000  # unless asked for


@dataclass(frozen=True)
class Explored:
    """What an exploration found.

    Attributes:
        task: space and estimators.
        exploration: counts.
        front: the best points.
        table: the front as a table, a row for each in the same order.
        fronts: of several technologies the fronts of each as one table; a column ``best_of_all``
            tells which rows are on the front of all. None of a single technology.
        seconds: from the first estimate to the front.
        models: identity of each technology's model.
    """

    task: Task
    exploration: Exploration
    front: Front
    table: pa.Table
    fronts: pa.Table | None
    seconds: float
    models: dict[str, Any]


def estimators_of(space: Space) -> tuple[dict[str, Estimator], dict[str, Any]]:
    """The cost models of a space on each of its technologies, and what they were fitted from.

    Raises:
        RequestError: there is no model of a family of its units on a technology.
    """
    from costmodel.model.model import load_model

    estimators: dict[str, Estimator] = {}
    provenance: dict[str, Any] = {}
    for name in space.technologies:
        reference = space.models.get(name, name)
        models = {family: load_model(reference, family) for family in space.families}
        estimators[name] = partial(_estimated, models)
        provenances = {family: model.provenance for family, model in models.items()}
        provenance[name] = provenances if len(provenances) > 1 else next(iter(provenances.values()))
    return estimators, provenance


def _estimated(models: Mapping[str, Model], columns: Columns) -> Estimates:
    """Estimates of units of one family, by its model."""
    from costmodel.model.estimate import estimate

    return estimate(columns, models[basis_of_columns(columns).family])


def explore(
    space: Space,
    folder: Path | None = None,
    *,
    keep_points: bool | None = None,
    cluster: str | None = None,
    limit: int = LIMIT,
) -> Explored:
    """Estimate every point of a space.

    Args:
        space: the space.
        folder: where results go, if anywhere: `write_results`, and ``points.parquet``.
        keep_points: whether that has all valid points; by default if they are not too many.
        cluster: address of a Dask scheduler whose workers do the work.
        limit: points at most.

    Raises:
        RequestError: there are too many points, or none that can be or is allowed.
    """
    space.check_size(limit)
    estimators, models = estimators_of(space)
    if keep_points is None:
        keep_points = space.size <= _MOST_POINTS_WRITTEN
    task = Task(space, estimators, keep_points and folder is not None)
    exploration = Exploration(space)
    started = time.perf_counter()
    with ExitStack() as stack:
        temporary = stack.enter_context(staged_files(folder, removed=_REMOVED)) if folder else None
        bar = stack.enter_context(progress(space.size))
        writer = stack.enter_context(_PointWriter(temporary)) if temporary else None
        counter = bar.add_task(f"exploring {space.name}", total=space.size)
        for part in parts(task, exploration, _CHUNK, _mapper(cluster, stack)):
            if writer:
                writer.add(part)
            bar.advance(counter, part.counts.points)
        front = _front(exploration)
        table = front_table(task, front)
        seconds = time.perf_counter() - started
        fronts = _fronts(task, exploration, front)
        explored = Explored(task, exploration, front, table, fronts, seconds, models)
        if writer:
            writer.close()
        if temporary:
            write_results(explored, temporary)
    return explored


def _fronts(task: Task, exploration: Exploration, front: Front) -> pa.Table | None:
    """The fronts of several technologies beside each other."""
    if len(task.space.technologies) == 1:
        return None
    rows = side_by_side(list(exploration.fronts().values()))
    table = front_table(task, rows)
    return table.append_column("best_of_all", pa.array(np.isin(rows.numbers, front.numbers)))


def _mapper(cluster: str | None, stack: ExitStack) -> Mapper:
    """How a function is called with many arguments: here, or on a cluster."""
    if cluster is None:
        return map
    from costmodel.flow.cluster import Cluster  # Dask takes a second to load

    return stack.enter_context(Cluster(cluster)).ordered


def _front(exploration: Exploration) -> Front:
    """The front; where nothing can exist, with the reason of the first point."""
    if exploration.counts.valid:
        return exploration.front()
    space = exploration.space
    from macsmith.oracle import configuration_of

    try:
        configuration_of(space.point(0))
    except RequestError as error:
        raise RequestError(
            f"none of the {space.size:,} points of {space.name} can exist; of the first one:"
            f" {error}"
        ) from error
    return exploration.front()


@contextmanager
def progress(total: int) -> Iterator[Progress]:
    """A progress bar on a terminal, nothing in a pipe."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal or not total,
    ) as bar:
        yield bar


class _PointWriter:
    """Writes parts' points to Parquet, in a thread of its own, one part ahead."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "points.parquet"
        self._writer: parquet.ParquetWriter | None = None
        self._thread = ThreadPoolExecutor(1)
        self._pending: Future[None] | None = None

    def __enter__(self) -> _PointWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
        if self._writer:
            with suppress(OSError):  # the file goes with its folder
                self._writer.close()
            self._writer = None

    def add(self, part: Part) -> None:
        """Write the points of a part, if it has any with it."""
        if part.points is not None:
            if self._pending:
                self._pending.result()
            self._pending = self._thread.submit(self._write, part.points)

    def _write(self, points: pa.RecordBatch) -> None:
        with writing(self._path.parent.parent):
            self._written(points)

    def _written(self, points: pa.RecordBatch) -> None:
        if self._writer is None:
            options: dict[str, Any] = {  # figures differ everywhere: a dictionary only costs time
                "use_dictionary": [
                    field.name
                    for field in points.schema
                    if field.name != "number" and not pa.types.is_floating(field.type)
                ]
            }
            self._writer = parquet.ParquetWriter(
                self._path,
                points.schema,
                compression="zstd",
                compression_level=1,
                write_page_checksum=True,
                **options,
            )
        self._writer.write_batch(points)

    def close(self) -> None:
        """Write what is left, and the file's end."""
        if self._pending:
            self._pending.result()
        if self._writer:
            with writing(self._path.parent.parent):
                self._writer.close()
            self._writer = None


def write_results(explored: Explored, folder: Path) -> None:
    """Write the front and, if there are any, published designs (docs/explore.md) into a folder."""
    text = json_text(summary(explored) | {"front": explored.table.to_pylist()})
    task = explored.task
    published = published_points(task.estimators, published_designs(task.space.families))
    with writing(folder):
        parquet.write_table(explored.table, folder / "front.parquet", write_page_checksum=True)
        arrow_csv.write_csv(explored.table, folder / "front.csv")
        (folder / "front.json").write_text(text + "\n", encoding="utf-8")
        if explored.fronts is not None:
            parquet.write_table(
                explored.fronts, folder / "fronts.parquet", write_page_checksum=True
            )
        if published:
            parquet.write_table(
                pa.table(published), folder / "published.parquet", write_page_checksum=True
            )


def uncertain(table: pa.Table) -> int:
    """How many rows of a front meet a constraint by less than the margin."""
    if "uncertain" not in table.column_names:
        return 0
    return int(np.count_nonzero(table.column("uncertain").to_numpy()))


def summary(explored: Explored) -> dict[str, Any]:
    """What was explored, counted and found, without the points; JSON."""
    space, counts = explored.task.space, explored.exploration.counts
    return {
        "space": space.name,
        "description": space.description,
        "space_sha256": space.digest,
        "macsmith": __version__,
        "models": explored.models,
        "technologies": list(space.technologies),
        "workloads": [workload.name for workload in space.workloads],
        "workload_references": {workload.name: workload.reference for workload in space.workloads},
        "objectives": [
            {"expression": objective.name, "goal": "maximize" if objective.maximize else "minimize"}
            for objective in space.objectives
        ],
        "figures": {name: formula.text for name, formula in space.figures.items()},
        "constraints": [
            {"expression": formula.text, "excluded": excluded, "excluded_alone": alone}
            for formula, excluded, alone in zip(
                space.constraints, counts.excluded, counts.alone, strict=True
            )
        ],
        "points": counts.points,
        "valid": counts.valid,
        "outside": counts.outside,
        "undefined": counts.undefined,
        "feasible": counts.feasible,
        "margin_percent": space.margin_percent,
        "front_size": explored.table.num_rows,
        "uncertain": uncertain(explored.table),
        "front_sizes": {name: len(own) for name, own in explored.exploration.fronts().items()},
        "seconds": round(explored.seconds, 3),
        "points_per_second": round(counts.points / explored.seconds),
        "columns": [
            {"name": field.name, "type": str(field.type), "unit": unit_of(field.name)}
            for field in explored.table.schema
        ],
    }
