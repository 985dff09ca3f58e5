"""Scaling: the exact product of a sum and its scale."""

from __future__ import annotations

from functools import partial
from typing import Any

from amaranth.hdl import Cat, Const, Module, Signal, Value, signed
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hw.bitheap import BitHeap
from hw.codec import Decoder
from hw.codec.shapes import signed_range
from hw.formats import Float
from hw.modules import Modules
from hw.ternary.exit_plan import ExitPlan

__all__ = ["Scaling", "product_shape"]


def product_shape(plan: ExitPlan) -> data.StructLayout:
    """What is rounded, exactly.

    Of an integer result or of groups: ``value``, in units of the lowest bit of the product; for an
    integer result with half a unit of the result added. Else ``magnitude`` and ``sign``. For floats
    beside it, where it may be otherwise: ``exponent`` (weight of the lowest bit, if it is no
    constant), ``nan`` and ``infinity``.
    """
    fields: dict[str, Any] = {"value": signed(plan.value_bits)}
    if not plan.two_complement:
        fields = {"magnitude": plan.product_bits, "sign": 1}
    low, high = plan.product_exponents
    if low != high:
        fields["exponent"] = signed_range(low, high)
    special = plan.sums or isinstance(plan.scale_format, Float)
    if plan.invalid or special:
        fields["nan"] = 1
    if special:
        fields["infinity"] = 1
    return data.StructLayout(fields)


class Scaling(wiring.Component):
    """Multiplies a sum by its scale, exactly; combinational.

    The partial products are one bit heap. For a float result the sum enters as ones' complement of
    its magnitude, and the one that is missing there as one more row; for an integer, or for groups,
    in two's complement (C. R. Baugh, B. A. Wooley, IEEE Trans. Computers C-22(12), 1973), and what
    it is added to goes into the same heap. A sum that is a code is taken apart; then its magnitude
    is there.

    Ports:
        sum: the sum, an integer or a code.
        scale: its scale (only with scales).
        total: what the product is added to (only with groups).
        exponent: binary weight of the sum's lowest bit (only if it is no constant).
        invalid: the sum is no number (only if sums may be none).
        product: the exact product, and what is special about it (`product_shape`).
    """

    def __init__(self, plan: ExitPlan) -> None:
        self._plan = plan
        ports: dict[str, Any] = {"sum": In(signed(plan.sum_bits))}
        if plan.scaled:
            ports["scale"] = In(plan.scale_bits)
        if plan.grouped:
            ports["total"] = In(signed(plan.value_bits))
        if plan.exponents[0] != plan.exponents[1]:
            ports["exponent"] = In(signed_range(*plan.exponents))
        if plan.invalid:
            ports["invalid"] = In(1)
        super().__init__(ports | {"product": Out(product_shape(plan))})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        plan = self._plan
        constant = Const(plan.exponents[0], signed_range(*plan.exponents))
        exponent: Value = self.exponent if hasattr(self, "exponent") else constant
        nan: Value = self.invalid if plan.invalid else Const(0)
        factor: Value | None = self.scale if plan.scaled else None
        sign, zero = self.sum[-1], ~self.sum.any()
        number, infinity = None, Const(0)
        if sums := plan.sums:
            number = platform.place(
                m, "sum_decoder", "exit_sum_decoder", partial(Decoder, sums), code=self.sum
            )
            sign, zero, exponent = number.sign, ~number.significand.any(), number.exponent
            nan, infinity = number.nan, number.infinity
            if factor is not None:
                nan |= infinity & ~factor.any()
        form = plan.scale_format
        if isinstance(form, Float):
            scale = platform.place(
                m, "decoder", "exit_decoder", partial(Decoder, form), code=self.scale
            )
            factor, exponent, sign = scale.significand, scale.exponent + exponent, sign ^ scale.sign
            nan |= scale.nan | (scale.infinity & zero)
            if number is not None:
                nan |= infinity & ~scale.significand.any() & ~scale.infinity
            infinity |= scale.infinity
        fields = self.product.shape().members
        if "nan" in fields:
            m.d.comb += self.product.nan.eq(nan)
        if "infinity" in fields:
            m.d.comb += self.product.infinity.eq(infinity)
        if "exponent" in fields:
            offset = 0 if isinstance(form, Float) else -plan.shift
            m.d.comb += self.product.exponent.eq(exponent + offset)
        if plan.two_complement:
            value = self.sum if factor is None else self._value(m, platform, factor)
            m.d.comb += self.product.value.eq(value)
        else:
            m.d.comb += [
                self.product.magnitude.eq(self._magnitude(m, platform, factor, number)),
                self.product.sign.eq(sign),
            ]
        return m

    def _value(self, m: Module, platform: Modules, factor: Value) -> Value:
        """The product in two's complement, with what is added to it."""
        plan = self._plan
        heap = BitHeap(plan.value_bits, "product")
        top = plan.sum_bits - 1
        for j, bit in enumerate(factor):  # the sign bits count negative: -x = ~x - 1
            row = Signal(plan.sum_bits, name=f"row{j}")
            below = self.sum[:top] & bit.replicate(top)
            m.d.comb += row.eq(Cat(below, ~(self.sum[top] & bit)))
            heap.add(row, lsb=j)
        constant = -((1 << len(factor)) - 1 << top)
        if plan.grouped:
            heap.add(self.total.as_unsigned())
        else:
            constant += plan.half
        for weight in range(plan.value_bits):
            if constant >> weight & 1:
                heap.add(Const(1, 1), lsb=weight)
        return heap.emit(m, platform).as_signed()

    def _magnitude(self, m: Module, platform: Modules, factor: Value | None, number: Any) -> Value:
        """The magnitude of the product, by the sign of the sum."""
        plan = self._plan
        negative = self.sum[-1]
        if number is not None:
            if factor is None:
                return number.significand
            heap = BitHeap(plan.product_bits, "product")
            for j, bit in enumerate(factor):
                row = Signal(len(number.significand), name=f"row{j}")
                m.d.comb += row.eq(number.significand & bit.replicate(len(row)))
                heap.add(row, lsb=j)
            return heap.emit(m, platform)
        magnitude = self.sum[:-1] ^ negative.replicate(plan.sum_bits - 1)  # less one if negative
        if factor is None:
            return magnitude + negative
        heap = BitHeap(plan.product_bits, "product")
        for j, bit in enumerate(factor):
            row = Signal(len(magnitude), name=f"row{j}")
            m.d.comb += row.eq(magnitude & bit.replicate(len(row)))
            heap.add(row, lsb=j)
        missing = Signal(len(factor))
        m.d.comb += missing.eq(factor & negative.replicate(len(factor)))
        heap.add(missing)
        return heap.emit(m, platform)
