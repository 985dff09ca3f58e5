"""The folder that an exploration leaves, read back: every file is checked before it is believed.

``front.parquet`` must be there; ``points.parquet``, ``verify.csv``, ``front.json`` may be, and
``published.parquet``: designs to mark, each with a ``label``; and ``fronts.parquet``, of several
technologies.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterator
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from costmodel.explore.accelerators import SYSTEM_AXES
from costmodel.explore.results import Columns, Results, reading_parquet, to_columns
from hw.errors import RequestError
from hw.families import find_unit, units
from hw.unit import parameter_types, required_parameters
from sim.reading import check_file, read_json, read_text

__all__ = ["read_results"]

_MOST_ROWS = 10_000_000  # of a front, which is held in memory
_TEXT, _NUMBER, _TRUTH = "texts", "numbers", "truth values"
_OF_TYPES = {int: _NUMBER, float: _NUMBER, bool: _TRUTH, str: _TEXT}
#: What columns of known names hold, besides parameters; others are figures or remarks.
_HOLDS = {
    **dict.fromkeys(("unit", "technology", "workload", "label", "tightest_constraint"), _TEXT),
    **dict.fromkeys(("number", "inputs", "outputs", "area_um2", "delay_ps", "leakage_uw"), _NUMBER),
    **dict.fromkeys(("energy_fj_per_operation", "throughput_gops"), _NUMBER),
    **dict.fromkeys(("feasible", "inside", "best_of_all", "uncertain"), _TRUTH),
    **{name: _OF_TYPES[kind] for name, kind in SYSTEM_AXES.items()},
}
_TEXTS_OF_ABOUT = ("space", "description", "space_sha256", "macsmith")
_NUMBERS_OF_ABOUT = ("points", "valid", "outside", "undefined", "feasible", "front_size", "seconds")
_OF_FIGURES = re.compile(r".*_(estimated|measured|percent)")
_WHOLE = re.compile(r"[0-9]{1,18}")


def read_results(folder: Path) -> Results:
    """Read what an exploration left in a folder.

    Raises:
        RequestError: there is no front in it, the front is empty, or a file cannot be read or holds
            something else; the sentence names the file and what is wrong in it.
    """
    if not os.path.lexists(folder / "front.parquet"):
        raise RequestError(
            f"{folder} holds no results of macsmith explore: there is no front.parquet in it"
        )
    _check_parquet(folder / "front.parquet", ("unit",), _MOST_ROWS)
    front = _read(folder / "front.parquet")
    if not len(front["unit"]):
        raise RequestError(f"{folder / 'front.parquet'} holds no points")
    needed = ("unit", *_needed(folder / "front.parquet", front))
    points, marked = folder / "points.parquet", folder / "published.parquet"
    if os.path.lexists(points):
        _check_parquet(points, needed)
    published: Columns = {}
    if os.path.lexists(marked):
        _check_parquet(marked, ("unit", "label"), _MOST_ROWS)
        published = _read(marked)
        _needed(marked, published)
    rows, about_path = folder / "verify.csv", folder / "front.json"
    verified = _verified(rows) if os.path.lexists(rows) else []
    about = _about(about_path, front) if os.path.lexists(about_path) else {}
    fronts, several = front, folder / "fronts.parquet"
    if os.path.lexists(several):
        _check_parquet(several, (*front, "technology", "best_of_all"), _MOST_ROWS)
        fronts = _read(several)
        if not len(fronts["unit"]):
            raise RequestError(f"{several} holds no points")
        _needed(several, fronts)
    return Results(folder, front, verified, about, published, fronts)


def _needed(path: Path, columns: Columns) -> list[str]:
    """The parameters that the units of a table must state.

    Raises:
        RequestError: one of them is no column, or there is no such unit.
    """
    needed: dict[str, None] = {}
    for unit in np.unique(columns["unit"]).tolist():
        try:
            needed |= dict.fromkeys(required_parameters(find_unit(unit)))
        except RequestError as error:
            raise RequestError(f"{path}: {error}") from error
    for name in needed:
        if name not in columns:
            raise RequestError(f"{path} has no column {name!r}")
    return list(needed)


def _check_parquet(path: Path, needed: tuple[str, ...], most: int = 1 << 62) -> None:
    """See that a file has columns of the right kinds, and not more rows than may be."""
    check_file(path, "result")
    with reading_parquet(path):
        schema, rows = pq.read_schema(path), pq.read_metadata(path).num_rows
    if rows > most:
        raise RequestError(f"{path} has {rows:,} rows: it may have {most:,}")
    for name in needed:
        if name not in schema.names:
            raise RequestError(f"{path} has no column {name!r}")
    known = {
        name: _OF_TYPES[kind]
        for unit in units().values()
        for name, kind in parameter_types(unit).items()
    } | _HOLDS
    for column in schema:
        if schema.names.count(column.name) > 1:
            raise RequestError(f"{path} has the column {column.name!r} twice")
        held, wanted = _held(column.type), known.get(column.name)
        if not held or (wanted and held != wanted):
            raise RequestError(
                f"{path}: the column {column.name!r} is of {column.type}, and not of"
                f" {wanted or f'{_NUMBER}, {_TRUTH} or {_TEXT}'}"
            )


def _held(kind: pa.DataType) -> str:
    """What values of a type are; nothing where they are something else."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    tests: dict[str, Callable[[pa.DataType], bool]] = {
        _TRUTH: pa.types.is_boolean,
        _TEXT: lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind),
        _NUMBER: lambda kind: pa.types.is_integer(kind) or pa.types.is_floating(kind),
    }
    return next((name for name, test in tests.items() if test(kind)), "")


