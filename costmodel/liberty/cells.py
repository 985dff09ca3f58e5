"""Cells of a Liberty file: what kind each is, and its figures in fixed units."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from costmodel.liberty.pins import PinReader, RawInput, RawOutput
from costmodel.liberty.syntax import Group
from costmodel.liberty.tables import Table, mean
from costmodel.liberty.text import LibertyFile, attribute
from costmodel.liberty.units import Units
from costmodel.library.expression import literal, names

__all__ = ["CellReader", "LeftOutError", "RawCell", "RawFlop"]

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
_LARGEST_LEAKAGE = 1e12


class LeftOutError(Exception):
    """A cell is of a kind that technologies do not hold; the message says which."""


@dataclass(frozen=True)
class RawFlop:
    """A flip-flop's state; see `costmodel.library.technology.Flop`."""

    clock: str
    rising: bool
    data: str
    data_inverted: bool
    clear: tuple[str, int] | None
    preset: tuple[str, int] | None
    setup: tuple[Table, Table]


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
        name = cell.args[0]
        area = self._pins.figure(cell, "area", _LARGEST_UM2)
        pins = dict(_pin_groups(cell))
        directions = {pin: self._pins.direction(group) for pin, group in pins.items()}
        kind = _kind(cell, set(directions.values()))
        if kind:
            raise LeftOutError(kind)
        if area is None:
            raise self._file.fault(cell, f"the cell {name} states no area")
        inputs = {pin: group for pin, group in pins.items() if directions[pin] == "input"}
        outputs = {pin: group for pin, group in pins.items() if directions[pin] == "output"}
        functions = {pin: self._function(cell, group) for pin, group in outputs.items()}
        flops = cell.get_groups("ff")
        if flops:
            functions = {pin: _state(flops[0], function) for pin, function in functions.items()}
            flop = self._flop(name, flops[0], inputs)
            edge = "rising" if flop.rising else "falling"
            follows = {pin: [flop.clock] for pin in outputs}
        else:
            flop, edge = None, ""
            follows = {
                pin: self._follows(group, functions[pin], pins, list(inputs))
                for pin, group in outputs.items()
            }
        return RawCell(
            name=name,
            area_um2=area,
            leakage_nw=self._leakage(cell),
            excluded=excluded or _excluded(cell, name, functions),
            inputs={pin: self._pins.input(group) for pin, group in inputs.items()},
            outputs={
                pin: self._pins.output(group, follows[pin], edge) for pin, group in outputs.items()
            },
            functions=functions,
            flop=flop,
        )

    def _function(self, cell: Group, pin: Group) -> str:
        text = attribute(pin, "function")
        if text is not None:
            return self._pins.expression(pin, text)
        if pin.get_groups("timing"):
            raise self._file.fault(
                pin,
                f"the output {pin.args[0]} of the cell {cell.args[0]} has timing but no function",
            )
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

    def _leakage(self, cell: Group) -> float:
        """What the cell states; else the mean of its states, summed over its rails."""
        leakage = self._file.number(cell, "cell_leakage_power")
        if leakage is None:
            rails = defaultdict(list)
            for group in cell.get_groups("leakage_power"):
                value = self._file.number(group, "value")
                if value is None:
                    raise self._file.fault(group, "leakage_power states no value")
                rails[attribute(group, "related_pg_pin")].append(value)
            leakage = sum(map(mean, rails.values()))
        if not 0 <= leakage <= _LARGEST_LEAKAGE:
            raise self._file.fault(
                cell,
                f"the leakage {leakage:g} of the cell {cell.args[0]} is not allowed:"
                f" it must be 0 to {_LARGEST_LEAKAGE:g}",
            )
        return leakage * self._units.leakage_nw

    def _flop(self, name: str, ff: Group, inputs: dict[str, Group]) -> RawFlop:
        signals: dict[str, tuple[str, bool] | None] = {}
        for key in ("clocked_on", "next_state", "clear", "preset"):
            text = attribute(ff, key)
            if text is None:
                signals[key] = None
                continue
            pin = signals[key] = literal(self._pins.expression(ff, text))
            if pin is None or pin[0] not in inputs:
                kind = "scan, enable or multiplexer flip-flop"
                raise LeftOutError(
                    kind if key == "next_state" else f"flip-flop with logic before {key}"
                )
        clock, data = signals["clocked_on"], signals["next_state"]
        if clock is None or data is None:
            missing = "clocked_on" if clock is None else "next_state"
            raise self._file.fault(ff, f"the flip-flop {name} states no {missing}")
        edge = "falling" if clock[1] else "rising"
        return RawFlop(
            clock=clock[0],
            rising=not clock[1],
            data=data[0],
            data_inverted=data[1],
            clear=_active(signals["clear"]),
            preset=_active(signals["preset"]),
            setup=self._pins.setup(inputs[data[0]], clock[0], edge),
        )


def _pin_groups(cell: Group) -> Iterator[tuple[str, Group]]:
    for group in cell.get_groups("pin"):
        for pin in group.args:
            yield pin, group


def _kind(cell: Group, directions: set[str]) -> str:
    """Why technologies do not hold such a cell; empty if they do."""
    for name, kind in _SPECIAL.items():
        if attribute(cell, name) not in {None, "false"}:
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


def _state(ff: Group, function: str) -> str:
    """A flip-flop's output in terms of its state."""
    state, complement = (*ff.args, "", "")[:2]
    signal = literal(function)
    if signal is None or signal[0] not in {state, complement}:
        raise LeftOutError("flip-flop with logic behind it")
    return "~state" if (signal[0] == complement) != signal[1] else "state"


def _active(pin: tuple[str, bool] | None) -> tuple[str, int] | None:
    """A pin, and the level at which an expression that is the pin or its complement is true."""
    return pin and (pin[0], 0 if pin[1] else 1)


def _excluded(cell: Group, name: str, functions: dict[str, str]) -> str:
    """Why the library itself, or common sense, keeps a flow from a cell."""
    if attribute(cell, "dont_use") == "true":
        return "dont_use in the library"
    buffer = len(functions) == 1 and literal(*functions.values()) is not None
    return "delay cell" if buffer and re.search(r"dly|delay", name, re.IGNORECASE) else ""
