"""A floating-point multiplier of any format."""

from __future__ import annotations

from functools import partial

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.codec import Decoder, Encoder
from hw.codec.shapes import signed_range
from hw.float.pipeline import Pipeline, check_unit
from hw.float.product import product_heap
from hw.formats import Float
from hw.modules import Modules

__all__ = ["FloatMultiplier"]

#: Where the registers of so many stages stand.
CUTS = (
    (),
    ("result",),
    ("multiplied", "result"),
    ("unpacked", "multiplied", "result"),
    ("unpacked", "compressed", "multiplied", "result"),
    ("given", "unpacked", "compressed", "multiplied", "result"),
)


class FloatMultiplier(wiring.Component):
    """``product = a * b``, correctly rounded.

    The significands, subnormal or not, are multiplied by a tree of full adders; the encoder
    normalises and rounds. Infinities and NaN as in IEEE 754, as far as the format has them: 0 times
    infinity is NaN, and a NaN that comes out is `Float.nan_code`.

    Args:
        form: the format of operands and product, of any rounding but ``stochastic``.
        stages: registers between operands and product, 0 to `MOST_STAGES`: the latency in cycles.
            The interval is 1.

    Ports:
        a, b: the operands.
        advance: all registers move (only with ``stages``).
        product: the product, as many cycles later as there are ``stages``.

    Raises:
        RequestError: ``stages`` is out of range, or the format rounds stochastically.
    """

    def __init__(self, form: Float, stages: int = 0) -> None:
        check_unit("multiplier", form, stages)
        self._form, self._stages = form, stages
        ports = {"a": In(form.bits), "b": In(form.bits)} | ({"advance": In(1)} if stages else {})
        super().__init__(ports | {"product": Out(form.bits)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        form = self._form
        cut = Pipeline(m, CUTS[self._stages], self.advance if self._stages else Const(1))
        a, b = (
            platform.place(
                m, f"decoder_{name}", "multiplier_decoder", partial(Decoder, form), code=code
            )
            for name, code in zip("ab", cut("given", self.a, self.b), strict=True)
        )
        low = 2 * form.least_exponent
        high = low + 2 * (form.largest_field - 1)
        exponent = Signal(signed_range(low, high))
        sign = Signal()
        nan = Signal()
        infinity = Signal()
        zero_times_infinity = a.infinity & ~b.significand.any() | b.infinity & ~a.significand.any()
        m.d.comb += [
            exponent.eq(a.exponent + b.exponent),
            sign.eq(a.sign ^ b.sign),
            nan.eq(a.nan | b.nan | zero_times_infinity),
            infinity.eq(a.infinity | b.infinity),
        ]
        first, second, exponent, sign, nan, infinity = cut(
            "unpacked", a.significand, b.significand, exponent, sign, nan, infinity
        )
        heap = product_heap(m, first, second)
        one, other, start = heap.compress(m, platform)
        one, other, exponent, sign, nan, infinity = cut(
            "compressed", one, other, exponent, sign, nan, infinity
        )
        upper = Signal(heap.width - start)
        m.d.comb += upper.eq(one[start:] + other)
        magnitude, exponent, sign, nan, infinity = cut(
            "multiplied", Cat(one[:start], upper), exponent, sign, nan, infinity
        )
        encoder = platform.place(
            m,
            "encoder",
            "multiplier_encoder",
            partial(Encoder, form, heap.width, (low, high)),
            sign=sign,
            magnitude=magnitude,
            **({"exponent": exponent} if low < high else {}),
            sticky=Const(0, 1),
            nan=nan,
            infinity=infinity,
        )
        (result,) = cut("result", encoder.code)
        m.d.comb += self.product.eq(result)
        return m
