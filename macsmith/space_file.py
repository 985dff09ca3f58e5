"""Space files: TOML in, a checked design space out.

At the top stand ``technologies``, ``workloads``, ``minimize``, ``maximize``, ``constraints``,
``margin`` and ``[figures]``; under ``[space]`` the axes: a value, a list, or a range
``{from, to}`` with a ``step`` or a ``factor``. Each ``[[union]]`` is a block of its own, its axes
with those of ``[space]``. Under ``[system]`` are the axes of what is around a core. The page
docs/explore.md has it in full.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.explore.accelerators import SYSTEM_AXES, SYSTEM_FIGURES, check_axes
from costmodel.explore.formula import NUMBER, TEXT, TRUTH, Formula, parse_formula
from costmodel.explore.space import (
    CLOCK,
    FASTEST,
    FIGURES,
    MEETS_CLOCK,
    WORKLOAD_FIGURES,
    Block,
    Objective,
    Products,
    Space,
)
from costmodel.family import basis_of, basis_of_family
from costmodel.model.model import read_model, shipped_models
from costmodel.technologies import load_technology
from hw.errors import RequestError, check_integer
from hw.families import find_unit, units
from hw.formats import parse_format
from hw.formats.weights import check_carried
from hw.unit import Unit, parameter_types, required_parameters
from macsmith.design import designs_folder
from macsmith.synthesis import period_ps
from macsmith.toml_file import check_keys, nearest, one_line, read_toml, subtable
from macsmith.workload import Model, load_workload

__all__ = ["committed_spaces", "describe_space", "load_space", "spaces_folder"]

_KEYS = (
    "description",
    "technologies",
    "workloads",
    "minimize",
    "maximize",
    "constraints",
    "margin",
    "figures",
    "space",
    "system",
    "union",
)
_LONGEST_AXIS = 1_000_000
_MOST_VALUES = 1 << 31  # of a whole number
_KINDS = {int: NUMBER, float: NUMBER, bool: TRUTH, str: TEXT}
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def spaces_folder() -> Path:
    """The folder of the committed spaces."""
    return designs_folder() / "spaces"


def committed_spaces() -> list[str]:
    """Names of the committed spaces."""
    return sorted(path.stem for path in spaces_folder().glob("*.toml"))


def describe_space(name: str) -> str:
    """The description of a committed space."""
    return one_line(read_toml(spaces_folder() / f"{name}.toml", "space"), "description")


def load_space(
    reference: str, technologies: tuple[str, ...] = (), clocks_ns: tuple[float, ...] = ()
) -> Space:
    """Read a space.

    Args:
        reference: a name in `spaces_folder`, or a path to a TOML file (it has a ``/`` or ends in
            ``.toml``).
        technologies: in place of the file's.
        clocks_ns: clock periods in ns, in place of the file's if it has any.

    Raises:
        RequestError: something in it cannot be; the sentence says what, where and what may be.
    """
    if "/" in reference or reference.endswith(".toml"):
        path = Path(reference)
    elif reference in committed_spaces():
        path = spaces_folder() / f"{reference}.toml"
    else:
        hint = nearest(reference, committed_spaces())
        raise RequestError(
            f"there is no space {reference!r}{hint}: there are {', '.join(committed_spaces())},"
            " or name a .toml file"
        )
    table = read_toml(path, "space")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if clocks_ns and table:
        table["space"] = subtable(table, "space") | {CLOCK: list(clocks_ns)}
        for block in table.get("union", ()):
            block.pop(CLOCK, None)
    try:
        return _space(path.name.removesuffix(".toml"), table, technologies, digest)
    except RequestError as error:
        raise RequestError(f"{path.name}: {error}") from error


def _space(name: str, table: dict[str, Any], technologies: tuple[str, ...], digest: str) -> Space:
    if not table:
        raise RequestError("the file is empty: a space needs [space] with axes, and an objective")
    check_keys("", table, _KEYS)
    references = _texts(table, "workloads")
    models = _models(references)
    workloads = tuple(map(_products, models, references))
    blocks = _blocks(table, bool(workloads))
    accelerators, node_nm = _accelerators(table, workloads)
    _check_formats(models, blocks)
    families = {find_unit(name).family for block in blocks for name in block.axes["unit"].tolist()}
    chosen, model_files = _technologies(
        technologies or _texts(table, "technologies") or ("nangate45",), sorted(families)
    )
    types = axis_types(families)
    kinds = {"technology": TEXT} | {
        name: _KINDS[types[name]] for name in types if all(name in block.axes for block in blocks)
    }
    kinds |= {axis: _KINDS[SYSTEM_AXES[axis]] for axis in accelerators}
    mentioned = {name for family in families for name in basis_of_family(family).figures}
    kinds |= dict.fromkeys((*FIGURES, FASTEST, *sorted(mentioned)), NUMBER)
    if workloads:
        kinds |= dict.fromkeys(("inputs", *WORKLOAD_FIGURES), NUMBER) | {"workload": TEXT}
    if "system" in table:
        kinds |= dict.fromkeys(SYSTEM_FIGURES, NUMBER)
        for technology in chosen:
            check_axes(accelerators, technology, node_nm)
    figures = _figures(subtable(table, "figures"), kinds, set(types))
    objectives = [
        Objective(parse_formula(text, place, kinds, NUMBER), maximize=place == "maximize")
        for place in ("minimize", "maximize")
        for text in _texts(table, place)
    ]
    if not objectives:
        raise RequestError("there is no objective: name one in minimize or maximize")
    _check_unique("minimize and maximize", tuple(objective.name for objective in objectives))
    constraints = _texts(table, "constraints")
    _check_unique("constraints", constraints)
    if _has_clock(blocks) and MEETS_CLOCK not in constraints:
        constraints = (MEETS_CLOCK, *constraints)
    return Space(
        name=name,
        description=one_line(table, "description"),
        technologies=chosen,
        blocks=tuple(Block({**block.axes, **accelerators}) for block in blocks),
        objectives=tuple(objectives),
        constraints=tuple(parse_formula(t, "constraints", kinds, TRUTH) for t in constraints),
        figures=figures,
        workloads=workloads,
        digest=digest,
        models=model_files,
        accelerators="system" in table,
        node_nm=node_nm,
        margin_percent=_margin(table),
    )


def _margin(table: Mapping[str, Any]) -> float | None:
    """Percent of a constraint's limit within which a point is uncertain; None: expected errors."""
    margin = table.get("margin", "expected")
    if margin == "expected":
        return None
    if type(margin) not in (int, float) or not 0 <= margin <= 100:
        raise RequestError(
            f"margin = {margin!r} is neither a number from 0 to 100, percent of a constraint's"
            ' limit, nor "expected", the model\'s expected error'
        )
    return float(margin)


