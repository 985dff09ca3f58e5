"""The golden model and the packer of ternary weights, against plain integers."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import Integer
from hw.ternary import (
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
)
from sim.ternary.keys import pack_keys, unpack_keys
from sim.ternary.product import Product, multiply
from sim.ternary.streams import initial_values

GROUPS = range(1, 8)
modest = settings(deadline=None, derandomize=True, max_examples=60)


def ternary(inputs: int, outputs: int) -> st.SearchStrategy[NDArray[np.int8]]:
    """Matrices of -1, 0 and +1."""
    return arrays(np.int8, (inputs, outputs), elements=st.integers(-1, 1))


def configure(
    kind: type[TernaryConfiguration] = TernaryLut, **changes: Any
) -> TernaryConfiguration:
    """A small core with some parameters changed."""
    parameters: dict[str, Any] = {
        "luts": 2,
        "columns": 2,
        "activation": Integer.parse("int4"),
        "sequencer": True,
        "workload": Workload(inputs=6, outputs=3, batch=2, bias_limit=10),
    }
    return kind(**parameters | changes)


@st.composite
def products(draw: st.DrawFn) -> Product:
    """Small products of int8."""
    batch, inputs, outputs = (draw(st.integers(1, size)) for size in (3, 12, 4))
    return Product(
        draw(arrays(np.int8, (batch, inputs), elements=st.integers(-128, 127))),
        draw(ternary(inputs, outputs)),
        draw(arrays(np.int32, (outputs,), elements=st.integers(-1000, 1000))),
    )


@modest
@given(products())
def test_golden_is_the_plain_sum(case: Product) -> None:
    """Bias and products summed by Python, one by one."""
    inputs, outputs, batch = case.shape
    golden = case.golden()
    assert golden.shape == (batch, outputs)
    for b, o in product(range(batch), range(outputs)):
        terms = (int(case.activations[b, i]) * int(case.weights[i, o]) for i in range(inputs))
        assert golden[b, o] == int(case.bias[o]) + sum(terms)


@pytest.mark.parametrize(("form", "dtype"), [("int8", np.int8), ("uint16", np.uint16)])
def test_multiply_is_numpys_integer_product(form: str, dtype: type[np.integer]) -> None:
    """A product large enough to be done in several parts, against numpy's int64."""
    rng, bounds = np.random.default_rng(1), Integer.parse(form)
    activations = rng.integers(bounds.minimum, bounds.maximum + 1, (3, 4000)).astype(dtype)
    weights = rng.integers(-1, 2, (4000, 900), dtype=np.int8)
    expected = activations.astype(np.int64) @ weights.astype(np.int64)
    assert np.array_equal(multiply(activations, weights), expected)


@pytest.mark.parametrize("inputs", [255, 256, 257, 258, 259])
@pytest.mark.parametrize("sign", [1, -1])
def test_multiply_is_exact_where_single_precision_ends(inputs: int, sign: int) -> None:
    """256 times 65535 is the last sum below 2**24; above it odd sums need double precision."""
    activations = np.full((1, inputs), 65535)
    weights = np.full((inputs, 1), sign, dtype=np.int8)
    assert multiply(activations, weights).tolist() == [[sign * 65535 * inputs]]


@pytest.mark.parametrize("dtype", [np.int16, np.int64])
def test_multiply_sees_the_most_negative_number(dtype: type[np.integer]) -> None:
    """-32768, whose negative int16 has not, counts towards the largest magnitude."""
    activations = np.array([[-32768] * 600 + [-1]], dtype=dtype)
    assert multiply(activations, np.ones((601, 1), dtype=np.int8)).tolist() == [[-32768 * 600 - 1]]


