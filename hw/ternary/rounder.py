"""The rounder of an exit: from an exact product to the code of a result."""

from __future__ import annotations

from functools import partial
from typing import assert_never

from amaranth.hdl import Cat, Module, Mux, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec import Encoder
from hw.formats import Float, Integer
from hw.modules import Modules
from hw.ternary.exit_plan import ExitPlan
from hw.ternary.scaling import product_shape

__all__ = ["Rounder"]


class Rounder(wiring.Component):
    """Rounds an exact product to the result's format, to nearest even; combinational.

    Ports:
        product: the exact product, and what is special about it (`product_shape`).
        result: the code of the result.
    """

    def __init__(self, plan: ExitPlan) -> None:
        self._plan = plan
        super().__init__({"product": In(product_shape(plan)), "result": Out(plan.result_bits)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        match self._plan.result:
            case Float() as form:
                value = self._float(m, platform, form)
            case Integer():
                value = self._integer()
            case form:
                assert_never(form)
        m.d.comb += self.result.eq(value)
        return m

    def _integer(self) -> Value:
        """Shift, clear the last bit of a tie, saturate.

        Half a unit has been added: so what is shifted out is zero for a tie only, which has then
        been rounded up.
        """
        plan = self._plan
        value = self.product.value
        if not plan.scaled:
            return value
        shifted = value[plan.shift :].as_signed()
        if plan.shift:
            shifted = Cat(shifted[0] & value[: plan.shift].any(), shifted[1:]).as_signed()
        kept = plan.result_bits
        if len(shifted) <= kept:
            return shifted
        sign, above = shifted[-1], shifted[kept - 1 : -1]
        beyond = (above ^ sign.replicate(len(above))).any()
        return Mux(beyond, Cat((~sign).replicate(kept - 1), sign), shifted[:kept])

    def _float(self, m: Module, platform: Modules, form: Float) -> Value:
        plan = self._plan
        fields = self.product.shape().members
        if plan.two_complement:
            sign = self.product.value[-1]
            ones = self.product.value[:-1] ^ sign.replicate(plan.value_bits - 1)
            magnitude = (ones + sign)[: plan.product_bits]
        else:
            sign, magnitude = self.product.sign, self.product.magnitude
        inputs = {name: self.product[name] if name in fields else 0 for name in ("nan", "infinity")}
        if "exponent" in fields:
            inputs["exponent"] = self.product.exponent
        encoder = platform.place(
            m,
            "encoder",
            "exit_encoder",
            partial(Encoder, form, plan.product_bits, plan.product_exponents),
            sign=sign,
            magnitude=magnitude,
            sticky=0,
            **inputs,
        )
        return encoder.code
