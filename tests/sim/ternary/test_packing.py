"""Packers: there and back for any shape, words by hand, and what cannot be packed."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.ternary import PACKINGS
from sim.ternary.packing import pack_words, pad_sparse34, quantize_sparse34, unpack_words

modest = settings(deadline=None, derandomize=True, max_examples=60)
shapes = array_shapes(min_dims=1, max_dims=3, max_side=13)
any_packing = pytest.mark.parametrize("packing", ["codes", "trits5", "tl2"])


def words_of(size: int, inputs: int) -> int:
    """Words for so many weights."""
    return -(-inputs // size)


@any_packing
@modest
@given(st.data())
def test_unpack_undoes_pack(packing: str, data: st.DataObject) -> None:
    """Any ternary weights, any tail; nothing that was packed is corrupt."""
    weights = data.draw(arrays(np.int8, data.draw(shapes), elements=st.integers(-1, 1)))
    words = pack_words(weights, packing)
    weights_read, corrupt = unpack_words(words, packing, len(weights))
    assert words.shape == (words_of(PACKINGS[packing].weights, len(weights)), *weights.shape[1:])
    assert words.max() < 1 << PACKINGS[packing].bits
    assert not corrupt.any()
    np.testing.assert_array_equal(weights_read, weights)


@st.composite
def sparse_weights(draw: st.DrawFn) -> NDArray[np.int8]:
    """3:4 sparse weights; a last group of fewer than four has one 0 or none."""
    inputs, outputs = draw(st.integers(1, 14)), draw(st.integers(1, 4))
    groups = [w for w in product((-1, 0, 1), repeat=4) if w.count(0) == 1]
    fours = [[draw(st.sampled_from(groups)) for _ in range(outputs)] for _ in range(0, inputs, 4)]
    return np.array(fours, dtype=np.int8).transpose(0, 2, 1).reshape(-1, outputs)[:inputs]


@modest
@given(sparse_weights())
def test_sparse_unpack_undoes_pack(weights: NDArray[np.int8]) -> None:
    """3:4 sparse weights come back, and what was added to them is 3:4 sparse."""
    words = pack_words(weights, "sparse34")
    assert words.shape == (words_of(4, len(weights)), weights.shape[1])
    weights_read, corrupt = unpack_words(words, "sparse34", 4 * len(words))
    assert not corrupt.any()
    np.testing.assert_array_equal(weights_read[: len(weights)], weights)
    assert set(np.sum(weights_read.reshape(-1, 4, weights.shape[1]) == 0, axis=1).ravel()) == {1}


def test_every_sparse_word_is_legal() -> None:
    """32 words, 32 groups."""
    words = np.arange(32)[None]
    weights, corrupt = unpack_words(words, "sparse34", 4)
    assert len(np.unique(weights, axis=1).T) == 32
    assert not corrupt.any()
    np.testing.assert_array_equal(pack_words(weights, "sparse34"), words)


@pytest.mark.parametrize(
    ("packing", "weights", "words"),
    [
        ("codes", (0, 1, -1), (0b00, 0b01, 0b11)),
        ("trits5", (-1, -1, -1, -1, -1), (0,)),
        ("trits5", (0, 0, 0, 0, 0), (121,)),
        ("trits5", (1, 1, 1, 1, 1), (242,)),
        ("trits5", (1, 0, -1, 0, 1), (2 * 81 + 27 + 0 + 3 + 2,)),
        ("trits5", (-1, -1, -1, -1, 1), (2,)),
        ("trits5", (1,), (2 * 81 + 27 + 9 + 3 + 1,)),  # and four zeros
        ("trits5", (0, 0, 0, 0, 0, -1, 1), (121, 0 + 54 + 9 + 3 + 1)),
        # as bitnet.cpp's converter writes them: sign and |9*w0 + 3*w1 + w2|
        ("tl2", (0, 0, 0), (0b0_0000,)),
        ("tl2", (1, 0, 0), (0b0_1001,)),
        ("tl2", (-1, 0, 0), (0b1_1001,)),
        ("tl2", (-1, 1, 0), (0b1_0110,)),
        ("tl2", (1, -1, 1), (0b0_0111,)),
        ("tl2", (1, 1, -1), (0b0_1011,)),
        ("tl2", (-1, -1, -1), (0b1_1101,)),
        ("tl2", (0, 0, 0, 0, -1), (0, 0b1_0011)),
        # as llama.cpp's STQ1_0 has them: slot 0, 6, 9, 14; then slot 0 with its sign
        ("sparse34", (0, 1, 1, 1), (0b0_0000,)),
        ("sparse34", (1, 0, 1, -1), (0b0_0110,)),
        ("sparse34", (1, -1, 0, 1), (0b0_1001,)),
        ("sparse34", (1, 1, -1, 0), (0b0_1110,)),
        ("sparse34", (0, -1, -1, -1), (0b1_0000,)),
        ("sparse34", (-1, 1, 1, 0), (0b1_1111,)),
        ("sparse34", (1, -1), (0b0_1001,)),  # and 0, +1
        ("sparse34", (-1, 0), (0b1_0111,)),  # and +1, +1
    ],
)
def test_words_by_hand(packing: str, weights: tuple[int, ...], words: tuple[int, ...]) -> None:
    """Each packing's definition, worked out."""
    assert tuple(pack_words(np.array(weights), packing).tolist()) == words


