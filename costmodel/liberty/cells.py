"""Cells of a Liberty file: what kind each is, and its figures in fixed units."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from costmodel.liberty.flops import RawFlop, possible_states, read_flop, state_names, state_of
from costmodel.liberty.leakage import cell_leakage
from costmodel.liberty.left_out import LeftOutError
from costmodel.liberty.pins import PinReader, RawInput, RawOutput
from costmodel.liberty.syntax import Group
from costmodel.liberty.text import LibertyFile, attribute, choice, flag
from costmodel.liberty.units import Units
from costmodel.library.expression import literal, names

__all__ = ["CellReader", "RawCell"]

#: Attributes that tell a cell which a flow cannot place as logic.
_SPECIAL = {
    "clock_gating_integrated_cell": "clock gate",
    "is_macro_cell": "macro",
    "pad_cell": "pad",
    "is_level_shifter": "level shifter",
    "is_isolation_cell": "isolation cell",
    "retention_cell": "retention cell",
    "switch_cell_type": "power switch",
    "antenna_diode_type": "antenna diode",
}
_LARGEST_UM2 = 1e9
_MOST_INPUTS = 16  # a technology is proved for all values of a cell's inputs


@dataclass(frozen=True)
class RawCell:
    """A cell before its tables are reduced; see `costmodel.library.technology.Cell`."""

    name: str
    area_um2: float
    leakage_nw: float
    excluded: str
    inputs: dict[str, RawInput]
    outputs: dict[str, RawOutput]
    functions: dict[str, str]
    flop: RawFlop | None


class CellReader:
    """Reads the cells of one file."""

    def __init__(self, file: LibertyFile, units: Units) -> None:
        self._file, self._units = file, units
        self._pins = PinReader(file, units)

    def read(self, cell: Group, excluded: str) -> RawCell:
        """A cell.

        Args:
            cell: its group.
            excluded: why a flow must not use it, if the caller knows a reason.

        Raises:
            LeftOutError: technologies do not hold its kind.
            RequestError: it is broken.
        """
        if not cell.args:
            raise self._file.fault(cell, "the cell has no name")
        name = cell.args[0]
        area = self._pins.figure(cell, "area", _LARGEST_UM2)
        pins = dict(_pin_groups(cell))
        directions = {pin: self._pins.direction(group) for pin, group in pins.items()}
        kind = _kind(cell, set(directions.values()))
        if kind:
            raise LeftOutError(kind)
        if not area:  # a cell of no area would be mapped to wherever it fits
            raise LeftOutError("no area")
        inputs = {pin: group for pin, group in pins.items() if directions[pin] == "input"}
        outputs = {pin: group for pin, group in pins.items() if directions[pin] == "output"}
        if len(inputs) > _MOST_INPUTS:
            raise LeftOutError(f"more than {_MOST_INPUTS} inputs")
        functions = {pin: self._function(group) for pin, group in outputs.items()}
        flop, edge = None, ""
        if ffs := cell.get_groups("ff"):
            functions = {pin: state_of(ffs[0], function) for pin, function in functions.items()}
            flop = read_flop(self._file, self._pins, name, ffs[0], inputs)
            edge = "rising" if flop.rising else "falling"
            follows = {pin: [flop.clock] for pin in outputs}
            meanings = functions | state_names(ffs[0])
        else:
            follows = {
                pin: self._follows(group, functions[pin], pins, list(inputs))
                for pin, group in outputs.items()
            }
            meanings = functions
        leakage = cell_leakage(self._file, cell, area, meanings, possible_states(flop))
        return RawCell(
            name=name,
            area_um2=area,
            leakage_nw=leakage * self._units.leakage_nw,
            excluded=excluded or _excluded(cell, name, functions),
            inputs={pin: self._pins.input(group) for pin, group in inputs.items()},
            outputs={
                pin: self._pins.output(group, functions[pin], follows[pin], edge)
                for pin, group in outputs.items()
            },
            functions=functions,
            flop=flop,
        )

    def _function(self, pin: Group) -> str:
        text = attribute(pin, "function")
        if text is not None:
            return self._pins.expression(pin, text)
        raise LeftOutError("no function")

    def _follows(
        self, pin: Group, function: str, pins: dict[str, Group], inputs: list[str]
    ) -> list[str]:
        """The inputs that an output follows."""
        used = names(function)
        for name in used:
            if name not in pins:
                raise self._file.fault(
                    pin,
                    f"the function of {pin.args[0]} names {name}, no pin of the cell",
                )
            if name not in inputs:
                raise LeftOutError("function of another output")
        return [name for name in inputs if name in used]


def _pin_groups(cell: Group) -> Iterator[tuple[str, Group]]:
    for group in cell.get_groups("pin"):
        for pin in group.args:
            yield pin, group


def _kind(cell: Group, directions: set[str]) -> str:
    """Why technologies do not hold such a cell; empty if they do."""
    for name, kind in _SPECIAL.items():
        if choice(cell, name) not in {"", "false"}:
            return kind
    for groups, kind in (
        (("bus", "bundle"), "pins are buses"),
        (("latch", "latch_bank"), "latch"),
        (("statetable",), "state table"),
        (("ff_bank",), "several flip-flops"),
    ):
        if any(cell.get_groups(group_name) for group_name in groups):
            return kind
    if "inout" in directions:
        return "bidirectional pin"
    if "output" not in directions:
        return "no output"
    if "internal" in directions:
        return "state table"
    if any(attribute(group, "three_state") for group in cell.get_groups("pin")):
        return "three-state"
    return "several flip-flops" if len(cell.get_groups("ff")) > 1 else ""


def _excluded(cell: Group, name: str, functions: dict[str, str]) -> str:
    """Why the library itself, or common sense, keeps a flow from a cell."""
    if flag(cell, "dont_use"):
        return "dont_use in the library"
    if flag(cell, "always_on"):
        return "always-on cell"
    buffer = len(functions) == 1 and literal(*functions.values()) is not None
    return "delay cell" if buffer and re.search(r"dly|delay", name, re.IGNORECASE) else ""
