"""A processing element: a multiply-add with the registers around it, and the next weight."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.engine.configuration import MatrixEngine
from hw.engine.integer_sum import integer_sum
from hw.float.pipeline import Stages
from hw.fma.raw_sum import raw_sum
from hw.fma.rounded_sum import rounded_sum
from hw.modules import Modules

__all__ = ["Element"]


class Element(wiring.Component):
    """Multiplies what passes to the right by a weight, and adds the products to what passes down.

    Two weights are kept: that in use, and the next one, which takes its place together with the
    activation that comes with ``swap``.

    Ports:
        advance: all registers but that of the next weight move; else they stand still.
        activation: a code; passed on as ``activation_out`` a cycle later.
        swap: the activation is the first one of the next weight; passed on as ``swap_out``.
        weight: a code.
        load: it becomes the next weight.
        sum: the sum so far.
        activation_out, swap_out: what came, a cycle later.
        sum_out: the sum and the product of ``activation_out`` and the weight in use, a cycle later.
    """

    def __init__(self, configuration: MatrixEngine) -> None:
        self._configuration = c = configuration
        a, b = c.factors
        super().__init__(
            {
                "advance": In(1),
                "activation": In(a.bits),
                "swap": In(1),
                "weight": In(b.bits),
                "load": In(1),
                "sum": In(c.sum_bits),
                "activation_out": Out(a.bits),
                "swap_out": Out(1),
                "sum_out": Out(c.sum_bits),
            }
        )

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        ports: Any = self  # they come with the configuration
        upcoming = Signal.like(ports.weight, name="weight_next", reset_less=True)
        weight = Signal.like(ports.weight, name="weight_kept", reset_less=True)
        activation = Signal.like(ports.activation, name="activation_kept", reset_less=True)
        total = Signal.like(ports.sum, name="sum_kept", reset_less=True)
        swap = Signal(name="swap_kept")  # a swap that nobody asked for would open the next weights
        summed = self._sum(m, platform, activation, weight, ports.sum)
        with m.If(ports.load):
            m.d.sync += upcoming.eq(ports.weight)
        with m.If(ports.advance):
            m.d.sync += [
                activation.eq(ports.activation),
                swap.eq(ports.swap),
                total.eq(summed),
            ]
            with m.If(ports.swap):
                m.d.sync += weight.eq(upcoming)
        m.d.comb += [
            ports.activation_out.eq(activation),
            ports.swap_out.eq(swap),
            ports.sum_out.eq(total),
        ]
        return m

    def _sum(self, m: Module, platform: Modules, a: Value, b: Value, total: Value) -> Value:
        """The sum of a product and a sum so far."""
        c = self._configuration
        if c.fused is None:
            assert c.integers is not None
            return integer_sum(m, platform, c.integers, a, b, total)
        summed = raw_sum if c.fused.sum_format is None else rounded_sum
        stages = Stages(m, (), Const(1, 1), Const(1, 1))
        return summed(m, platform, c.fused, stages, {"a": a, "b": b, "c": total})["sum"]
