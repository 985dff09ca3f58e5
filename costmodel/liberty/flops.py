"""Flip-flops of a Liberty file: what is taken when, and what the outputs are of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from costmodel.liberty.left_out import LeftOutError
from costmodel.liberty.pins import PinReader
from costmodel.liberty.syntax import Group
from costmodel.liberty.tables import Table
from costmodel.liberty.text import LibertyFile, attribute
from costmodel.library.expression import literal, quoted

__all__ = ["RawFlop", "possible_states", "read_flop", "state_names", "state_of"]


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


def read_flop(
    file: LibertyFile, pins: PinReader, cell: str, ff: Group, inputs: Mapping[str, Group]
) -> RawFlop:
    """What a group ``ff`` says.

    Args:
        file: that it is in.
        pins: reads that file's pins.
        cell: the name of its cell.
        ff: the group.
        inputs: the cell's input pins.

    Raises:
        LeftOutError: technologies do not hold such flip-flops.
        RequestError: it is broken.
    """
    if attribute(ff, "clocked_on_also") is not None:
        raise LeftOutError("flip-flop of two clocks")
    signals: dict[str, tuple[str, bool] | None] = {}
    for key in ("clocked_on", "next_state", "clear", "preset"):
        text = attribute(ff, key)
        if text is None:
            signals[key] = None
            continue
        pin = signals[key] = literal(pins.expression(ff, text))
        if pin is None or pin[0] not in inputs:
            kind = "scan, enable or multiplexer flip-flop"
            raise LeftOutError(
                kind if key == "next_state" else f"flip-flop with logic before {key}"
            )
    clock, data = signals["clocked_on"], signals["next_state"]
    if clock is None or data is None:
        missing = "clocked_on" if clock is None else "next_state"
        raise file.fault(ff, f"the flip-flop {cell} states no {missing}")
    edge = "falling" if clock[1] else "rising"
    return RawFlop(
        clock=clock[0],
        rising=not clock[1],
        data=data[0],
        data_inverted=data[1],
        clear=_active(signals["clear"]),
        preset=_active(signals["preset"]),
        setup=pins.setup(inputs[data[0]], clock[0], edge),
    )


def state_of(ff: Group, function: str) -> str:
    """A flip-flop's output in terms of its state.

    Raises:
        LeftOutError: it is more than the state or its complement.
    """
    signal = literal(function)
    names = state_names(ff)
    if signal is None or signal[0] not in names:
        raise LeftOutError("flip-flop with logic behind it")
    return "~state" if (names[signal[0]] == "~state") != signal[1] else "state"


def state_names(ff: Group) -> dict[str, str]:
    """What a flip-flop calls its state and its complement."""
    return dict(zip(ff.args, ("state", "~state"), strict=False))


def possible_states(flop: RawFlop | None) -> str:
    """The states that a cell can be in, an expression: one that is cleared is not set."""
    if flop is None:
        return "1"
    clear, preset = (_when(pin) for pin in (flop.clear, flop.preset))
    return f"~({clear} & ~{preset} & state) & ~({preset} & ~{clear} & ~state)"


def _when(pin: tuple[str, int] | None) -> str:
    """When a pin is at its active level."""
    if pin is None:
        return "0"
    return f"({'' if pin[1] else '~'}{quoted(pin[0])})"


def _active(pin: tuple[str, bool] | None) -> tuple[str, int] | None:
    """A pin, and the level at which an expression that is the pin or its complement is true."""
    return pin and (pin[0], 0 if pin[1] else 1)
