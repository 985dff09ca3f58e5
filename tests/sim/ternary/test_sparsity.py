"""What zeros among the weights allow, against brute force."""

from __future__ import annotations

from itertools import product as cartesian

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import Integer
from hw.ternary import TernaryLut, Workload
from sim.simulate import random_work
from sim.ternary.product import Product
from sim.ternary.sparsity import kept_tiles, limit_nonzeros, most_nonzeros, needed_bits
from tests.support import small_core

modest = settings(deadline=None, derandomize=True, max_examples=60)


@st.composite
def layers(draw: st.DrawFn) -> tuple[NDArray[np.int8], NDArray[np.int32], Integer]:
    """Weights, a bias, and a format of activations."""
    inputs, outputs = draw(st.integers(1, 9)), draw(st.integers(1, 4))
    weights = draw(arrays(np.int8, (inputs, outputs), elements=st.integers(-1, 1)))
    bias = draw(arrays(np.int32, (outputs,), elements=st.integers(-300, 300)))
    return weights, bias, Integer(draw(st.integers(2, 8)), draw(st.booleans()))


def configure(activation: Integer, workload: Workload) -> TernaryLut:
    """A core of small tiles."""
    return TernaryLut(luts=2, columns=2, activation=activation, workload=workload)


@modest
@given(layers())
def test_no_sum_overflows_the_needed_bits(
    layer: tuple[NDArray[np.int8], NDArray[np.int32], Integer],
) -> None:
    """A core sized by what its weights need holds the largest and the smallest sum there can be."""
    weights, bias, activation = layer
    workload = Workload(
        inputs=len(weights),
        outputs=weights.shape[1],
        batch=2,
        bias_limit=int(np.abs(bias).max()),
        nonzeros=most_nonzeros(weights)[0],
    )
    c = configure(activation, workload)
    low, high = activation.minimum, activation.maximum
    largest = np.where(weights > 0, high, low).T
    smallest = np.where(weights > 0, low, high).T
    sums = np.array(
        [
            Product(vector[None], weights, bias).golden()[0, output]
            for vectors in (largest, smallest)
            for output, vector in enumerate(vectors)
        ]
    )
    bits = needed_bits(c, weights, bias)
    assert bits <= c.accumulator_bits
    assert -(2 ** (bits - 1)) <= sums.min() <= sums.max() < 2 ** (bits - 1)
    Product(largest, weights, bias).check(c)


@modest
@given(layers(), st.integers(1, 9))
def test_more_nonzeros_than_sized_for_are_refused(
    layer: tuple[NDArray[np.int8], NDArray[np.int32], Integer], most: int
) -> None:
    """The check passes exactly where no output has too many; else it names one that has."""
    weights, bias, activation = layer
    workload = Workload(inputs=9, outputs=4, bias_limit=300, nonzeros=most)
    product = Product(np.zeros((1, len(weights)), dtype=int), weights, bias)
    counts = [sum(map(bool, column)) for column in weights.T]
    if max(counts) <= most:
        product.check(configure(activation, workload))
        return
    with pytest.raises(RequestError, match=r"^output \d has \d non-zero weights") as refusal:
        product.check(configure(activation, workload))
    output, count = [int(part) for part in str(refusal.value).split() if part.isdigit()][:2]
    assert counts[output] == count > most


def test_nonzeros_are_at_most_the_inputs() -> None:
    """More than all cannot be; none means not known."""
    with pytest.raises(RequestError, match=r"^workload.nonzeros = 5 is not allowed: .* 0 to 4$"):
        Workload(inputs=4, outputs=1, nonzeros=5)
    assert Workload(inputs=4, outputs=1).most_nonzeros == 4
    assert "nonzeros" not in Workload(inputs=4, outputs=1).limits()
    assert Workload(inputs=4, outputs=1, nonzeros=3).limits()["nonzeros"] == 3


def test_random_work_keep_the_limit() -> None:
    """Random weights are thinned out to what the core was sized for, and no further."""
    c = small_core(workload=Workload(inputs=40, outputs=20, batch=2, nonzeros=11))
    (product,) = random_work(c, 2, seed=0)
    product.check(c)
    assert most_nonzeros(product.weights)[0] == 11
    rng = np.random.default_rng(0)
    weights = rng.integers(-1, 2, (30, 5))
    thinned = limit_nonzeros(weights, 7, rng)
    assert (np.count_nonzero(thinned, axis=0) == 7).all()
    assert (thinned[thinned != 0] == weights[thinned != 0]).all()


@pytest.mark.parametrize("seed", range(5))
def test_kept_tiles_by_brute_force(seed: int) -> None:
    """A tile is kept if any of its weights is not 0, or if its sum would have none."""
    c = small_core(sequencer=False)
    rng = np.random.default_rng(seed)
    weights = np.where(rng.random((18, 8)) < 0.06, 1, 0)
    kept = kept_tiles(c, weights)
    assert kept.shape == (3, 5)
    for block, tile in cartesian(range(3), range(5)):
        held = weights[4 * tile : 4 * tile + 4, 3 * block : 3 * block + 3].any()
        alone = tile == 0 and not weights[:, 3 * block : 3 * block + 3].any()
        assert kept[block, tile] == (held or alone)
