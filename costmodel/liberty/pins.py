"""Pins of a Liberty file's cells: capacitances, functions, arcs and energies, in fixed units.

The tables are still the library's own here; `costmodel.liberty.reduction` makes them smaller.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from costmodel.liberty.left_out import LeftOutError
from costmodel.liberty.states import sense_of
from costmodel.liberty.syntax import Group
from costmodel.liberty.tables import Table, Templates, worst
from costmodel.liberty.text import LibertyFile, attribute, choice
from costmodel.liberty.units import Units
from costmodel.library.expression import ExpressionError, normalize

__all__ = ["PinReader", "Power", "RawArc", "RawInput", "RawOutput"]

_COMBINATIONAL = {"", "combinational", "combinational_rise", "combinational_fall"}
_DELAYS = ("cell_rise", "cell_fall", "rise_transition", "fall_transition")
_OTHER_EDGE = ("cell_fall", "cell_rise", "fall_transition", "rise_transition")
_OTHER_MODELS = {"output_current_rise", "output_current_fall"}
_SENSES = {"positive_unate": "positive", "negative_unate": "negative", "non_unate": "both"}
_LARGEST_FF = 1e9
_LONGEST_PS = 1e9
_UNLIMITED_FF = 1e9  # what an output may drive where neither a limit nor a table tells


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
    """An output pin; its function is not here."""

    max_load_ff: float
    arcs: tuple[RawArc, ...]
    power: tuple[Power, ...]


class PinReader:
    """Reads the pins of one file.

    Every method raises RequestError, with the file, the line and the reason, for what is broken,
    and LeftOutError for what technologies do not hold.
    """

    def __init__(self, file: LibertyFile, units: Units) -> None:
        self._file, self._units = file, units
        self._templates = Templates(file)

    def direction(self, pin: Group) -> str:
        """``input``, ``output``, ``inout`` or ``internal``."""
        direction = choice(pin, "direction")
        if direction not in {"input", "output", "inout", "internal"}:
            named = ", ".join(pin.args)
            states = f"the direction {direction}" if direction else "no direction"
            raise self._file.fault(
                pin, f"the pin {named} states {states}: it must be input, output, inout or internal"
            )
        return direction

    def figure(self, group: Group, name: str, largest: float) -> float | None:
        """A figure that cannot be negative; None if the group does not state it."""
        figure = self._file.number(group, name)
        if figure is not None and not 0 <= figure <= largest:
            raise self._file.fault(
                group,
                f"{name} = {figure:g} of {group.group_name} {', '.join(group.args)}"
                f" is not allowed: it must be 0 to {largest:g}",
            )
        return figure

    def expression(self, group: Group, text: str) -> str:
        """A function in a technology's notation."""
        try:
            return normalize(text)
        except ExpressionError as error:
            raise self._file.fault(group, f"the function {error}") from error

    def input(self, pin: Group) -> RawInput:
        """An input pin."""
        capacitance = self.figure(pin, "capacitance", _LARGEST_FF)
        rise = self.figure(pin, "rise_capacitance", _LARGEST_FF)
        fall = self.figure(pin, "fall_capacitance", _LARGEST_FF)
        unit = self._units.load_ff
        edges = None if rise is None or fall is None else (rise * unit, fall * unit)
        if not capacitance and rise is not None and fall is not None:
            capacitance = (rise + fall) / 2
        if capacitance is None:
            capacitance = self.figure(self._file.library, "default_input_pin_cap", _LARGEST_FF)
        if capacitance is None:
            raise LeftOutError("input without a capacitance")
        return RawInput(capacitance * unit, edges, self._power(pin))

    def output(self, pin: Group, function: str, inputs: list[str], edge: str) -> RawOutput:
        """An output pin.

        Args:
            pin: its group.
            function: normalized.
            inputs: what it follows.
            edge: of a flip-flop's clock, ``rising`` or ``falling``; else empty.
        """
        arcs = tuple(arc for name in inputs for arc in self._arcs(pin, function, name, edge))
        # A limit of 0, which no output could keep, is none.
        largest = self.figure(pin, "max_capacitance", _LARGEST_FF) or self.figure(
            self._file.library, "default_max_capacitance", _LARGEST_FF
        )
        if largest:
            largest *= self._units.load_ff
        elif arcs:
            ends = (float(table.second[-1]) for arc in arcs for table in arc.tables)
            largest = max(ends) or _UNLIMITED_FF
        return RawOutput(largest or 0.0, arcs, self._power(pin))

    def setup(self, data: Group, clock: str, edge: str) -> tuple[Table, Table]:
        """Setup times of a rising and a falling data pin to an edge of the clock."""
        tables: dict[str, list[Table]] = {"rise_constraint": [], "fall_constraint": []}
        for timing in data.get_groups("timing"):
            if choice(timing, "timing_type") != f"setup_{edge}" or clock not in _related(timing):
                continue
            for table_group in timing.groups:
                if table_group.group_name in tables:
                    time = self._units.time_ps
                    table = self._templates.read(table_group).scaled(time, time, time)
                    tables[table_group.group_name].append(table)
        rise, fall = tables.values()
        if not rise and not fall:
            raise LeftOutError("flip-flop without a setup time")
        return worst(rise or fall), worst(fall or rise)

    def _power(self, pin: Group) -> tuple[Power, ...]:
        powers = []
        units = self._units
        for group in pin.get_groups("internal_power"):
            tables = {
                table_group.group_name: self._templates.read(table_group).scaled(
                    units.time_ps, units.load_ff, units.energy_fj
                )
                for table_group in group.groups
                if table_group.group_name in {"power", "rise_power", "fall_power"}
            }
            rail, related = (attribute(group, f"related_{kind}pin") or "" for kind in ("pg_", ""))
            rise, fall = (
                tables.get(name, tables.get("power")) for name in ("rise_power", "fall_power")
            )
            powers.append(Power(rail, related, rise, fall))
        return tuple(powers)

    def _arcs(self, pin: Group, function: str, related: str, edge: str) -> Iterator[RawArc]:
        """The arcs from an input: one, or one for each sense where the library tells them apart."""
        kinds = {f"{edge}_edge", ""} if edge else _COMBINATIONAL
        senses: dict[str, dict[str, list[Table]]] = {}
        other_models = False
        for timing in pin.get_groups("timing"):
            if related not in _related(timing) or choice(timing, "timing_type") not in kinds:
                continue
            sense = "both" if edge else self._sense(timing, function, related)
            tables = senses.setdefault(sense, {name: [] for name in _DELAYS})
            for table_group in timing.groups:
                if table_group.group_name in tables:
                    tables[table_group.group_name].append(self._delay(table_group))
                other_models |= table_group.group_name in _OTHER_MODELS
        if not any(delays[name] for delays in senses.values() for name in _DELAYS[:2]):
            kind = "current-source (CCS) delays only" if other_models else "output without a delay"
            raise LeftOutError(kind)
        if "both" in senses:
            every = {
                name: [t for delays in senses.values() for t in delays[name]] for name in _DELAYS
            }
            senses = {"both": every}
        for sense in sorted(senses, reverse=True):  # positive first
            yield self._arc(pin, related, sense, senses[sense])

    @staticmethod
    def _sense(timing: Group, function: str, related: str) -> str:
        """What the library states, else what follows from the function."""
        stated = _SENSES.get(choice(timing, "timing_sense"))
        return stated or sense_of(function, related, attribute(timing, "when") or "")

    def _arc(
        self, pin: Group, related: str, sense: str, tables_by_name: dict[str, list[Table]]
    ) -> RawArc:
        """An arc, the worst of all its conditions; an edge without tables is like the other one."""
        tables = []
        for name, other in zip(_DELAYS, _OTHER_EDGE, strict=True):
            usable = tables_by_name[name] or tables_by_name[other]
            if not usable:
                raise self._file.fault(
                    pin,
                    f"the output {pin.args[0]} follows {related}, but has no {name} from it",
                )
            tables.append(worst(usable))
        if not any(table.values.any() for table in tables[:2]):
            raise LeftOutError("delays of 0")  # of which ABC makes nothing
        return RawArc(related, sense, (tables[0], tables[1], tables[2], tables[3]))

    def _delay(self, group: Group) -> Table:
        """A table of delays or transitions.

        A slow input can cross its threshold after the output, so that a delay is negative; at the
        fastest input of the table by no more than that takes.
        """
        units = self._units
        table = self._templates.read(group).scaled(units.time_ps, units.load_ff, units.time_ps)
        slack = float(table.first[0]) if group.group_name.startswith("cell_") else 0.0
        least, most = float(table.values[0].min()), float(table.values.max())
        if least < -slack or most > _LONGEST_PS:
            absurd = least if least < -slack else most
            raise self._file.fault(
                group,
                f"{group.group_name} holds {absurd:g} ps, which is not allowed: it must be"
                f" {-slack or 0:g} to {_LONGEST_PS:g} ps",
            )
        return table


def _related(timing: Group) -> set[str]:
    """The pins that a ``related_pin`` names: one, or several with spaces between them."""
    text = attribute(timing, "related_pin") or ""
    return {text, *text.split()}
