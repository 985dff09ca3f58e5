"""A floating-point adder of any format, with any number of pipeline stages.

One path: the operand of smaller magnitude is shifted right, added or subtracted, and the sum is
shifted left by its leading zeros. Guard, round and sticky bit make one correct rounding of it. What
keeps it small:

- Operands are ordered by magnitude first, so a difference is never negative.
- The left shift stops at the exponent's lower end by a marker bit: it is set in what the leading
  zeros are counted of, where the exponent would become that of subnormals. So subnormal results
  cost no comparison, and subnormal operands nothing but a missing leading bit.
- Exponent and fraction are one number when they are rounded: the leading bit of the significand
  enters as a carry at the exponent's lowest bit, and a fraction that overflows runs into it.
- What is too large comes out of the same carry: the largest exponent is infinity's.

Reference: Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed. (2018), section 8.3; the
order-independent treatment of exponent and fraction is usual since the IEEE formats.
"""

from __future__ import annotations

from typing import assert_never

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec.shifter import count_leading_zeros, shift_left
from hw.float.align import shift_right_sticky
from hw.float.pipeline import Pipeline, check_unit
from hw.float.rounding import limited_code, outward_of, sign_of_sum
from hw.formats import Float, NanCodes
from hw.modules import Modules

__all__ = ["FloatAdder"]

#: Where the registers of so many stages stand; more would have nothing to part.
CUTS = (
    (),
    ("result",),
    ("aligned", "result"),
    ("aligned", "added", "result"),
    ("ordered", "aligned", "added", "result"),
    ("ordered", "aligned", "added", "normalised", "result"),
)

_EXTRA = 3  # guard, round, sticky


