"""Cells of a Liberty file: what kind each is, and its figures in a technology's units.

The tables are still the library's own here; `costmodel.liberty` reduces them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from liberty.types import Group

from costmodel.expression import ExpressionError, literal, names, normalize
from costmodel.liberty_text import LibertyFile, arguments, attribute
from costmodel.tables import Table, Templates, mean, worst

__all__ = ["CellReader", "LeftOutError", "RawArc", "RawCell", "RawFlop", "RawOutput", "Units"]

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
_COMBINATIONAL = {"combinational", "combinational_rise", "combinational_fall"}
_DELAYS = ("cell_rise", "cell_fall", "rise_transition", "fall_transition")
_SENSES = {"positive_unate": "positive", "negative_unate": "negative"}


class LeftOutError(Exception):
    """A cell is of a kind that technologies do not hold; the message says which."""


@dataclass(frozen=True)
class Units:
    """A file's units: what its figures are multiplied by."""

    time_ps: float
    load_ff: float
    leakage_nw: float
    voltage_v: float

    @property
    def energy_fj(self) -> float:
        """Of internal power: the unit of capacitance times that of voltage, squared."""
        return self.load_ff * self.voltage_v**2


@dataclass(frozen=True)
class RawArc:
    """An arc with the library's own tables: rise and fall delay, rise and fall transition."""

    input: str
    sense: str
    tables: tuple[Table, Table, Table, Table]


@dataclass(frozen=True)
class Power:
    """Internal energy of a pin's edges, in one state of the cell.

    Attributes:
        rail: the supply that it is drawn from; what several rails give is added.
        related: the input that caused the edge; empty for the pin itself.
        rise: of a rising edge, None if the library does not say.
        fall: of a falling edge.
    """

    rail: str
    related: str
    rise: Table | None
    fall: Table | None


@dataclass(frozen=True)
class RawInput:
    """An input pin; its capacitance, that of a rising and a falling edge, and its energies."""

    capacitance_ff: float
    edges_ff: tuple[float, float] | None
    power: tuple[Power, ...]


@dataclass(frozen=True)
class RawOutput:
    """An output pin."""

    function: str
    max_load_ff: float
    arcs: tuple[RawArc, ...]
    power: tuple[Power, ...]


@dataclass(frozen=True)
class RawFlop:
    """A flip-flop's state."""

    clock: str
    rising: bool
    data: str
    data_inverted: bool
    clear: tuple[str, int] | None
    preset: tuple[str, int] | None
    setup: tuple[Table, Table]


@dataclass(frozen=True)
class RawCell:
    """A cell before its tables are reduced."""

    name: str
    area_um2: float
    leakage_nw: float
    excluded: str
    inputs: dict[str, RawInput]
    outputs: dict[str, RawOutput]
    flop: RawFlop | None


