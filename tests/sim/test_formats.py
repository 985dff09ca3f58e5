"""Golden codecs of number formats, against exact fractions and against other people's formats."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import gfloat
import ml_dtypes
import numpy as np
import pytest
from gfloat import formats as gfloat_formats
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import Float, Integer, Rounding, parse_format
from sim.formats import add, code_type, decode, encode, multiply
from tests.floats import decoded, encoded

SMALL = [
    "fp4_e2m1",
    "fp6_e2m3",
    "fp6_e3m2",
    "fp8_e4m3",
    "fp8_e5m2",
    "fp8_e4m3+saturate",
    "fp8_e5m2+saturate",
    "fp8_e4m3+toward_zero",
    "fp8_e5m2+flush",
    "fp8_e4m3+flush+toward_zero+saturate",
    "e2m1",
    "e2m4+flush",
    "e3m4",
    "e5m3+finite+nan_ieee",
    "e3m3+finite+nan_one+saturate",
    "e6m1+finite+nan_none+overflow",
    "e4m5+finite+nan_none+flush",
    "e7m2+toward_zero",
    "fp4_e2m1+toward_positive",
    "fp8_e4m3+toward_positive",
    "fp8_e4m3+toward_negative+saturate",
    "fp8_e5m2+toward_negative",
    "e5m2+flush+toward_positive",
    "e6m1+finite+nan_none+overflow+toward_negative",
    "fp8_e4m3+nearest_away",
    "e3m4+nearest_away",
    "e2m4+flush+nearest_away",
    "e4m0",
    "e5m0+nan_ieee+overflow",
    "e7m0+flush+toward_positive",
    "e1m2",
    "e1m6+nan_one+overflow+flush",
]
LARGE = ["fp16", "bf16", "fp16+flush", "bf16+saturate", "fp16+toward_zero", "e4m11", "e8m4+flush"]
LARGE += ["fp16+toward_positive", "bf16+toward_negative", "fp16+nearest_away"]
ML_DTYPES = {
    "fp4_e2m1": ml_dtypes.float4_e2m1fn,
    "fp6_e2m3": ml_dtypes.float6_e2m3fn,
    "fp6_e3m2": ml_dtypes.float6_e3m2fn,
    "fp8_e4m3": ml_dtypes.float8_e4m3fn,
    "fp8_e5m2": ml_dtypes.float8_e5m2,
    "e3m4": ml_dtypes.float8_e3m4,
    "e4m3": ml_dtypes.float8_e4m3,
    "bf16": ml_dtypes.bfloat16,
    "fp16": np.float16,
}
GFLOAT = {
    "fp4_e2m1": gfloat_formats.format_info_ocp_e2m1,
    "fp6_e2m3": gfloat_formats.format_info_ocp_e2m3,
    "fp6_e3m2": gfloat_formats.format_info_ocp_e3m2,
    "fp8_e4m3": gfloat_formats.format_info_ocp_e4m3,
    "fp8_e5m2": gfloat_formats.format_info_ocp_e5m2,
    "bf16": gfloat_formats.format_info_bfloat16,
    "fp16": gfloat_formats.format_info_binary16,
}
GFLOAT_ROUNDINGS = {
    "nearest_even": gfloat.RoundMode.TiesToEven,
    "nearest_away": gfloat.RoundMode.TiesToAway,
    "toward_zero": gfloat.RoundMode.TowardZero,
    "toward_positive": gfloat.RoundMode.TowardPositive,
    "toward_negative": gfloat.RoundMode.TowardNegative,
}


def numbers(form: Float) -> NDArray[np.float64]:
    """All magnitudes of a format, ascending, and one more step beyond the largest."""
    magnitudes = decode(form, np.arange(form.largest_code + 1))
    magnitudes = np.unique(magnitudes)  # without subnormals there are many zeros
    step = magnitudes[-1] - magnitudes[-2]
    return np.append(magnitudes, magnitudes[-1] + step)


def about(form: Float) -> NDArray[np.float64]:
    """Every number, every midpoint, and the doubles next to them, of both signs."""
    magnitudes = numbers(form)
    points = np.concatenate([magnitudes, (magnitudes[1:] + magnitudes[:-1]) / 2])
    near = [np.nextafter(points, np.inf), np.nextafter(points, 0), points]
    quarter = magnitudes[:2].sum() / 4
    some = [quarter, 1e-300, 5e-324, 3 * magnitudes[-1], 1e300]
    values = np.concatenate([*near, some, magnitudes[1] * np.arange(1, 40) / 16])
    return np.concatenate([values, -values])


def fraction(form: Float, code: int) -> Fraction:
    """What the code of a number is worth."""
    value = decoded(form, code)
    assert isinstance(value, Fraction)
    return value


def exact(form: Float, value: float, random: int = 0, random_bits: int = 0) -> int:
    """The code of a double, in exact arithmetic."""
    negative = bool(np.signbit(value))
    return encoded(form, abs(Fraction(value)), negative, random, random_bits)


@pytest.mark.parametrize("name", [*SMALL, *LARGE])
def test_every_code_is_worth_what_exact_arithmetic_says(name: str) -> None:
    form = Float.parse(name)
    codes = np.arange(1 << form.bits)
    values = decode(form, codes)
    special = {"nan": np.nan, "infinity": np.inf, "-infinity": -np.inf}
    wanted = [decoded(form, code) for code in codes.tolist()]
    found = [special.get(each, each) if isinstance(each, str) else float(each) for each in wanted]
    np.testing.assert_array_equal(values, found)
    number = ~np.isnan(values)
    assert (np.signbit(values) == codes >> form.bits - 1)[number].all()


@pytest.mark.parametrize("name", [*SMALL, *LARGE, "fp16+saturate", "fp8_e5m2+nan_ieee+infinities"])
def test_codes_round_trip(name: str) -> None:
    """Each number is its own code, but for flushed ones; a NaN's code is the format's own."""
    form = Float.parse(name)
    codes = np.arange(1 << form.bits, dtype=code_type(form))
    values = decode(form, codes)
    wanted = codes.copy()
    sign = codes & (1 << form.bits - 1)
    zero = values == 0
    wanted[zero] = sign[zero]
    wanted[np.isinf(values)] = sign[np.isinf(values)] | form.overflow_code
    wanted[np.isnan(values)] = form.nan_code or 0
    found = encode(form, values)
    assert found.dtype == codes.dtype
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("name", SMALL)
def test_values_about_all_numbers_and_midpoints(name: str) -> None:
    """Against exact fractions: numbers, midpoints, their neighbours, both ends of the range."""
    form = Float.parse(name)
    values = about(form)
    wanted = [exact(form, value) for value in values.tolist()]
    np.testing.assert_array_equal(encode(form, values), wanted)


@pytest.mark.parametrize("name", LARGE)
def test_some_values_of_large_formats(name: str) -> None:
    """The same, for every 50th of the values, for the smallest and the largest numbers."""
    form = Float.parse(name)
    values = about(form)
    order = np.argsort(np.abs(values))
    values = values[np.r_[order[:200], order[200:-200:50], order[-200:]]]
    wanted = [exact(form, value) for value in values.tolist()]
    np.testing.assert_array_equal(encode(form, values), wanted)


@pytest.mark.parametrize("name", ["fp16", "bf16", "fp16+toward_zero", "e4m11", "fp8_e5m2"])
def test_midpoints_of_large_formats(name: str) -> None:
    """All of them: a midpoint goes to the even code, its neighbours to either side."""
    form = Float.parse(name)
    magnitudes, codes = numbers(form)[:-1], np.arange(form.largest_code + 1)
    middle = (magnitudes[1:] + magnitudes[:-1]) / 2
    nearest = form.rounding == "nearest_even"
    for values, wanted in (
        (middle, codes[:-1] + (codes[:-1] & 1 if nearest else 0)),
        (np.nextafter(middle, np.inf), codes[:-1] + nearest),
        (np.nextafter(middle, 0), codes[:-1]),
        (np.nextafter(magnitudes[1:], 0), codes[:-1] + nearest),
        (np.nextafter(magnitudes, np.inf), codes),
    ):
        np.testing.assert_array_equal(encode(form, values), wanted)
        np.testing.assert_array_equal(encode(form, -values), wanted | 1 << form.bits - 1)


@pytest.mark.parametrize("name", ["fp8_e4m3", "fp8_e5m2", "fp4_e2m1", "fp16"])
@pytest.mark.parametrize("policy", ["saturate", "overflow"])
@pytest.mark.parametrize("rounding", ["nearest_even", "toward_zero"])
def test_overflow(name: str, policy: str, rounding: str) -> None:
    """The largest number is kept until rounding leaves it; then the policy decides."""
    form = Float.parse(f"{name}+{policy}+{rounding}")
    *_, last, beyond = numbers(form)
    nearest = rounding == "nearest_even"
    first = (last + beyond) / 2 if nearest else beyond
    if nearest and not form.largest_code & 1:  # a tie goes to the largest number, if it is even
        first = np.nextafter(first, np.inf)
    kept, lost = np.nextafter(first, 0), np.array([first, beyond, 1e30, np.inf])
    assert encode(form, np.array([kept])) == form.largest_code
    sign = 0 if form.overflow_code == form.nan_code else 1 << form.bits - 1
    assert (encode(form, lost) == form.overflow_code).all()
    assert (encode(form, -lost) == form.overflow_code | sign).all()
    published = {"fp8_e4m3": 0x7F, "fp8_e5m2": 0x7C, "fp4_e2m1": 0x7, "fp16": 0x7C00}
    largest = {"fp8_e4m3": 0x7E, "fp8_e5m2": 0x7B, "fp4_e2m1": 0x7, "fp16": 0x7BFF}
    assert form.overflow_code == (published if policy == "overflow" else largest)[name]


@pytest.mark.parametrize(
    ("rounding", "positive", "negative"),
    [
        ("toward_positive", "lost", "kept"),
        ("toward_negative", "kept", "lost"),
        ("nearest_away", "lost", "lost"),
    ],
)
@pytest.mark.parametrize("name", ["fp8_e4m3", "fp8_e5m2", "fp4_e2m1", "fp16"])
def test_overflow_of_roundings_to_one_side(
    name: str, rounding: str, positive: str, negative: str
) -> None:
    """Rounded inward a finite number stays finite, as in IEEE 754; an infinity overflows anyway."""
    form = Float.parse(f"{name}+{rounding}")
    sign = 1 << form.bits - 1
    codes = {"kept": form.largest_code, "lost": form.overflow_code}
    nan = form.overflow_code == form.nan_code
    beyond = np.array([numbers(form)[-1], 1e30])
    assert (encode(form, beyond) == codes[positive]).all()
    minus = codes[negative] | (0 if negative == "lost" and nan else sign)
    assert (encode(form, -beyond) == minus).all()
    infinities = encode(form, np.array([np.inf, -np.inf])).tolist()
    assert infinities == [form.overflow_code, form.overflow_code | (0 if nan else sign)]


@pytest.mark.parametrize("name", ["e2m2", "fp4_e2m1", "e3m2+flush"])
def test_stochastic_rounding_for_all_random_words(name: str) -> None:
    """As many words carry as the discarded part says, and all codes are the exact ones."""
    form = Float.parse(f"{name}+stochastic")
    bits = 5
    words = np.arange(1 << bits)
    for value in about(form):
        found = encode(form, np.full(len(words), value), words, bits)
        wanted = [exact(form, value, word, bits) for word in words.tolist()]
        np.testing.assert_array_equal(found, wanted)
    largest, least = numbers(form)[-2], form.min_normal
    for value in np.linspace(float(least), largest, 200, endpoint=False):
        away = encode(form, np.full(len(words), value), words, bits)
        down = encode(Float.parse(f"{name}+toward_zero"), np.array([value]))
        step = fraction(form, int(down[0]) + 1) - fraction(form, int(down[0]))
        rest = (Fraction(value) - fraction(form, int(down[0]))) / step
        assert (away != down).sum() == int(rest * (1 << bits))


@pytest.mark.parametrize("random_bits", [1, 12, 24])
def test_stochastic_rounding_to_fp32(random_bits: int) -> None:
    form = Float.parse("fp32+stochastic")
    rng = np.random.default_rng(random_bits)
    values = rng.normal(size=300) * 2.0 ** rng.integers(-150, 128, 300)
    words = rng.integers(0, 1 << random_bits, 300)
    pairs = zip(values.tolist(), words.tolist(), strict=True)
    wanted = [exact(form, value, word, random_bits) for value, word in pairs]
    np.testing.assert_array_equal(encode(form, values, words, random_bits), wanted)


@pytest.mark.parametrize("name", ML_DTYPES)
def test_agrees_with_ml_dtypes(name: str) -> None:
    """All codes, and doubles about all numbers and midpoints, which both round once.

    Where it has no NaN, ml_dtypes makes -0 of one; that is left out, and so is a NaN's own code.
    """
    form, theirs = Float.parse(name), np.dtype(ML_DTYPES[name])
    codes = np.arange(1 << form.bits, dtype=code_type(form))
    with np.errstate(invalid="ignore"):  # signalling NaNs
        values = codes.view(theirs).astype(np.float64)
    np.testing.assert_array_equal(decode(form, codes), values)
    some = np.concatenate([about(form), [np.inf, -np.inf, 0.0, -0.0, np.nan]])
    with np.errstate(over="ignore"):
        encoded_there = some.astype(theirs)
    wanted, found = encoded_there.view(code_type(form)), encode(form, some)
    nan = np.isnan(decode(form, found)) & np.isnan(decode(form, wanted))
    assert ((found == wanted) | nan | np.isnan(some)).all()


@pytest.mark.parametrize("name", GFLOAT)
@pytest.mark.parametrize("rounding", GFLOAT_ROUNDINGS)
@pytest.mark.parametrize("saturate", [False, True])
def test_agrees_with_gfloat(name: str, rounding: str, saturate: bool) -> None:
    """From doubles, and with saturation and rounding as it is asked for.

    Where it does not saturate, gfloat takes cut overflows for the largest number (as IEEE 754
    does), and it refuses them where the format has neither infinity nor NaN.
    """
    form = Float.parse(f"{name}+{rounding}+{'saturate' if saturate else 'overflow'}")
    theirs = GFLOAT[name]
    if form.bits == 16:
        values = np.random.default_rng(0).permutation(about(form))[:3000]
    else:
        values = about(form)
    if not saturate and (rounding == "toward_zero" or form.nan_code is None):
        values = values[np.abs(values) <= float(form.largest)]
    mode = GFLOAT_ROUNDINGS[rounding]
    rounded = gfloat.round_ndarray(theirs, values, mode, saturate)
    found = decode(form, encode(form, values))
    np.testing.assert_array_equal(found, rounded)
    assert (np.signbit(found) == np.signbit(rounded))[~np.isnan(found)].all()


def test_agrees_with_numpys_half_precision_from_doubles() -> None:
    form = Float.parse("fp16")
    values = about(form)
    with np.errstate(over="ignore", under="ignore"):
        np.testing.assert_array_equal(encode(form, values), values.astype(np.float16).view("u2"))


def test_fp32_is_the_processors() -> None:
    form = Float.parse("fp32")
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 1 << 32, 200_000, dtype=np.uint32)
    with np.errstate(invalid="ignore"):  # signalling NaNs
        values = codes.view(np.float32).astype(np.float64)
    np.testing.assert_array_equal(decode(form, codes), values)
    nan = np.isnan(values)
    np.testing.assert_array_equal(encode(form, codes.view(np.float32))[~nan], codes[~nan])
    assert (encode(form, codes.view(np.float32))[nan] == 0x7FC00000).all()
    values = values[~nan]
    middle = values[:-1] * 0.5 + values[1:] * 0.5
    with np.errstate(over="ignore", under="ignore"):
        for some in (values, middle, values * (1 + 2.0**-24)):
            np.testing.assert_array_equal(encode(form, some), some.astype(np.float32).view("u4"))


@cache
def _scaled(name: str) -> list[int | str]:
    """Each code's worth in units of the format's last bit, or what it is."""
    form = Float.parse(name)
    unit = Fraction(2) ** form.least_exponent
    worth = [decoded(form, code) for code in range(1 << form.bits)]
    return [w if isinstance(w, str) else int(w / unit) for w in worth]


@pytest.mark.parametrize(
    "name",
    [
        "fp4_e2m1",
        "fp6_e3m2",
        "fp8_e4m3",
        "fp8_e5m2",
        "fp8_e4m3+saturate",
        "fp8_e4m3+toward_zero",
        "fp8_e5m2+toward_zero+saturate",
        "fp8_e5m2+flush",
        "e3m3+finite+nan_one+flush",
        "fp8_e4m3+toward_positive",
        "fp8_e5m2+toward_positive+flush",
        "fp8_e5m2+toward_negative",
        "e3m3+finite+nan_one+saturate+toward_negative",
        "fp8_e4m3+nearest_away",
        "fp8_e5m2+nearest_away",
        "e4m0",
        "e5m0+nan_ieee+overflow+flush",
        "e1m2",
    ],
)
@pytest.mark.parametrize("operation", [add, multiply])
def test_all_pairs(name: str, operation: Callable[..., NDArray[Any]]) -> None:
    """Every sum and product of 8-bit formats, in exact integers."""
    form = Float.parse(name)
    scaled, size = _scaled(name), 1 << form.bits
    sum_unit = Fraction(2) ** form.least_exponent
    unit = sum_unit if operation is add else sum_unit**2
    known: dict[int, int] = {}
    wanted = np.zeros((size, size), dtype=np.int64)
    for a, b in product(range(size), repeat=2):
        x, y = scaled[a], scaled[b]
        sign = (a ^ b) >> form.bits - 1 if operation is multiply else a >> form.bits - 1
        if isinstance(x, str) or isinstance(y, str):
            wanted[a, b] = _special(form, operation, (x, y), sign)
            continue
        result = x + y if operation is add else x * y
        if result == 0:
            if operation is add:
                sign = _sign_of_zero(form, a >> form.bits - 1, b >> form.bits - 1)
            wanted[a, b] = sign << form.bits - 1
            continue
        if result not in known:
            known[result] = encoded(form, abs(result) * unit, result < 0)
        wanted[a, b] = known[result]
    codes = np.arange(size, dtype=np.uint8)
    np.testing.assert_array_equal(operation(form, codes[:, None], codes), wanted)


def _sign_of_zero(form: Float, first: int, second: int) -> int:
    """The sign of a sum that is 0, of the signs of its operands."""
    return first | second if form.rounding is Rounding.TOWARD_NEGATIVE else first & second


def _special(form: Float, operation: object, parts: tuple[int | str, int | str], sign: int) -> int:
    """The code of a sum or product with a NaN or an infinity in it."""
    infinities = [part for part in parts if isinstance(part, str)]
    if (
        "nan" in parts
        or (operation is add and len(set(infinities)) == 2)
        or (operation is multiply and 0 in parts)
    ):
        return form.nan_code or 0
    if operation is add:
        sign = infinities[0].startswith("-")
    return sign << form.bits - 1 | form.overflow_code


WIDE = ["fp16", "bf16", "fp32", "e8m20", "fp16+toward_zero", "fp32+toward_zero", "bf16+flush"]
WIDE += ["fp32+toward_positive", "fp16+toward_negative", "bf16+toward_negative+flush"]
WIDE += ["fp32+nearest_away", "fp16+nearest_away"]


def pairs(form: Float, count: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Finite codes: any, close to each other, opposite, apart by about the significand's width."""
    rng = np.random.default_rng(seed)
    a = rng.integers(0, form.largest_code + 1, count)
    apart = rng.integers(0, 3 * form.significand_bits, count)
    small = np.maximum(a - (apart << form.fraction_bits), 0)
    tie = small & ~((1 << form.fraction_bits) - 1) | rng.integers(0, 2, count)
    near = np.clip(a + rng.integers(-3, 4, count), 0, form.largest_code)
    b = np.select(
        [rng.integers(0, 4, count) == i for i in range(3)],
        [rng.integers(0, form.largest_code + 1, count), tie, near],
        small,
    )
    signs = rng.integers(0, 2, (2, count)) << form.bits - 1
    return a | signs[0], b | signs[1]


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize("operation", [add, multiply])
def test_pairs_of_wide_formats(name: str, operation: Callable[..., NDArray[Any]]) -> None:
    """Sums and products that were chosen for their ties and cancellations, exactly."""
    form = Float.parse(name)
    a, b = pairs(form, 1500, seed=len(name))
    for x, y, code in zip(a.tolist(), b.tolist(), operation(form, a, b).tolist(), strict=True):
        u, v = fraction(form, x), fraction(form, y)
        result = u + v if operation is add else u * v
        signs = (x >> form.bits - 1, y >> form.bits - 1)
        negative = result < 0
        if result == 0:
            sum_sign = _sign_of_zero(form, *signs)
            negative = signs[0] != signs[1] if operation is multiply else bool(sum_sign)
        assert code == encoded(form, abs(result), negative)


