"""Converters of floating-point activations: every code against exact rational arithmetic."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from hw.formats import Float
from hw.ternary import TernaryLut, Workload
from hw.ternary.choices import Style
from hw.ternary.converter import Converter
from hw.ternary.style import Arithmetic
from sim.formats import decode
from sim.ternary.fixed_sums import to_fixed
from tests.floats import decoded
from tests.gates import Gates

_EXACT = ("fp8_e4m3", "fp8_e5m2", "fp16", "fp8_e5m2+flush")
_ALIGNED = ("fp8_e4m3", "fp8_e5m2", "fp16", "bf16")
_BITS = (4, 5, 11, 24, 48)


def signed(codes: np.ndarray, bits: int) -> np.ndarray:
    """Two's complement numbers."""
    return (codes ^ 1 << bits - 1) - (1 << bits - 1)


def numbers(form: Float) -> list[Fraction | None]:
    """What every code stands for; None if that is not finite."""
    values = [decoded(form, code) for code in range(1 << form.bits)]
    return [value if isinstance(value, Fraction) else None for value in values]


def field(form: Float, code: int) -> int:
    """The exponent's field of a code, at least 1."""
    return max(1, code >> form.fraction_bits & (1 << form.exponent_bits) - 1)


@pytest.mark.parametrize("name", _EXACT)
def test_exact_integers(name: str) -> None:
    """All codes, in units of the smallest number."""
    style = Arithmetic(Style.EXACT, Float.parse(name))
    form = style.number
    codes = np.arange(1 << form.bits)
    answers = Gates(Converter(style))(code=codes)
    operands = signed(answers["operand"], style.operand.bits)
    unit = Fraction(2) ** style.unit_exponents[0]
    for number, operand, invalid in zip(numbers(form), operands, answers["invalid"], strict=True):
        assert invalid == (number is None)
        assert number is None or int(operand) * unit == number


@pytest.mark.parametrize("name", _ALIGNED)
def test_aligned_integers(name: str) -> None:
    """Codes with all blocks (of 16 bits: one in nine, the ends of all binades among them)."""
    form = Float.parse(name)
    styles = [Arithmetic(Style.ALIGNED, form, aligned_bits=bits) for bits in _BITS]
    chosen = np.arange(1 << form.bits)
    if form.bits == 16:
        fraction = chosen & (1 << form.fraction_bits) - 1
        ends = np.isin(fraction, (0, 1, (1 << form.fraction_bits) - 1))
        chosen = chosen[ends | (chosen % 211 == 0)]
    values = numbers(form)
    blocks = np.arange(1, 1 << form.exponent_bits)[:: 1 if form.exponent_bits < 8 else 17]
    code, block = (axis.ravel() for axis in np.meshgrid(chosen, blocks))
    circuits = Gates(*map(Converter, styles))
    for circuit, style in enumerate(styles):
        answers = circuits(circuit, code=code, block=block)
        operands = signed(answers["operand"], style.operand.bits)
        shifts = {int(b): Fraction(2) ** -style.unit_exponent(int(b)) for b in blocks}
        checked = 0
        for i in range(0, len(code), 1 if form.bits == 8 else 3):
            number, own = values[code[i]], int(block[i])
            valid = number is not None and field(form, int(code[i])) <= own
            assert answers["invalid"][i] == (not valid)
            if number is not None and valid:
                assert int(operands[i]) == number * shifts[own] // 1
                checked += 1
        assert checked > 100


@pytest.mark.parametrize(("style", "bits"), [(Style.EXACT, 0), (Style.ALIGNED, 9)])
def test_operands_of_the_golden_model(style: Style, bits: int) -> None:
    """What `to_fixed` makes of a block is what the converters make of it."""
    c = TernaryLut(
        activation=Float.parse("fp8_e5m2"),
        style=style,
        aligned_bits=bits,
        luts=1,
        columns=1,
        workload=Workload(inputs=4, outputs=1),
    )
    form = c.arithmetic.number
    codes = np.random.default_rng(1).integers(0, 1 << form.bits, (500, 4))
    activations = decode(form, codes.astype(np.uint32))
    fixed = to_fixed(c, activations, np.zeros(1))
    gates, code = Gates(Converter(c.arithmetic)), codes.ravel()
    if style == "aligned":
        answers = gates(code=code, block=np.repeat(fixed.block, 4))
    else:
        answers = gates(code=code)
    invalid = answers["invalid"].reshape(codes.shape)
    operands = signed(answers["operand"], c.operand.bits).reshape(codes.shape)
    np.testing.assert_array_equal(invalid.any(axis=1), fixed.invalid)
    valid = ~np.asarray(invalid, dtype=bool)
    np.testing.assert_array_equal(operands[valid], fixed.activations[valid])
    assert valid.sum() > 1000


def test_blocks_double_their_unit() -> None:
    """A block's exponent one higher means units of twice the size, and the largest fits in."""
    style = Arithmetic(Style.ALIGNED, Float.parse("fp16"), aligned_bits=12)
    units = [style.unit_exponent(block) for block in range(1, 31)]
    assert {b - a for a, b in pairwise(units)} == {1}
    assert style.unit_exponents == (units[0], units[-1])
    assert style.number.largest < Fraction(2) ** (units[-1] + 11)
