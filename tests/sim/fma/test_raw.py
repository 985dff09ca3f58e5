"""The golden model of sums that are not rounded, against a plain one and against exact sums."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
import pytest

from hw.errors import RequestError
from hw.fma import Fma
from sim.fma.raw import RawSums, accumulate, products_of
from sim.formats import decode, encode
from tests.fma import fma, plain_product

_UNITS: dict[str, dict[str, Any]] = {
    "exact": {"a": "bf16", "accumulator": "raw16"},
    "an-1-2": {"a": "bf16", "accumulator": "raw16", "normalization": "an-1-2"},
    "carry_only": {"a": "bf16+flush", "accumulator": "raw17", "normalization": "carry_only"},
    "groups": {"a": "fp8_e4m3", "accumulator": "raw13", "normalization": "1:1,3:2,2:6"},
    "narrow": {"a": "fp16", "accumulator": "raw8", "normalization": "an-2-2", "b": "bf16"},
    "jammed": {"a": "fp16", "accumulator": "raw14", "cut": "jam", "normalization": "an-1-1"},
    "normalized": {"a": "fp8_e5m2", "accumulator": "raw10", "product": "normalized"},
    "guarded": {
        "a": "bf16",
        "accumulator": "raw12",
        "guard_bits": 3,
        "cut": "jam",
        "product": "normalized",
        "normalization": "an-1-2",
    },
    "inverted": {
        "a": "bf16",
        "accumulator": "raw9",
        "normalization": "carry_only",
        "difference": "inverted",
    },
    "wide": {"a": "fp16", "accumulator": "raw48", "guard_bits": 8},
    "l_mul": {"a": "bf16+flush", "accumulator": "raw17", "multiplier": "l_mul"},
    "mitchell": {
        "a": "fp8_e4m3+flush",
        "b": "fp8_e5m2+flush",
        "accumulator": "raw12",
        "multiplier": "mitchell",
        "normalization": "carry_only",
    },
    "two zeros": {
        "a": "e5m4+flush",
        "accumulator": "raw9",
        "multiplier": "l_mul",
        "product": "normalized",
        "cut": "jam",
    },
    "lns": {"a": "fp8_e4m3+flush", "accumulator": "raw13", "multiplier": "lns"},
    "power_of_two": {
        "a": "bf16+flush",
        "b": "fp8_e5m2+flush",
        "accumulator": "raw14",
        "multiplier": "power_of_two",
        "product": "normalized",
        "normalization": "an-1-2",
    },
}


def _plain(unit: Fma, a: int, b: int, c: tuple[int, int, bool]) -> tuple[int, int, bool]:
    """One sum with exact rationals: significand, exponent, sign; of factors that are numbers."""
    width = unit.window_bits
    jam = unit.cut == "jam"

    def cut(value: Fraction) -> int:
        whole = floor(value)
        return whole | 1 if jam and whole != value else whole

    negative = (a >> unit.factors[0].bits - 1) != (b >> unit.factors[1].bits - 1)
    low, _ = unit.product_exponents
    exponent = unit.exponent_offset
    for form, code in zip(unit.factors, (a, b), strict=True):
        field = code >> form.fraction_bits & (1 << form.exponent_bits) - 1
        exponent += max(field, 1)
    product = (
        abs(plain_product(unit, a, b))
        / Fraction(2) ** low
        / 2 ** (exponent - unit.exponent_offset - 2)
    )
    if product == 0:
        return c
    while unit.product == "normalized" and product < 1 << unit.product_bits - 1:
        product, exponent = product * 2, exponent - 1
    product = Fraction(cut(product * Fraction(2) ** (width - unit.product_bits)))
    significand, other, sign = c
    terms = [
        (other, Fraction(significand << unit.guard_bits), sign),
        (exponent, product, negative),
    ]
    large, small = sorted(terms, key=lambda term: -term[0])  # stable: of equal ones c is first
    aligned = cut(small[1] / 2 ** min(large[0] - small[0], 200))
    total = large[1] + (aligned if large[2] == small[2] else -aligned)
    exponent, sign = large[0], large[2] ^ (total < 0)
    less = total < 0 and unit.difference == "inverted"
    bits = f"{abs(int(total)) - less:0{width}b}"
    if len(bits) > width:
        number = cut(Fraction(int(bits, 2), 2))
        exponent += 1
    else:
        zeros = width - len(bits.lstrip("0"))
        number = int(bits, 2)
        shift = 0
        if unit.normalizing.groups is None:
            shift = min(zeros, width - 1)
        else:
            seen = 0
            for group, places in unit.normalizing.groups:
                seen += group
                shift = places if zeros >= seen else shift
        number <<= shift
        exponent -= shift
        if unit.normalizing.groups is None and number == 0:
            exponent = 0
    return cut(Fraction(number, 2**unit.guard_bits)), exponent, sign


def _codes(unit: Fma, shape: tuple[int, ...], seed: int) -> list[np.ndarray]:
    """Codes of numbers whose exponents differ by as much as matters, a few of them any codes."""
    rng = np.random.default_rng(seed)
    codes = []
    for form in unit.factors:
        values = rng.standard_normal(shape) * 2.0 ** rng.integers(-4, 5, shape)
        near = encode(form, values).astype(np.int64)
        codes.append(
            np.where(rng.random(shape) < 0.1, rng.integers(0, 1 << form.bits, shape), near)
        )
    return codes


@pytest.mark.parametrize("name", _UNITS)
def test_chains_of_sums(name: str) -> None:
    """Sixteen products one after the other, bit for bit, and again the opposite of each."""
    unit = fma(**_UNITS[name], terms=64)
    a, b = _codes(unit, (40, 16), seed=1)
    b = np.concatenate([b, b[:, ::-1] ^ 1 << unit.factors[1].bits - 1], axis=1)
    a = np.concatenate([a, a[:, ::-1]], axis=1)
    sums = RawSums.zeros(len(a))
    plain: list[tuple[int, int, bool]] = [(0, 0, False)] * len(a)
    for i in range(a.shape[1]):
        products = products_of(unit, a[:, i], b[:, i])
        sums = accumulate(unit, products, sums)
        sums.check(unit)
        for row in range(len(a)):
            x, y = (
                decode(form, codes[row, i : i + 1])[0]
                for form, codes in zip(unit.factors, (a, b), strict=True)
            )
            if np.isfinite([x, y]).all():
                plain[row] = _plain(unit, int(a[row, i]), int(b[row, i]), plain[row])
                given = (sums.significand[row], sums.exponent[row], sums.sign[row])
                assert given == plain[row], (unit, row, i)
            else:
                plain[row] = (
                    int(sums.significand[row]),
                    int(sums.exponent[row]),
                    bool(sums.sign[row]),
                )


@pytest.mark.parametrize(
    "normalization", ["exact", "carry_only", "an-1-1", "an-1-2", "an-2-2", "1:1,2:2,4:5"]
)
@pytest.mark.parametrize("product", ["raw", "normalized"])
def test_wide_sums_are_exact(normalization: str, product: str) -> None:
    """48 bits hold every sum of these: shifts lose nothing, whatever they are."""
    unit = fma("fp8_e4m3", "raw48", normalization=normalization, product=product, terms=64)
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 0x7F, (2, 200, 64)) | rng.integers(0, 2, (2, 200, 64)) << 7
    sums = RawSums.zeros(200)
    for i in range(64):
        sums = accumulate(unit, products_of(unit, a[:, i], b[:, i]), sums)
    form = unit.factors[0]
    exact = (decode(form, a) * decode(form, b)).sum(axis=1)  # 42 bits: no sum is rounded
    assert (sums.values(unit) == exact).all()


@pytest.mark.parametrize("normalization", ["exact", "carry_only", "an-1-2", "an-2-2"])
def test_a_sum_of_zero_never_lets_the_exponent_run_away(normalization: str) -> None:
    """After 1 - 1 a thousand products of zeros, then a small one, which is there."""
    unit = fma("bf16", "raw16", normalization=normalization)
    one, small, zero = 0x3F80, 0x3A80, 0x0000  # 1, 2**-10, 0
    factors = [(one, one), (one, one | 0x8000), *[(zero, 0x7F7F)] * 1000, (small, one)]
    sums = RawSums.zeros(1)
    for x, y in factors:
        products = products_of(unit, np.array([x]), np.array([y]))
        sums = accumulate(unit, products, sums)
        sums.check(unit)
        assert sums.exponent[0] >= 0
    assert sums.values(unit)[0] == 2.0**-10


def test_specials_stay() -> None:
    """Infinities of both signs, zero times infinity; what is no number adds nothing."""
    unit = fma("fp8_e5m2", "raw12")
    infinity, one, nan = 0x7C, 0x3C, 0x7E
    rows = {
        (infinity, one, one, one): np.inf,
        (infinity, 0xBC, one, one): -np.inf,
        (infinity, one, infinity, 0xBC): np.nan,
        (infinity, 0x80, one, one): np.nan,
        (nan, one, one, one): np.nan,
        (one, one, one, one): 2.0,
    }
    codes = np.array(list(rows))
    sums = RawSums.zeros(len(rows))
    for i in (0, 2):
        sums = accumulate(unit, products_of(unit, codes[:, i], codes[:, i + 1]), sums)
    np.testing.assert_array_equal(sums.values(unit), list(rows.values()))
    assert sums.positive.tolist() == [True, False, True, False, False, False]


def test_wrong_sums_are_refused() -> None:
    unit = fma("fp4_e2m1", "raw12", terms=4)
    zeros = RawSums.zeros(2)
    with pytest.raises(RequestError, match=r"significand of c must be 0 to 4095"):
        replace(zeros, significand=zeros.significand + 4096).check(unit)
    with pytest.raises(RequestError, match=r"exponent of c must be 0 to"):
        replace(zeros, exponent=zeros.exponent - 1).check(unit)
    with pytest.raises(RequestError, match=r"no product of fp4_e2m1 and fp4_e2m1 is nan"):
        replace(zeros, nan=~zeros.nan).check(unit)