@pytest.mark.parametrize("operation", [add, multiply])
def test_stochastic_pairs(operation: Callable[..., NDArray[Any]]) -> None:
    """Sums beyond a double's precision: what is far below still tells where to cut."""
    for name in ("fp32+stochastic", "bf16+stochastic"):
        form = Float.parse(name)
        a, b = pairs(form, 500, seed=7)
        words = np.random.default_rng(8).integers(0, 1 << 24, 500)
        found = operation(form, a, b, words, 24)
        for x, y, word, code in zip(*map(np.ndarray.tolist, (a, b, words, found)), strict=True):
            u, v = fraction(form, x), fraction(form, y)
            result = u + v if operation is add else u * v
            if result:
                assert code == encoded(form, abs(result), result < 0, word, 24)


@pytest.mark.parametrize(("name", "theirs"), [("fp16", np.float16), ("fp32", np.float32)])
@pytest.mark.parametrize("operation", [add, multiply])
def test_agrees_with_numpys_arithmetic(
    name: str, theirs: type, operation: Callable[..., NDArray[Any]]
) -> None:
    form = Float.parse(name)
    rng = np.random.default_rng(5)
    unsigned = code_type(form)
    a = rng.integers(0, 1 << form.bits, 100_000, dtype=unsigned)
    b = rng.integers(0, 1 << form.bits, 100_000, dtype=unsigned)
    more = pairs(form, 100_000, seed=6)
    a, b = (
        np.concatenate([a, more[0].astype(unsigned)]),
        np.concatenate([b, more[1].astype(unsigned)]),
    )
    with np.errstate(all="ignore"):
        x, y = a.view(theirs), b.view(theirs)
        result = x + y if operation is add else x * y
    found = operation(form, a, b)
    nan = np.isnan(result)
    assert 0 < nan.sum() < 20_000
    assert (found[nan] == form.nan_code).all()
    np.testing.assert_array_equal(found[~nan], result.view(unsigned)[~nan])


