"""Matrix products of several arithmetics, against plain ones and published figures."""

from __future__ import annotations

from fractions import Fraction
from math import log2

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import Float, Integer, parse_block, parse_format
from sim.arithmetics import BlockSums, ExactSums
from sim.arithmetics.arithmetic import scales_of
from sim.arithmetics.logarithmic import AddedCodes, Logarithmic
from sim.fma.arithmetic import Columns, arithmetic_of
from sim.fma.column import stepped_values
from sim.formats import decode, encode
from tests.fma import fma


def _matrices(batch: int = 2, terms: int = 70) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    rng = np.random.default_rng(5)
    x = rng.standard_normal((batch, 3, terms)) * 2.0 ** rng.integers(-3, 4, (batch, 3, 1))
    y = rng.standard_normal((batch, terms, 5))
    x[0, 0] = 0
    return x.astype(np.float32), y.astype(np.float32)


def test_operands_of_eight_bits() -> None:
    """As ml_dtypes rounds them, rows and columns scaled to the largest number."""
    x, y = _matrices()
    scales = [np.abs(v).max(axis=a, keepdims=True) / 448.0 for v, a in ((x, -1), (y, -2))]
    scales = [np.where(scale > 0, scale, 1) for scale in scales]
    first, second = (
        (values / scale).astype(ml_dtypes.float8_e4m3fn).astype(np.float64)
        for values, scale in zip((x, y), scales, strict=True)
    )
    wanted = (first @ second * scales[0] * scales[1]).astype(np.float32)
    form = Float.parse("fp8_e4m3")
    np.testing.assert_allclose(ExactSums(form).product(x, y), wanted, rtol=1e-6)
    assert np.abs(wanted[0, 0]).max() == 0


@pytest.mark.parametrize(
    ("name", "size"), [("int4", 7), ("fp4_e2m1", 6), ("posit8_1", None), ("bf16", None)]
)
def test_scales(name: str, size: int | None) -> None:
    x, _ = _matrices()
    scales = scales_of(parse_format(name), x, -1)
    scaled = (x / scales)[1]
    if size:
        np.testing.assert_allclose(np.abs(scaled).max(axis=-1), size, rtol=1e-6)
    elif name == "bf16":
        assert (scales == 1).all()
    else:
        np.testing.assert_allclose((scaled**2).mean(axis=-1), 1, rtol=1e-6)
    assert (scales[0, 0] == 1).all()


def test_integers_have_no_code_without_an_opposite() -> None:
    x, y = _matrices()
    form = Integer.parse("int4")
    np.testing.assert_array_equal(ExactSums(form).product(-x, y), -ExactSums(form).product(x, y))


@pytest.mark.parametrize(("name", "bound"), [("mxfp8_e4m3", 0.06), ("nvfp4", 0.2), ("hif4", 0.25)])
def test_blocks_that_are_not_whole(name: str, bound: float) -> None:
    """70 terms: the last block is filled up with zeros, which change nothing."""
    x, y = _matrices()
    arithmetic = BlockSums(parse_block(name), name)
    values = arithmetic.product(x, y)
    assert np.linalg.norm(values - x @ y) < bound * np.linalg.norm(x @ y)
    size = arithmetic.block.size
    filled = (
        np.pad(x, ((0, 0), (0, 0), (0, -70 % size))),
        np.pad(y, ((0, 0), (0, -70 % size), (0, 0))),
    )
    np.testing.assert_array_equal(arithmetic.product(*filled), values)


@pytest.mark.parametrize("accumulator", ["raw12", "fp8_e4m3+saturate"])
def test_columns(accumulator: str) -> None:
    """Codes of scaled operands, column by column."""
    unit = fma("fp8_e4m3", accumulator)
    x, y = _matrices()
    form = unit.factors[0]
    scales = [scales_of(form, v, a, unit.sum_format) for v, a in ((x, -1), (y, -2))]
    codes = [encode(form, v / scale) for v, scale in zip((x, y), scales, strict=True)]
    values = Columns(unit).product(x, y)
    for batch, row in np.ndindex(x.shape[:2]):
        a = np.broadcast_to(codes[0][batch, row, :, None], codes[1][batch].shape)
        wanted = stepped_values(unit, a, codes[1][batch]) * scales[0][batch, row]
        wanted = (wanted * scales[1][batch, 0]).astype(np.float32)
        np.testing.assert_array_equal(values[batch, row], wanted)


