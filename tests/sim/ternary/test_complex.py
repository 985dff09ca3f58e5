"""Complex products: golden model, packer, whole cores, and broken ones."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product as every
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import Integer
from hw.ternary import ComplexLut, Workload, component, meanings, signature
from hw.ternary.turns import turns_of
from sim.simulate import golden_work, random_work, simulate, simulate_dataset
from sim.ternary.complex import ComplexProduct, pack_turns, unpack_turns
from sim.ternary.network import Layer, Network, load_network
from sim.verilog import to_verilog
from tests.mutants import broken

modest = settings(deadline=None, derandomize=True, max_examples=50)

_WORKLOAD = Workload(inputs=20, outputs=5, batch=3, bias_limit=500)
_CORES = (
    ComplexLut(group=2, luts=2, columns=2, activation=Integer.parse("int8"), workload=_WORKLOAD),
    ComplexLut(
        group=3,
        luts=2,
        columns=3,
        activation=Integer.parse("uint4"),
        table_register=True,
        reduce_register=True,
        sequencer=True,
        workload=_WORKLOAD,
    ),
)


def _product(
    core: ComplexLut,
    shape: tuple[int, int, int],
    *,
    weight: int | None = None,
    activation: tuple[int, int] | None = None,
) -> ComplexProduct:
    """A product of (inputs, outputs, batch): random, or of one weight or one activation."""
    rng = np.random.default_rng(sum(shape))
    inputs, outputs, batch = shape
    limit = core.workload.bias_limit
    low, high = core.operand.minimum, core.operand.maximum
    activations = rng.integers(low, high, (batch, inputs, 2), endpoint=True)
    weights = rng.integers(0, 4, (inputs, outputs))
    if weight is not None:
        weights[:] = weight
    if activation is not None:
        activations[:] = activation
    return ComplexProduct(
        activations, weights, rng.integers(-limit, limit, (outputs, 2), endpoint=True)
    )


def _products(core: ComplexLut) -> list[ComplexProduct]:
    """Shapes with tails and of a single tile; every weight on every extreme activation."""
    shapes = [(20, 5, 3), (1, 1, 1), (7, 4, 2), (5, 2, 3)]
    extremes = (core.operand.minimum, core.operand.maximum)
    return [_product(core, shape) for shape in shapes] + [
        _product(core, (4, 2, 1), weight=weight, activation=activation)
        for weight, activation in every(range(4), every(extremes, extremes))
    ]


def _plain(product: ComplexProduct) -> NDArray[np.int64]:
    """The result by numpy's complex numbers, exact below 2**53."""
    x = product.activations[..., 0] + 1j * product.activations[..., 1]
    w = np.array([1, 1j, -1, -1j])[product.weights]
    y = np.conj(x) @ w + (product.bias[:, 0] + 1j * product.bias[:, 1])
    return np.stack([y.real, y.imag], axis=-1).astype(np.int64)


@modest
@given(st.data(), st.integers(1, 9), st.integers(1, 3), st.integers(1, 3))
def test_golden_is_numpys(data: st.DataObject, inputs: int, outputs: int, batch: int) -> None:
    """The sum of w * conj(x) and the bias, in complex floating point."""
    case = ComplexProduct(
        data.draw(arrays(np.int16, (batch, inputs, 2), elements=st.integers(-(2**15), 2**15 - 1))),
        data.draw(arrays(np.int8, (inputs, outputs), elements=st.integers(0, 3))),
        data.draw(arrays(np.int64, (outputs, 2), elements=st.integers(-1000, 1000))),
    )
    np.testing.assert_array_equal(case.golden(), _plain(case))


def test_golden_by_hand() -> None:
    """w * conj(3 + 4i): 3 - 4i, 4 + 3i, -3 + 4i, -4 - 3i."""
    case = ComplexProduct(
        np.array([[[3, 4]]]), np.array([[0, 1, 2, 3]]), np.zeros((4, 2), dtype=np.int64)
    )
    assert case.golden().tolist() == [[[3, -4], [4, 3], [-3, 4], [-4, -3]]]


@modest
@given(st.data(), st.integers(1, 4), st.integers(1, 5), st.integers(1, 4))
def test_unpack_undoes_pack(data: st.DataObject, group: int, rows: int, outputs: int) -> None:
    """Weights come back from their keys."""
    shape = (rows * group, outputs)
    weights = data.draw(arrays(np.int8, shape, elements=st.integers(0, 3)))
    keys = pack_turns(weights, group)
    assert keys.shape == (rows, outputs)
    assert np.array_equal(unpack_turns(keys, group), weights)


@pytest.mark.parametrize("group", range(1, 5))
def test_codes_are_those_of_the_circuit(group: int) -> None:
    """The packer and the circuit's list of keys, written twice, agree on all groups of weights."""
    groups = list(every(range(4), repeat=group))
    (codes,) = pack_turns(np.array(groups).T, group)
    assert [turns_of(group, int(code)) for code in codes] == groups