@pytest.mark.parametrize("name", ["int8", "uint4", "int16", "uint16", "int2"])
def test_integers(name: str) -> None:
    """All codes, midpoints to even, saturation."""
    form = Integer.parse(name)
    codes = np.arange(1 << form.bits, dtype=code_type(form))
    values = decode(form, codes)
    assert sorted(values) == list(range(form.minimum, form.maximum + 1))
    if form.bits in (8, 16):
        np.testing.assert_array_equal(
            values, codes.view(codes.dtype.str.replace("u", "ui"[form.signed]))
        )
    np.testing.assert_array_equal(encode(form, values), codes)
    some = np.concatenate([values + 0.5, values + 0.499, values - 0.499, [1e30, -np.inf]])
    wanted = [min(max(round(v), form.minimum), form.maximum) for v in some[:-1].tolist()]
    found = decode(form, encode(form, some))
    np.testing.assert_array_equal(found, [*wanted, form.minimum])


@pytest.mark.parametrize("form", [Integer(24, signed=True), Integer(32, signed=False)])
def test_wide_integers(form: Integer) -> None:
    """Those of the inside of a unit: the ends, and numbers between."""
    ends = [form.minimum, form.minimum + 1, -1 if form.signed else 1, 0, form.maximum]
    codes = np.array([end % (1 << form.bits) for end in ends])
    np.testing.assert_array_equal(decode(form, codes), ends)
    np.testing.assert_array_equal(encode(form, np.array([*ends, 1e12], float)), [*codes, codes[-1]])


