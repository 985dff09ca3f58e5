"""Compiled columns against the model of the unit, step by step, and against exact sums."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.fma import Fma
from sim.fma.column import column_values, matrix_values, stepped_values
from sim.formats import encode
from tests.floats import decoded
from tests.fma import fma

_LONG = pytest.mark.long
_RAW: dict[str, dict[str, Any]] = {
    "exact": {"a": "bf16", "accumulator": "raw16"},
    "groups": {"a": "fp8_e4m3", "accumulator": "raw13", "normalization": "1:1,3:2,2:6"},
    "narrow": {"a": "fp16", "accumulator": "raw8", "normalization": "an-2-2", "b": "bf16"},
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
    "64 bits": {"a": "fp16", "accumulator": "raw48", "guard_bits": 8},
}
_MORE_RAW: dict[str, dict[str, Any]] = {
    "31 bits": {"a": "bf16", "accumulator": "raw30"},
    "32 bits": {"a": "bf16", "accumulator": "raw31", "normalization": "an-1-1"},
    "flushed": {"a": "bf16+flush", "accumulator": "raw17", "normalization": "carry_only"},
    "wide products": {"a": "fp32", "accumulator": "raw20", "normalization": "an-1-2"},
    "jammed": {"a": "fp16", "accumulator": "raw14", "cut": "jam", "normalization": "an-1-1"},
    "normalized": {"a": "fp8_e5m2", "accumulator": "raw10", "product": "normalized"},
}
_FLOATS = ("bf16 bf16", "fp8_e4m3 fp8_e4m3", "bf16 fp32")
_MORE_FLOATS = (
    "fp16 fp16",
    "fp8_e4m3 fp8_e4m3+saturate",
    "fp8_e5m2 bf16+flush",
    "fp8_e5m2 fp8_e5m2",
    "fp16 e5m6+saturate",
    "bf16 e3m0",
    "fp8_e4m3 e6m4+finite+nan_one",
    "fp8_e5m2 e4m3+finite+nan_none",
    "fp32 fp32",
    "bf16 bf16+toward_negative",
)
_UNITS = [
    *(pytest.param(settings, id=name) for name, settings in _RAW.items()),
    *(pytest.param(settings, id=name, marks=_LONG) for name, settings in _MORE_RAW.items()),
    *(
        pytest.param(
            dict(zip(("a", "accumulator"), pair.split(), strict=True)),
            id=pair,
            marks=() if pair in _FLOATS else _LONG,
        )
        for pair in (*_FLOATS, *_MORE_FLOATS)
    ),
]


def _codes(unit: Fma, shape: tuple[int, ...], other: tuple[int, ...]) -> list[NDArray[np.integer]]:
    """Codes of numbers whose sizes differ, zeros of both signs, and in one of 100 any codes."""
    rng = np.random.default_rng(7)
    codes = []
    for form, size in zip(unit.factors, (shape, other), strict=True):
        values = rng.standard_normal(size) * 2.0 ** rng.integers(-4, 5, size)
        near = encode(form, values * (rng.random(size) > 0.1)).astype(np.int64)
        anything = rng.integers(0, 1 << form.bits, size)
        codes.append(np.where(rng.random(size) < 0.01, anything, near))
    return codes


def _same(values: NDArray[np.float64], wanted: NDArray[np.float64]) -> None:
    """Bit for bit, but for what a NaN is."""
    np.testing.assert_array_equal(values, wanted)
    numbers = ~np.isnan(wanted)
    np.testing.assert_array_equal(np.signbit(values)[numbers], np.signbit(wanted)[numbers])


@pytest.mark.parametrize("settings", _UNITS)
def test_columns_are_those_of_units(settings: dict[str, Any]) -> None:
    """Sums of 64 products, then of the opposite ones: sums of all sizes, and zeros."""
    unit = fma(terms=128, **settings)
    a, b = _codes(unit, (64, 700), (64, 700))
    a = np.concatenate([a, a[::-1]])
    b = np.concatenate([b, b[::-1] ^ 1 << unit.factors[1].bits - 1])
    for products in (1, 64, 128):
        values = column_values(unit, a[:products], b[:products])
        assert np.isfinite(values).mean() > 0.05
        _same(values, stepped_values(unit, a[:products], b[:products]))


@pytest.mark.parametrize("settings", _UNITS)
def test_matrix_products_are_columns(settings: dict[str, Any]) -> None:
    unit = fma(terms=128, **settings)
    a, b = _codes(unit, (2, 3, 60), (2, 60, 300))
    values = matrix_values(unit, a, b)
    assert values.shape == (2, 3, 300)
    for batch, row in np.ndindex(2, 3):
        first = np.broadcast_to(a[batch, row, :, None], (60, 300))
        _same(values[batch, row], stepped_values(unit, first, b[batch]))


def test_wide_columns_are_exact() -> None:
    """48 bits lose nothing of such sums: they are those of rationals."""
    unit = fma("fp8_e4m3", "raw48", normalization="carry_only")
    rng = np.random.default_rng(3)
    a, b = (encode(form, rng.standard_normal((200, 50))) for form in unit.factors)
    form = unit.factors[0]
    for values, x, y in zip(column_values(unit, a, b), a.T, b.T, strict=True):
        exact = Fraction(0)
        for p, q in zip(x.tolist(), y.tolist(), strict=True):
            first, second = decoded(form, p), decoded(form, q)
            assert isinstance(first, Fraction)
            assert isinstance(second, Fraction)
            exact += first * second
        assert Fraction(float(values)) == exact


def test_columns_that_cannot_be() -> None:
    unit = fma("bf16", "raw16", terms=4)
    codes = np.zeros((5, 3), np.uint16)
    with pytest.raises(RequestError, match="a column of 5 units is longer than the sums of 4"):
        column_values(unit, codes, codes)
    with pytest.raises(RequestError, match="a column of 5 units is longer than the sums of 4"):
        matrix_values(unit, codes.T[None], codes[None])
    with pytest.raises(RequestError, match="codes from 0 to 65536 are not all codes of bf16"):
        column_values(unit, codes[:4], np.full((4, 3), [0, 1, 1 << 16]))
