"""The floating styles' golden models against exact rational arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.formats import Float
from hw.ternary import TernaryConfiguration, TernaryLut, TernaryMultiplier, Workload
from hw.ternary.choices import Style
from sim.formats import decode
from sim.ternary.fixed_sums import aligned_error_bound, to_fixed
from sim.ternary.float_sums import float_sums
from sim.ternary.styles import random_numbers
from tests.floats import encoded

_WORKLOAD = Workload(inputs=24, outputs=4, bias_limit=8)


def configure(style: str, name: str = "fp16", **changes: Any) -> TernaryConfiguration:
    """A core of a style."""
    settings: dict[str, Any] = {"group": 2, "luts": 3, "columns": 2, "workload": _WORKLOAD}
    return TernaryLut(activation=Float.parse(name), style=Style(style), **(settings | changes))


def operands(c: TernaryConfiguration, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three vectors, weights, biases."""
    rng = np.random.default_rng(seed)
    activations, bias = random_numbers(c, (3, 20), (4,), rng)
    return activations, rng.integers(-1, 1, (20, 4), endpoint=True), bias


def exact_sums(activations: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> list[list]:
    """Sums as fractions."""
    return [
        [
            sum(
                (Fraction(float(a)) * int(w) for a, w in zip(row, column, strict=True)),
                start=Fraction(float(b)),
            )
            for column, b in zip(weights.T, bias, strict=True)
        ]
        for row in activations
    ]


@pytest.mark.parametrize("name", ["fp16", "fp8_e4m3", "fp8_e5m2"])
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_exact_sums_are_exact(name: str, seed: int) -> None:
    """The integers, in units of the smallest number, are the sums."""
    c = configure("exact", name)
    activations, weights, bias = operands(c, seed)
    fixed = to_fixed(c, activations, bias)
    sums = fixed.activations @ weights + fixed.bias
    unit = c.arithmetic.number.least_exponent
    assert (fixed.exponent == unit).all()
    total = [[int(number) * Fraction(2) ** unit for number in row] for row in sums]
    assert total == exact_sums(activations, weights, bias)
    assert np.abs(sums).max() <= c.bound


@pytest.mark.parametrize("name", ["fp16", "fp8_e4m3", "fp8_e5m2", "bf16", "fp32"])
@pytest.mark.parametrize("bits", [4, 12, 24, 48])
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_aligned_sums_keep_their_bound(name: str, bits: int, seed: int) -> None:
    """Each operand is the number rounded down to units that just hold the largest one."""
    c = configure("aligned", name, aligned_bits=bits)
    activations, weights, bias = operands(c, seed)
    fixed = to_fixed(c, activations, bias)
    for row, numbers in enumerate(activations):
        unit = Fraction(2) ** int(fixed.exponent[row])
        largest = max(abs(Fraction(float(x))) for x in (*numbers, *bias))
        assert largest < unit * 2 ** (bits - 1)
        assert largest >= unit * 2 ** (bits - 2) or fixed.block[row] == 1
        for integer, number in zip(fixed.activations[row], numbers, strict=True):
            assert integer == Fraction(float(number)) // unit
    sums = fixed.activations @ weights + fixed.bias
    exact = exact_sums(activations, weights, bias)
    for column in range(len(bias)):
        terms = int(np.count_nonzero(weights[:, column])) + 1
        bound = aligned_error_bound(c, fixed, terms)
        for row in range(len(activations)):
            unit = Fraction(2) ** int(fixed.exponent[row])
            assert abs(int(sums[row, column]) * unit - exact[row][column]) < Fraction(bound[row])


def test_aligned_is_exact_where_nothing_is_cut() -> None:
    """Numbers of one exponent and W wide enough: nothing is lost, with either sign."""
    c = configure("aligned", aligned_bits=12)
    activations = np.array([[1.0, -1.0, 1 + 2**-10, -1 - 2**-10, 2 - 2**-10, -2 + 2**-10]])
    fixed = to_fixed(c, activations, np.zeros(1))
    np.testing.assert_array_equal(np.ldexp(fixed.activations, fixed.exponent[0]), activations)


class Rounded:
    """A sum in a format, in exact arithmetic: a number, or None once it has no finite value."""

    def __init__(self, form: Float, value: Fraction, negative_zero: bool = False) -> None:
        self.form, self.value, self.negative_zero = form, value, negative_zero

    def plus(self, other: Rounded) -> Rounded:
        """The sum, rounded once."""
        total = self.value + other.value
        zero = total == 0 and self.negative_zero and other.negative_zero
        code = encoded(self.form, abs(total), total < 0)
        value = decode(self.form, np.array([code]))[0]
        assert np.isfinite(value)
        return Rounded(self.form, Fraction(float(value)), zero or (value == 0 and total < 0))

    def negated(self) -> Rounded:
        """The opposite number."""
        return Rounded(self.form, -self.value, self.value == 0 and not self.negative_zero)


def group_sum(numbers: list[Rounded], weights: list[int]) -> Rounded:
    """As `sim.ternary.float_sums` states it."""
    chosen = [n if w > 0 else n.negated() for n, w in zip(numbers, weights, strict=True) if w]
    if not chosen:
        return Rounded(numbers[0].form, Fraction(0))

    def halves(part: list[Rounded]) -> Rounded:
        if len(part) == 1:
            return part[0]
        half = (len(part) + 1) // 2
        return halves(part[:half]).plus(halves(part[half:]))

    return halves(chosen)


@pytest.mark.parametrize("group", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("name", "adds", "accumulates"),
    [
        ("fp16", "", ""),
        ("bf16", "", "fp32"),
        ("fp8_e5m2", "fp16", "fp32"),
        ("fp8_e4m3", "fp16+toward_zero", "fp16+toward_zero"),
    ],
)
def test_float_sums_round_at_every_addition(
    group: int, name: str, adds: str, accumulates: str
) -> None:
    """Every addition in exact arithmetic, rounded by the definition; 20 inputs in tiles of 3."""
    c = configure("float", name, group=group, sum_format=adds, accumulator_format=accumulates)
    rng = np.random.default_rng(group)
    activations = decode(
        c.arithmetic.number, rng.integers(0, 1 << c.activation.bits, (40, 20)).astype(np.uint32)
    )
    small = np.where(np.abs(activations) < 1e3, activations, 1.5)
    weights = rng.integers(-1, 1, (20, 3), endpoint=True)
    bias = np.array([0.0, -0.75, 3.0])
    sums = float_sums(c, small, weights, bias)
    form, total_form = c.arithmetic.addition, c.arithmetic.accumulation
    for row, numbers in enumerate(small):
        padded = [
            Rounded(form, Fraction(float(x)), bool(np.signbit(x)) and x == 0) for x in numbers
        ]
        padded += [Rounded(form, Fraction(0))] * (-20 % c.tile_inputs)
        for column in range(3):
            signs = [*map(int, weights[:, column]), *[0] * (-20 % c.tile_inputs)]
            total = Rounded(total_form, Fraction(float(bias[column])))
            for start in range(0, len(padded), c.tile_inputs):
                terms = [
                    group_sum(padded[i : i + group], signs[i : i + group])
                    for i in range(start, start + c.tile_inputs, group)
                ]
                while len(terms) > 1:
                    pairs = [a.plus(b) for a, b in zip(terms[::2], terms[1::2], strict=False)]
                    terms = pairs + terms[2 * len(pairs) :]
                (term,) = terms
                total = total.plus(Rounded(total_form, term.value, term.negative_zero))
            negative = total.value < 0 or total.negative_zero
            assert sums[row, column] == encoded(total_form, abs(total.value), negative)


def test_multiplier_baseline_follows_ieee() -> None:
    """0 times infinity is NaN there, and nothing in a table: zero weights select nothing."""
    activations = np.array([[np.inf, 1.0]])
    weights, bias = np.array([[0], [1]]), np.zeros(1)
    settings: dict = {"luts": 2, "columns": 1, "activation": "fp16", "style": "float"}
    multiplier = TernaryMultiplier(workload=_WORKLOAD, **settings)
    lut = TernaryLut(group=1, workload=_WORKLOAD, **settings)
    assert float_sums(multiplier, activations, weights, bias) == 0x7E00
    assert float_sums(lut, activations, weights, bias) == 0x3C00
