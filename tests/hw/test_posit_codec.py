"""Posit decoders and encoders as gates, against the golden codec: every code, every magnitude."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.codec import PositDecoder, PositEncoder
from hw.errors import RequestError
from hw.formats import NAMED_POSITS, Posit
from sim.formats import decode, encode
from tests.gates import Gates
from tests.posits import posit_nearest

NAMED = list(NAMED_POSITS)
SMALL = ["posit3_0", "posit3_2", "posit4_0", "posit5_1", "posit6_4", "posit7_3", "posit8_1"]
ROUNDED = ["posit4_1", "posit6_0", "posit6_2", "posit5_3"]
ROUNDINGS = ["toward_zero", "toward_positive", "toward_negative", "nearest_away"]


def arrays(*columns: Any) -> list[NDArray[np.int64]]:
    """All combinations, as one flat array for each column."""
    return [column.ravel() for column in np.meshgrid(*columns, indexing="ij")]


def wanted(
    form: Posit, magnitude: NDArray, exponent: NDArray | int, sticky: NDArray, sign: NDArray
) -> NDArray[np.int64]:
    """What the golden model says; next to nothing stands for sticky."""
    value = np.ldexp(((magnitude << 30) + sticky).astype(float), np.asarray(exponent) - 30)
    value = np.where((magnitude == 0) & (sticky > 0), 1e-300, value)
    return encode(form, np.where(sign, -value, value)).astype(np.int64)


@pytest.fixture(scope="module")
def codecs() -> Gates:
    """A decoder of each format, then an encoder that takes what it gives."""
    forms = [Posit.parse(name) for name in (*NAMED, *SMALL)]
    encoders = [PositEncoder(form, form.significand_bits, form.exponents) for form in forms]
    return Gates(*map(PositDecoder, forms), *encoders)


@pytest.mark.parametrize("name", [*NAMED, *SMALL])
def test_codecs_for_every_code(codecs: Gates, name: str) -> None:
    """Apart as the golden model says, and together again to the same code."""
    form, place = Posit.parse(name), [*NAMED, *SMALL].index(name)
    codes = np.arange(1 << form.bits)
    parts = codecs(place, code=codes)
    values, nar = decode(form, codes), codes == form.nan_code
    ports: Any = PositDecoder(form)
    bits = len(ports.exponent)
    exponent = parts["exponent"] - (parts["exponent"] >> bits - 1 << bits)
    np.testing.assert_array_equal(parts["sign"], codes >> form.bits - 1)
    np.testing.assert_array_equal(parts["nan"], nar)
    assert not parts["infinity"].any()
    leading = parts["significand"] >> form.fraction_bits
    np.testing.assert_array_equal(leading, (codes != 0) & ~nar)
    magnitude = np.ldexp(parts["significand"].astype(float), exponent)
    np.testing.assert_array_equal(magnitude[~nar], np.abs(values[~nar]))
    assert (exponent.min(), exponent.max()) == form.exponents
    given = {"magnitude": parts["significand"], "exponent": exponent, "sticky": 0}
    special = {"nan": parts["nan"], "infinity": parts["infinity"]}
    found = codecs(len(NAMED) + len(SMALL) + place, sign=parts["sign"], **given, **special)
    np.testing.assert_array_equal(found["code"], codes)


def shapes(form: Posit) -> list[tuple[int, tuple[int, int]]]:
    """Widths and exponents in all positions to a format's range: below, across, above it."""
    top = form.largest_exponent
    return [
        (1, (0, 0)),
        (1, (-top - 3, top + 3)),
        (2, (-top - 9, -top)),
        (8, (-top - 4, -top - 4)),
        (11, (-top - 12, -top - 9)),
        (9, (-4, 3)),
        (9, (top - 4, top + 2)),
        (3, (top + 1, top + 4)),
        (11, (-3, -3)),
        (12, (-6 - form.es, -6 - form.es)),
        (7, (-2 * top, 2 * top)),
    ]


SHAPED = [*ROUNDED, *(f"{name}+{rounding}" for name in ROUNDED for rounding in ROUNDINGS)]


@pytest.mark.parametrize("name", [*SHAPED, "posit8_0", "posit8_2"])
def test_encoders_of_all_shapes_for_all_magnitudes(name: str) -> None:
    """Fixed and varying exponents, all inputs."""
    form = Posit.parse(name)
    circuits = shapes(form)
    gates = Gates(*(PositEncoder(form, width, spread) for width, spread in circuits))
    for i, (width, (low, high)) in enumerate(circuits):
        fields = np.arange(low, high + 1)
        m, e, sticky, sign = arrays(np.arange(1 << width), fields, [0, 1], [0, 1])
        inputs = {"sign": sign, "magnitude": m, "sticky": sticky, "nan": 0, "infinity": 0}
        found = gates(i, **inputs, **({"exponent": e} if high > low else {}))
        np.testing.assert_array_equal(found["code"], wanted(form, m, e, sticky, sign))


