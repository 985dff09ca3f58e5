"""What an exploration found: its front, its points, what was verified, where from.

A parameter that a point does not state is null in the files, and has its unit's default here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from costmodel.explore.accelerators import SYSTEM_AXES
from costmodel.explore.goals import erring, rises
from costmodel.explore.space import CLOCK
from hw.errors import RequestError
from hw.families import units
from hw.unit import parameter_defaults

__all__ = ["Columns", "Results", "parameters_of", "reading_parquet", "to_columns"]

Columns = dict[str, NDArray[Any]]

#: Columns that are no figures and belong to no family.
_PLACES = ("unit", "inputs", "outputs", "technology", "workload", CLOCK)


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
        fronts: the points of the fronts of each technology, with ``best_of_all``; those of the
            front where there is one technology.
    """

    folder: Path
    front: Columns
    verified: list[dict[str, str]]
    about: dict[str, Any]
    published: Columns
    fronts: Columns

    @property
    def objectives(self) -> dict[str, bool]:
        """The columns that were to be small (False) or large (True)."""
        goals = {
            objective["expression"]: objective["goal"] == "maximize"
            for objective in self.about.get("objectives", ())
        }
        usual = {"area_um2": False, "energy_fj_per_operation": False, "throughput_gops": True}
        return {name: rises for name, rises in (goals or usual).items() if name in self.front}

    @property
    def figures(self) -> dict[str, str]:
        """The user's own figures and their formulas."""
        return self.about.get("figures", {})

    @property
    def workloads(self) -> dict[str, str]:
        """The space's workloads by name: what ``--workload`` takes for each."""
        return self.about.get("workload_references", {})

    def rises(self, name: str) -> bool:
        """Whether a figure is better the larger it is (`costmodel.explore.goals.rises`)."""
        return rises(name, self.objectives, self.figures)

    def error_column(self, name: str) -> str | None:
        """The column of the front that has a figure's expected error in percent, if one has."""
        column = erring(name, self.figures)
        return column if column in self.front else None

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
        best = []
        for batch in self.batches(list(dict.fromkeys(("unit", *keys, *figures)))):
            table = _filled(pa.table(batch))
            plain = {name: _plain(table.column(name)) for name in table.column_names}
            best.append(_grouped(pa.table(plain), keys, figures))
        return to_columns(_grouped(pa.concat_tables(best), keys, figures))

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
        tables: list[list[pa.Table]] = [[] for _ in points]
        for batch in self.batches([*parameters, *figures]):
            table = _filled(pa.table(batch))
            for point, close in zip(points, tables, strict=True):
                apart = np.zeros(table.num_rows, np.uint8)
                for name in parameters:
                    apart += _differs(table.column(name), point[name])
                if len(places := np.flatnonzero(apart == 1)):
                    close.append(table.take(pa.array(places)))
        nothing = pq.read_schema(self._points).empty_table().select([*parameters, *figures])
        return [to_columns(pa.concat_tables(close) if close else nothing) for close in tables]


def _grouped(table: pa.Table, keys: Sequence[str], figures: Mapping[str, bool]) -> pa.Table:
    hows = [(name, "max" if rises else "min") for name, rises in figures.items()]
    best = table.group_by(list(keys)).aggregate(hows)
    return best.select([*keys, *(f"{name}_{how}" for name, how in hows)]).rename_columns(
        [*keys, *figures]
    )


def parameters_of(columns: Columns) -> list[str]:
    """The columns that are parameters of a design, or where it is made."""
    known = {name for unit in units().values() for name in parameter_defaults(unit)}
    return [name for name in columns if name in known or name in _PLACES or name in SYSTEM_AXES]


def to_columns(table: pa.Table) -> Columns:
    """A table as columns of numpy: parameters that are null have their defaults."""
    columns: Columns = {}
    whole = _filled(table)
    for name in whole.column_names:
        array = _plain(whole.column(name)).to_numpy()
        columns[name] = array.astype(str) if array.dtype == object else array
    return columns


def _differs(values: pa.ChunkedArray, value: Any) -> NDArray[np.uint8]:
    if pa.types.is_dictionary(values.type):
        combined = values.combine_chunks()
        same = np.array([text == value for text in combined.dictionary.to_pylist()], dtype=bool)
        return ~same[combined.indices.to_numpy(zero_copy_only=False)]
    return np.asarray(values.to_numpy() != value)


def _filled(table: pa.Table) -> pa.Table:
    """A table whose nulls are the defaults of their units."""
    lacking = [name for name in table.column_names if table.column(name).null_count]
    filled = {name: table.column(name) for name in table.column_names}
    if lacking and "unit" in filled:
        rows = _plain(filled["unit"]).combine_chunks().dictionary_encode()
        names = rows.dictionary.to_pylist()
        for name in set(lacking) - set(_PLACES):
            values = _plain(filled[name])
            defaults = pa.array([_default(unit, name) for unit in names], values.type)
            filled[name] = pc.fill_null(values, pa.chunked_array([defaults.take(rows.indices)]))
    return pa.table(filled | {name: _emptied(_plain(filled[name])) for name in lacking})


def _plain(values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values


def _default(unit: str | None, name: str) -> Any:
    """What a unit's parameter is if nobody states it; None without a default."""
    known = units().get(unit or "")
    value = parameter_defaults(known).get(name, MISSING) if known else MISSING
    return None if value is MISSING else "" if value is None else value


def _emptied(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """What has no default: texts are empty, truth values false; numbers stay null."""
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return pc.fill_null(values, "")
    if pa.types.is_boolean(values.type):
        return pc.fill_null(values, pa.scalar(value=False))
    return values
