"""Words of a stream: the layout by hand, and packing undone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.words import Words, pack, unpack

modest = settings(deadline=None, derandomize=True, max_examples=100)


@st.composite
def fields(draw: st.DrawFn) -> tuple[int, list[list[int]]]:
    """A width from 1 to 64 and some rows of signed numbers that fit it."""
    bits = draw(st.integers(1, 64))
    number = st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)
    length = draw(st.integers(1, 9))
    rows = st.lists(st.lists(number, min_size=length, max_size=length), min_size=1, max_size=4)
    return bits, draw(rows)


def test_layout_by_hand() -> None:
    """-1, 1 and -2 in five bits each: 11110_00001_11111, lowest byte first."""
    assert pack(np.array([-1, 1, -2]), 5).tolist() == [0b001_11111, 0b0_11110_00]


def test_only_the_lowest_bits_count() -> None:
    """9 in three bits is 1."""
    assert pack(np.array([9, 2]), 3).tolist() == [0b010_001]


@modest
@given(fields())
def test_words_are_little_endian_integers(case: tuple[int, list[list[int]]]) -> None:
    """Python's integers put together the same word, padded with zeros to a byte."""
    bits, rows = case
    for row, word in zip(rows, pack(np.array(rows), bits), strict=True):
        expected = sum(number % (1 << bits) << i * bits for i, number in enumerate(row))
        assert int.from_bytes(word.tobytes(), "little") == expected
        assert len(word) == -(-len(row) * bits // 8)


@modest
@given(fields())
def test_unpack_undoes_pack(case: tuple[int, list[list[int]]]) -> None:
    """Signed numbers of any width come back."""
    bits, rows = case
    assert unpack(pack(np.array(rows), bits), bits, len(rows[0])).tolist() == rows


def test_more_dimensions_are_kept() -> None:
    """Only the last axis is packed."""
    codes = np.arange(24).reshape(2, 3, 4)
    words = pack(codes, 6)
    assert words.shape == (2, 3, 3)
    assert np.array_equal(unpack(words, 6, 4), codes)


def test_beats_are_integers() -> None:
    """A stream's beats in order, with words used again."""
    table = np.array([[0x34, 0x12], [0xFF, 0x00]], dtype=np.uint8)
    stream = Words(table, np.array([1, 0, 1]))
    assert stream.integers() == [0xFF, 0x1234, 0xFF]
    assert len(stream) == 3


def test_each_word_once() -> None:
    """`Words.of` has a beat for each word, in order."""
    assert Words.of(np.array([[3], [1], [2]], dtype=np.uint8)).integers() == [3, 1, 2]


def test_streams_one_after_the_other() -> None:
    """Concatenated streams keep their own tables and orders."""
    first = Words(np.array([[1], [2]], dtype=np.uint8), np.array([1, 0, 1]))
    second = Words(np.array([[3]], dtype=np.uint8), np.array([0, 0]))
    third = Words(np.array([[4], [5]], dtype=np.uint8), np.array([1, 0]))
    parts = [first, second, third]
    assert Words.concatenate(parts).integers() == [2, 1, 2, 3, 3, 5, 4]
