"""The accumulator of a slice: one wide sum or several narrow ones."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.modules import Modules
from hw.simd.configuration import SimdMac
from hw.simd.ports import flags

__all__ = ["Accumulator"]


class Accumulator(wiring.Component):
    """Adds what an operation gives (`hw.simd.operand.Operand`) to the sums of a slice.

    One adder serves all fields: between two of them it has a place more, where a carry passes, or
    where the carry-in of the next sum enters. Latency 1, an operation a cycle.

    Args:
        configuration: of the unit.
        gated: what is to be added comes from registers and stands there until it is taken; else
            it is zero whenever nothing is to be added.

    Ports:
        operand, enters, passes: as `Operand` has them.
        taken: they count (only if ``gated``).
        restart: the sums start with what is added.
        noted_<flag>: for each field what there is to be said of what is added.
        sum: the sums.
        <flag>: for each field whether anything was to be said so far of the sum that starts there.
    """

    def __init__(self, configuration: SimdMac, *, gated: bool) -> None:
        self._configuration, self._gated = configuration, gated
        c = configuration
        ports: dict[str, wiring.Member] = {"operand": In(c.accumulator_bits)}
        ports |= {"enters": In(c.fields), "passes": In(c.fields), "restart": In(1)}
        ports |= {"taken": In(1)} if gated else {}
        ports |= {f"noted_{flag}": In(c.fields) for flag in flags(c)}
        ports["sum"] = Out(c.accumulator_bits)
        super().__init__(ports | {flag: Out(c.fields) for flag in flags(c)})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        width = c.field_bits
        held = Signal(c.accumulator_bits, name="held", reset_less=True)
        kept = self._kept(held)
        operand, enters = self._taken(self.operand), self._taken(self.enters)
        left: list[Value] = []
        right: list[Value] = []
        for field in range(c.fields):
            left += [self.passes[field], kept.word_select(field, width)]
            right += [enters[field], operand.word_select(field, width)]
        total = Signal(c.accumulator_bits + c.fields)
        m.d.comb += [total.eq(Cat(left) + Cat(right)), self.sum.eq(held)]
        m.d.sync += held.eq(
            Cat(total[i * (width + 1) + 1 :][:width] for i in range(c.fields)),
        )
        for flag in flags(c):
            noted = Signal(c.fields, name=f"{flag}_noted", reset_less=True)
            m.d.sync += noted.eq(self._kept(noted) | self._taken(getattr(self, f"noted_{flag}")))
            m.d.comb += getattr(self, flag).eq(noted)
        return m

    def _kept(self, value: Signal) -> Value:
        """What was there before, unless the sums start anew."""
        return value & (~self.restart).replicate(len(value))

    def _taken(self, value: Value) -> Value:
        """What is added, if it counts."""
        return value & self.taken.replicate(len(value)) if self._gated else value
