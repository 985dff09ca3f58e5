"""Design files: TOML in, a validated configuration out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from hw.errors import RequestError
from hw.families import find_unit
from hw.keywords import VERILOG
from hw.unit import Unit, configured, parameter_defaults, required_limits, required_parameters
from macsmith.toml_file import (
    check_keys,
    check_present,
    nearest,
    one_line,
    parse_toml,
    read_toml,
    subtable,
)

__all__ = ["Design", "committed_designs", "design_path", "designs_folder", "load_design"]

_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_LONGEST_NAME = 64


@dataclass(frozen=True)
class Design:
    """A named parameter set.

    Attributes:
        name: of the design and of the files made of it.
        description: one line.
        configuration: the unit's.
        data: weights and activations that belong to it, if any.
    """

    name: str
    description: str
    configuration: Unit
    data: Path | None

    @property
    def top(self) -> str:
        """The top module's name: the design's, as a Verilog identifier."""
        return self.name.replace("-", "_")


def designs_folder() -> Path:
    """The folder of the committed designs."""
    return Path(__file__).resolve().parent.parent / "designs"


def committed_designs() -> list[str]:
    """Names of the committed designs."""
    return sorted(path.stem for path in designs_folder().glob("*.toml"))


def load_design(reference: str, assignments: Sequence[str] = ()) -> Design:
    """Read a design.

    Args:
        reference: a name in `designs_folder`, or a path to a TOML file (it has a ``/`` or ends in
            ``.toml``).
        assignments: ``key=value`` texts that override the file; a key is a parameter's name or
            ``workload.`` and a limit's; a value is TOML, or a bare word.

    Raises:
        RequestError: something in it cannot be; the sentence says what, where and what may be.
    """
    path = design_path(reference)
    table = read_toml(path, "design")
    try:
        return _design(path, table, assignments)
    except RequestError as error:
        raise RequestError(f"{path.name}: {error}") from error


def design_path(reference: str) -> Path:
    """The file of a design.

    Args:
        reference: as `load_design` takes it.

    Raises:
        RequestError: there is no such name, or it is none for a design.
    """
    if "/" in reference or reference.endswith(".toml"):
        path = Path(reference)
        name = path.name.removesuffix(".toml")
        if not path.name.endswith(".toml"):
            raise RequestError(f"{reference} is a path to no design file: it must end in .toml")
    else:
        name = reference
        path = designs_folder() / f"{name}.toml"
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME or name in VERILOG:
        raise RequestError(
            f"{name!r} is no name for a design: use lower-case letters, digits and single - or _"
            f" between them, a letter first, at most {_LONGEST_NAME}, no word of Verilog's"
        )
    if path.parent == designs_folder() and not path.exists():
        hint = nearest(name, committed_designs())
        raise RequestError(f"there is no design {name!r}{hint} (macsmith list shows all)")
    return path


def _design(path: Path, table: dict[str, Any], assignments: Sequence[str]) -> Design:
    check_keys("", table, ("description", "unit", "parameters", "workload", "data"))
    unit = find_unit(table.get("unit"))
    parameters = dict(subtable(table, "parameters"))
    workload = dict(subtable(table, "workload"))
    data = _data(path, subtable(table, "data"))
    for assignment in assignments:
        key, value = _assignment(assignment)
        if key.startswith("workload."):
            workload[key.removeprefix("workload.")] = value
        else:
            parameters[key] = value
    check_keys("parameter ", parameters, list(parameter_defaults(unit)))
    check_keys("workload.", workload, [field.name for field in fields(unit.limits)])
    check_present("parameter ", parameters, required_parameters(unit))
    check_present("workload.", workload, required_limits(unit))
    description = one_line(table, "description")
    if assignments:  # the description may speak of what was changed
        description = f"{description} (with {', '.join(assignments)})"
    return Design(
        name=path.name.removesuffix(".toml"),
        description=description,
        configuration=configured(unit, parameters, workload),
        data=data,
    )


def _data(path: Path, table: dict[str, Any]) -> Path | None:
    check_keys("data.", table, ("file",))
    if not table:
        return None
    name, folder = table["file"], path.resolve().parent
    if not isinstance(name, str) or not (folder / name).resolve().is_relative_to(folder):
        raise RequestError(f"data.file = {name!r} is not a file in the design's folder")
    return folder / name


def _assignment(text: str) -> tuple[str, Any]:
    key, equals, value = (part.strip() for part in text.partition("="))
    if not equals or not key or not value:
        raise RequestError(f"--set {text!r} is not of the form key=value")
    try:
        parsed = parse_toml(f"value = {value}", f"--set {key}")
    except tomllib.TOMLDecodeError:
        return key, value
    return key, parsed["value"] if len(parsed) == 1 else value
