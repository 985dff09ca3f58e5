"""The folder that an exploration leaves: its front, its points, what was verified, where from.

``front.parquet`` must be there, and ``points.parquet``, ``verify.csv`` and ``front.json`` may be.
A parameter that a point does not have is null in the files and has its default here.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.ternary import TernaryLut

__all__ = ["DEFAULTS", "Columns", "Results", "parameters_of", "read_results", "to_columns"]

Columns = dict[str, NDArray[Any]]

#: Value of each parameter that a table has no value of.
DEFAULTS: dict[str, Any] = {
    each.name: "" if each.default is None else each.default
    for each in fields(TernaryLut)
    if each.default is not MISSING
} | {"group": 1}
_PARAMETERS = ("unit", *(each.name for each in fields(TernaryLut)), "inputs", "outputs")


@dataclass(frozen=True)
class Results:
    """What an exploration found.

    Attributes:
        folder: where it is.
        front: the points of the front.
        verified: rows of ``verify.csv``; none without it.
        about: what ``front.json`` says of space, models and counts; empty without it.
    """

    folder: Path
    front: Columns
    verified: list[dict[str, str]]
    about: dict[str, Any]

    @property
    def objectives(self) -> dict[str, bool]:
        """The columns that were to be small (False) or large (True)."""
        told = {
            each["expression"]: each["goal"] == "maximize"
            for each in self.about.get("objectives", ())
        }
        usual = {"area_um2": False, "energy_fj_per_operation": False, "throughput_gops": True}
        return {name: rises for name, rises in (told or usual).items() if name in self.front}

    @property
    def parameters(self) -> list[str]:
        """The columns of the front that are parameters of a design or where it is made."""
        return parameters_of(self.front)

    def batches(self, rows: int = 1 << 18) -> Iterator[pa.RecordBatch]:
        """All points, some at a time; those of the front where there is no file of all."""
        path = self.folder / "points.parquet"
        if not path.exists():
            path = self.folder / "front.parquet"
        try:
            with pq.ParquetFile(path) as file:
                yield from file.iter_batches(rows)
        except (OSError, pa.ArrowException) as error:
            raise RequestError(f"{path} cannot be read as Parquet: {error}") from error

    def points(self, names: Sequence[str] = ()) -> Columns:
        """Some columns of all points, or all columns."""
        tables = [
            pa.table(
                batch.select(
                    [name for name in names or batch.column_names if name in batch.schema.names]
                )
            )
            for batch in self.batches()
        ]
        return to_columns(pa.concat_tables(tables, promote_options="default"))

    def sample(self, most: int, seed: int = 0) -> Columns:
        """At most so many of all points, each as likely as any other: the same ones each time."""
        count = self.count
        if count <= most:
            return self.points()
        chosen = np.sort(np.random.default_rng(seed).choice(count, most, replace=False))
        tables, first = [], 0
        for batch in self.batches():
            mine = chosen[(chosen >= first) & (chosen < first + batch.num_rows)] - first
            tables.append(pa.table(batch.take(pa.array(mine))))
            first += batch.num_rows
        return to_columns(pa.concat_tables(tables))

    @property
    def count(self) -> int:
        """Points that there are in the file of all."""
        path = self.folder / "points.parquet"
        return pq.read_metadata(path).num_rows if path.exists() else len(self.front["area_um2"])

    def best_of(self, keys: Sequence[str], figure: str, *, rises: bool) -> Columns:
        """The best value of a figure for each combination of parameters that occurs.

        Args:
            keys: the parameters.
            figure: the figure.
            rises: whether the largest is the best.

        Raises:
            RequestError: a column is missing.
        """
        how, found = "max" if rises else "min", []
        for batch in self.batches():
            for name in (*keys, figure):
                if name not in batch.schema.names:
                    raise RequestError(
                        f"there is no column {name!r}: it must be one of"
                        f" {', '.join(batch.schema.names)}"
                    )
            columns = to_columns(pa.table(batch.select([*keys, figure])))
            table = pa.table({name: pa.array(values) for name, values in columns.items()})
            found.append(_grouped(table, keys, figure, how))
        return to_columns(_grouped(pa.concat_tables(found), keys, figure, how))

    def one_step(self, point: Mapping[str, Any]) -> Columns:
        """All points that differ from one in exactly one parameter."""
        tables = []
        for batch in self.batches():
            apart = np.zeros(batch.num_rows, np.uint8)
            for name in self.parameters:
                if name in batch.schema.names:
                    apart += _differs(batch.column(name), name, point[name])
            tables.append(pa.table(batch.filter(pa.array(apart == 1))))
        return to_columns(pa.concat_tables(tables))


def _grouped(table: pa.Table, keys: Sequence[str], figure: str, how: str) -> pa.Table:
    best = table.group_by(list(keys)).aggregate([(figure, how)])
    return best.rename_columns([name.removesuffix(f"_{how}") for name in best.column_names])


def parameters_of(columns: Columns) -> list[str]:
    """The columns that are parameters of a design, or where it is made."""
    return [name for name in columns if name in (*_PARAMETERS, "technology", "workload")]


def _differs(values: pa.Array, name: str, value: Any) -> NDArray[np.uint8]:
    if pa.types.is_dictionary(values.type):
        same = [each == value for each in _filled_list(values.dictionary, name)]
        indices = pc.fill_null(values.indices, len(same)).to_numpy(zero_copy_only=False)
        return ~np.array([*same, DEFAULTS.get(name, "") == value])[indices]
    if values.null_count and name in DEFAULTS:
        values = pc.fill_null(values, DEFAULTS[name])
    return np.asarray(values.to_numpy(zero_copy_only=False) != value)


def _filled_list(values: pa.Array, name: str) -> list[Any]:
    return [DEFAULTS.get(name, "") if each is None else each for each in values.to_pylist()]


def to_columns(table: pa.Table) -> Columns:
    """A table as columns of numpy: parameters that are null have their defaults."""
    found: Columns = {}
    for name in table.column_names:
        array = _filled(table.column(name), name).to_numpy()
        found[name] = array.astype(str) if array.dtype == object else array
    return found


def _filled(values: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if values.null_count and not pa.types.is_null(values.type):
        if name in DEFAULTS:
            return pc.fill_null(values, DEFAULTS[name])
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            return pc.fill_null(values, "")
    return values


def read_results(folder: Path) -> Results:
    """Read what an exploration left in a folder.

    Raises:
        RequestError: there is no front in it, the front is empty, or a file cannot be read.
    """
    path = folder / "front.parquet"
    if not path.exists():
        raise RequestError(
            f"{folder} holds no results of macsmith explore: there is no front.parquet in it"
        )
    try:
        front = to_columns(pq.read_table(path))
    except (OSError, pa.ArrowException) as error:
        raise RequestError(f"{path} cannot be read as Parquet: {error}") from error
    if not front or not len(next(iter(front.values()))):
        raise RequestError(f"{path} holds no points")
    verified: list[dict[str, str]] = []
    if (table := folder / "verify.csv").exists():
        with table.open(newline="", encoding="utf-8") as file:
            verified = list(csv.DictReader(file))
    about: dict[str, Any] = {}
    if (told := folder / "front.json").exists():
        try:
            about = json.loads(told.read_text(encoding="utf-8"))
            about.pop("front", None)
        except ValueError as error:
            raise RequestError(f"{told} is not JSON: {error}") from error
    return Results(folder, front, verified, about)