class FloatAdder(wiring.Component):
    """``total = a + b``, correctly rounded.

    A sum of opposite numbers is +0, of zeros of the same sign a zero of that sign. Infinities and
    NaN as in IEEE 754, as far as the format has them; a NaN that comes out is `Float.nan_code`. In
    a format that saturates an infinite sum becomes the largest number, too.

    Args:
        form: the format of operands and sum, of any rounding but ``stochastic``.
        stages: registers between operands and sum, 0 to `MOST_STAGES`: the latency in cycles. The
            interval is 1.

    Ports:
        a, b: the operands.
        advance: all registers move (only with ``stages``).
        total: the sum, as many cycles later as there are ``stages``.

    Raises:
        RequestError: ``stages`` is out of range, or the format rounds stochastically.
    """

    def __init__(self, form: Float, stages: int = 0) -> None:
        check_unit("adder", form, stages)
        self._form, self._stages = form, stages
        ports = {"a": In(form.bits), "b": In(form.bits)} | ({"advance": In(1)} if stages else {})
        super().__init__(ports | {"total": Out(form.bits)})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        form, fraction_bits = self._form, self._form.fraction_bits
        cut = Pipeline(m, CUTS[self._stages], self.advance if self._stages else Const(1))

        # Order by magnitude.
        a, b = self.a[:-1], self.b[:-1]
        swap = Signal()
        m.d.comb += swap.eq(a < b)
        large = Signal(form.bits - 1, name="large_code")
        small = Signal(form.bits - 1, name="small_code")
        sign = Signal()
        subtract = Signal()
        m.d.comb += [
            large.eq(Mux(swap, b, a)),
            small.eq(Mux(swap, a, b)),
            sign.eq(Mux(swap, self.b[-1], self.a[-1])),
            subtract.eq(self.a[-1] ^ self.b[-1]),
        ]
        special, nan = self._special(m, large, small, subtract)
        exponent, larger = self._unpack(m, large, "large")
        small_exponent, smaller = self._unpack(m, small, "small")
        distance = Signal(form.exponent_bits)
        m.d.comb += distance.eq(exponent - small_exponent)
        exponent, larger, smaller, distance, sign, subtract, special, nan = cut(
            "ordered", exponent, larger, smaller, distance, sign, subtract, special, nan
        )

        # Align and add: at most one bit is lost in front of what the shift has cut off.
        aligned = shift_right_sticky(m, smaller, distance, form.significand_bits + _EXTRA)
        exponent, larger, aligned, sign, subtract, special, nan = cut(
            "aligned", exponent, larger, aligned, sign, subtract, special, nan
        )
        total = Signal(form.significand_bits + _EXTRA + 1)
        addend = aligned ^ subtract.replicate(len(aligned))
        m.d.comb += total.eq(Cat(Const(0, _EXTRA), larger) + Cat(addend, subtract) + subtract)
        exponent, total, sign, subtract, special, nan = cut(
            "added", exponent, total, sign, subtract, special, nan
        )

        # Normalise: leading zeros, but no further than the exponent goes down.
        marker = Signal(len(total))
        m.d.comb += marker.eq(Cat(exponent == len(total) - 1 - i for i in range(len(total))))
        shift, _ = count_leading_zeros(m, total | marker)
        normal = shift_left(m, total, shift)
        field = Signal(form.exponent_bits)  # the exponent's field, but for the leading bit
        found = Signal()
        negative = Signal()
        m.d.comb += [
            found.eq(total.any()),
            field.eq(
                (exponent - shift)[: form.exponent_bits] & found.replicate(form.exponent_bits)
            ),
            negative.eq(sign_of_sum(form.rounding, sign, subtract & ~found)),
        ]
        field, normal, negative, special, nan = cut(
            "normalised", field, normal, negative, special, nan
        )

        # Round: exponent and fraction are one number.
        top = len(normal) - 1
        leading, fraction = normal[top], normal[top - fraction_bits : top]
        rest = normal[: top - fraction_bits]
        last = fraction[0] if fraction_bits else leading
        up = Signal()
        if (outward := outward_of(form.rounding, negative, last, rest)) is not None:
            m.d.comb += up.eq(outward)
        if not form.subnormals:
            fraction = fraction & leading.replicate(fraction_bits)
        # In a format that spends its last exponent on infinities nothing is carried beyond that.
        rounded = Signal(form.bits - (form.nan is NanCodes.IEEE))
        carries = Cat(up, Const(0, fraction_bits - 1), leading) if fraction_bits else up + leading
        m.d.comb += rounded.eq(Cat(fraction, field) + carries)
        (result,) = cut(
            "result",
            limited_code(
                m, form, rounded, negative, special, nan if form.nan_code is not None else None
            ),
        )
        m.d.comb += self.total.eq(result)
        return m

    def _unpack(self, m: Module, magnitude: Value, name: str) -> tuple[Value, Value]:
        """The exponent's field, at least 1, and the significand with its leading bit."""
        form = self._form
        fraction, field = magnitude[: form.fraction_bits], magnitude[form.fraction_bits :]
        normal, lowest = Signal(name=f"{name}_normal"), Signal(name=f"{name}_lowest")
        if not form.subnormals:
            fraction &= normal.replicate(form.fraction_bits)
        m.d.comb += [normal.eq(field.any()), lowest.eq(field[0] | ~normal)]
        return Cat(lowest, field[1:]), Cat(fraction, normal)

    def _special(
        self, m: Module, large: Value, small: Value, subtract: Value
    ) -> tuple[Value, Value]:
        """Whether the sum is infinity or NaN because an operand is, and whether it is NaN."""
        form = self._form
        special = Signal()
        nan = Signal()
        match form.nan:
            case NanCodes.ONE:
                m.d.comb += [special.eq(large.all()), nan.eq(special)]
            case NanCodes.IEEE:
                fraction = large[: form.fraction_bits]
                opposite = small[form.fraction_bits :].all() & subtract
                m.d.comb += [
                    special.eq(large[form.fraction_bits :].all()),
                    nan.eq(special & (fraction.any() | opposite | (not form.infinities))),
                ]
            case NanCodes.NONE:
                pass
            case _:
                assert_never(form.nan)
        return special, nan
