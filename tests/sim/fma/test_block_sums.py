"""The golden model of block sums against plain fractions, and against what the papers say."""

from __future__ import annotations

import struct
from dataclasses import replace
from math import isnan

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.formats import Float
from sim.fma.block import TWINS, BlockSum, block_sums
from sim.formats import decode
from tests.sim.fma.block_prose import block_sum

_SHORT, _LONG = 1_500, 150_000  # of each of seven twins


def _operands(
    block: BlockSum, count: int, generator: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Codes: of all kinds, of near exponents, of few terms, of subnormals, of sums that cancel."""
    form = block.factor
    shape = (count, block.terms)
    a, b = (generator.integers(0, 1 << form.bits, shape) for _ in "ab")
    c = generator.integers(0, 1 << 32, count)
    middle = form.bias << form.fraction_bits
    near = generator.integers(0, 5 << form.fraction_bits, (2, *shape)) - (2 << form.fraction_bits)
    signs = generator.integers(0, 2, (2, *shape)) << form.bits - 1
    kind = np.arange(count) % 6
    calm = kind > 0
    for codes, close, sign in zip((a, b), near, signs, strict=True):
        codes[calm] = (np.maximum(middle + close, 0) | sign)[calm]
        tiny = generator.integers(0, 2 << form.fraction_bits, shape) | sign
        codes[kind == 2] = tiny[kind == 2]
        codes[(generator.random(shape) < 0.7) & (kind == 3)[:, None]] = 0
    half = block.terms // 2
    a[kind == 4, half:] = a[kind == 4, :half] ^ 1 << form.bits - 1
    b[kind == 4, half:] = b[kind == 4, :half]
    c[calm] = (generator.integers(100, 150, count) << 23 | c & 0x807FFFFF)[calm]
    c[kind == 2] &= 0x83FFFFFF
    c[generator.random(count) < 0.1] &= 1 << 31
    return a, b, c


def _plain(
    block: BlockSum, a: NDArray[np.int64], b: NDArray[np.int64], c: NDArray[np.int64]
) -> list[int]:
    """Codes of the plain model's sums."""
    least = 1 - block.factor.bias
    forms = block.factor, block.factor, Float.parse("fp32")
    values = (decode(f, codes).tolist() for f, codes in zip(forms, (a, b, c), strict=True))
    sums = []
    for p, q, r in zip(*values, strict=True):
        total = block_sum(
            p,
            q,
            r,
            least_exponents=(least, least, -126),
            fraction_bits=block.fraction_bits,
            result_bits=block.result_bits,
            floor=block.floor,
        )
        sums.append(0x7FFFFFFF if isnan(total) else _code(total))
    return sums


def _code(value: float) -> int:
    """Of binary32; infinite from 2**128 on."""
    try:
        packed = struct.pack(">f", value)
    except OverflowError:
        packed = struct.pack(">f", float("inf") if value > 0 else -float("inf"))
    return int.from_bytes(packed, "big")


@pytest.mark.parametrize("name", TWINS)
def test_block_sums_are_those_of_plain_fractions(name: str) -> None:
    block = TWINS[name]
    a, b, c = _operands(block, _SHORT, np.random.default_rng(1))
    assert block_sums(block, a, b, c).tolist() == _plain(block, a, b, c)


@pytest.mark.long
@pytest.mark.parametrize("name", TWINS)
def test_many_block_sums_are_those_of_plain_fractions(name: str) -> None:
    block = TWINS[name]
    a, b, c = _operands(block, _LONG, np.random.default_rng(2))
    assert block_sums(block, a, b, c).tolist() == _plain(block, a, b, c)


def test_a_smaller_addend_can_make_a_larger_sum() -> None:
    """Products of 2^-24 are lost beside 1, and kept beside 1 - 2^-24 (Fasi and others, 2021)."""
    factor = np.full((2, 4), 0x0C00, np.int64)  # 2^-12
    c = np.array([0x3F800000, 0x3F7FFFFF])
    sums = block_sums(TWINS["twin-volta"], factor, factor, c)
    assert sums.tolist() == [0x3F800000, 0x3F800001]


def test_specials() -> None:
    block = TWINS["twin-volta"]
    infinity, one = 0x7C00, 0x3C00
    a = np.zeros((5, 4), np.int64)
    b = np.full((5, 4), one)
    a[:, 0] = infinity
    a[1, 1] = infinity | 0x8000
    b[2, 0] = 0
    a[4, 0] = 0
    c = np.array([0, 0, 0, 0xFF800000, 0x80000000])
    nan = 0x7FFFFFFF
    assert block_sums(block, a, b, c).tolist() == [0x7F800000, nan, nan, nan, 0]


def test_the_least_exponent_limits_what_small_terms_keep() -> None:
    """Eight bfloat16 products near 2^-152 sum up to 2^-149, if no bit of theirs is lost."""
    block = TWINS["twin-ampere-bf16"]
    power, more, less = (51 << 7), (51 << 7) | 4, (50 << 7) | 120  # 2^-76, of 1 + 2^-5, 1 - 2^-5
    a = np.array([[more, less] * 4])
    b = np.full((1, 8), power)
    c = np.zeros(1, np.int64)
    assert block_sums(block, a, b, c).tolist() == [0]
    assert block_sums(replace(block, floor=-1024), a, b, c).tolist() == [1]


def test_published_models_differ_in_the_least_exponent() -> None:
    block = TWINS["twin-ampere-bf16"]
    a = np.array([[52 << 7] * 4 + [0] * 4])  # 2^-75
    b = np.array([[51 << 7] * 8])  # 2^-76
    c = np.zeros(1, np.int64)
    assert block_sums(block, a, b, c).tolist() == [1]  # 2^-149
    assert block_sums(replace(block, floor=-126), a, b, c).tolist() == [0]  # MMA-Sim, by its text


def test_a_negative_sum_that_is_truncated_to_zero_is_positive() -> None:
    a = np.array([[52 << 7] + [0] * 7])
    b = np.array([[52 << 7 | 0x8000] * 8])
    assert block_sums(TWINS["twin-ampere-bf16"], a, b, np.zeros(1, np.int64)).tolist() == [0]
