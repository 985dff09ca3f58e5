"""What a technology's file must hold to be believed: kinds, ranges, and names that are there.

Every reader of a `Technology` takes this for granted; a file may come from anywhere.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from costmodel.library.expression import names, normalize
from costmodel.library.technology import Arc, Cell, Flop, Output, Technology
from hw.errors import RequestError

__all__ = ["check_technology"]

_LARGEST = 1e12  # of any figure
_TEXTS = ("name", "description", "source", "licence", "driver")
_SENSES = ("positive", "negative", "both")
_STATE = "state"  # of a flip-flop, in the functions of its outputs


def check_technology(technology: Technology) -> None:
    """See that all of a technology can be meant.

    Raises:
        RequestError: a part is of the wrong kind, out of its range, or names what is not there.
    """
    for name in _TEXTS:
        _text(name, getattr(technology, name))
    for kind in (technology.files, *technology.left_out.values()):
        for text in kind:
            _text("files and left_out", text)
    for name in ("voltage_v", "typical_transition_ps"):
        _number(name, getattr(technology, name), least=1e-6)
    _number("temperature_c", technology.temperature_c, least=-_LARGEST)
    _number("output_load_ff", technology.output_load_ff)
    for cell in technology.cells.values():
        try:
            _check_cell(cell)
        except RequestError as error:
            raise RequestError(f"cell {cell.name}: {error}") from error
    if technology.driver not in technology.cells:
        raise RequestError(f"driver = {technology.driver!r} is not one of its cells")


def _check_cell(cell: Cell) -> None:
    _number("area_um2", cell.area_um2)
    _number("leakage_nw", cell.leakage_nw, least=-_LARGEST)
    _text("excluded", cell.excluded)
    if cell.inputs.keys() & cell.outputs.keys():
        raise RequestError("a pin is an input and an output")
    for pin, entry in cell.inputs.items():
        _number(f"the load of {pin}", entry.capacitance_ff)
        _numbers(f"inputs.{pin}", (*entry.energy_fj, *(entry.edge_capacitance_ff or ())))
    if cell.flop is not None:
        _check_flop(cell.flop, list(cell.inputs))
    for pin, output in cell.outputs.items():
        try:
            _check_output(output, [*cell.inputs, *([_STATE] if cell.flop else [])])
        except RequestError as error:
            raise RequestError(f"output {pin}: {error}") from error


def _check_flop(flop: Flop, pins: list[str]) -> None:
    for name in ("rising", "data_inverted"):
        if type(getattr(flop, name)) is not bool:
            raise RequestError(f"flop.{name} is neither true nor false")
    levels = [(name, pair) for name in ("clear", "preset") if (pair := getattr(flop, name))]
    for name, pair in levels:
        if len(pair) != 2 or pair[1] not in (0, 1):
            raise RequestError(f"flop.{name} is not a pin and its level, 0 or 1")
    for pin in (flop.clock, flop.data, *(pair[0] for _, pair in levels)):
        if pin not in pins:
            raise RequestError(f"flop: {pin!r} is not one of its inputs")
    _numbers("flop.setup_ps", flop.setup_ps)


def _check_output(output: Output, pins: list[str]) -> None:
    _text("function", output.function)
    try:
        used = names(normalize(output.function))
    except ValueError as error:
        raise RequestError(f"function: {error}") from error
    for pin in used:
        if pin not in pins:
            raise RequestError(f"function = {output.function!r}: there is no pin {pin}")
    _number("max_load_ff", output.max_load_ff)
    _numbers("energy_fj", output.energy_fj)
    for arc in output.arcs:
        _check_arc(arc, pins)


def _check_arc(arc: Arc, pins: list[str]) -> None:
    if arc.input not in pins or arc.sense not in _SENSES:
        raise RequestError(f"an arc is from {arc.input!r} with sense {arc.sense!r}")
    for axis in (arc.transitions_ps, arc.loads_ff):
        _numbers("the axes of arcs", axis)
        if not axis or list(axis) != sorted(set(axis)):
            raise RequestError(f"the axes of arcs must rise, and one is {list(axis)}")
    for table in (arc.rise_ps, arc.fall_ps, arc.rise_transition_ps, arc.fall_transition_ps):
        for row in table:
            _numbers(f"the arc from {arc.input}", row)


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise RequestError(f"{name} = {value!r} is no text")


def _number(name: str, value: float, least: float = 0) -> None:
    if not least <= value <= _LARGEST:
        raise RequestError(f"{name} = {value} is not from {least:g} to {_LARGEST:g}")


def _numbers(name: str, values: Collection[float]) -> None:
    total = sum(values)  # a NaN among them shows in it, and not always in the least and the largest
    if total != total or (values and not -_LARGEST <= min(values) <= max(values) <= _LARGEST):
        raise RequestError(f"{name}: {list(values)} are not all from {-_LARGEST:g} to {_LARGEST:g}")