def _has_clock(blocks: Sequence[Block]) -> bool:
    """Whether designs are asked for at clocks: in all blocks, or in none."""
    having = [CLOCK in block.axes for block in blocks]
    if any(having) and not all(having):
        raise RequestError(f"{CLOCK} is an axis of some blocks and not of others: of all or none")
    for block in blocks if having[0] else ():
        for clock_ns in block.axes[CLOCK].tolist():
            period_ps(clock_ns)
    return having[0]


def _technologies(
    references: tuple[str, ...], families: list[str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Names of technologies, and the files of those that are given as cost models.

    Cells are asked for by ``--verify`` and ``--search`` only, so a model does without.
    """
    models = {}
    names = []
    for reference in references:
        model = _model_name(reference)
        if model:
            models[model] = reference
        elif not all(reference in shipped_models(family) for family in families):
            load_technology(reference)
        names.append(model or reference)
    _check_unique("technologies", tuple(names))
    return tuple(names), models


def _model_name(reference: str) -> str:
    """The technology that a file is a cost model of; empty if it is none."""
    if not reference.endswith(".json"):
        return ""
    try:
        return read_model(Path(reference)).technology
    except RequestError:
        return ""


def _texts(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts, or a single one."""
    value = table.get(name, [])
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise RequestError(f"{name} is not a list of texts")
    return tuple(value)


def _check_unique(name: str, values: tuple[Any, ...]) -> None:
    seen = set()
    for value in values:
        if value in seen:
            raise RequestError(f"{name} has {value!r} twice")
        seen.add(value)


def _models(names: tuple[str, ...]) -> list[Model]:
    _check_unique("workloads", names)
    return [load_workload(name) for name in names]


def _products(model: Model, reference: str) -> Products:
    layers = tuple((layer.inputs, layer.outputs, layer.count) for layer in model.layers)
    vectors = tuple(layer.vectors or 0 for layer in model.layers)
    bits = tuple(layer.weight_bits for layer in model.layers)
    return Products(
        model.name,
        layers,
        reference,
        vectors if any(vectors) else (),
        bits if any(bits) else (),
    )


def _check_formats(models: Sequence[Model], blocks: Sequence[Block]) -> None:
    """See that every design of the space takes the weights of all layers."""
    for block in blocks:
        planes = int(block.axes["planes"].min()) if "planes" in block.axes else 1
        for model in models:
            for layer in model.layers:
                check_carried(f"{model.name}: {layer.name}", layer.format, (1 << planes) - 1)


def _accelerators(
    table: dict[str, Any], workloads: Sequence[Products]
) -> tuple[dict[str, NDArray[Any]], int | None]:
    """The axes of what is around a core, and the node of its technology if it is told."""
    system = subtable(table, "system")
    check_keys("system.", system, (*SYSTEM_AXES, "node_nm"))
    if "system" in table and not workloads:
        raise RequestError("[system] is there, and no workloads: an accelerator runs one")
    node_nm = system.pop("node_nm", None)
    if node_nm is not None:
        check_integer("system.node_nm", node_nm, 1, 1000)
    axes = {
        name: np.array(_axis(f"system.{name}", value, SYSTEM_AXES[name]))
        for name, value in system.items()
    }
    return axes, node_nm


def _figures(
    table: dict[str, Any], kinds: dict[str, str], parameters: set[str]
) -> dict[str, Formula]:
    """The user's own figures; each may use those before it, and is added to the kinds."""
    figures = {}
    for name, text in table.items():
        if not name.isidentifier() or name in kinds or name in parameters:
            raise RequestError(f"figures.{name} is no new name: letters, digits and _ make one")
        figures[name] = parse_formula(text, f"figures.{name}", kinds, NUMBER)
        kinds[name] = NUMBER
    return figures


def _blocks(table: dict[str, Any], has_workloads: bool) -> list[Block]:
    shared = subtable(table, "space")
    union = table.get("union", [{}])
    if not isinstance(union, list) or not all(isinstance(block, dict) for block in union):
        raise RequestError("union is not a list of tables: write each one as [[union]]")
    if not union or not (shared or any(union)):
        raise RequestError("there are no axes: write them under [space]")
    blocks = []
    for number, own in enumerate(union):
        place = f"union[{number}]." if own else "space."
        axes = shared | own
        places = {name: f"{place if name in own else 'space.'}{name}" for name in axes}
        if "unit" not in axes:
            raise RequestError(f"{place}unit is missing")
        chosen = _units(places["unit"], axes["unit"])
        types = axis_types({unit.family for unit in chosen})
        check_keys("parameter ", axes, list(types))
        _check_required(place, axes, chosen, has_workloads)
        values = {name: _axis(places[name], axes[name], types[name]) for name in axes}
        for name, axis in values.items():
            _check_texts(places[name], name, axis, chosen)
        blocks.append(Block({name: np.array(axis) for name, axis in values.items()}))
    return blocks


def _check_required(
    place: str, axes: Mapping[str, Any], chosen: Sequence[type[Unit]], has_workloads: bool
) -> None:
    """See that a block states what its units need."""
    if has_workloads and "inputs" in axes:
        raise RequestError("inputs and workloads both say how long sums are: leave one out")
    required = dict.fromkeys(name for unit in chosen for name in required_parameters(unit))
    limits = basis_of(chosen[0]).needed
    for name in (*required, *(() if has_workloads else limits)):
        if name not in axes:
            more = " (or name workloads)" if name in limits else ""
            raise RequestError(f"{place}{name} is missing{more}")


def axis_types(families: Iterable[str]) -> dict[str, type]:
    """The type of every parameter, and every limit, that may be an axis for units of families."""
    types: dict[str, type] = {"unit": str, CLOCK: float}
    for family in families:
        types |= basis_of_family(family).axes
        for unit in units().values():
            if unit.family == family:
                types |= parameter_types(unit)
    return types


def _units(place: str, value: Any) -> list[type[Unit]]:
    """The units that an axis names."""
    known = units()
    names = _axis(place, value, str)
    for name in names:
        if name not in known:
            hint = nearest(name, tuple(known)) or f": it must be one of {', '.join(known)}"
            raise RequestError(f"{place} has {name!r}, which is unknown{hint}")
    families = sorted({known[name].family for name in names})
    if len(families) > 1:
        raise RequestError(
            f"{place} names units of several families ({', '.join(families)}): give those of each"
            " family a [[union]] of their own"
        )
    return [known[name] for name in names]


def _axis(place: str, value: Any, wanted: type) -> list[Any]:
    """The values of an axis."""
    values = _range(place, value, wanted) if isinstance(value, dict) else value
    if not isinstance(values, list):
        values = [values]
    if not values:
        raise RequestError(f"{place} is empty: an axis needs at least one value")
    if len(values) > _LONGEST_AXIS:
        raise RequestError(f"{place} has {len(values):,} values, more than {_LONGEST_AXIS:,}")
    if wanted is float:
        values = [float(entry) if type(entry) is int else entry for entry in values]
    for entry in values:
        if type(entry) is not wanted:
            raise RequestError(f"{place} has {entry!r}, which is not {_WORDS[wanted]}")
        if wanted is int and not 0 <= entry < _MOST_VALUES:
            raise RequestError(f"{place} has {entry}, which is not from 0 to {_MOST_VALUES - 1}")
    _check_unique(place, tuple(values))
    return values


def _range(place: str, table: dict[str, Any], wanted: type) -> list[int]:
    """Whole numbers: ``{from, to}`` with a ``step`` (1 by default) or a ``factor``."""
    if wanted is not int:
        raise RequestError(f"{place} is a range: it must be {_WORDS[wanted]}, or a list")
    check_keys(f"{place}.", table, ("from", "to", "step", "factor"))
    if "step" in table and "factor" in table:
        raise RequestError(f"{place} has step and factor: leave one out")
    for key in ("from", "to", *(key for key in ("step", "factor") if key in table)):
        number = table.get(key)
        least = {"step": 1, "factor": 2}.get(key, 0)
        if type(number) is not int or not least <= number < _MOST_VALUES:
            raise RequestError(
                f"{place}.{key} = {number!r} is not a whole number from {least} to"
                f" {_MOST_VALUES - 1}"
            )
    first, last = table["from"], table["to"]
    if first > last:
        raise RequestError(f"{place} is empty: it goes from {first} to {last}")
    if "factor" not in table:
        step = table.get("step", 1)
        if (count := (last - first) // step + 1) > _LONGEST_AXIS:
            raise RequestError(f"{place} has {count:,} values, more than {_LONGEST_AXIS:,}")
        return list(range(first, last + 1, step))
    if first == 0:
        raise RequestError(f"{place}.from = 0 does not grow by a factor: start at 1")
    values = [first]
    while values[-1] * table["factor"] <= last:
        values.append(values[-1] * table["factor"])
    return values


def _check_texts(
    place: str, name: str, values: Sequence[Any], chosen: Sequence[type[Unit]]
) -> None:
    """See that names mean something; whether they go with the others, the estimate tells."""
    words = tuple(dict.fromkeys(word for unit in chosen for word in unit.choices.get(name, ())))
    for value in values if words else ():
        if value not in words:
            hint = nearest(value, words) or f": it must be one of {', '.join(words)}"
            raise RequestError(f"{place} has {value!r}, which is unknown{hint}")
    for value in values if any(name in unit.formats for unit in chosen) else ():
        try:
            parse_format(value)
        except RequestError as error:
            raise RequestError(f"{place}: {error}") from error
