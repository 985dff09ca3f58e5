"""Floating-point units against the golden codecs and processors' own arithmetic."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from hw.errors import RequestError
from hw.float import MOST_STAGES, FloatAdder, FloatMultiplier, FloatWiden, holds
from hw.formats import Float
from sim.formats import add, decode, encode, multiply
from tests.gates import Gates

_SMALL = (
    "fp8_e4m3",
    "fp8_e5m2",
    "fp8_e4m3+saturate",
    "fp8_e5m2+saturate",
    "fp8_e5m2+toward_zero",
    "e4m3+flush+toward_zero+saturate",
    "e4m3+finite+nan_none",
    "e4m3+finite",
    "fp6_e2m3",
    "e3m2+flush",
    "fp8_e4m3+toward_positive",
    "fp8_e5m2+toward_negative",
    "fp8_e4m3+toward_negative+saturate",
    "fp8_e5m2+toward_positive+flush",
    "e4m3+finite+nan_none+toward_negative",
    "fp8_e4m3+nearest_away",
    "fp8_e5m2+nearest_away",
    "e4m0",
    "e5m0+nan_ieee+overflow",
    "e4m0+flush+toward_zero",
    "e3m0+toward_negative",
    "e1m2",
    "e1m4+nan_one+overflow+flush",
)
_LARGE = ("fp16", "bf16", "fp32", "bf16+toward_zero", "fp16+flush")
_LARGE += ("fp16+toward_positive", "fp32+toward_negative", "bf16+nearest_away")


def pairs(form: Float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of codes: half of them at random, half of opposite signs and near magnitudes."""
    rng = np.random.default_rng(form.bits)
    codes = 1 << form.bits
    a, b = rng.integers(0, codes, (2, count))
    near = rng.integers(-3 << form.fraction_bits, 3 << form.fraction_bits, count // 2)
    b[: count // 2] = ((a[: count // 2] ^ codes >> 1) + near) % codes
    return a, b


@cache
def units(*forms: Float, stages: int = 0) -> Gates:
    """An adder and a multiplier of each format; few runs of Yosys serve many tests."""
    return Gates(*(unit(form, stages) for form in forms for unit in (FloatAdder, FloatMultiplier)))


@pytest.mark.parametrize("name", _SMALL)
def test_all_pairs_of_a_small_format(name: str) -> None:
    """Sums and products of every two codes."""
    form = Float.parse(name)
    a, b = map(np.ravel, np.meshgrid(*[np.arange(1 << form.bits)] * 2))
    both, first = units(*map(Float.parse, _SMALL)), 2 * _SMALL.index(name)
    np.testing.assert_array_equal(both(first, a=a, b=b)["total"], add(form, a, b))
    np.testing.assert_array_equal(both(first + 1, a=a, b=b)["product"], multiply(form, a, b))


@pytest.mark.parametrize("name", _LARGE)
def test_pairs_of_a_large_format(name: str) -> None:
    """Sums and products of many codes, half of them with cancellation."""
    form = Float.parse(name)
    a, b = pairs(form, 200_000)
    both = units(form)
    np.testing.assert_array_equal(both(0, a=a, b=b)["total"], add(form, a, b))
    np.testing.assert_array_equal(both(1, a=a, b=b)["product"], multiply(form, a, b))


@pytest.mark.parametrize("stages", range(1, MOST_STAGES + 1))
def test_registers_change_nothing(stages: int) -> None:
    """Everything that belongs together is registered together: the same sums and products."""
    form = Float.parse("fp8_e5m2")
    a, b = pairs(form, 20_000)
    both = units(form, stages=stages)
    sums, products = both(0, a=a, b=b, advance=1), both(1, a=a, b=b, advance=1)
    np.testing.assert_array_equal(sums["total"], add(form, a, b))
    np.testing.assert_array_equal(products["product"], multiply(form, a, b))


def test_sums_of_the_processor() -> None:
    """The adder of fp16 adds as numpy does, which converts by the processor's instructions."""
    a, b = pairs(Float.parse("fp16"), 200_000)
    answers = units(Float.parse("fp16"))(0, a=a, b=b)["total"]
    with np.errstate(all="ignore"):
        wanted = a.astype(np.uint16).view(np.float16) + b.astype(np.uint16).view(np.float16)
    codes = np.where(np.isnan(wanted), 0x7E00, wanted.view(np.uint16))
    np.testing.assert_array_equal(answers, codes)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [("fp8_e4m3", "fp16"), ("fp8_e5m2", "fp16"), ("fp16", "fp32"), ("fp8_e4m3", "bf16+flush")],
)
def test_widening_keeps_every_number(narrow: str, wide: str) -> None:
    """All codes of the narrow format; NaN becomes the wide format's own."""
    small, large = Float.parse(narrow), Float.parse(wide)
    codes = np.arange(1 << small.bits)
    answers = Gates(FloatWiden(small, large))(a=codes)["result"]
    np.testing.assert_array_equal(answers, encode(large, decode(small, codes)))


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("fp32", "fp16", True),
        ("fp16", "fp16", True),
        ("fp16", "bf16", False),
        ("bf16", "fp16", False),
        ("fp16", "fp8_e5m2", True),
        ("fp8_e5m2", "fp8_e4m3", False),
        ("fp6_e2m3", "fp4_e2m1", True),
        ("e5m10+finite+nan_none", "fp8_e5m2", False),
        ("fp8_e5m2+flush", "fp8_e5m2", False),
    ],
)
def test_which_format_holds_which(wide: str, narrow: str, expected: bool) -> None:
    """Range, precision, subnormals, infinities and NaN."""
    assert holds(Float.parse(wide), Float.parse(narrow)) == expected


def test_what_is_refused() -> None:
    """Sentences that name the value and what is allowed."""
    form = Float.parse("fp16")
    for unit in (FloatAdder, FloatMultiplier):
        with pytest.raises(RequestError, match=r"6 stages is not supported: it must be 0 to 5"):
            unit(form, 6)
        with pytest.raises(RequestError, match=r"no random words, which fp16\+stochastic"):
            unit(Float.parse("fp16+stochastic"))
    with pytest.raises(RequestError, match="fp8_e5m2 does not hold every number of fp16"):
        FloatWiden(form, Float.parse("fp8_e5m2"))
