"""What an exploration found: its front, its points, what was verified, where from.

A parameter that a point does not have is null in the files and has its default here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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

__all__ = ["DEFAULTS", "Columns", "Results", "parameters_of", "reading_parquet", "to_columns"]

Columns = dict[str, NDArray[Any]]

#: Value of each parameter that a table has no value of.
DEFAULTS: dict[str, Any] = {
    each.name: "" if each.default is None else each.default
    for each in fields(TernaryLut)
    if each.default is not MISSING
} | {"group": 1}
_PARAMETERS = ("unit", *(each.name for each in fields(TernaryLut)), "inputs", "outputs")


@contextmanager
def reading_parquet(path: Path) -> Iterator[None]:
    """Turn what is said of a damaged file into a sentence.

    Raises:
        RequestError: the file cannot be read.
    """
    try:
        yield
    except RequestError:
        raise
    except (OSError, ValueError, OverflowError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise RequestError(f"{path} cannot be read as Parquet: {reason}") from error


@dataclass(frozen=True)
class Results:
    """What an exploration found.

    Attributes:
        folder: where it is.
        front: the points of the front.
        verified: rows of ``verify.csv``; none without it.
        about: what ``front.json`` says of space, models and counts; empty without it.
        published: columns of ``published.parquet``; none without it.
    """

    folder: Path
    front: Columns
    verified: list[dict[str, str]]
    about: dict[str, Any]
    published: Columns

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

    @property
    def names(self) -> list[str]:
        """The columns that all points have."""
        return pq.read_schema(self._points).names

    @property
    def _points(self) -> Path:
        path = self.folder / "points.parquet"
        return path if path.exists() else self.folder / "front.parquet"

    def batches(self, names: Sequence[str] = (), rows: int = 1 << 18) -> Iterator[pa.RecordBatch]:
        """Some or all columns of all points, or of the front where there is no file of all.

        Args:
            names: the columns; all without.
            rows: of a batch, at most.

        Raises:
            RequestError: there is no such column, or the file cannot be read.
        """
        present = self.names
        for name in names:
            if name not in present:
                raise RequestError(
                    f"there is no column {name!r}: it must be one of {', '.join(present)}"
                )
        with (
            reading_parquet(self._points),
            pq.ParquetFile(self._points, page_checksum_verification=True) as file,
        ):
            yield from file.iter_batches(rows, columns=list(names) or None)

    def points(self, names: Sequence[str] = ()) -> Columns:
        """Some or all columns of all points.

        Raises:
            RequestError: there is no such column, or the file cannot be read.
        """
        return to_columns(pa.Table.from_batches(self.batches(names)))

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
        return pq.read_metadata(self._points).num_rows

    def best_of(self, keys: Sequence[str], figures: Mapping[str, bool]) -> Columns:
        """The best values of figures for each combination of parameters that occurs.

        Args:
            keys: the parameters.
            figures: the figures, and whether the largest value is the best.

        Raises:
            RequestError: a column is missing.
        """
        found = []
        for batch in self.batches(list(dict.fromkeys((*keys, *figures)))):
            table = pa.table(batch)
            filled = {name: _filled(table.column(name), name) for name in table.column_names}
            found.append(_grouped(pa.table(filled), keys, figures))
        return to_columns(_grouped(pa.concat_tables(found), keys, figures))

    def one_step(
        self, points: Sequence[Mapping[str, Any]], figures: Sequence[str]
    ) -> list[Columns]:
        """For each of some points all that differ from it in exactly one parameter.

        Args:
            points: parameters of each.
            figures: columns that are told beside the parameters.
        """
        present = self.names
        parameters = [name for name in self.parameters if name in present]
        tables: list[list[pa.RecordBatch]] = [[] for _ in points]
        for batch in self.batches([*parameters, *figures]):
            for point, found in zip(points, tables, strict=True):
                apart = np.zeros(batch.num_rows, np.uint8)
                for name in parameters:
                    apart += _differs(batch.column(name), name, point[name])
                if len(places := np.flatnonzero(apart == 1)):
                    found.append(batch.take(pa.array(places)))
        nothing = pq.read_schema(self._points).empty_table().select([*parameters, *figures])
        return [to_columns(pa.Table.from_batches(each) if each else nothing) for each in tables]


def _grouped(table: pa.Table, keys: Sequence[str], figures: Mapping[str, bool]) -> pa.Table:
    hows = [(name, "max" if rises else "min") for name, rises in figures.items()]
    best = table.group_by(list(keys)).aggregate(hows)
    return best.select([*keys, *(f"{name}_{how}" for name, how in hows)]).rename_columns(
        [*keys, *figures]
    )


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
