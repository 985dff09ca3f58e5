"""Golden posits against exact fractions and against softposit."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np
import pytest
import softposit
from numpy.typing import NDArray

from hw.formats import NAMED_POSITS, Posit, parse_format
from sim.formats import code_type, decode, encode
from tests.posits import posit_nearest, posit_value, posit_values

SMALL = [f"posit{bits}_{es}" for bits in range(3, 10) for es in range(5)]
NAMED = list(NAMED_POSITS)


def about(form: Posit) -> NDArray[np.float64]:
    """Every number, every place where rounding turns, the doubles next to them; both signs."""
    points = np.array([float(value) for value in posit_values(form.bits + 1, form.es)])
    near = [np.nextafter(points, np.inf), np.nextafter(points, 0), points]
    values = np.concatenate([*near, [1e-300, 5e-324, 1e300], 1.37 * points])
    return np.concatenate([values, -values])


@pytest.mark.parametrize("name", [*SMALL, "posit16_1", "posit16_2"])
def test_every_code_is_worth_what_the_standard_says(name: str) -> None:
    form = Posit.parse(name)
    codes = np.arange(1 << form.bits, dtype=code_type(form))
    values = decode(form, codes)
    wanted = [posit_value(form.bits, form.es, code) for code in codes.tolist()]
    found = [None if np.isnan(value) else Fraction(value) for value in values.tolist()]
    assert found == wanted
    assert not np.signbit(values[0])
    np.testing.assert_array_equal(encode(form, values), codes)


@pytest.mark.parametrize("name", SMALL)
def test_values_about_all_numbers(name: str) -> None:
    """Never to 0, never to NaR, and at the posit of one bit more that stands between."""
    form = Posit.parse(name)
    values = about(form)
    wanted = [posit_nearest(form, Fraction(value)) for value in values.tolist()]
    np.testing.assert_array_equal(encode(form, values), wanted)


@pytest.mark.parametrize("name", ["posit16_1", "posit16_2"])
def test_all_turning_points_of_16_bits(name: str) -> None:
    """Between neighbours c and c + 1 stands 2c + 1 of 17 bits: it goes to the even one."""
    form = Posit.parse(name)
    codes = np.arange(1, form.largest_code)
    between = decode(Posit(17, form.es), 2 * codes + 1)
    for values, wanted in (
        (between, codes + (codes & 1)),
        (np.nextafter(between, np.inf), codes + 1),
        (np.nextafter(between, 0), codes),
    ):
        np.testing.assert_array_equal(encode(form, values), wanted)
        np.testing.assert_array_equal(encode(form, -values), (1 << 16) - wanted)
    some = about(form)[::97]
    wanted = [posit_nearest(form, Fraction(value)) for value in some.tolist()]
    np.testing.assert_array_equal(encode(form, some), wanted)


@pytest.mark.parametrize("name", ["posit32_2", "posit24_1", "posit32_0", "posit32_4"])
def test_wide_posits(name: str) -> None:
    """Codes of which there is no table, some of them next to the ends of the range."""
    form = Posit.parse(name)
    rng = np.random.default_rng(form.bits + form.es)
    ends = np.r_[0:40, form.largest_code - 40 : form.nan_code + 41]
    codes = np.concatenate([ends, rng.integers(0, 1 << form.bits, 2000)])
    values = decode(form, codes)
    wanted = [posit_value(form.bits, form.es, code) for code in codes.tolist()]
    assert [None if np.isnan(value) else Fraction(value) for value in values.tolist()] == wanted
    np.testing.assert_array_equal(encode(form, values), codes)
    lower = codes[(codes > 0) & (codes < form.largest_code)]
    between = [posit_value(form.bits + 1, form.es, 2 * code + 1) for code in lower.tolist()]
    middle = np.array([float(value) for value in between if value is not None])
    np.testing.assert_array_equal(encode(form, middle), lower + (lower & 1))
    np.testing.assert_array_equal(encode(form, np.nextafter(middle, np.inf)), lower + 1)
    np.testing.assert_array_equal(encode(form, np.nextafter(middle, 0)), lower)


def test_the_smallest_posit_by_hand() -> None:
    """posit4_1: seven positive numbers; 8 and 1/8 are its turning points, not 10 and 5/32."""
    form = parse_format("posit4_1")
    positive = [1 / 16, 1 / 4, 1 / 2, 1, 2, 4, 16]
    assert decode(form, np.arange(1, 8)).tolist() == positive
    assert decode(form, np.arange(15, 8, -1)).tolist() == [-value for value in positive]
    given = np.array([8.0, 8.001, 10.0, 17.0, 1e9, 0.125, 0.124, 1e-9, 0.0, -0.0, np.inf, np.nan])
    assert encode(form, given).tolist() == [6, 7, 7, 7, 7, 2, 1, 1, 0, 0, 8, 8]
    assert encode(form, -given).tolist() == [10, 9, 9, 9, 9, 14, 15, 15, 0, 0, 8, 8]


@pytest.mark.parametrize("name", NAMED)
def test_roundings_to_one_side(name: str) -> None:
    """The neighbour below, above, toward zero; what has a code keeps it, and nothing becomes 0."""
    values = about(Posit.parse(name))[:: 1 if name != "posit16_1" else 11]
    values = values[values != 0]
    size = 1 << Posit.parse(name).bits
    rounded = {
        rounding: decode(form, encode(form, values))
        for rounding in ("toward_zero", "toward_positive", "toward_negative", "nearest_away")
        for form in [Posit.parse(f"{name}+{rounding}")]
    }
    form = Posit.parse(name)
    numbers = np.sort(decode(form, np.delete(np.arange(size), [0, size // 2])))
    place = np.searchsorted(numbers, values, side="right")
    below = numbers[np.maximum(place - 1, 0)]
    above = numbers[np.minimum(np.searchsorted(numbers, values), len(numbers) - 1)]
    smallest, largest = float(form.smallest), float(form.largest)
    inside = (np.abs(values) >= smallest) & (np.abs(values) <= largest)
    outside = np.copysign(np.clip(np.abs(values), smallest, largest), values)
    for rounding, inner in (
        ("toward_negative", below),
        ("toward_positive", above),
        ("toward_zero", np.where(values > 0, below, above)),
    ):
        np.testing.assert_array_equal(rounded[rounding], np.where(inside, inner, outside))
    nearest = decode(form, encode(form, values))
    tie = rounded["nearest_away"] != nearest
    outer = np.where(values > 0, above, below)
    assert tie.any()
    np.testing.assert_array_equal(rounded["nearest_away"], np.where(tie, outer, nearest))


def test_stochastic_rounding_by_all_random_words() -> None:
    """As many of eight words round up as the code's first three lost bits say."""
    form, words = Posit.parse("posit6_1+stochastic"), np.arange(8)
    finer = Posit(9, 1)  # whose last three bits are those that a posit of 6 bits loses
    codes = np.arange(8, 31 * 8)
    for code, value in zip(codes.tolist(), decode(finer, codes).tolist(), strict=True):
        found = encode(form, np.full(8, value), words, 3)
        up = found == (code >> 3) + 1
        assert ((found == code >> 3) | up).all()
        assert up.sum() == code & 7
    for bits in (1, 24):
        wide = Posit.parse("posit32_0+stochastic")
        value, largest = np.array([1 + 2.0**-30]), np.array([(1 << bits) - 1])
        assert encode(wide, value, largest, bits) == encode(wide, np.ones(1), largest, bits) + 1


