"""The golden model of rounded sums against exact rationals and against SoftFloat."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import softfloatpy
from numpy.typing import NDArray

from hw.fma import Fma, Multiplier
from hw.formats import Float, NanCodes, Rounding
from sim.fma.rounded import rounded_sums
from sim.formats import decode
from tests.floats import decoded, encoded, floor_log2
from tests.fma import fma, plain_product

_ROUNDINGS = [rounding for rounding in Rounding if rounding is not Rounding.STOCHASTIC]


def exact_sum(unit: Fma, a: int, b: int, c: int) -> tuple[int | str, tuple[bool, ...]]:
    """The code of a sum, or ``nan``, and its flags, said as plainly as can be."""
    form = unit.sum_format
    assert form is not None
    values = [decoded(f, code) for f, code in zip((*unit.factors, form), (a, b, c), strict=True)]
    negatives = [
        code >> f.bits - 1 == 1 for f, code in zip((*unit.factors, form), (a, b, c), strict=True)
    ]
    if "nan" in values:
        return "nan", (False,) * 4
    product_negative = negatives[0] != negatives[1]
    infinite_product = isinstance(values[0], str) or isinstance(values[1], str)
    infinite_sum = isinstance(values[2], str)
    if infinite_product and 0 in values[:2]:
        return "nan", (True, False, False, False)
    if infinite_product and infinite_sum and product_negative != negatives[2]:
        return "nan", (True, False, False, False)
    if infinite_product or infinite_sum:
        negative = product_negative if infinite_product else negatives[2]
        code = form.overflow_code
        return ("nan" if code == form.nan_code else negative << form.bits - 1 | code), (False,) * 4
    *_, z = (value for value in values if isinstance(value, Fraction))
    total = plain_product(unit, a, b) + z
    if total == 0:
        negative = product_negative and negatives[2]
        if product_negative != negatives[2]:
            negative = form.rounding is Rounding.TOWARD_NEGATIVE
        return negative << form.bits - 1, (False,) * 4
    code = encoded(form, abs(total), total < 0)
    value = decoded(form, code)
    inexact = value != total
    underflow = inexact and abs(total) < form.min_normal
    return (
        "nan" if value == "nan" else code,
        (False, _overflows(form, total), underflow, inexact),
    )


def _overflows(form: Float, total: Fraction) -> bool:
    """Whether a number, rounded to a format whose exponents have no end, is above the largest."""
    magnitude = abs(total)
    if magnitude <= form.largest:
        return False
    # the same fraction one binade higher, where the format must not end
    exponent = floor_log2(form.largest)
    wide = Float(8, form.fraction_bits, infinities=False, nan=NanCodes.NONE, rounding=form.rounding)
    scale = Fraction(2) ** (40 - exponent)
    rounded = decoded(wide, encoded(wide, magnitude * scale, total < 0))
    assert isinstance(rounded, Fraction)
    return abs(rounded) > form.largest * scale


def _agrees(unit: Fma, a: NDArray[np.int64], b: NDArray[np.int64], c: NDArray[np.int64]) -> None:
    form = unit.sum_format
    assert form is not None
    codes, flags = rounded_sums(unit, a, b, c)
    words = flags.words()
    for i, operands in enumerate(zip(a.tolist(), b.tolist(), c.tolist(), strict=True)):
        code, raised = exact_sum(unit, *operands)
        if code == "nan":
            code = form.nan_code or 0
        word = sum(flag << place for place, flag in enumerate(raised))
        assert (int(codes[i]), int(words[i])) == (code, word), (unit, operands)


def _operands(unit: Fma, count: int, seed: int) -> list[NDArray[np.int64]]:
    """Random codes, of which half of the sums nearly cancel."""
    form = unit.sum_format
    assert form is not None
    rng = np.random.default_rng(seed)
    a, b, c = (rng.integers(0, 1 << f.bits, count) for f in (*unit.factors, form))
    near = rng.random(count) < 0.5
    opposite, _ = rounded_sums(unit, a, b, np.zeros(count, np.int64))
    moved = (opposite.astype(np.int64) ^ 1 << form.bits - 1) + rng.integers(-2, 3, count)
    return [a, b, np.where(near, moved % (1 << form.bits), c)]


_UNITS = {
    "bf16": ("bf16", "", "bf16"),
    "fp16": ("fp16", "", "fp16"),
    "fp32": ("fp32", "", "fp32"),
    "bf16 to fp32": ("bf16", "", "fp32"),
    "e4m3 by e5m2 to fp16": ("fp8_e4m3", "fp8_e5m2", "fp16"),
    "to saturating e4m3": ("fp8_e4m3", "", "fp8_e4m3+saturate"),
    "to flushed bf16": ("bf16", "", "bf16+flush"),
    "fp4 to e3m2": ("fp4_e2m1", "fp6_e3m2", "fp6_e3m2"),
    "to powers of two": ("e4m3", "", "e5m0+finite+nan_ieee"),
}


@pytest.mark.parametrize("rounding", _ROUNDINGS)
@pytest.mark.parametrize("name", _UNITS)
def test_random_sums(name: str, rounding: Rounding) -> None:
    a, b, accumulator = _UNITS[name]
    unit = fma(a, f"{accumulator}+{rounding}", b=b, flags=True)
    _agrees(unit, *_operands(unit, 300, seed=1))


@pytest.mark.parametrize("rounding", _ROUNDINGS)
def test_every_sum_of_small_floats(rounding: Rounding) -> None:
    unit = fma("e2m1", f"e2m1+{rounding}")
    codes = [np.arange(1 << form.bits) for form in (*unit.factors, Float.parse("e2m1"))]
    _agrees(unit, *(grid.ravel() for grid in np.meshgrid(*codes)))


@pytest.mark.parametrize("multiplier", [name for name in Multiplier if name != "exact"])
@pytest.mark.parametrize("formats", ["fp8_e4m3 fp8_e5m2 fp16", "bf16 bf16 bf16", "e4m4 e3m6 fp32"])
def test_sums_of_other_products(formats: str, multiplier: Multiplier) -> None:
    a, b, accumulator = formats.split()
    unit = fma(f"{a}+flush", accumulator, b=f"{b}+flush", multiplier=multiplier, flags=True)
    _agrees(unit, *_operands(unit, 300, seed=1))


def distinct_sums(unit: Fma) -> list[NDArray[np.int64]]:
    """Operands of every distinct product, with its sign, and every number that it is added to.

    Returns:
        Codes of a and b of one case of each product, and of c; and for all codes of a and b, shape
        (a, b), which of the products theirs is.
    """
    a, b = np.meshgrid(*(np.arange(1 << form.bits) for form in unit.factors), indexing="ij")
    x, y = (decode(form, codes) for form, codes in zip(unit.factors, (a, b), strict=True))
    with np.errstate(invalid="ignore"):
        product = x * y
    # what a NaN is made of counts, too: from a NaN or from zero times infinity
    made = np.where(np.isnan(x) | np.isnan(y), 1, 0) + np.signbit(product) * 2
    keys = np.stack([np.nan_to_num(product, nan=1e300), made.astype(np.float64)], axis=-1)
    _, first, which = np.unique(keys.reshape(-1, 2), axis=0, return_index=True, return_inverse=True)
    return [a.ravel()[first], b.ravel()[first], which.reshape(a.shape)]


@pytest.mark.long
@pytest.mark.parametrize("rounding", _ROUNDINGS)
@pytest.mark.parametrize("form", ["fp8_e4m3", "fp8_e5m2"])
def test_all_sums_of_eight_bits(form: str, rounding: Rounding) -> None:
    """All 2**24 triples: sums of distinct products against rationals, and all of them alike."""
    unit = fma(form, f"{form}+{rounding}", flags=True)
    a, b, which = distinct_sums(unit)
    c = np.arange(256)
    few = [grid.ravel() for grid in np.meshgrid(np.arange(len(a)), c, indexing="ij")]
    _agrees(unit, a[few[0]], b[few[0]], few[1])
    codes, flags = rounded_sums(unit, a[few[0]], b[few[0]], few[1])
    codes, words = (array.reshape(len(a), 256) for array in (codes, flags.words()))
    for row in range(256):
        whole = [grid.ravel() for grid in np.meshgrid(c, c, indexing="ij")]
        summed, raised = rounded_sums(unit, np.full(1 << 16, row), *whole)
        assert (summed.reshape(256, 256) == codes[which[row]]).all()
        assert (raised.words().reshape(256, 256) == words[which[row]]).all()


_SOFTFLOAT = {
    Rounding.NEAREST_EVEN: "NEAR_EVEN",
    Rounding.NEAREST_AWAY: "NEAR_MAX_MAG",
    Rounding.TOWARD_ZERO: "MIN_MAG",
    Rounding.TOWARD_POSITIVE: "MAX",
    Rounding.TOWARD_NEGATIVE: "MIN",
}


@pytest.mark.parametrize("count", [2000, pytest.param(200_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("rounding", _ROUNDINGS)
@pytest.mark.parametrize("accumulator", ["fp16", "fp32", "bf16 to fp32"])
def test_softfloat(accumulator: str, rounding: Rounding, count: int) -> None:
    """Berkeley's SoftFloat, which has other codes of NaN; a signalling one raises invalid there.

    Its overflow is that of IEEE 754, where what is rounded toward zero stays finite.
    """
    a, _, c = accumulator.partition(" to ")
    unit = fma(a, f"{c or a}+{rounding}", flags=True)
    form = unit.sum_format
    assert form is not None
    operands = _operands(unit, count, seed=2)
    codes, flags = rounded_sums(unit, *operands)
    flag_words = flags.words()
    kind: Any
    function: Any
    kind, function = (
        (softfloatpy.Float16, softfloatpy.f16_mul_add)
        if form.bits == 16
        else (softfloatpy.Float32, softfloatpy.f32_mul_add)
    )
    softfloatpy.set_tininess_mode(softfloatpy.TininessMode.BEFORE_ROUNDING)
    softfloatpy.set_rounding_mode(softfloatpy.RoundingMode[_SOFTFLOAT[rounding]])
    shifts = (16 * (a == "bf16"), 16 * (a == "bf16"), 0)
    for i in range(count):
        words = [
            kind.from_bytes((int(array[i]) << shift).to_bytes(form.bits // 8, "big"))
            for array, shift in zip(operands, shifts, strict=True)
        ]
        if any(word.is_signaling_nan() for word in words):
            continue
        softfloatpy.set_exception_flags(softfloatpy.ExceptionFlag(0))
        result = function(*words)
        raised = int(softfloatpy.get_exception_flags())
        # theirs: inexact, underflow, overflow, infinite, invalid; ours the other way round
        word = raised >> 4 & 1 | (raised >> 2 & 1) << 1 | (raised >> 1 & 1) << 2 | (raised & 1) << 3
        code = int.from_bytes(result.to_bytes(), "big")
        if result.is_nan():
            assert codes[i] == form.nan_code
        elif rounding is Rounding.TOWARD_ZERO and raised >> 2 & 1:
            # Float says: also toward zero what exceeds the largest number overflows
            assert int(codes[i]) & form.overflow_code == form.overflow_code
        else:
            assert codes[i] == code, (unit, [hex(array[i]) for array in operands])
        assert int(flag_words[i]) == word, (unit, [hex(array[i]) for array in operands])