def _one_by_one(arithmetic: AddedCodes, a: NDArray[np.integer]) -> NDArray[np.float64]:
    """Products of codes with each other: of numbers that no scale changes."""
    values = decode(arithmetic.form, a).astype(np.float32)
    return arithmetic.product(values[None, :, None], values[None, None]).astype(np.float64)[0]


@pytest.mark.parametrize(
    ("fraction", "mean", "rms", "mitchell_mean", "mitchell_rms"),
    [(7, 0.408, 3.096, -3.849, 4.842), (5, 0.41, 3.11, -3.84, 4.85), (4, 4.87, 5.87, -3.83, 4.87)],
)
def test_added_codes(
    fraction: int, mean: float, rms: float, mitchell_mean: float, mitchell_rms: float
) -> None:
    """Relative errors of all significands in percent are those of a brute-force count elsewhere."""
    form = Float.parse(f"e8m{fraction}")
    codes = (form.bias << fraction) + np.arange(1 << fraction)
    exact = np.multiply.outer(*(decode(form, codes),) * 2)
    for offset, least, square in ((True, mean, rms), (False, mitchell_mean, mitchell_rms)):
        products = _one_by_one(AddedCodes(form, offset, Float.parse("fp32")), codes)
        error = 100 * (products / exact - 1)
        assert error.mean() == pytest.approx(least, abs=0.006)
        assert np.sqrt((error**2).mean()) == pytest.approx(square, abs=0.006)


def test_added_codes_of_any_size() -> None:
    """Zeros, signs, carries into the exponent: as the plain formula has it."""
    form = Float.parse("e8m3")
    rng = np.random.default_rng(2)
    codes = rng.integers(120 << 3, 134 << 3, 40) | rng.integers(0, 2, 40) << form.bits - 1
    codes[:3] = 0, 1 << form.bits - 1, 5  # zeros, and a subnormal number
    products = _one_by_one(AddedCodes(form, True, Float.parse("fp32")), codes)
    magnitude = (1 << form.bits - 1) - 1
    for i, j in np.ndindex(products.shape):
        a, b = (int(codes[place]) & magnitude for place in (i, j))
        total = a + b - (form.bias << 3) + 1
        worth = (1 + Fraction(total % 8, 8)) * Fraction(2) ** (total // 8 - form.bias)
        worth = 0 if min(a, b) < 8 else worth
        negative = (codes[i] ^ codes[j]) >> form.bits - 1
        assert products[i, j] == (-worth if negative else worth)


def test_logarithms() -> None:
    """Powers of the eighth root of two are multiplied as such; the table rounds 12 bits."""
    arithmetic = Logarithmic(bits=8, fraction_bits=3, table_bits=12)
    steps = np.array([0, 1, 7, 8, 30, 126])
    x = np.exp2(-steps / 8).astype(np.float32)
    products = arithmetic.product(x[None, None], np.diag(x)[None])[0, 0]
    np.testing.assert_allclose(np.log2(products), -2 * steps / 8, atol=2**-12)
    assert log2(products[0]) == 0
    x[-1] = 2.0**-17  # below half of the least number
    assert arithmetic.product(x[None, None], np.diag(x)[None])[0, 0, -1] == 0
    y = -x[None, :, None]
    assert arithmetic.product(x[None, None], y)[0, 0, 0] < 0


def test_units_of_other_multipliers() -> None:
    """They are told; codes that are logarithms are refused."""
    unit = fma("bf16+flush", "raw17", multiplier="l_mul")
    assert "products by l_mul" in arithmetic_of(unit).meaning
    with pytest.raises(RequestError, match="multiplier = 'lns' is not allowed in a model"):
        arithmetic_of(fma("fp8_e4m3+flush", "raw17", multiplier="lns"))
