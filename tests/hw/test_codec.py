"""Decoders and encoders as gates, against the golden codecs: every code, every magnitude."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.codec import Decoder, Encoder
from hw.errors import RequestError
from hw.formats import NAMED_FLOATS, Float
from hw.modules import to_rtlil
from sim.formats import decode, encode
from tests.floats import EPSILON, encoded
from tests.gates import Gates

NAMED = [name for name, form in NAMED_FLOATS.items() if form.bits <= 16]
FORMS = [
    *NAMED,
    "e2m1",
    "e2m2+flush",
    "e3m2+flush",
    "fp8_e4m3+saturate",
    "fp8_e5m2+saturate",
    "e3m3+finite+nan_ieee",
    "e2m3+finite+nan_one+flush",
    "e3m2+toward_zero",
    "e5m3+flush+toward_zero+saturate",
    "e6m1+finite+nan_none+overflow",
    "fp16+flush",
    "bf16+toward_zero",
    "e4m11",
    "fp8_e4m3+toward_positive",
    "fp8_e5m2+toward_negative",
    "e3m2+flush+toward_positive",
    "e2m3+finite+nan_one+saturate+toward_negative",
    "fp8_e4m3+nearest_away",
]


def arrays(*columns: Sequence[int] | NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """All combinations, as one flat array for each column."""
    return [each.ravel() for each in np.meshgrid(*columns, indexing="ij")]


def exponents(form: Float) -> tuple[int, int]:
    """Of the last bits of a format's significands."""
    return form.least_exponent, form.least_exponent + form.largest_field - 1


def wanted(
    form: Float, magnitude: NDArray, exponent: NDArray | int, sticky: NDArray | int, sign: NDArray
) -> NDArray[np.int64]:
    """What the golden model says; next to nothing stands for sticky."""
    value = np.ldexp(((magnitude << 30) + sticky).astype(float), np.asarray(exponent) - 30)
    value = np.where((magnitude == 0) & (sticky > 0), 1e-300, value)
    return encode(form, np.where(sign, -value, value)).astype(np.int64)