@pytest.mark.parametrize("name", ["posit8_0", "posit4_1", "posit16_1", "posit16_2"])
def test_normalized_encoders(name: str) -> None:
    """All significands of one bit more than the format's, at all exponents and beyond."""
    form = Posit.parse(name)
    width, top = form.significand_bits + 1, form.largest_exponent
    low, high = -top - width - 3, top + 3
    fractions = np.arange(1 << width - 1)
    fractions = fractions if form.bits < 16 else np.r_[0:40, 40 : len(fractions) : 61]
    m, e, sticky, sign = arrays(
        np.append(1 << width - 1 | fractions, 0), np.arange(low, high + 1), [0, 1], [0, 1]
    )
    gates = Gates(PositEncoder(form, width, (low, high), normalized=True))
    found = gates(sign=sign, magnitude=m, exponent=e, sticky=sticky, nan=0, infinity=0)
    np.testing.assert_array_equal(found["code"], wanted(form, m, e, sticky, sign))


@pytest.mark.parametrize("name", ["posit6_1+stochastic", "posit8_0+stochastic"])
def test_stochastic_encoders_for_all_random_words(name: str) -> None:
    """Sticky is of no account, but that it makes 0 the smallest number."""
    form = Posit.parse(name)
    for random_bits in (1, 4):
        circuits = shapes(form)
        gates = Gates(*(PositEncoder(form, *circuit, random_bits) for circuit in circuits))
        for i, (width, (low, high)) in enumerate(circuits):
            fields = np.arange(low, high + 1)
            words = np.arange(1 << random_bits)
            m, e, word, sign = arrays(np.arange(1 << width), fields, words, [0, 1])
            inputs = {"sign": sign, "magnitude": m, "sticky": 0, "nan": 0, "infinity": 0}
            found = gates(i, random=word, **inputs, **({"exponent": e} if high > low else {}))
            value = np.ldexp(m.astype(float), e)
            golden = encode(form, np.where(sign, -value, value), word, random_bits)
            np.testing.assert_array_equal(found["code"], golden)


def test_nan_and_infinity_are_nar_whatever_else_is_there() -> None:
    form = Posit.parse("posit8_0")
    gates = Gates(PositEncoder(form, 6, (-8, 7)))
    m, e, sign, nan, infinity = arrays(np.arange(64), np.arange(-8, 8), [0, 1], [0, 1], [0, 1])
    found = gates(sign=sign, magnitude=m, exponent=e, sticky=0, nan=nan, infinity=infinity)
    number = encode(form, np.where(sign, -1, 1) * np.ldexp(m.astype(float), e))
    np.testing.assert_array_equal(found["code"], np.where(nan | infinity, 0x80, number))


@pytest.mark.parametrize(
    ("name", "width", "spread"),
    [
        ("posit16_1", 128, (-56, -56)),  # a quire
        ("posit16_2", 240, (-112, -112)),
        ("posit16_1", 26, (-80, 60)),  # products
        ("posit32_2", 56, (-300, 260)),
        ("posit8_0", 300, (-200, -200)),
    ],
)
def test_wide_magnitudes(name: str, width: int, spread: tuple[int, int]) -> None:
    """Of all lengths, with long runs of zeros and ones, against exact fractions."""
    form, rng = Posit.parse(name), random.Random(width)
    rows: list[tuple[int, int, int, int]] = []
    for _ in range(1000):
        length, kept = rng.randint(0, width), rng.randint(1, form.bits)
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
    found = Gates(PositEncoder(form, width, spread))(magnitude=magnitudes, **inputs)
    tiny = Fraction(1, 1 << 4000)
    values = [
        (-1) ** minus * (magnitude * Fraction(2) ** exponent + tiny * rest)
        for magnitude, exponent, minus, rest in rows
    ]
    wanted = encode(form, np.array([float(v) for v in values])) if form.bits > 16 else None
    if wanted is None:
        wanted = [posit_nearest(form, value) for value in values]
        np.testing.assert_array_equal(found["code"], wanted)
        assert len(set(wanted)) > (200 if form.bits == 16 else 30)
    else:  # too many codes for a table: those whose value a double holds
        exact = np.array([Fraction(float(v)) == v for v in values])
        np.testing.assert_array_equal(found["code"][exact], wanted[exact])
        assert exact.sum() > 200


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("posit8_0", (0, (0, 0)), "width = 0 .* 1 to 4096"),
        ("posit8_0", (8, (1, 0)), r"exponents\[1\] = 0 .* from 1"),
        ("posit8_0", (8, (0, 0), 4), "random_bits = 4 .* 0"),
        ("posit8_0+stochastic", (8, (0, 0)), "random_bits = 0 .* 1 to 24"),
    ],
)
def test_wrong_requests(name: str, arguments: tuple[Any, ...], sentence: str) -> None:
    with pytest.raises(RequestError) as refusal:
        PositEncoder(Posit.parse(name), *arguments)
    assert re.search(sentence, str(refusal.value))