def test_shapes_and_types() -> None:
    form = Float.parse("fp8_e4m3")
    values = np.linspace(-3, 3, 40_000).reshape(2, -1, 4)
    for kind in (np.float64, np.float32, np.float16):
        some = values.astype(kind)
        found = encode(form, some)
        assert found.shape == values.shape
        np.testing.assert_array_equal(found.ravel(), encode(form, some.ravel().astype(float)))
        np.testing.assert_array_equal(encode(form, some[:, ::3].T), found[:, ::3].T)
    assert encode(form, np.float64(1.5)).shape == ()
    assert encode(form, np.zeros((0, 3))).shape == (0, 3)
    assert add(form, found[0], found[:1, :1]).shape == found[0][None].shape


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: decode(parse_format("fp8_e4m3"), np.array([256])), "256 .* 0 to 255"),
        (lambda: decode(parse_format("int4"), np.array([-1])), "-1 .* 0 to 15"),
        (lambda: decode(Integer(33, signed=True), np.array([1])), "int33 has 33 bits"),
        (lambda: encode(Integer(64, signed=True), np.ones(1)), "int64 has 64 bits"),
        (lambda: decode(parse_format("fp16"), np.array([1.0])), "float64 where integers"),
        (lambda: encode(parse_format("fp16"), np.array([1])), "int64 where floats"),
        (lambda: encode(parse_format("int8"), np.array([np.nan])), "NaN .* int8"),
        (lambda: encode(parse_format("fp16+stochastic"), np.ones(2)), "random_bits = 0"),
        (lambda: encode(parse_format("fp16+stochastic"), np.ones(2), None, 4), "there is none"),
        (
            lambda: encode(parse_format("fp16+stochastic"), np.ones(2), np.ones(3, int), 4),
            r"shape \(2,\) .* \(3,\)",
        ),
        (
            lambda: encode(parse_format("fp16+stochastic"), np.ones(1), np.array([16]), 4),
            "16 to 16 are not of 4 bits",
        ),
        (lambda: encode(parse_format("fp16"), np.ones(1), np.array([1]), 4), "takes no random"),
    ],
)
def test_wrong_requests(call: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(RequestError) as found:
        call()
    assert re.search(sentence, str(found.value))
