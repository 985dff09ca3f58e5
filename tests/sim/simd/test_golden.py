"""The golden model against exact rationals and sums written out by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import NAMED_FLOATS
from sim.formats import decode
from sim.simd.bench import BENCH
from sim.simd.data import random_operations
from sim.simd.golden import ExactSums, exact_sums, result_codes, result_words
from sim.simd.operations import Operations, sums_of
from tests.simd import XR, unit


def test_sums_of_fp4_by_hand() -> None:
    """1.5 * 6 and so on, in units of 1/4; lane 0 lowest."""
    mac = unit("fp4_e2m1")
    a = np.array([[0b0011, 0b0111, 0b1001, 0b1000], [0b0001, 0b0111, 0b0010, 0b0000]])
    b = np.array([[0b0111, 0b0111, 0b0001, 0b0111], [0b0001, 0b1111, 0b0010, 0b0000]])
    sums = exact_sums(mac, sums_of(mac, 0, a, b, dot=False, length=2))
    assert sums.numbers.tolist() == [[4 * 9 + 1, 0, -1 + 4, 0]]
    together = exact_sums(mac, sums_of(mac, 0, a, b, dot=True, length=2))
    assert together.numbers.tolist() == [[4 * 9 + 1 + 3, 0, 0, 0]]
    bits = mac.accumulator_bits // 4
    (word,) = result_words(mac, sums)
    assert word == 37 | 3 << 2 * bits


def test_special_values_by_hand() -> None:
    """Infinity times 0 is NaN, other infinities keep their sign; none of them adds anything."""
    mac = unit("fp8_e5m2", sums="lanes")
    infinity, one, zero, nan = 0x7C, 0x3C, 0x80, 0x7D
    a = np.array([[infinity, one], [infinity, infinity], [nan, one], [one, one]])
    b = np.array([[one, infinity | 0x80], [zero, one], [infinity, one], [one, 0x00]])
    sums = exact_sums(mac, sums_of(mac, 0, a, b, dot=False))
    assert sums.flags["nan"].tolist() == [[False, False], [True, False], [True, False], [False] * 2]
    assert sums.flags["positive"].tolist() == [
        [True, False],
        [False, True],
        [False] * 2,
        [False] * 2,
    ]
    assert sums.flags["negative"].tolist() == [[False, True], *[[False] * 2] * 3]
    one_in_units = 2**32
    assert sums.numbers.tolist() == [[0, 0], [0, 0], [0, one_in_units], [one_in_units, 0]]


@pytest.mark.parametrize("pairs", [XR, "fp16,fp8_e4m3*fp16,int4*int8,int16,uint8*int8"])
def test_exact_rationals(pairs: str) -> None:
    mac = unit(pairs, port=32)
    operations = random_operations(mac, 400, np.random.default_rng(1), typical=False)
    sums = exact_sums(mac, operations)
    ends = [*operations.starts[1:].tolist(), len(operations)]
    for row, (start, end) in enumerate(zip(operations.starts.tolist(), ends, strict=True)):
        pair = mac.modes[int(operations.pair[start])]
        totals = [Fraction(0)] * mac.lanes(pair)
        for i in range(start, end):
            for lane in range(mac.lanes(pair)):
                values = [
                    decode(side.form, np.array([int(word) >> lane * pair.lane & mask]))[0]
                    for side, word in ((pair.a, operations.a[i]), (pair.b, operations.b[i]))
                    for mask in ((1 << side.form.bits) - 1,)
                ]
                if np.isfinite(values).all():
                    totals[lane] += Fraction(values[0]) * Fraction(values[1])
        if operations.dot[start]:
            totals = [sum(totals, Fraction(0))]
        unit_ = Fraction(2) ** pair.unit
        assert [number * unit_ for number in sums.numbers[row][: len(totals)]] == totals


def test_the_order_of_a_sum_does_not_matter() -> None:
    """A thousand permutations, and tilings: in lanes, or all of them in one."""
    mac = unit("posit16_1,posit8_0", 64, port=32)
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 1 << 8, (2, 256))
    words = set()
    for _ in range(1000):
        order = rng.permutation(256)
        tiled = (codes[order].reshape(64, 4) for codes in (a, b))
        words.update(
            result_words(mac, exact_sums(mac, sums_of(mac, 1, *tiled, dot=True, length=64)))
        )
    assert len(words) == 1


@pytest.mark.parametrize(
    ("result", "numbers", "codes"),
    [
        # half of the last bit of fp8_e4m3 at 256 is 16: to even, up, down
        ("fp8_e4m3", [272, 273, -272, 0], [0x78, 0x79, 0xF8, 0]),
        ("fp8_e4m3+toward_positive", [257, 272, -287, 0], [0x79, 0x79, 0xF8, 0]),
        ("fp8_e4m3+toward_negative", [257, 287, -257, 0], [0x78, 0x78, 0xF9, 0]),
        # 448 is the largest number, 464 half way to what is none
        ("fp8_e4m3", [464, 465, -465, 448], [0x7E, 0x7F, 0x7F, 0x7E]),
        ("fp8_e4m3+saturate", [465, 1 << 14, -(1 << 14), 448], [0x7E, 0x7E, 0xFE, 0x7E]),
        # 8 lies between 4 and 16 in a posit of one bit more
        ("posit4_1", [8, 9, 17, -9], [0b0110, 0b0111, 0b0111, 0b1001]),
    ],
)
def test_rounding_by_hand(result: str, numbers: list[int], codes: list[int]) -> None:
    mac = unit("int8", port=32, sums="lanes", result=result)
    row = np.array([numbers], object)
    sums = ExactSums(row, _none(4), np.array([0]), np.array([False]))
    assert result_codes(mac, sums).tolist() == [codes]


def _none(lanes: int) -> dict[str, NDArray[np.bool_]]:
    """No flag is raised."""
    return {name: np.zeros((1, lanes), np.bool_) for name in ("nan", "positive", "negative")}


@pytest.mark.parametrize("lost", [1, -1, 0])
def test_a_single_bit_far_below_decides(lost: int) -> None:
    """A sum of 100 bits, half way between two results but for its last bit."""
    mac = unit("posit16_1", sums="lanes", result="fp16")
    (pair,) = mac.modes
    tie = (1 << 11) + 1 << 60  # 12 bits: one too many for fp16
    number = tie + lost
    sums = ExactSums(np.array([[number]], object), _none(1), np.array([0]), np.array([False]))
    value = decode(NAMED_FLOATS["fp16"], result_codes(mac, sums))[0, 0]
    down, up = (Fraction(kept << 61) * Fraction(2) ** pair.unit for kept in (1024, 1025))
    assert Fraction(value) == (up if lost > 0 else down)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pair": [0, 2]}, "pair must be 0 to 1"),
        ({"a": [0, 1 << 16]}, "words of a exceed the port's 16 bits"),
        ({"first": [False, False]}, "sums must be whole"),
        ({"last": [True, True]}, "sums must be whole"),
        ({"pair": [0, 1]}, "one pair and one kind"),
        ({"dot": [True, False]}, "one pair and one kind"),
        ({"dot": [True]}, "arrays of one length"),
    ],
)
def test_operations_that_are_refused(change: dict[str, list[int]], sentence: str) -> None:
    fields = {
        "a": np.zeros(2, np.uint64),
        "b": np.zeros(2, np.uint64),
        "pair": np.zeros(2, np.int64),
        "dot": np.zeros(2, np.bool_),
        "first": np.array([True, False]),
        "last": np.array([False, True]),
    }
    Operations(**fields).check(unit("int8,int16"))
    fields |= {name: np.array(value, fields[name].dtype) for name, value in change.items()}
    with pytest.raises(RequestError, match=sentence):
        Operations(**fields).check(unit("int8,int16"))


def test_sums_that_are_too_long_are_refused() -> None:
    mac = unit("int8", 3)
    with pytest.raises(RequestError, match="takes 4 operations where the unit is made for 3"):
        BENCH.golden(mac, [sums_of(mac, 0, *np.zeros((2, 4, 2), int), dot=False, length=4)])
    lanes = unit("int8", 3, sums="lanes")
    with pytest.raises(RequestError, match="sums are lanes"):
        BENCH.golden(lanes, [sums_of(lanes, 0, *np.zeros((2, 2, 2), int), dot=True)])
