"""Measured designs as a CSV file: what a cost model was fitted to, and tested on.

A design has a row: its parameters, its figures, and area and energy by module in columns
``area_um2_<module>`` and ``energy_fj_<module>`` (a cycle), empty where there is no such module.

A design measured at clocks has a row for each, with the asked period in ``clock_ps`` (``inf`` asks
for the least area) and the ``recipe`` of synthesis; these rows have a file of their own, beside
that of the designs of least area (`clocks_file`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from costmodel.family import Basis, value_of
from costmodel.flow.timing import Delays
from hw.errors import RequestError
from sim.reading import read_text
from sim.writing import atomic_table

__all__ = ["clocks_file", "read_rows", "write_rows"]

_CLOCK, _RECIPE = "clock_ps", "recipe"
_FIGURES = ("area_um2", "leakage_uw", "energy_fj_per_cycle")
_DELAYS = tuple(Delays.__dataclass_fields__)
_PARTS = {"area_parts": "area_um2_", "energy_parts": "energy_fj_"}
_DIGITS = 7
_TOP = "core"  # in a column's name, the module that has none


def clocks_file(path: Path) -> Path:
    """Where designs at clocks are, beside those of least area in a file."""
    return path.with_suffix(".clocks.csv")


def write_rows(rows: Sequence[Mapping[str, Any]], path: Path, basis: Basis) -> None:
    """Write measured designs; the file appears when it is whole.

    Raises:
        RequestError: it cannot be written.
    """
    lines = [_line(row, basis) for row in rows]
    modules = sorted({name for line in lines for name in line if _is_module(name)})
    clocked = [_CLOCK, _RECIPE] if any(_CLOCK in line for line in lines) else []
    names = ["set", *basis.parameters, *clocked, *_FIGURES, *_DELAYS, *modules]
    atomic_table(path, names, lines)


def read_rows(path: Path, basis: Basis) -> list[dict[str, Any]]:
    """Read what `write_rows` wrote; figures are rounded to seven digits there.

    Raises:
        RequestError: the file cannot be read, or is no such file.
    """
    text = read_text(path, "measurement")
    try:
        return [_row(line, basis) for line in csv.DictReader(io.StringIO(text))]
    except (KeyError, ValueError, TypeError, AttributeError, csv.Error) as error:
        raise RequestError(f"{path} is no table of measured designs: {error}") from None


def _is_module(name: str) -> bool:
    return name.startswith(tuple(_PARTS.values())) and name not in _FIGURES


def _line(row: Mapping[str, Any], basis: Basis) -> dict[str, Any]:
    line = {name: value_of(row, name, basis.defaults) for name in basis.parameters}
    line |= {name: row[name] for name in ("set", _RECIPE) if name in row}
    line = {name: int(value) if isinstance(value, bool) else value for name, value in line.items()}
    line |= {name: _shown(row[name]) for name in (_CLOCK, *_FIGURES) if name in row}
    line |= {name: _shown(row["delays_ps"][name]) for name in _DELAYS}
    for field, prefix in _PARTS.items():
        line |= {
            prefix + (module or _TOP): _shown(x) for module, x in row.get(field, {}).items() if x
        }
    return line


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.{_DIGITS}g}"


def _row(line: Mapping[str, str], basis: Basis) -> dict[str, Any]:
    if None in line or None in line.values():  # as DictReader says it
        raise ValueError("a line has more cells than the first one, or fewer")
    row: dict[str, Any] = {"set": line["set"]}
    for name, kind in basis.parameters.items():
        text = line[name]
        if text:
            row[name] = text if kind is str else kind(int(text))
        elif name in basis.defaults:
            row[name] = basis.defaults[name]
        else:
            raise ValueError(f"a design has no {name}")
    row |= {name: float(line[name]) for name in _FIGURES}
    if _CLOCK in line:
        row |= {_CLOCK: float(line[_CLOCK]), _RECIPE: line[_RECIPE]}
    row["delays_ps"] = {name: float(line[name]) if line[name] else None for name in _DELAYS}
    measured = {module for content in basis.regressions.values() for module in content.measured}
    for field, prefix in _PARTS.items():
        parts = {
            name.removeprefix(prefix): float(value)
            for name, value in line.items()
            if name.startswith(prefix) and _is_module(name) and value
        }
        if _TOP in parts and _TOP not in measured:
            parts[""] = parts.pop(_TOP)
        row[field] = parts
    return row