@pytest.mark.parametrize(
    ("packing", "corrupt"),
    [
        ("codes", [0b10]),
        ("trits5", list(range(243, 256))),
        ("tl2", [0b01110, 0b01111, 0b11110, 0b11111]),
    ],
)
def test_corrupt_words(packing: str, corrupt: list[int]) -> None:
    """They are told, and read as zeros; no others are."""
    words = np.arange(1 << PACKINGS[packing].bits)[None]
    size = PACKINGS[packing].weights
    weights, flags = unpack_words(words, packing, size)
    assert np.flatnonzero(flags).tolist() == corrupt
    assert not weights[:, corrupt].any()


def test_minus_zero_of_tl2_is_zero() -> None:
    """No packer writes it; it reads as zeros and is no fault."""
    weights, corrupt = unpack_words(np.array([0b1_0000]), "tl2", 3)
    assert (weights.tolist(), corrupt.tolist()) == ([0, 0, 0], [False])


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([[1, 1], [1, 0], [1, 1], [0, 0]], "weights[0:4, 1] = [1, 0, 1, 0]"),
        ([[0], [1], [1], [1], [1], [1], [-1], [1]], "weights[4:8, 0] = [1, 1, -1, 1]"),
        ([[0], [1], [1], [1], [0], [0]], "weights[4:6, 0] = [0, 0]"),
    ],
)
def test_what_is_not_sparse_is_refused(weights: list[list[int]], sentence: str) -> None:
    """The sentence names the first place and what stands there."""
    with pytest.raises(RequestError, match=re.escape(sentence)) as refusal:
        pack_words(np.array(weights), "sparse34")
    assert "exactly one of every four must be 0" in str(refusal.value)


def test_sparse_padding() -> None:
    """A begun four gets a 0 only if it has none; whole fours are 0, +1, +1, +1."""
    padded = pad_sparse34(np.array([[1, 0], [-1, 1]]), 8)
    assert padded.T.tolist() == [[1, -1, 0, 1, 0, 1, 1, 1], [0, 1, 1, 1, 0, 1, 1, 1]]


@modest
@given(st.data(), st.integers(1, 3))
def test_quantized_weights_are_the_nearest(data: st.DataObject, fours: int) -> None:
    """No other 3:4 sparse weights with the same scale are nearer, and no other scale is."""
    weights = data.draw(arrays(np.float64, (4 * fours, 1), elements=st.floats(-4, 4)))
    ternary, scales = quantize_sparse34(weights)
    pack_words(ternary, "sparse34")  # they are 3:4 sparse
    slack = 1e-9
    error = np.sum((weights - scales * ternary) ** 2)
    for other in (0.99, 1.01):
        assert np.sum((weights - other * scales * ternary) ** 2) >= error - slack
    others = np.array([w for w in product((-1, 0, 1), repeat=4) if w.count(0) == 1])
    for four, chosen in zip(weights.reshape(-1, 4), ternary.reshape(-1, 4), strict=True):
        errors = np.sum((four - scales * others) ** 2, axis=1)
        assert np.sum((four - scales * chosen) ** 2) <= errors.min() + slack


def test_only_whole_fours_are_quantized() -> None:
    """The sentence says what is wanted."""
    with pytest.raises(RequestError, match=r"shape \(6, 1\) .* must be a multiple of 4"):
        quantize_sparse34(np.ones((6, 1)))
