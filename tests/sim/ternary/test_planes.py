"""Weights of several ternary digits: digits, streams, whole cores, and broken ones."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    component,
    meanings,
    signature,
)
from sim.simulate import random_work, simulate
from sim.ternary.keys import pack_keys
from sim.ternary.planes import join_planes, split_planes
from sim.ternary.product import Product
from sim.ternary.streams import initial_values
from sim.verilog import to_verilog
from tests.mutants import broken

modest = settings(deadline=None, derandomize=True, max_examples=50)

_WORKLOAD = Workload(inputs=20, outputs=5, batch=3, bias_limit=500)
_CORES = (
    TernaryLut(
        group=3,
        luts=2,
        columns=2,
        activation=Integer.parse("int8"),
        planes=2,
        table_register=True,
        reduce_register=True,
        workload=_WORKLOAD,
    ),
    TernaryLut(
        group=2,
        luts=2,
        columns=3,
        activation=Integer.parse("int4"),
        planes=4,
        sequencer=True,
        workload=_WORKLOAD,
    ),
    TernarySignflip(
        luts=3,
        columns=2,
        activation=Integer.parse("uint4"),
        planes=3,
        reduce_register=True,
        sequencer=True,
        workload=_WORKLOAD,
    ),
)


def _product(
    configuration: TernaryConfiguration, shape: tuple[int, int, int], weights: Sequence[int]
) -> Product:
    """A product of (inputs, outputs, batch) with weights drawn from a list."""
    rng = np.random.default_rng(sum(shape))
    inputs, outputs, batch = shape
    a, limit = configuration.operand, configuration.workload.bias_limit
    return Product(
        rng.integers(a.minimum, a.maximum, (batch, inputs), endpoint=True),
        rng.choice(weights, (inputs, outputs)),
        rng.integers(-limit, limit, outputs, endpoint=True),
    )


def _products(configuration: TernaryConfiguration) -> list[Product]:
    """Shapes with tails or a single tile; extreme, two's complement, and odd weights."""
    top = configuration.largest_weight
    all_weights = list(range(-top, top + 1))
    return [
        _product(configuration, (20, 5, 3), all_weights),
        _product(configuration, (1, 1, 1), all_weights),
        _product(configuration, (7, 4, 2), all_weights[top // 2 : -(top // 2) - 1]),
        _product(configuration, (20, 1, 1), [top]),
        _product(configuration, (20, 2, 2), [-top]),
        _product(configuration, (5, 5, 2), all_weights[::2]),
    ]


@modest
@given(st.data(), st.integers(1, 7), st.integers(0, 5), st.integers(1, 4))
def test_join_undoes_split(data: st.DataObject, planes: int, inputs: int, outputs: int) -> None:
    """Weights come back from their digits, and digits are ternary."""
    top = (1 << planes) - 1
    weights = data.draw(arrays(np.int8, (inputs, outputs), elements=st.integers(-top, top)))
    digits = split_planes(weights, planes)
    assert digits.shape == (planes, inputs, outputs)
    assert set(np.unique(digits)) <= {-1, 0, 1}
    assert np.array_equal(join_planes(digits), weights)


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_twos_complement_needs_no_more_planes_than_bits(bits: int) -> None:
    """Every code of intB, its sign bit counted negatively, is a weight of B planes."""
    codes = np.arange(1 << bits)
    digits = np.stack([codes >> p & 1 for p in range(bits)])
    digits[-1] *= -1
    weights = join_planes(digits)
    assert weights.tolist() == [
        *range(1 << bits - 1),
        *range(-(1 << bits - 1), 0),
    ]
    assert np.array_equal(join_planes(split_planes(weights, bits)), weights)


@pytest.mark.parametrize("planes", [1, 2, 3, 4])
def test_odd_levels_have_digits_of_plus_and_minus_one(planes: int) -> None:
    """2q - (2**B - 1) for every unsigned q: the sum of planes of 2*bit - 1."""
    q = np.arange(1 << planes)
    digits = np.stack([2 * (q >> p & 1) - 1 for p in range(planes)])
    levels = join_planes(digits)
    assert levels.tolist() == (2 * q - ((1 << planes) - 1)).tolist()
    assert np.array_equal(join_planes(split_planes(levels, planes)), levels)


def test_initial_value_counts_each_planes_corrections() -> None:
    """Bias, and 2**p times the corrections of plane p's keys, looked up by their weights."""
    c = _CORES[0]
    corrections = {key.weights: key.correction for key in c.keys()}
    weights = np.array([[3], [-2], [0], [1], [-3], [2]])
    bias = np.array([77])
    expected = 77
    for p, digits in enumerate(([1, 0, 0, 1, -1, 0], [1, -1, 0, 0, -1, 1])):
        expected += sum(corrections[tuple(digits[i : i + 3])] << p for i in (0, 3))
    keys: NDArray[Any] = np.stack([pack_keys(plane, 3) for plane in split_planes(weights, 2)])
    assert initial_values(c, keys, bias).tolist() == [expected]


@pytest.mark.parametrize("core", _CORES, ids=lambda core: f"{core.unit}-{core.planes}")
def test_cores(core: TernaryConfiguration) -> None:
    """Exact sums of all kinds of weights, with stalls and without, in the stated cycles."""
    products = _products(core)
    for stall in (0.0, 0.4):
        simulation = simulate(core, products, stall=stall, seed=1)
        assert simulation.faults == ()
        for product, result in zip(products, simulation.results, strict=True):
            expected = product.activations.astype(np.int64) @ product.weights + product.bias
            np.testing.assert_array_equal(result, expected)
    tiles = sum(core.tiles(n) * core.blocks(m) * batch for n, m, batch in map(_shape, products))
    more = len(products) + core.weight_latency if core.sequencer else core.latency
    assert core.cycles(*map(_shape, products)) == core.planes * tiles + more


def _shape(product: Product) -> tuple[int, int, int]:
    return product.shape


#: What is broken: the core, a text of its Verilog, found exactly once, and what stands instead.
_MUTANTS = {
    "doubled without a tile": (0, r"= accumulate & double & ~first;", "= double & ~first;"),
    "planes never doubled": (1, r"assign column_double = [^;]*;", "assign column_double = 1'b0;"),
    "a sum ends with its first plane": (
        1,
        r"weights_payload\(\{([^,]*), [^,]*, ([^,]*), ",
        r"weights_payload({\1, \2, \2, ",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("mutant", _MUTANTS)
def test_mutant_is_noticed(mutant: str) -> None:
    """A fault in what planes add to the circuit is a fault of the run."""
    number, pattern, replacement = _MUTANTS[mutant]
    core = _CORES[number]
    mutant_verilog = broken(to_verilog(component(core), "dut"), pattern, replacement)
    assert simulate(core, _products(core), stall=0.4, verilog=mutant_verilog).faults


def test_random_work_reach_all_weights() -> None:
    """Random weights are of both signs, up to the largest one."""
    products = random_work(_CORES[1], 12, seed=0)
    weights_read = {int(w) for product in products for w in np.unique(product.weights)}
    assert {-15, 0, 15} <= weights_read <= set(range(-15, 16))
    assert len(weights_read) > 25


def test_weights_out_of_range_are_refused() -> None:
    """The sentence names the weight and what so many planes hold."""
    core = _CORES[2]
    product = _product(core, (3, 2, 1), [8])
    with pytest.raises(RequestError, match=re.escape("weights[0, 0] = 8 is outside -7 to 7")):
        product.check(core)


@pytest.mark.parametrize(
    ("kind", "planes", "sentence"),
    [
        (TernaryLut, 5, "planes of ternary_lut = 5 is not allowed: it must be a whole number"),
        (TernaryLut, 0, "planes of ternary_lut = 0 is not allowed: it must be a whole number"),
        (TernaryMultiplier, 2, "planes of ternary_multiplier = 2 is not allowed: it must be 1"),
    ],
)
def test_planes_that_cannot_be(
    kind: type[TernaryConfiguration], planes: int, sentence: str
) -> None:
    """One to four, and one where a weight is multiplied."""
    with pytest.raises(RequestError, match=re.escape(sentence)):
        kind(
            luts=1,
            columns=1,
            activation=Integer.parse("int8"),
            planes=planes,
            workload=Workload(inputs=1, outputs=1),
        )


@pytest.mark.parametrize("core", _CORES, ids=lambda core: f"{core.unit}-{core.planes}")
def test_streams_are_told(core: TernaryConfiguration) -> None:
    """Every stream has a meaning, and planes are in those that they change."""
    texts = meanings(core)
    assert set(texts) == set(signature(core).members)
    assert f"each of {core.planes} planes" in texts["weights"]
    assert ("double" in texts["weights"]) == (not core.sequencer)


def test_accumulators_hold_the_largest_weights() -> None:
    """The default width is the least that holds inputs * activation * weight + bias."""
    core = _CORES[1]
    assert core.bound == 20 * 8 * 15 + 500
    assert core.accumulator_bits == (20 * 8 * 15 + 500).bit_length() + 1
