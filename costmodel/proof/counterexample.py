"""What shows that a netlist is wrong, and the sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Counterexample"]

_MOST = 12  # values that a sentence names
_SMALL = 10  # numbers below it read better in decimal


@dataclass(frozen=True)
class Counterexample:
    """Inputs for which a netlist gives another value than its source.

    Attributes:
        inputs: by port.
        states: of the registers, by name; only what is not 0.
        what: an output, or a register of the source.
        expected: its value by the source.
        given: its value by the netlist.
        when: in words, where it is not at once; empty otherwise.
    """

    inputs: dict[str, int]
    states: dict[str, int]
    what: str
    expected: int
    given: int
    when: str = ""

    def __str__(self) -> str:
        parts = [f"{name} = {_number(value)}" for name, value in self.inputs.items()]
        text = _listed(parts)
        if self.states:
            states = [f"{name} = {_number(value)}" for name, value in self.states.items()]
            text = f"{text}{' and ' if text else ''}the registers {_listed(states)}"
        start = ", ".join(filter(None, (self.when, f"with {text}" if text else "")))
        return (
            f"{start}{', ' if start else ''}{self.what} must be {_number(self.expected)} and is"
            f" {_number(self.given)}"
        )


def _listed(parts: list[str]) -> str:
    if len(parts) > _MOST:
        return f"{', '.join(parts[:_MOST])} and {len(parts) - _MOST} more"
    return ", ".join(parts)


def _number(value: int) -> str:
    return str(value) if value < _SMALL else f"{value:#x}"
