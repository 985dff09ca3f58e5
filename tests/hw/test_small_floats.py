"""Every float of four to eight bits with every policy: golden codec and circuits, all codes."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.codec import Decoder, Encoder
from hw.errors import RequestError
from hw.formats import Float, NanCodes, Rounding, parse_format
from sim.formats import decode, encode
from tests.floats import EPSILON, decoded, encoded
from tests.gates import Gates

SHAPES = [(x, bits - 1 - x) for bits in range(4, 9) for x in range(1, bits)]
ROUNDINGS = [rounding for rounding in Rounding if rounding is not Rounding.STOCHASTIC]
SPECIAL = [(True, NanCodes.IEEE), *((False, nan) for nan in NanCodes)]


def policies(exponent_bits: int, fraction_bits: int) -> list[Float]:
    """All formats with these fields, but for those rounded stochastically, each once."""
    forms = {}
    for (infinities, nan), subnormals, saturate, rounding in product(
        SPECIAL, [True, False], [False, True], ROUNDINGS
    ):
        if (infinities and not fraction_bits) or (nan is NanCodes.IEEE and exponent_bits == 1):
            with pytest.raises(RequestError, match="use finite"):
                Float(exponent_bits, fraction_bits, subnormals, infinities, nan)
            continue
        form = Float(exponent_bits, fraction_bits, subnormals, infinities, nan, saturate, rounding)
        forms[form] = None
    return list(forms)


def few(exponent_bits: int, fraction_bits: int) -> list[Float]:
    """Five of them, others for each shape; all roundings are among them."""
    forms = policies(exponent_bits, fraction_bits)
    start = 7 * exponent_bits + 3 * fraction_bits
    return [forms[(start + 6 * i) % len(forms)] for i in range(5)]


def arrays(*columns: NDArray[np.int64] | list[int]) -> list[NDArray[np.int64]]:
    """All combinations, as one flat array for each column."""
    return [column.ravel() for column in np.meshgrid(*columns, indexing="ij")]


def check(forms: list[Float]) -> None:
    """Decoders for all codes, encoders for all magnitudes, exponents, signs and sticky bits.

    Magnitudes have three bits more than significands: every number and every midpoint, and what
    lies to either side of them.
    """
    spreads = [tuple(end - 3 for end in form.exponents) for form in forms]
    widths = [form.significand_bits + 3 for form in forms]
    circuits = [
        Encoder(form, width, (low, high))
        for form, width, (low, high) in zip(forms, widths, spreads, strict=True)
    ]
    gates = Gates(*map(Decoder, forms), *circuits)
    for i, (form, width, (low, high)) in enumerate(zip(forms, widths, spreads, strict=True)):
        codes = np.arange(1 << form.bits)
        values, parts = decode(form, codes), gates(i, code=codes)
        assert [_worth(value) for value in values.tolist()] == [
            decoded(form, code) for code in codes.tolist()
        ]
        np.testing.assert_array_equal(parts["nan"], np.isnan(values))
        np.testing.assert_array_equal(parts["infinity"], np.isinf(values))
        np.testing.assert_array_equal(parts["sign"], codes >> form.bits - 1)
        number, exponent = np.isfinite(values), _signed(form, parts["exponent"])
        magnitude = np.ldexp(parts["significand"].astype(float), exponent)
        np.testing.assert_array_equal(magnitude[number], np.abs(values[number]))

        m, e, sticky, sign = arrays(np.arange(1 << width), np.arange(low, high + 1), [0, 1], [0, 1])
        inputs = {"magnitude": m, "sticky": sticky, "sign": sign, "nan": 0, "infinity": 0}
        if low < high:
            inputs["exponent"] = e
        found = gates(len(forms) + i, **inputs)["code"]
        value = np.ldexp(((m << 30) + sticky).astype(float), e - 30)
        value[(m == 0) & (sticky == 1)] = 1e-300
        np.testing.assert_array_equal(found, encode(form, np.where(sign, -value, value)))
        _check_exactly(form, m, e, sticky, sign, found)


def _signed(form: Float, exponent: NDArray[np.int64]) -> NDArray[np.int64]:
    """The decoder's exponents with their sign."""
    bits = len(Decoder(form).exponent)  # pyright: ignore[reportAttributeAccessIssue]
    return exponent - (exponent >> bits - 1 << bits)


def _worth(value: float) -> Fraction | str:
    if np.isnan(value):
        return "nan"
    if np.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    return Fraction(value)