def _read(path: Path) -> Columns:
    with reading_parquet(path):
        return to_columns(pq.read_table(path, page_checksum_verification=True))


def _about(path: Path, front: Columns) -> dict[str, Any]:
    """What ``front.json`` says, without the front."""
    about = read_json(path, "result")
    if not isinstance(about, dict):
        raise RequestError(f"{path} is no table of what was explored")
    about.pop("front", None)
    for name in _TEXTS_OF_ABOUT:
        _check_kind(path, name, about.get(name, ""), str)
    for name in _NUMBERS_OF_ABOUT:
        _check_kind(path, name, about.get(name, 0), int, float)
    for place in ("figures", "workload_references"):
        _check_kind(path, place, texts := about.get(place, {}), dict)
        for name, text in texts.items():
            _check_kind(path, f"{place}.{name}", text, str)
    for place, entry in _entries(path, about, "objectives"):
        _check_kind(path, f"{place}.expression", entry.get("expression"), str)
        if entry.get("goal") not in ("minimize", "maximize"):
            raise RequestError(f"{path}: {place}.goal is neither minimize nor maximize")
        if (name := entry["expression"]) in front and front[name].dtype.kind not in "iuf":
            raise RequestError(f"{path}: the objective {name!r} has a column without numbers")
    for place, entry in _entries(path, about, "constraints"):
        _check_kind(path, f"{place}.expression", entry.get("expression"), str)
        _check_kind(path, f"{place}.excluded", entry.get("excluded"), int)
    return about


def _entries(path: Path, about: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tables of a list, and the place of each."""
    entries = about.get(name, [])
    _check_kind(path, name, entries, list)
    for number, entry in enumerate(entries):
        _check_kind(path, f"{name}[{number}]", entry, dict)
        yield f"{name}[{number}]", entry


def _check_kind(path: Path, place: str, value: Any, *kinds: type) -> None:
    if type(value) not in kinds:
        wanted = {str: "a text", list: "a list", dict: "a table"}.get(kinds[0], "a number")
        raise RequestError(f"{path}: {place} is not {wanted}")


def _verified(path: Path) -> list[dict[str, str]]:
    """Rows of ``verify.csv``: estimates beside measurements, each a number or nothing."""
    reader = csv.DictReader(io.StringIO(read_text(path, "result")), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise RequestError(f"{path}, line {reader.line_num}: {error}") from error
    for line, row in enumerate(rows, 2):
        if None in row or None in row.values():  # as DictReader says it
            raise RequestError(f"{path}, row {line} has not as many fields as the first one")
        if not _WHOLE.fullmatch(row.get("number", "")):
            raise RequestError(f"{path}, row {line}: number is no whole number")
        for name, text in row.items():
            if _OF_FIGURES.fullmatch(name) and text and not _is_finite(text):
                raise RequestError(f"{path}, row {line}: {name} = {text[:40]!r} is no number")
    return rows


def _is_finite(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