def _softposit(form: Posit, values: NDArray[np.float64]) -> tuple[list[float], list[int]]:
    """What softposit says that all codes are worth, and the codes that it gives to values."""
    shift = 0
    match form.bits, form.es:
        case 8, 0:
            kind, worth = softposit.posit8_t, softposit.convertP8ToDouble
            convert = softposit.convertDoubleToP8
        case 16, 1:
            kind, worth = softposit.posit16_t, softposit.convertP16ToDouble
            convert = softposit.convertDoubleToP16
        case _:  # of any width with two exponent bits, at the top of 32 bits
            kind, worth = softposit.posit_2_t, softposit.convertPX2ToDouble
            convert = partial(_convert_to_width, form.bits)
            shift = 32 - form.bits
    numbers = []
    for code in range(1 << form.bits):
        posit = kind()
        posit.v = code << shift
        numbers.append(worth(posit))
    return numbers, [convert(value).v >> shift for value in values.tolist()]


def _convert_to_width(bits: int, value: float) -> softposit.posit_2_t:
    return softposit.convertDoubleToPX2(value, bits)


@pytest.mark.parametrize("name", ["posit8_0", "posit16_1", "posit8_2", "posit16_2"])
def test_agrees_with_softposit(name: str) -> None:
    """All codes, and values about all numbers. It makes an infinity of NaR."""
    form = Posit.parse(name)
    values = about(form)[:: 1 if form.bits < 16 else 7]
    numbers, rounded = _softposit(form, values)
    found = decode(form, np.arange(1 << form.bits))
    found[form.nan_code] = np.inf
    np.testing.assert_array_equal(found, numbers)
    np.testing.assert_array_equal(encode(form, values), rounded)
    assert {softposit.convertDoubleToP8(value).v for value in (np.nan, np.inf)} == {0x80}
