"""The file of a technology: JSON, a line an arc, short enough to be read and compared.

An arc is a list: input, sense, then four tables (rise delay, fall delay, rise transition, fall
transition), each row after row; the axes stand before an output's arcs. `docs/technologies.md` has
the rest.
"""

from __future__ import annotations

import hashlib
import json
from math import isfinite
from typing import Any

from costmodel.library.technology import Arc, Cell, Flop, Grid, Input, Output, Technology
from costmodel.library.technology_check import check_technology
from hw.errors import RequestError
from sim.reading import parse_json

__all__ = ["dump", "parse"]

VERSION = 1

_UNITS = {
    "area": "um2",
    "capacitance": "fF",
    "time": "ps",
    "energy": "fJ",
    "leakage": "nW",
    "voltage": "V",
    "arc": "input, sense, rise delay, fall delay, rise transition, fall transition",
}
_HEADER = (
    "name",
    "description",
    "source",
    "licence",
    "files",
    "voltage_v",
    "temperature_c",
    "typical_transition_ps",
    "driver",
    "output_load_ff",
)
_FIGURES = ("voltage_v", "temperature_c", "typical_transition_ps", "output_load_ff")
_FLOP = ("clock", "rising", "data", "data_inverted", "clear", "preset", "setup_ps")
_DELAYS = ("rise_ps", "fall_ps", "rise_transition_ps", "fall_transition_ps")


def dump(technology: Technology) -> str:
    """The text of a technology's file."""
    head: dict[str, Any] = {"macsmith_technology": VERSION, "units": _UNITS}
    head |= {name: _plain(getattr(technology, name)) for name in _HEADER}
    lines = [f"{_text(key)}: {_text(value)}," for key, value in head.items()]
    lines.append('"left_out": {')
    lines += _separated(f"  {_text(k)}: {_text(v)}" for k, v in technology.left_out.items())
    lines += ["},", '"cells": {']
    for i, cell in enumerate(technology.cells.values()):
        lines += _cell_lines(cell)
        lines[-1] += "," if i + 1 < len(technology.cells) else ""
    return "\n".join(["{", *lines, "}", "}", ""])


def parse(text: str) -> Technology:
    """Undo `dump`.

    Raises:
        RequestError: the text is no technology's file, or one of another version.
    """
    document = parse_json(text, "this is no technology file of macsmith: it", numbers=False)
    version = document.get("macsmith_technology") if isinstance(document, dict) else None
    if version is None:
        raise RequestError("this is no technology file of macsmith")
    if version != VERSION:
        raise RequestError(
            f"this technology file is of version {version}, macsmith reads version {VERSION}:"
            " import the technology again"
        )
    try:
        head: dict[str, Any] = {name: document[name] for name in _HEADER}
        head |= {name: float(document[name]) for name in _FIGURES}
        technology = Technology(
            **head,
            left_out={reason: tuple(cells) for reason, cells in document["left_out"].items()},
            cells={name: _cell(name, cell) for name, cell in document["cells"].items()},
        )
        check_technology(technology)
    except RequestError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise RequestError(
            f"this is no technology file of macsmith: {type(error).__name__}: {error}"
        ) from error
    vars(technology)["digest"] = hashlib.sha256(text.encode()).hexdigest()
    return technology


def _cell_lines(cell: Cell) -> list[str]:
    flop = cell.flop and {name: _plain(getattr(cell.flop, name)) for name in _FLOP}
    inputs = {
        pin: [
            pin_input.capacitance_ff,
            *pin_input.energy_fj,
            *(pin_input.edge_capacitance_ff or ()),
        ]
        for pin, pin_input in cell.inputs.items()
    }
    figures = {"area_um2": cell.area_um2, "leakage_nw": cell.leakage_nw, "excluded": cell.excluded}
    lines = [f" {_text(cell.name)}: {{{_text(_plain(figures))[1:-1]},"]
    lines += [
        f'  "flop": {_text(flop)},',
        f'  "inputs": {_text(_plain(inputs))},',
        '  "outputs": {',
    ]
    outputs = []
    for pin, output in cell.outputs.items():
        axes = {(arc.transitions_ps, arc.loads_ff) for arc in output.arcs}
        if len(axes) > 1:
            raise ValueError(f"{cell.name}: the arcs of {pin} have different axes")
        transitions, loads = axes.pop() if axes else ((), ())
        head = {
            "function": output.function,
            "max_load_ff": output.max_load_ff,
            "energy_fj": output.energy_fj,
            "transitions_ps": transitions,
            "loads_ff": loads,
        }
        arcs = [
            "    "
            + _text(
                [arc.input, arc.sense] + [_plain(sum(getattr(arc, name), ())) for name in _DELAYS]
            )
            for arc in output.arcs
        ]
        opened = f'   {_text(pin)}: {{{_text(_plain(head))[1:-1]}, "arcs": ['
        outputs.append("\n".join([opened, *_separated(arcs), "   ]}"]))
    return [*lines, *_separated(outputs), "  }}"]


def _cell(name: str, contents: dict[str, Any]) -> Cell:
    flop = contents["flop"]
    return Cell(
        name=name,
        area_um2=float(contents["area_um2"]),
        leakage_nw=float(contents["leakage_nw"]),
        excluded=contents["excluded"],
        inputs={
            pin: Input(load, (rise, fall), (edges[0], edges[1]) if edges else None)
            for pin, values in contents["inputs"].items()
            for load, rise, fall, *edges in [map(float, values)]
        },
        outputs={pin: _output(output) for pin, output in contents["outputs"].items()},
        flop=flop and _flop(flop),
    )


def _output(contents: dict[str, Any]) -> Output:
    transitions, loads = (
        tuple(map(float, contents[axis])) for axis in ("transitions_ps", "loads_ff")
    )
    width, size = len(loads), len(transitions) * len(loads)

    def grid(values: list[float]) -> Grid:
        if len(values) != size:
            raise ValueError(f"a table of {len(values)} values, its axes make it {size}")
        values = [float(value) for value in values]
        return tuple(tuple(values[i : i + width]) for i in range(0, size, width))

    rise, fall = contents["energy_fj"]
    return Output(
        function=contents["function"],
        max_load_ff=float(contents["max_load_ff"]),
        energy_fj=(float(rise), float(fall)),
        arcs=tuple(
            Arc(pin, sense, transitions, loads, *map(grid, tables))
            for pin, sense, *tables in contents["arcs"]
        ),
    )


def _flop(contents: dict[str, Any]) -> Flop:
    fields: dict[str, Any] = {name: contents[name] for name in _FLOP}
    for name in ("clear", "preset"):
        fields[name] = contents[name] and tuple(contents[name])
    rise, fall = map(float, contents["setup_ps"])
    fields["setup_ps"] = (rise, fall)
    return Flop(**fields)


def _separated(lines: Any) -> list[str]:
    """Lines with a comma after each but the last."""
    lines = list(lines)
    return [f"{line}," for line in lines[:-1]] + lines[-1:]


def _plain(value: Any) -> Any:
    """The same with whole numbers written without a fraction."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    if isinstance(value, float) and isfinite(value) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _text(value: Any) -> str:
    compact = isinstance(value, list) and len(value) > 4 and isinstance(value[-1], list)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":") if compact else None)