def _check_exactly(form: Float, *columns: NDArray[np.int64]) -> None:
    """A part of the codes, some hundred, against exact fractions."""
    rows = np.array(columns)[:, :: max(1, len(columns[0]) // 400 | 1)]
    for m, e, sticky, sign, code in rows.T.tolist():
        value = Fraction(m) * Fraction(2) ** e + EPSILON * sticky
        assert code == encoded(form, value, bool(sign))


@pytest.mark.parametrize(("exponent_bits", "fraction_bits"), SHAPES)
def test_some_policies(exponent_bits: int, fraction_bits: int) -> None:
    check(few(exponent_bits, fraction_bits))


@pytest.mark.long
@pytest.mark.parametrize(("exponent_bits", "fraction_bits"), SHAPES)
def test_all_policies(exponent_bits: int, fraction_bits: int) -> None:
    check(policies(exponent_bits, fraction_bits))


def test_e4m3_reaches_448() -> None:
    """Its largest exponent has seven numbers and one NaN of either sign."""
    form = Float.parse("fp8_e4m3")
    top = decode(form, np.arange(0x78, 0x80))
    assert top.tolist()[:7] == [256, 288, 320, 352, 384, 416, 448]
    assert np.isnan(top[7])
    assert encode(form, top[:7]).tolist() == list(range(0x78, 0x7F))


def test_fp4_reaches_6_and_has_its_subnormal() -> None:
    form = Float.parse("fp4_e2m1")
    positive = [0, 0.5, 1, 1.5, 2, 3, 4, 6]
    assert decode(form, np.arange(8)).tolist() == positive
    assert encode(form, np.array(positive)).tolist() == list(range(8))


@pytest.mark.parametrize("name", ["fp8_e4m3", "fp8_e5m2", "e4m3", "e5m0+nan_ieee", "fp16", "bf16"])
@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_a_saturating_conversion_makes_no_nan(name: str, rounding: Rounding) -> None:
    """Of no number and no infinity, whatever the rounding, and the circuit does not either."""
    form = parse_format(f"{name}+saturate+{rounding}")
    assert isinstance(form, Float)
    largest = float(form.largest)
    with np.errstate(over="ignore"):
        values = largest * np.array([1, 1 + 2**-9, 1.03, 1.04, 1.5, 2, 1e3, np.inf])
    values = np.concatenate([values, -values])
    found = encode(form, values)
    sign = np.signbit(values).astype(int) << form.bits - 1
    np.testing.assert_array_equal(found, sign | form.largest_code)
    top = form.exponents[1]
    gates = Gates(Encoder(form, form.significand_bits + 6, (top - 6, top + 6)))
    m, e, sign, infinity = arrays(
        np.arange(1 << form.significand_bits + 6)[:: 1 + (form.bits > 8) * 37],
        np.arange(top - 6, top + 7),
        [0, 1],
        [0, 1],
    )
    codes = gates(magnitude=m, exponent=e, sign=sign, infinity=infinity, sticky=0, nan=0)["code"]
    assert np.isfinite(decode(form, codes)).all()


def test_overflow_honours_the_rounding() -> None:
    """E5M2 between its largest number and the midpoint to the next, at it, beyond it."""
    values = np.array([57344.0, 60000.0, 61440.0, 65000.0, 1e9])
    values = np.concatenate([values, -values])
    infinite = {
        "nearest_even": [0, 0, 1, 1, 1] * 2,
        "nearest_away": [0, 0, 1, 1, 1] * 2,
        "toward_zero": [0, 0, 0, 0, 1] * 2,
        "toward_positive": [0, 1, 1, 1, 1] + [0] * 5,
        "toward_negative": [0] * 5 + [0, 1, 1, 1, 1],
    }
    for rounding, wanted in infinite.items():
        form = Float.parse(f"fp8_e5m2+{rounding}")
        found = decode(form, encode(form, values))
        np.testing.assert_array_equal(np.isinf(found), wanted)
        np.testing.assert_array_equal(np.abs(found[~np.isinf(found)]), 57344)


def test_the_whole_exponent_range_of_bf16() -> None:
    """All 254 exponents of normal numbers, and subnormals down to 2**-133, through the gates."""
    form = Float.parse("bf16")
    gates = Gates(Decoder(form), Encoder(form, 8, form.exponents))
    codes = np.arange(1 << 15)
    codes = codes[codes <= form.largest_code]
    parts = gates(code=codes)
    exponent = _signed(form, parts["exponent"])
    assert (exponent.min(), exponent.max()) == (-133, 120)
    magnitude = np.ldexp(parts["significand"].astype(float), exponent)
    np.testing.assert_array_equal(magnitude, decode(form, codes))
    given = {"magnitude": parts["significand"], "exponent": exponent, "sticky": 0}
    found = gates(1, **given, sign=0, nan=0, infinity=0)
    np.testing.assert_array_equal(found["code"], codes)
