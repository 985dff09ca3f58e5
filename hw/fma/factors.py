"""The front of a fused multiply-add unit: factors taken apart, and what their product is."""

from __future__ import annotations

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Signal, Value

from hw.codec import float_fields
from hw.fma.configuration import Fma

__all__ = ["Factors", "take_apart"]


@dataclass(frozen=True)
class Factors:
    """Both factors of a product.

    Attributes:
        significands: theirs; without meaning where the product is not live.
        exponents: their exponent fields, 1 of subnormals; likewise.
        sign: of the product.
        live: the product is a number other than 0.
        came_nan: a factor is NaN.
        nan: the product is: of a NaN, or of zero times infinity.
        infinity: it is infinite.
    """

    significands: tuple[Value, Value]
    exponents: tuple[Value, Value]
    sign: Value
    live: Value
    came_nan: Value
    nan: Value
    infinity: Value


def take_apart(m: Module, configuration: Fma, a: Value, b: Value) -> Factors:
    """Take the codes of both factors apart; combinational.

    Where the format flushes subnormals every number has a leading bit, so it is a constant here.
    """
    parts, significands, zeros = [], [], []
    for form, code, name in zip(configuration.factors, (a, b), "ab", strict=True):
        whole = Signal(form.significand_bits, name=f"whole_{name}")
        parts.append(float_fields(m, form, code, whole))
        fraction, field = code[: form.fraction_bits], code[form.fraction_bits : -1]
        significands.append(whole if form.subnormals else Cat(fraction, Const(1, 1)))
        zero = Signal(name=f"zero_{name}")
        m.d.comb += zero.eq(~(code[:-1] if form.subnormals else field).any())
        zeros.append(zero)
    one, other = parts
    came_nan, nan, infinity = Signal(), Signal(), Signal()
    sign, live = Signal(name="product_sign"), Signal()
    m.d.comb += [
        came_nan.eq(one.nan | other.nan),
        nan.eq(came_nan | one.infinity & zeros[1] | other.infinity & zeros[0]),
        infinity.eq((one.infinity | other.infinity) & ~nan),
        sign.eq(one.sign ^ other.sign),
        live.eq(~(zeros[0] | zeros[1] | came_nan | one.infinity | other.infinity)),
    ]
    return Factors(
        (significands[0], significands[1]),
        (one.exponent, other.exponent),
        sign,
        live,
        came_nan,
        nan,
        infinity,
    )
