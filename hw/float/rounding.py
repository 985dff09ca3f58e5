"""The end of floating-point sums: sign, rounding, overflow and what is no number."""

from __future__ import annotations

from typing import assert_never

from amaranth.hdl import Cat, Module, Signal, Value

from hw.formats import Float, NanCodes, Rounding

__all__ = ["exceeds", "limited_code", "outward_of", "sign_of_sum"]


def limited_code(
    m: Module, form: Float, rounded: Value, negative: Value, special: Value, nan: Value | None
) -> Value:
    """The code of a sum: overflow, infinity and NaN put in the place of the number.

    Args:
        m: where it is built.
        form: the format.
        rounded: exponent's field and fraction as one number, of any width beyond the format's.
        negative: the sum's sign.
        special: it is infinite or NaN, whatever ``rounded`` is.
        nan: it is NaN; None where none can be in a format that has none.
    """
    code, over = rounded[: form.bits - 1], Signal()
    m.d.comb += over.eq(exceeds(form, rounded) | special)
    magnitude = _forced(code, over, form.overflow_code)
    lost: Value = over
    if form.rounding.outward_sign is not None:
        # Named, because each bit of what is forced twice would have all bits in it twice.
        forced, finite = Signal(len(code)), Signal(len(code))
        limited = Signal()  # a finite sum stays one
        m.d.comb += [
            limited.eq(over & ~special & (negative != form.rounding.outward_sign)),
            forced.eq(magnitude),
            finite.eq(_forced(forced, limited, form.largest_code)),
        ]
        magnitude = finite
        lost = over & ~limited
    if form.nan_code is None:
        if nan is None:
            return Cat(magnitude, negative)
        return Cat(magnitude, negative) & (~nan).replicate(form.bits)
    assert nan is not None
    is_nan = lost if form.overflow_code == form.nan_code else nan
    differing = form.overflow_code ^ form.nan_code
    bits = [
        bit if not differing >> i & 1 else bit | nan if form.nan_code >> i & 1 else bit & ~nan
        for i, bit in enumerate(magnitude)
    ]
    return Cat(*bits, negative & ~is_nan)


def exceeds(form: Float, rounded: Value) -> Value:
    """Whether a rounded number, field and fraction as one, is above the largest of its format."""
    code, high = rounded[: form.bits - 1], rounded[form.bits - 1 :]
    beyond = [high[0] if len(high) == 1 else high.any()] if len(high) else []
    match form.nan:
        case NanCodes.IEEE:
            beyond.append(code[form.fraction_bits :].all())
        case NanCodes.ONE:
            beyond.append(code.all())
        case NanCodes.NONE:
            pass
        case _:
            assert_never(form.nan)
    return beyond[0] if len(beyond) == 1 else beyond[0] | beyond[1]


def sign_of_sum(rounding: Rounding, larger: Value, cancelled: Value) -> Value:
    """The sign of a sum: of the larger operand, but for opposite ones that leave nothing."""
    match rounding:
        case Rounding.TOWARD_NEGATIVE:
            return larger | cancelled
        case (
            Rounding.NEAREST_EVEN
            | Rounding.NEAREST_AWAY
            | Rounding.TOWARD_ZERO
            | Rounding.TOWARD_POSITIVE
            | Rounding.STOCHASTIC
        ):
            return larger & ~cancelled
        case _:
            assert_never(rounding)


def outward_of(rounding: Rounding, negative: Value, last: Value, rest: Value) -> Value | None:
    """Whether a sum is rounded away from zero; nothing where it never is.

    Args:
        rounding: of the format.
        negative: the sum's sign.
        last: the last bit that is kept.
        rest: the bits below it, of which the lowest one is sticky.
    """
    match rounding:
        case Rounding.NEAREST_EVEN:
            return rest[-1] & (rest[:-1].any() | last)
        case Rounding.NEAREST_AWAY:
            return rest[-1]
        case Rounding.TOWARD_ZERO:
            return None
        case Rounding.TOWARD_POSITIVE | Rounding.TOWARD_NEGATIVE:
            return rest.any() & (negative == rounding.outward_sign)
        case Rounding.STOCHASTIC:
            raise AssertionError("`check_unit` has refused it")
        case _:
            assert_never(rounding)


def _forced(value: Value, force: Value, constant: int) -> Value:
    """``constant`` where ``force`` is 1, else ``value``: an AND or an OR a bit."""
    return Cat(bit | force if constant >> i & 1 else bit & ~force for i, bit in enumerate(value))
