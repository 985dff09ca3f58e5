"""Sums that are normalised and rounded once to a float: exact fused multiply-add.

The window is so wide that a sum has, below its leading bit, all bits that are kept, the one that
rounding looks at, and at least one that tells whether others are set: whatever is shifted out below
is jammed into the lowest bit, which is odd then, and stays odd in sum and difference.

Exponent and fraction are one number when they are rounded, as in `hw.float.adder`.
"""

from __future__ import annotations

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from hw.codec import float_fields
from hw.codec.shapes import signed_range
from hw.codec.shifter import count_leading_zeros, shift_left
from hw.float.pipeline import Stages
from hw.float.rounding import exceeds, limited_code, outward_of, sign_of_sum
from hw.fma.alignment import Addend, State, Window, add, align, multiply, named
from hw.fma.configuration import Fma
from hw.formats import Float, NanCodes
from hw.modules import Modules

__all__ = ["rounded_sum", "window_of"]


def window_of(c: Fma) -> Window:
    """The window of exact sums.

    An exponent is told as c's field would be if its leading bit were at the window's top.
    """
    form = c.sum_format
    assert form is not None
    low, high = c.product_exponents
    top = form.least_exponent + form.significand_bits - 1  # of c at field 1
    least, largest = (low + c.product_bits - top, high + c.product_bits - top)
    return Window(
        width=max(c.product_bits + 1, form.significand_bits + 3 + _leading_zeros(c, least)),
        jam=True,
        offset=least - 2,
        normalized=False,
        inverted=False,
        exponents=(min(1, least), max(form.largest_field + 1, largest)),
    )


def _leading_zeros(c: Fma, least: int) -> int:
    """Zeros that a product may start with where they matter: where a sum is shifted right to it.

    Of two normal numbers it has one, or two of some multipliers; of one that is subnormal as many
    as this one has bits; of two, which have the least exponent, any number, but then a sum is
    shifted by little, if at all.
    """
    zeros = c.product_form.zeros
    for form in c.factors:
        if form.subnormals:
            zeros = max(zeros, form.significand_bits)
    if all(form.subnormals for form in c.factors):
        zeros = max(zeros, min(c.product_bits - 1, least - 1 - 2))
    return zeros


def rounded_sum(m: Module, modules: Modules, c: Fma, stages: Stages, given: State) -> State:
    """The sum of a product and a number, rounded once.

    Args:
        m: where it is built.
        modules: of the design.
        c: a configuration with a float accumulator.
        stages: registers between the steps.
        given: ``a``, ``b`` and ``c``.

    Returns:
        ``sum``, its code, and the flags where there are such.
    """
    form = c.sum_format
    assert form is not None
    window = window_of(c)
    state = multiply(m, modules, c, window, stages, stages("given", given))
    state = stages("multiplied", state)
    code = state.pop("c")
    number = float_fields(m, form, code, Signal(form.significand_bits, name="significand_c"))
    addend = Addend(number.significand, number.exponent, number.sign)
    state = align(m, window, state, addend)
    state = _special(m, form, state, number.nan, number.infinity, number.sign)
    state.pop("live")
    state = stages("aligned", state)
    state = stages("added", add(m, window, state))
    return stages("result", _finish(m, c, window, state))


def _special(
    m: Module, form: Float, state: State, nan: Value, infinity: Value, sign: Value
) -> State:
    """Whether the sum is infinite or NaN because an operand is, and the sign of an infinity."""
    product_sign = state.pop("sign")
    absent = Const(0, 1)
    product_nan, product_infinity = state.pop("nan", absent), state.pop("infinity", absent)
    came_nan = state.pop("came_nan", absent) | nan
    opposite = infinity & product_infinity & (sign ^ product_sign)
    if form.nan is NanCodes.NONE and isinstance(product_nan, Const):
        return state
    state["is_nan"] = is_nan = named(m, "is_nan", product_nan | nan | opposite)
    state["special"] = named(m, "special", is_nan | infinity | product_infinity)
    state["special_sign"] = named(m, "special_sign", Mux(product_infinity, product_sign, sign))
    state["invalid"] = named(m, "invalid", is_nan & ~came_nan)
    return state


def _finish(m: Module, c: Fma, window: Window, state: State) -> State:
    """Normalise, round, and put what is no number in its place."""
    form = c.sum_format
    assert form is not None
    magnitude, exponent = state["magnitude"], state["exponent"]
    if window.exponents[0] < 0:
        exponent = exponent.as_signed()
    fraction_bits = form.fraction_bits
    # A leading bit at the top has a field of one more than the exponent. The shift ends where the
    # field is 1; without subnormals one further, from where a number may be rounded to the first.
    room = exponent[: len(exponent) - (window.exponents[0] < 0)] + (not form.subnormals)
    shift, empty = _shift(m, magnitude, room)
    normal = named(m, "normal", shift_left(m, magnitude, shift))
    leading = normal[-1]
    fields = signed_range(-1, window.exponents[1] + 2)
    base = Signal(fields)  # the field, but for the leading bit
    m.d.comb += base.eq((exponent - shift) & (~empty).replicate(fields.width))
    top = len(normal) - 1
    fraction = normal[top - fraction_bits : top]
    rest = normal[: top - fraction_bits]
    last = fraction[0] if fraction_bits else leading
    special, is_nan = state.get("special", Const(0, 1)), state.get("is_nan")
    sign = sign_of_sum(form.rounding, state["sum_sign"], state["subtract"] & empty)
    negative = named(m, "negative", sign)
    outward = outward_of(form.rounding, negative, last, rest)
    up = named(m, "up", outward if outward is not None else Const(0, 1))
    carries = Cat(up, Const(0, fraction_bits - 1), leading) if fraction_bits else up + leading
    whole = Signal(fraction_bits + fields.width - 1)
    m.d.comb += whole.eq(Cat(fraction, base) + carries)
    rounded: Value = whole
    flushed: Value = Const(0, 1)
    if not form.subnormals:
        flushed = named(m, "flushed", ~(leading & whole[fraction_bits:].any()))
        rounded = named(m, "rounded", whole & (~flushed).replicate(len(whole)))
    if special is not None and "special_sign" in state:
        negative = named(m, "result_sign", Mux(special, state["special_sign"], negative))
    results: State = {"sum": limited_code(m, form, rounded, negative, special, is_nan)}
    if c.flags:
        number = ~special
        over = number & exceeds(form, rounded)
        inexact = number & (over | rest.any() | flushed & ~empty)
        tiny = ~leading if form.subnormals else ~leading | ~(base + 1)[: len(base)].any()
        results |= {
            "invalid": state.get("invalid", Const(0, 1)),
            "overflow": over,
            "underflow": inexact & tiny,
            "inexact": inexact,
        }
    return results


def _shift(m: Module, magnitude: Value, room: Value) -> tuple[Value, Value]:
    """How far to shift left, up to the room that there is; and whether there is only a zero."""
    count, empty = count_leading_zeros(m, magnitude)
    least = Signal(len(count), name="shift")
    m.d.comb += least.eq(Mux(count > room, room, count))
    return least, named(m, "empty", empty)