@pytest.mark.parametrize("core", _CORES, ids=lambda core: f"mu{core.group}")
def test_cores(core: ComplexLut) -> None:
    """Exact sums of both parts, with stalls and without, in the stated cycles."""
    products = _products(core)
    for stall in (0.0, 0.4):
        simulation = simulate(core, products, stall=stall, seed=1)
        assert simulation.faults == ()
        for product, result in zip(products, simulation.results, strict=True):
            np.testing.assert_array_equal(result, _plain(product))


#: What is broken: a text of the first core's Verilog, found exactly once, and what stands instead.
_MUTANTS = {
    "a part not negated": (r"assign negate_im = [^;]*;", "assign negate_im = 1'h0;"),
    "a turn heard without a tile": (
        r"assign negate_re = key\[3\] & enable;",
        "assign negate_re = key[3];",
    ),
    "a sum of parts swapped": (
        r"\.upper2\((\w*upper2)\),(\s*)\.upper3\((\w*upper3)\)",
        r".upper2(\3),\2.upper3(\1)",
    ),
    "a difference made a sum": (
        r"assign not3 = \{1'b0, not10\} \+ ",
        "assign not3 = {1'b0, not10} - ",
    ),
}


@pytest.mark.long
@pytest.mark.parametrize("mutant", _MUTANTS)
def test_mutant_is_noticed(mutant: str) -> None:
    """A fault in the circuit is a fault of the run."""
    pattern, replacement = _MUTANTS[mutant]
    core = _CORES[0]
    mutant_verilog = broken(to_verilog(component(core), "dut"), pattern, replacement)
    assert simulate(core, _products(core), stall=0.4, verilog=mutant_verilog).faults


def test_random_work_cover_the_range() -> None:
    """All four weights, and the extremes of both parts."""
    core = _CORES[0]
    parts = random_work(core, 40, seed=1)
    assert sum(len(part.activations) for part in parts) == 40
    activations = np.concatenate([part.activations for part in parts])
    assert activations.min(axis=(0, 1)).tolist() == [-128, -128]
    assert activations.max(axis=(0, 1)).tolist() == [127, 127]
    assert {0, 1, 2, 3} == {int(q) for part in parts for q in np.unique(part.weights)}


@pytest.mark.parametrize("core", _CORES, ids=lambda core: f"mu{core.group}")
def test_streams_are_told(core: ComplexLut) -> None:
    """Every stream has a meaning, and padding is by activations."""
    texts = meanings(core)
    assert set(texts) == set(signature(core).members)
    assert "pad with zeros" in texts["activations"]
    assert ("first" in texts["weights"]) == (not core.sequencer)


_GOOD = _product(_CORES[0], (4, 3, 2))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"weights": _GOOD.weights + 1}, "= 4 is outside 0 to 3"),
        (
            {"activations": _GOOD.activations[..., 0]},
            "activations has shape (2, 4) where a non-empty array of 3 dimensions is wanted",
        ),
        (
            {"activations": np.zeros((2, 4, 3), dtype=int)},
            "activations has shape (2, 4, 3) where a last axis of 2 is wanted: real and imaginary",
        ),
        (
            {"activations": np.full((2, 4, 2), 128)},
            "activations[0, 0, 0] = 128 is outside -128 to 127",
        ),
        (
            {"bias": np.zeros((2, 2), dtype=int)},
            "bias has 2 elements where weights of shape (4, 3)",
        ),
        ({"bias": np.full((3, 2), 501)}, "bias[0, 0] = 501 is outside -500 to 500"),
    ],
)
def test_what_is_not_allowed_is_refused(changes: dict[str, Any], sentence: str) -> None:
    """The sentence names the array, the place, the value and what is allowed."""
    _GOOD.check(_CORES[0])
    with pytest.raises(RequestError, match=re.escape(sentence)) as refusal:
        replace(_GOOD, **changes).check(_CORES[0])
    assert "\n" not in str(refusal.value)


def _network(**changes: Any) -> Network:
    rng = np.random.default_rng(0)
    layer = Layer(rng.integers(0, 4, (6, 3)), rng.integers(-9, 9, (3, 2)))
    activations = rng.integers(-128, 128, (2, 6, 2))
    return replace(Network((layer,), activations, None), **changes)


def test_data_of_one_layer() -> None:
    """A network of one complex layer runs, with the data given."""
    network = _network()
    (product,) = golden_work(_CORES[0], network)
    (simulation,) = simulate_dataset(_CORES[0], network)
    assert simulation.faults == ()
    assert isinstance(product, ComplexProduct)
    np.testing.assert_array_equal(simulation.results[0], _plain(product))


def test_data_file_without_a_bias(tmp_path: Path) -> None:
    """Its bias is zero in both parts."""
    network = _network()
    np.savez(tmp_path / "x.npz", activations=network.activations, weights=network.layers[0].weights)
    assert load_network(tmp_path / "x.npz").layers[0].bias.tolist() == [[0, 0]] * 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"labels": np.zeros(2, dtype=int)}, "not of 1 layer and labels"),
        ({"layers": _network().layers * 2}, "not of 2 layers"),
    ],
)
def test_networks_of_real_kind_are_refused(changes: dict[str, Any], sentence: str) -> None:
    """Neither classes nor a ReLU between layers."""
    with pytest.raises(RequestError, match=sentence):
        simulate_dataset(_CORES[0], _network(**changes))
