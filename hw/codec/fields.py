"""A float's code taken apart, without the arithmetic that its exponent may be spared."""

from __future__ import annotations

from types import SimpleNamespace

from amaranth.hdl import Cat, Const, Module, Signal, Value

from hw.formats import Float

__all__ = ["float_fields"]


def float_fields(m: Module, form: Float, code: Value, significand: Signal) -> SimpleNamespace:
    """Sign, significand, exponent and what is no number, of a code.

    Args:
        m: where it is built.
        form: the format.
        code: the code.
        significand: gets the significand, with its leading bit.

    Returns:
        ``sign``, ``significand``, ``exponent`` (the field, or 1 of subnormals: ``offset``, 1, above
        the least exponent), ``nan`` and ``infinity``; of these two the others have no meaning.
    """
    fraction, field = code[: form.fraction_bits], code[form.fraction_bits : -1]
    normal = field.any()
    kept = fraction if form.subnormals else fraction & normal.replicate(form.fraction_bits)
    m.d.comb += significand.eq(Cat(kept, normal))
    largest = field.all()
    nan: Value = Const(0, 1)
    if form.nan == "one":
        nan = largest & fraction.all()
    elif form.nan == "ieee":
        nan = largest & (fraction.any() if form.infinities else Const(1, 1))
    return SimpleNamespace(
        sign=code[-1],
        significand=significand,
        exponent=Cat(field[0] | ~normal, field[1:]),
        offset=1,
        nan=nan,
        infinity=largest & ~fraction.any() if form.infinities else Const(0, 1),
    )
