"""Registers between the steps of an arithmetic unit."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from amaranth.hdl import Const, Module, Signal, Value

from hw.errors import RequestError
from hw.formats import Float, Rounding

__all__ = ["MOST_STAGES", "Pipeline", "Stages", "check_unit"]

#: More registers in a unit would have nothing to part.
MOST_STAGES = 5


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
        names = [v.name if isinstance(v, Signal) else str(i) for i, v in enumerate(values)]
        return tuple(map(partial(self._register, step), names, values))

    def named(self, step: str, state: dict[str, Value]) -> dict[str, Value]:
        """The same of values by their names, which their registers are called by."""
        if step not in self._cuts:
            return state
        return {name: self._register(step, name, value) for name, value in state.items()}

    def _register(self, step: str, name: str, value: Value) -> Value:
        if isinstance(value, Const):
            return value
        register = Signal(len(value), name=f"{step}_{name}", reset_less=True)
        with self._m.If(self._advance):
            self._m.d.sync += register.eq(value)
        return register


class Stages:
    """Registers between the steps of a stream's unit, and whether what is in them counts.

    Args:
        m: the unit's module.
        cuts: names of the steps after which registers stand.
        advance: enables all of them.
        valid: what enters the first step counts.

    Attributes:
        valid: what left the last step counts.
        advance: enables all of them.
    """

    def __init__(self, m: Module, cuts: Collection[str], advance: Value, valid: Value) -> None:
        self._m, self._cuts, self.advance = m, cuts, advance
        self._pipeline = Pipeline(m, cuts, advance)
        self.valid = valid

    def __call__(self, step: str, state: dict[str, Value]) -> dict[str, Value]:
        """What is still needed after a step, by name; registered if there is a cut."""
        if step not in self._cuts:
            return state
        valid = Signal(name=f"{step}_valid")
        with self._m.If(self.advance):
            self._m.d.sync += valid.eq(self.valid)
        self.valid = valid
        return self._pipeline.named(step, state)


def check_unit(unit: str, form: Float, stages: int) -> None:
    """See that a unit can have a format and so many stages.

    Args:
        unit: what it is called.
        form: its format.
        stages: registers between operands and result.

    Raises:
        RequestError: ``stages`` is not 0 to `MOST_STAGES`, or the format rounds stochastically.
    """
    if not 0 <= stages <= MOST_STAGES:
        raise RequestError(
            f"a floating-point {unit} of {stages} stages is not supported: it must be 0 to"
            f" {MOST_STAGES}"
        )
    if form.rounding is Rounding.STOCHASTIC:
        raise RequestError(
            f"a floating-point {unit} takes no random words, which {form.name} is rounded with"
        )
