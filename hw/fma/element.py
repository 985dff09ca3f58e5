"""A processing element of a matrix engine: a multiply-add with the registers around it."""

from __future__ import annotations

from typing import Any

from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.errors import RequestError
from hw.float.pipeline import Stages
from hw.fma.configuration import Fma
from hw.fma.ports import sum_shape
from hw.fma.raw_sum import raw_sum
from hw.fma.rounded_sum import rounded_sum
from hw.modules import Modules

__all__ = ["Element"]


class Element(wiring.Component):
    """Keeps a weight, passes activations on to the right, and sums on to below.

    Ports:
        activation: code of the unit's format ``a``; passed on as ``activation_out`` a cycle later.
        weight: code of its format ``b``.
        load: the weight is kept from the next cycle on.
        sum: the sum so far, as `hw.fma.ports.sum_shape`.
        sum_out: that sum and the product of ``activation_out`` and the weight that is kept, a
            cycle later.

    Args:
        configuration: of the multiply-add; it has no registers of its own and no flags.

    Raises:
        RequestError: it has.
    """

    def __init__(self, configuration: Fma) -> None:
        if configuration.depth or configuration.flags:
            raise RequestError(
                f"depth = {configuration.depth} and flags = {str(configuration.flags).lower()} are"
                " not allowed in a processing element: it must be 0 and false"
            )
        self._configuration = c = configuration
        a, b = c.factors
        bits = sum_shape(c).size
        super().__init__(
            {
                "activation": In(a.bits),
                "weight": In(b.bits),
                "load": In(1),
                "sum": In(bits),
                "activation_out": Out(a.bits),
                "sum_out": Out(bits),
            }
        )

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        ports: Any = self  # they come with the configuration
        weight = Signal.like(ports.weight, name="weight_kept", reset_less=True)
        activation = Signal.like(ports.activation, name="activation_kept", reset_less=True)
        total = Signal.like(ports.sum, name="sum_kept", reset_less=True)
        with m.If(ports.load):
            m.d.sync += weight.eq(ports.weight)
        stages = Stages(m, (), Const(1, 1), Const(1, 1))
        summed = raw_sum if c.sum_format is None else rounded_sum
        given = {"a": activation, "b": weight, "c": ports.sum}
        state = summed(m, platform, c, stages, given)
        m.d.sync += [activation.eq(ports.activation), total.eq(state["sum"])]
        m.d.comb += [ports.activation_out.eq(activation), ports.sum_out.eq(total)]
        return m