@modest
@given(st.data(), st.sampled_from(GROUPS), st.integers(1, 20), st.integers(1, 4))
def test_unpack_undoes_pack(data: st.DataObject, group: int, inputs: int, outputs: int) -> None:
    """Weights come back from their keys, whatever the padding."""
    weights = data.draw(ternary(inputs, outputs))
    keys = pack_keys(weights, group)
    assert keys.shape == (-(-inputs // group), outputs)
    assert np.array_equal(unpack_keys(keys, group, inputs), weights)


@pytest.mark.parametrize("group", GROUPS)
def test_codes_are_those_of_the_circuit(group: int) -> None:
    """The packer and the table of keys, written twice, agree on all groups of weights."""
    codes = {key.weights: key.code for key in configure(group=group).keys()}
    groups = list(product((-1, 0, 1), repeat=group))
    assert pack_keys(np.array(groups).T, group).tolist() == [[codes[code] for code in groups]]


@pytest.mark.parametrize(
    ("weights", "key"),
    [
        ((1, 0, -1, 0, 1), 0b0_0110000),  # digits 0 1 2 1 0: 27 + 18 + 3 = 48
        ((-1, 0, 1, 0, -1), 0b1_0110000),  # mirrored
        ((1, 1, 1, 1, 1), 0b0_0000000),
        ((-1, -1, -1, -1, -1), 0b1_0000000),
        ((0, 0, 0, 0, 0), 0b0_1111001),  # digits 1 1 1 1 1: 121
        ((0, 0, 0, 0, 1), 0b0_1111000),
    ],
)
def test_five_weights_in_a_byte_by_hand(weights: tuple[int, ...], key: int) -> None:
    """First weight most significant, +1 is 0, 0 is 1, -1 is 2; the top bit negates."""
    assert pack_keys(np.array(weights)[:, None], 5).tolist() == [[key]]


def test_all_keys_of_five_weights_fit_a_byte() -> None:
    """243 groups, 243 bytes."""
    keys = pack_keys(np.array(list(product((-1, 0, 1), repeat=5))).T, 5)
    assert len(np.unique(keys)) == 243
    assert 0 <= keys.min() < keys.max() < 256


@pytest.mark.parametrize(
    ("kind", "group"),
    [
        (TernaryLut, 1),
        (TernaryLut, 2),
        (TernaryLut, 5),
        (TernarySignflip, 1),
        (TernaryMultiplier, 1),
    ],
)
def test_initial_values_are_bias_and_corrections(
    kind: type[TernaryConfiguration], group: int
) -> None:
    """Each output's bias and the corrections of its own groups, looked up by their weights."""
    c = configure(kind, group=group)
    corrections = {key.weights: key.correction for key in c.keys()}
    rng = np.random.default_rng(group)
    weights, bias = rng.integers(-1, 2, (6 * group, 3)), np.array([7, -9, 0])
    expected = [
        int(bias[o])
        + sum(
            corrections[tuple(weights[i : i + group, o].tolist())]
            for i in range(0, 6 * group, group)
        )
        for o in range(3)
    ]
    assert initial_values(c, pack_keys(weights, group), bias).tolist() == expected


GOOD = Product(
    activations=np.array([[-8, 7, 0, 1, 2], [3, -4, 5, -6, 7]]),
    weights=np.array([[1, -1, 0], [0, 0, 0], [1, 1, 1], [-1, -1, -1], [0, 1, -1]]),
    bias=np.array([10, -10, 0]),
)


def changed(array: NDArray[np.integer], place: tuple[int, ...], value: int) -> NDArray[np.integer]:
    """A copy with one element changed."""
    copy = array.copy()
    copy[place] = value
    return copy


def ones(*shape: int) -> NDArray[np.int64]:
    """Integers that every array may hold."""
    return np.ones(shape, dtype=np.int64)


def test_what_is_allowed_passes() -> None:
    """Extremes of every array, fewer inputs than the workload's: no complaint."""
    GOOD.check(configure())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weights": changed(GOOD.weights, (4, 2), 2)}, "weights[4, 2] = 2 is outside -1 to 1"),
        ({"weights": changed(GOOD.weights, (0, 1), -2)}, "weights[0, 1] = -2 is outside -1 to 1"),
        (
            {"activations": changed(GOOD.activations, (1, 0), 8)},
            "activations[1, 0] = 8 is outside -8 to 7",
        ),
        (
            {"activations": changed(GOOD.activations, (0, 4), -9)},
            "activations[0, 4] = -9 is outside -8 to 7",
        ),
        ({"bias": changed(GOOD.bias, (2,), 11)}, "bias[2] = 11 is outside -10 to 10"),
        ({"bias": changed(GOOD.bias, (0,), -11)}, "bias[0] = -11 is outside -10 to 10"),
        (
            {"activations": ones(2, 4)},
            "activations has 4 columns where weights of shape (5, 3) want 5",
        ),
        ({"bias": ones(2)}, "bias has 2 elements where weights of shape (5, 3) want 3"),
        ({"weights": GOOD.weights * 1.0}, "weights holds float64 where integers are wanted"),
        ({"weights": GOOD.weights > 0}, "weights holds bool where integers are wanted"),
        ({"activations": GOOD.activations * 1.0}, "activations holds float64"),
        ({"activations": ones(0, 5)}, "activations has shape (0, 5)"),
        ({"weights": ones(5, 0)}, "weights has shape (5, 0)"),
        ({"weights": ones(5)}, "weights has shape (5,)"),
        ({"bias": ones(3, 1)}, "bias has shape (3, 1)"),
        (
            {"activations": ones(2, 7), "weights": ones(7, 3)},
            "7 inputs, more than workload.inputs = 6",
        ),
        (
            {"weights": ones(5, 4), "bias": ones(4)},
            "4 outputs, more than workload.outputs = 3",
        ),
        ({"activations": ones(3, 5)}, "3 batch, more than workload.batch = 2"),
    ],
)
def test_what_is_not_allowed_is_refused(changes: dict[str, Any], sentence: str) -> None:
    """The sentence names the array, the place, the value and what is allowed."""
    with pytest.raises(RequestError, match=re.escape(sentence)) as refusal:
        replace(GOOD, **changes).check(configure())
    assert "\n" not in str(refusal.value)


def test_sizes_that_no_counter_counts_are_free() -> None:
    """Without a sequencer, outputs and batch may exceed the workload's; inputs may not."""
    c = configure(sequencer=False)
    replace(GOOD, activations=ones(9, 5), weights=ones(5, 8), bias=ones(8)).check(c)
    with pytest.raises(RequestError, match=r"7 inputs, more than workload\.inputs = 6"):
        Product(ones(1, 7), ones(7, 1), ones(1)).check(c)