class CellReader:
    """Reads the cells of one file."""

    def __init__(self, file: LibertyFile, units: Units) -> None:
        self._file, self._units = file, units
        self._templates = Templates(file)

    def read(self, cell: Group, excluded: str) -> RawCell:
        """A cell.

        Raises:
            LeftOutError: technologies do not hold its kind.
            RequestError: it is broken.
        """
        name = arguments(cell)[0]
        area = self._figure(cell, "area", 1e12)
        pins = dict(self._pins(cell))
        kind = self._kind(cell, pins)
        if kind:
            raise LeftOutError(kind)
        if area is None:
            raise self._file.fault(cell, f"the cell {name} states no area")
        inputs = {pin: group for pin, group in pins.items() if self._direction(group) == "input"}
        outputs = {pin: group for pin, group in pins.items() if pin not in inputs}
        flops = cell.get_groups("ff")
        flop = self._flop(cell, flops[0], inputs) if flops else None
        return RawCell(
            name=name,
            area_um2=area,
            leakage_nw=self._leakage(cell),
            excluded=excluded or _excluded(cell, name, list(outputs.values())),
            inputs={pin: self._input(group) for pin, group in inputs.items()},
            outputs={
                pin: self._output(cell, pin, group, list(inputs), flop)
                for pin, group in outputs.items()
            },
            flop=flop,
        )

    def _kind(self, cell: Group, pins: dict[str, Group]) -> str:
        """Why technologies do not hold such a cell; empty if they do."""
        for name, kind in _SPECIAL.items():
            if attribute(cell, name) not in {None, "false"}:
                return kind
        if cell.get_groups("bus") or cell.get_groups("bundle"):
            return "pins are buses"
        directions = {pin: self._direction(group) for pin, group in pins.items()}
        if "output" not in directions.values() and "inout" not in directions.values():
            return "no output"
        if any(cell.get_groups(kind) for kind in ("latch", "latch_bank")):
            return "latch"
        if cell.get_groups("statetable") or "internal" in directions.values():
            return "state table"
        if any(attribute(group, "three_state") for group in pins.values()):
            return "three-state"
        if "inout" in directions.values():
            return "bidirectional pin"
        if cell.get_groups("ff_bank") or len(cell.get_groups("ff")) > 1:
            return "several flip-flops"
        return ""

    def _pins(self, cell: Group) -> Iterator[tuple[str, Group]]:
        for group in cell.get_groups("pin"):
            for pin in arguments(group):
                yield pin, group

    def _direction(self, pin: Group) -> str:
        direction = attribute(pin, "direction")
        if direction not in {"input", "output", "inout", "internal"}:
            raise self._file.fault(
                pin,
                f"the pin {', '.join(arguments(pin))} states"
                f" {'no direction' if direction is None else f'the direction {direction}'}",
            )
        return direction

    def _figure(self, group: Group, name: str, largest: float) -> float | None:
        """A figure that cannot be negative."""
        found = self._file.number(group, name)
        if found is not None and not 0 <= found <= largest:
            raise self._file.fault(
                group, f"{name} = {found:g} is not allowed: it must be 0 to {largest:g}"
            )
        return found

    def _input(self, pin: Group) -> RawInput:
        found = self._figure(pin, "capacitance", 1e9)
        rise, fall = (self._figure(pin, f"{edge}_capacitance", 1e9) for edge in ("rise", "fall"))
        unit = self._units.load_ff
        edges = None if rise is None or fall is None else (rise * unit, fall * unit)
        if found is None and rise is not None and fall is not None:
            found = (rise + fall) / 2
        if found is None:
            found = self._figure(self._file.library, "default_input_pin_cap", 1e9)
        if found is None:
            raise self._file.fault(pin, f"the pin {arguments(pin)[0]} states no capacitance")
        return RawInput(found * unit, edges, self._power(pin))

    def _leakage(self, cell: Group) -> float:
        found = self._file.number(cell, "cell_leakage_power")
        if found is None:
            rails = defaultdict(list)
            for group in cell.get_groups("leakage_power"):
                value = self._file.number(group, "value")
                if value is None:
                    raise self._file.fault(group, "leakage_power states no value")
                rails[attribute(group, "related_pg_pin")].append(value)
            found = sum(map(mean, rails.values()))
        if not 0 <= found < 1e12:
            raise self._file.fault(
                cell, f"the leakage {found:g} is not allowed: it must be 0 or more"
            )
        return found * self._units.leakage_nw

    def _power(self, pin: Group) -> tuple[Power, ...]:
        found = []
        for group in pin.get_groups("internal_power"):
            tables = {
                each.group_name: self._templates.read(each).scaled(
                    self._units.time_ps, self._units.load_ff, self._units.energy_fj
                )
                for each in group.groups
                if each.group_name in {"power", "rise_power", "fall_power"}
            }
            rail, related = (attribute(group, f"related_{kind}pin") or "" for kind in ("pg_", ""))
            edges = (tables.get(edge, tables.get("power")) for edge in ("rise_power", "fall_power"))
            found.append(Power(rail, related, *edges))
        return tuple(found)

    def _output(
        self, cell: Group, pin: str, group: Group, inputs: list[str], flop: RawFlop | None
    ) -> RawOutput:
        function = self._function(cell, pin, group, flop is not None)
        unknown = [name for name in names(function) if name not in inputs and not flop]
        if unknown:
            if unknown[0] in dict(self._pins(cell)):
                raise LeftOutError("function of another output")
            raise self._file.fault(
                group,
                f"the function of {pin} names a pin that the cell does not have: {unknown[0]}",
            )
        related = [flop.clock] if flop else [name for name in inputs if name in names(function)]
        kinds = {f"{'rising' if flop.rising else 'falling'}_edge"} if flop else _COMBINATIONAL
        arcs = tuple(arc for name in related for arc in self._arcs(group, pin, name, kinds))
        largest = self._figure(group, "max_capacitance", 1e9)
        if largest is None:
            largest = self._figure(self._file.library, "default_max_capacitance", 1e9)
        if largest is not None:
            largest *= self._units.load_ff
        elif arcs:
            largest = max(float(table.second[-1]) for arc in arcs for table in arc.tables)
        return RawOutput(function, largest or 0.0, arcs, self._power(group))

    def _function(self, cell: Group, pin: str, group: Group, sequential: bool) -> str:
        text = attribute(group, "function")
        if text is None:
            if group.get_groups("timing"):
                raise self._file.fault(
                    group,
                    f"the output {pin} of the cell {arguments(cell)[0]} has timing but no function",
                )
            raise LeftOutError("no function")
        function = self._expression(group, text)
        if not sequential:
            return function
        state, complement = arguments(cell.get_groups("ff")[0])[:2]
        found = literal(function)
        if found is None or found[0] not in {state, complement}:
            raise LeftOutError("flip-flop with logic behind it")
        return "~state" if (found[0] == complement) != found[1] else "state"

    def _expression(self, group: Group, text: str) -> str:
        try:
            return normalize(text)
        except ExpressionError as error:
            raise self._file.fault(group, f"the function {error}") from error

    def _arcs(self, group: Group, pin: str, related: str, kinds: set[str]) -> Iterator[RawArc]:
        """The arcs from an input: one, or one for each sense where the library tells them apart."""
        found: dict[str, dict[str, list[Table]]] = {}
        for timing in group.get_groups("timing"):
            if (
                related not in (attribute(timing, "related_pin") or "").split()
                or (attribute(timing, "timing_type") or "combinational") not in kinds
            ):
                continue
            sense = _SENSES.get(attribute(timing, "timing_sense") or "", "both")
            sense = sense if kinds is _COMBINATIONAL else "both"
            tables = found.setdefault(sense, {name: [] for name in _DELAYS})
            for each in timing.groups:
                if each.group_name in tables:
                    tables[each.group_name].append(self._delay(each))
        if not found or "both" in found:
            every = {name: [t for each in found.values() for t in each[name]] for name in _DELAYS}
            found = {"both": every}
        for sense in sorted(found, reverse=True):
            yield self._arc(group, pin, related, sense, found[sense])

    def _arc(
        self, group: Group, pin: str, related: str, sense: str, found: dict[str, list[Table]]
    ) -> RawArc:
        """An arc, the worst of all its conditions."""
        tables = []
        for name, opposite in zip(
            _DELAYS, ("cell_fall", "cell_rise", *_DELAYS[:1:-1]), strict=True
        ):
            usable = found[name] or found[opposite]
            if not usable:
                raise self._file.fault(
                    group, f"the output {pin} follows {related}, but has no {name} from it"
                )
            tables.append(worst(usable))
        return RawArc(related, sense, (tables[0], tables[1], tables[2], tables[3]))

    def _delay(self, group: Group) -> Table:
        """A table of delays or transitions."""
        units = self._units
        table = self._templates.read(group).scaled(units.time_ps, units.load_ff, units.time_ps)
        fastest = float(table.values[0].min())
        slack = float(table.first[0]) if group.group_name.startswith("cell_") else 0.0
        if fastest < -slack or table.values.max() > 1e9:
            absurd = fastest if fastest < -slack else float(table.values.max())
            raise self._file.fault(
                group, f"{group.group_name} holds {absurd:g} ps, which no cell's output can take"
            )
        return table

    def _flop(self, cell: Group, ff: Group, inputs: dict[str, Group]) -> RawFlop:
        name = arguments(cell)[0]
        found: dict[str, tuple[str, bool] | None] = {}
        for key in ("clocked_on", "next_state", "clear", "preset"):
            text = attribute(ff, key)
            found[key] = None if text is None else literal(self._expression(ff, text))
            if text is not None and (found[key] is None or found[key][0] not in inputs):
                if key == "next_state":
                    raise LeftOutError("scan, enable or multiplexer flip-flop")
                raise LeftOutError(f"flip-flop with logic before {key}")
        clock, data = found["clocked_on"], found["next_state"]
        if clock is None or data is None or len(ff.args) < 2:
            raise self._file.fault(
                ff, f"the flip-flop {name} states no state, clocked_on or next_state"
            )
        rising = not clock[1]
        return RawFlop(
            clock=clock[0],
            rising=rising,
            data=data[0],
            data_inverted=data[1],
            clear=_active(found["clear"]),
            preset=_active(found["preset"]),
            setup=self._setup(inputs[data[0]], clock[0], rising),
        )

    def _setup(self, data: Group, clock: str, rising: bool) -> tuple[Table, Table]:
        kind = f"setup_{'rising' if rising else 'falling'}"
        found: dict[str, list[Table]] = {"rise_constraint": [], "fall_constraint": []}
        for timing in data.get_groups("timing"):
            if (
                attribute(timing, "timing_type") == kind
                and attribute(timing, "related_pin") == clock
            ):
                for each in timing.groups:
                    if each.group_name in found:
                        time = self._units.time_ps
                        table = self._templates.read(each).scaled(time, time, time)
                        found[each.group_name].append(table)
        rise, fall = found.values()
        if not rise and not fall:
            raise self._file.fault(data, f"the data pin states no {kind} time to {clock}")
        return worst(rise or fall), worst(fall or rise)


def _active(found: tuple[str, bool] | None) -> tuple[str, int] | None:
    """A pin, and the level at which an expression that is the pin or its complement is true."""
    return found and (found[0], 0 if found[1] else 1)


def _excluded(cell: Group, name: str, outputs: list[Group]) -> str:
    """Why the library itself, or common sense, keeps a flow from a cell."""
    if attribute(cell, "dont_use") == "true":
        return "dont_use in the library"
    functions = [attribute(output, "function") or "" for output in outputs]
    buffer = len(functions) == 1 and literal(functions[0].strip("() ")) is not None
    return "delay cell" if buffer and re.search(r"dly|delay", name, re.IGNORECASE) else ""