def parts(codecs: Gates, name: str, codes: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """What the decoder of a format gives, with the exponent's sign."""
    ports: Any = Decoder(Float.parse(name))
    found = codecs(FORMS.index(name), code=codes)
    negative = found["exponent"] >> len(ports.exponent) - 1
    return found | {"exponent": found["exponent"] - (negative << len(ports.exponent))}


@pytest.fixture(scope="module")
def codecs() -> Gates:
    """A decoder of each format, then an encoder that takes what it gives, with three bits more."""
    forms = [Float.parse(name) for name in FORMS]
    ranges = [tuple(e - 3 for e in exponents(form)) for form in forms]
    encoders = [
        Encoder(form, form.significand_bits + 3, (low, high))
        for form, (low, high) in zip(forms, ranges, strict=True)
    ]
    return Gates(*map(Decoder, forms), *encoders)


@pytest.mark.parametrize("name", FORMS)
def test_decoders_for_every_code(codecs: Gates, name: str) -> None:
    form = Float.parse(name)
    codes = np.arange(1 << form.bits)
    found = parts(codecs, name, codes)
    values = decode(form, codes)
    np.testing.assert_array_equal(found["sign"], codes >> form.bits - 1)
    np.testing.assert_array_equal(found["nan"], np.isnan(values))
    np.testing.assert_array_equal(found["infinity"], np.isinf(values))
    number = np.isfinite(values)
    magnitude = np.ldexp(found["significand"].astype(float), found["exponent"])
    np.testing.assert_array_equal(magnitude[number], np.abs(values[number]))
    ends = found["exponent"][number]
    assert (ends.min(), ends.max()) == exponents(form)


@pytest.mark.parametrize("name", FORMS)
def test_round_trips_for_every_code(codecs: Gates, name: str) -> None:
    """From code to code through both circuits: the golden model's code of the golden value."""
    form = Float.parse(name)
    codes = np.arange(1 << form.bits)
    given = parts(codecs, name, codes)
    least, most = exponents(form)
    exponent = np.clip(given["exponent"], least, most)  # beside a NaN it may be anything
    found = codecs(
        len(FORMS) + FORMS.index(name),
        sign=given["sign"],
        magnitude=given["significand"] << 3,
        exponent=exponent - 3,
        sticky=0,
        nan=given["nan"],
        infinity=given["infinity"],
    )
    np.testing.assert_array_equal(found["code"], encode(form, decode(form, codes)))


@pytest.mark.parametrize("name", FORMS)
def test_encoders_at_all_numbers_and_midpoints(codecs: Gates, name: str) -> None:
    """Every number, an eighth and three eighths beyond it, the midpoint, and all of it sticky.

    With every exponent, so subnormals come normalised too, and the largest numbers overflow.
    """
    form = Float.parse(name)
    low, high = exponents(form)
    kept = np.arange(1 << form.significand_bits)
    if form.bits > 8:  # all normal ones at two exponents, ends and some subnormals at the others
        kept = np.concatenate([kept[:40], kept[-40:], kept[:: max(1, len(kept) // 300)]])
    eighths = [0, 1, 3, 4, 5, 7]
    fields = np.arange(low - 3, high - 2)
    signs = [0] if form.bits > 8 else [0, 1]
    m, part, e, sticky, sign = arrays(kept, eighths, fields, [0, 1], signs)
    ends = np.arange(1 << form.significand_bits)
    more = arrays(ends, eighths, [low - 3, high - 3], [0, 1], [1])
    m, part, e, sticky, sign = (
        np.concatenate(p) for p in zip((m, part, e, sticky, sign), more, strict=True)
    )
    magnitude = m << 3 | part
    found = codecs(
        len(FORMS) + FORMS.index(name),
        sign=sign,
        magnitude=magnitude,
        exponent=e,
        sticky=sticky,
        nan=0,
        infinity=0,
    )
    np.testing.assert_array_equal(found["code"], wanted(form, magnitude, e, sticky, sign))


def shapes(form: Float) -> list[tuple[int, tuple[int, int]]]:
    """Widths and exponents in all positions to a format's range: below, across, above it."""
    least, top = form.least_exponent, form.largest_field - form.bias
    return [
        (1, (0, 0)),
        (3, (least, least)),
        (9, (least - 4, least - 4)),
        (12, (least - 10, least - 10)),
        (2, (least + 2, least + 2)),
        (4, (least - 40, least - 40)),
        (5, (top + 1, top + 1)),
        (7, (least - 5, least + 9)),
        (6, (least - 12, least - 3)),
        (5, (least - 30, least - 9)),
        (4, (least + 3, top + 2)),
        (8, (-4, 3)),
        (12, (2 * least, 2 * least + 19)),
    ]


SHAPED = ["fp4_e2m1", "fp8_e4m3", "fp8_e5m2", "e3m2+flush", "e2m3+finite+nan_one+flush+saturate"]
SHAPED += ["e3m2+toward_zero", "e2m2+flush+toward_zero", "e6m1+finite+nan_none+overflow"]
SHAPED += ["e3m2+toward_positive", "e2m2+flush+toward_negative", "fp8_e4m3+toward_negative"]
SHAPED += ["fp4_e2m1+toward_positive", "e3m2+nearest_away", "e2m2+flush+nearest_away"]


@pytest.mark.parametrize("name", SHAPED)
def test_encoders_of_all_shapes_for_all_magnitudes(name: str) -> None:
    """Fixed and varying exponents, all inputs."""
    form = Float.parse(name)
    circuits = shapes(form)
    gates = Gates(*(Encoder(form, width, (low, high)) for width, (low, high) in circuits))
    for i, (width, (low, high)) in enumerate(circuits):
        fields = np.arange(low, high + 1)
        m, e, sticky, sign = arrays(np.arange(1 << width), fields, [0, 1], [0, 1])
        inputs = {"sign": sign, "magnitude": m, "sticky": sticky, "nan": 0, "infinity": 0}
        found = gates(i, **inputs, **({"exponent": e} if high > low else {}))
        np.testing.assert_array_equal(found["code"], wanted(form, m, e, sticky, sign))


@pytest.mark.parametrize("name", ["e3m2+stochastic", "fp4_e2m1+stochastic+flush"])
def test_stochastic_encoders_for_all_random_words(name: str) -> None:
    """The words are added to the discarded bits; sticky is of no account."""
    form = Float.parse(name)
    bits = [1, 3, 5]
    circuits = [(shape, bits[i % 3]) for i, shape in enumerate(shapes(form)[:-1])]
    gates = Gates(*(Encoder(form, width, spread, r) for (width, spread), r in circuits))
    for i, ((width, (low, high)), r) in enumerate(circuits):
        fields = np.arange(low, high + 1)
        m, e, word, sticky = arrays(np.arange(1 << width), fields, np.arange(1 << r), [0, 1])
        inputs = {"sign": 0, "magnitude": m, "sticky": sticky, "nan": 0, "infinity": 0}
        found = gates(i, random=word, **inputs, **({"exponent": e} if high > low else {}))
        golden = encode(form, np.ldexp(m.astype(float), e), word, r)
        np.testing.assert_array_equal(found["code"], golden)


@pytest.mark.parametrize(
    "name",
    [
        "fp8_e4m3",
        "fp8_e5m2",
        "fp8_e5m2+saturate",
        "fp4_e2m1",
        "fp16",
        "fp8_e4m3+toward_positive",
        "fp8_e5m2+toward_negative",
    ],
)
def test_nan_and_infinity_whatever_else_is_there(name: str) -> None:
    form = Float.parse(name)
    gates = Gates(Encoder(form, 6, (-8, 7)))
    m, e, sign, nan, infinity = arrays(np.arange(64), np.arange(-8, 8), [0, 1], [0, 1], [0, 1])
    found = gates(sign=sign, magnitude=m, exponent=e, sticky=0, nan=nan, infinity=infinity)
    values = np.where(infinity, np.inf, np.ldexp(m.astype(float), e))
    values = np.where(nan, np.nan, np.where(sign, -values, values))
    np.testing.assert_array_equal(found["code"], encode(form, values))


@pytest.mark.parametrize(
    ("name", "width", "spread"),
    [
        ("fp16", 83, (-48, -48)),  # exact sums of products of fp16
        ("fp32", 83, (-48, -48)),
        ("fp32", 48, (-298, 206)),  # products of fp32
        ("fp32", 33, (0, 0)),
        ("bf16+flush", 40, (-270, 200)),
        ("fp8_e4m3", 300, (-200, -200)),
        ("fp32+toward_zero", 60, (-160, -100)),
        ("fp32+toward_positive", 60, (-160, -100)),
        ("fp16+toward_negative", 83, (-48, -48)),
        ("fp32+nearest_away", 48, (-298, 206)),
    ],
)
def test_wide_magnitudes(name: str, width: int, spread: tuple[int, int]) -> None:
    """Of all lengths, with long runs of zeros and ones, against exact fractions."""
    form, rng = Float.parse(name), random.Random(width)
    rows: list[tuple[int, int, int, int]] = []
    for _ in range(1500):
        length, kept = rng.randint(0, width), form.significand_bits + rng.choice([0, 0, 1, 2])
        magnitude = rng.getrandbits(length) if length else 0
        below = max(0, length - kept)
        magnitude = (magnitude >> below << below) + rng.choice([0, 0, 1, -1]) * (below > 0)
        magnitude = min(max(magnitude, 0), (1 << width) - 1)
        rows.append((magnitude, rng.randint(*spread), rng.randrange(2), rng.randrange(2)))
    m, e, sign, sticky = zip(*rows, strict=True)
    magnitudes: Any = np.array(m, dtype=object)
    inputs = {"sign": np.array(sign), "sticky": np.array(sticky), "nan": 0, "infinity": 0}
    if spread[0] < spread[1]:
        inputs["exponent"] = np.array(e)
    found = Gates(Encoder(form, width, spread))(magnitude=magnitudes, **inputs)
    values = [Fraction(each) * Fraction(2) ** exponent for each, exponent in zip(m, e, strict=True)]
    exact = [
        encoded(form, value + EPSILON * tiny, bool(minus))
        for value, minus, tiny in zip(values, sign, sticky, strict=True)
    ]
    np.testing.assert_array_equal(found["code"], exact)
    assert len(set(exact)) > 400 or form.bits < 16


def test_what_cannot_be_rounded_has_no_rounding() -> None:
    """Eight bits in a format with 24."""
    text = to_rtlil(Encoder(NAMED_FLOATS["fp32"], 8, (0, 0)), "encoder")
    assert "$add" not in text
    assert "$add" in to_rtlil(Encoder(NAMED_FLOATS["fp16"], 12, (0, 0)), "encoder")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("fp16", 0, (0, 0)), "width = 0 .* 1 to 4096"),
        (("fp16", 8, (1, 0)), r"exponents\[1\] = 0 .* from 1"),
        (("fp16", 8, (-70000, 0)), r"exponents\[0\] = -70000"),
        (("fp16", 8, (0, 0), 4), "random_bits = 4 .* 0"),
        (("fp16+stochastic", 8, (0, 0)), "random_bits = 0 .* 1 to 24"),
    ],
)
def test_wrong_requests(arguments: tuple[Any, ...], sentence: str) -> None:
    name, *others = arguments
    with pytest.raises(RequestError, match=sentence):
        Encoder(Float.parse(name), *others)
