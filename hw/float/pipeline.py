"""Registers between the steps of an arithmetic unit."""

from __future__ import annotations

from collections.abc import Collection

from amaranth.hdl import Module, Signal, Value

__all__ = ["Pipeline"]


class Pipeline:
    """Places a unit's pipeline registers.

    Args:
        m: the unit's module.
        cuts: names of the steps after which registers stand.
        advance: enables all of them.
    """

    def __init__(self, m: Module, cuts: Collection[str], advance: Value) -> None:
        self._m, self._cuts, self._advance = m, cuts, advance

    def __call__(self, step: str, *values: Value) -> tuple[Value, ...]:
        """What is still needed after a step: registered if there is a cut, else as it is."""
        if step not in self._cuts:
            return values
        held = []
        for i, value in enumerate(values):
            name = value.name if isinstance(value, Signal) else str(i)
            register = Signal(len(value), name=f"{step}_{name}", reset_less=True)
            with self._m.If(self._advance):
                self._m.d.sync += register.eq(value)
            held.append(register)
        return tuple(held)
