"""The pipeline of a SIMD unit: where registers stand, and whether what is in them counts."""

from __future__ import annotations

from amaranth.hdl import Module, Signal, Value

from hw.float.pipeline import Pipeline
from hw.simd.configuration import SimdMac

__all__ = ["Stages", "cuts"]

#: Where the registers of so many stages stand, besides the accumulators, without an exit.
_CUTS = (
    (),
    ("multiplied",),
    ("unpacked", "multiplied"),
    ("unpacked", "multiplied", "shifted"),
    ("unpacked", "rows", "multiplied", "shifted"),
    ("given", "unpacked", "rows", "multiplied", "shifted"),
)
#: And with one.
_CUTS_TO_EXIT = (
    (),
    ("multiplied",),
    ("multiplied", "normalised"),
    ("unpacked", "multiplied", "normalised"),
    ("unpacked", "multiplied", "shifted", "normalised"),
    ("unpacked", "rows", "multiplied", "shifted", "normalised"),
)


def cuts(configuration: SimdMac) -> tuple[str, ...]:
    """After which steps registers stand, besides the accumulators."""
    places = _CUTS if configuration.result_format is None else _CUTS_TO_EXIT
    return places[configuration.depth - 1]


class Stages:
    """Registers between the steps, and whether what is in them counts."""

    def __init__(self, m: Module, cuts: tuple[str, ...], advance: Value, valid: Value) -> None:
        self._m, self._cuts, self._advance = m, cuts, advance
        self._pipeline = Pipeline(m, cuts, advance)
        self.valid = valid

    def __call__(self, step: str, state: dict[str, Value]) -> dict[str, Value]:
        """What is still needed after a step, by name; registered if there is a cut."""
        if step not in self._cuts:
            return state
        valid = Signal(name=f"{step}_valid")
        with self._m.If(self._advance):
            self._m.d.sync += valid.eq(self.valid)
        self.valid = valid
        named = {}
        for name, value in state.items():
            named[name] = Signal(len(value), name=name)
            self._m.d.comb += named[name].eq(value)
        return dict(zip(state, self._pipeline(step, *named.values()), strict=True))
