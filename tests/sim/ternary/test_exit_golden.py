"""The golden model of the exit against exact rationals."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.formats import NAMED_FLOATS, Fixed, Float, Integer
from hw.ternary import ExitPlan
from hw.ternary.choices import Scale
from sim.ternary.exit import exit_results, float_values
from tests.floats import decoded, encoded

_BOUND = 10**6
_FLOATS = [
    *NAMED_FLOATS.values(),
    *map(Float.parse, ("bf16+flush", "fp8_e4m3+saturate", "e3m4+finite+nan_none", "fp16+flush")),
]


def nearest_integer(value: Fraction, bits: int) -> int:
    """To nearest even, saturated; Python rounds fractions so."""
    return min(max(round(value), -(1 << bits - 1)), (1 << bits - 1) - 1)


def float_code(form: Float, value: Fraction | str, negative: bool) -> int:
    """The code of a number, of ``nan`` or of ``infinity``."""
    if value == "nan":
        return form.nan_code or 0
    if isinstance(value, Fraction):
        return encoded(form, abs(value), negative)
    over = form.overflow_code
    return over if over == form.nan_code else over | negative << form.bits - 1


@settings(max_examples=150)
@given(
    st.integers(2, 32),
    st.integers(1, 32),
    st.integers(0, 40),
    st.lists(st.tuples(st.integers(-_BOUND, _BOUND), st.integers(0)), min_size=1, max_size=4),
)
def test_integers_of_fixed_scales(
    bits: int, scale_bits: int, fraction: int, groups: list[tuple[int, int]]
) -> None:
    """Every width, every shift, one group or several."""
    plan = ExitPlan(
        columns=1,
        units=1,
        result=Integer(bits, signed=True),
        scale=Scale.GROUP,
        scale_format=Fixed(scale_bits, fraction),
        bound=_BOUND,
        total=4 * _BOUND,
    )
    groups = [(total, code % (1 << scale_bits)) for total, code in groups]
    sums, scales = (np.array([part]) for part in zip(*groups, strict=True))
    exact = Fraction(sum(total * code for total, code in groups), 1 << fraction)
    assert exit_results(plan, sums, scales).tolist() == [nearest_integer(exact, bits)]


@settings(max_examples=300)
@given(
    st.sampled_from(_FLOATS),
    st.sampled_from(_FLOATS),
    st.integers(-_BOUND, _BOUND),
    st.integers(0),
    st.integers(-60, 20),
    st.booleans(),
)
def test_floats_of_float_scales(
    result: Float, scale: Float, total: int, code: int, exponent: int, invalid: bool
) -> None:
    """Every named format with every other; subnormals, infinities and NaN as they come."""
    plan = ExitPlan(
        columns=1,
        units=1,
        result=result,
        scale=Scale.COLUMN,
        scale_format=scale,
        bound=_BOUND,
        total=_BOUND,
        exponents=(-60, 20),
        invalid=True,
    )
    code %= 1 << scale.bits
    factor = decoded(scale, code)
    value: Fraction | str = "nan"
    if isinstance(factor, Fraction):
        value = factor * total * Fraction(2) ** exponent
    elif "infinity" in factor and total:
        value = "infinity"
    negative = (total < 0) != bool(code >> scale.bits - 1)
    results = exit_results(
        plan,
        np.array([[total]]),
        np.array([[code]]),
        invalid=np.array([[invalid]]),
        exponent=np.array([exponent]),
    )
    assert results.tolist() == [float_code(result, "nan" if invalid else value, negative)]


@settings(max_examples=100)
@given(
    st.sampled_from(_FLOATS),
    st.lists(
        st.tuples(st.integers(-_BOUND, _BOUND), st.integers(0, (1 << 12) - 1)),
        min_size=1,
        max_size=5,
    ),
)
def test_floats_of_groups(result: Float, groups: list[tuple[int, int]]) -> None:
    """The products of groups are added exactly before the one rounding."""
    plan = ExitPlan(
        columns=1,
        units=1,
        result=result,
        scale=Scale.GROUP,
        scale_format=Fixed(12, 9),
        bound=_BOUND,
        total=5 * _BOUND,
        exponents=(-24, -24),
    )
    sums, scales = (np.array([part]) for part in zip(*groups, strict=True))
    exact = Fraction(sum(total * code for total, code in groups), 1 << 9 + 24)
    assert exit_results(plan, sums, scales).tolist() == [float_code(result, exact, exact < 0)]


def test_worked_examples() -> None:
    """By hand: ties, saturation, and the last bit of a bf16."""
    plan: dict[str, Any] = {"columns": 1, "units": 1, "bound": 10000, "total": 10000}
    scaled = plan | {"scale": "column", "scale_format": Fixed(8, 4)}
    sums = np.array([[5], [7], [-5], [-7], [1000], [-1000], [3]])
    int8 = ExitPlan(result=Integer(8, signed=True), **scaled)
    halves = exit_results(int8, sums, np.array([[8]]))  # times 1/2
    assert halves.tolist() == [2, 4, -2, -4, 127, -128, 2]
    bf16 = ExitPlan(result=Float.parse("bf16"), **plan)
    assert exit_results(bf16, np.array([[257], [259], [-1], [0]])).tolist() == [
        0x4380,  # 256: a tie goes to the even one
        0x4382,  # 260
        0xBF80,
        0,
    ]


def test_values_of_codes() -> None:
    """Every code of every small format stands for what exact arithmetic says."""
    numbers = {"nan": np.nan, "infinity": np.inf, "-infinity": -np.inf}
    for form in _FLOATS:
        codes = np.arange(1 << min(form.bits, 12)) << max(0, form.bits - 12)
        wanted = [decoded(form, int(code)) for code in codes]
        expected = [float(w) if isinstance(w, Fraction) else numbers[w] for w in wanted]
        np.testing.assert_array_equal(float_values(form, codes), expected)
