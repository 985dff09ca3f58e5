"""Matrix products on SIMD units, against products of exact numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hw.errors import RequestError
from sim.formats import decode, encode
from sim.simd.bench import BENCH
from sim.simd.products import product_operations
from sim.simulate import simulate_dataset
from tests.simd import simd_family, unit

__all__ = ["simd_family"]


@pytest.mark.parametrize("sums", ["dot", "lanes", "both"])
def test_integers(sums: str) -> None:
    """Sums are the product; inputs and outputs that fill no operation are filled with zeros."""
    rng = np.random.default_rng(1)
    activations, weights = rng.integers(-128, 128, (3, 13)), rng.integers(-8, 8, (13, 7))
    mac = unit("int8,int4*int8", port=32, sums=sums)
    work = product_operations(mac, activations, weights, 1)
    numbers = np.concatenate([part.astype(np.int64) for part in BENCH.golden(mac, [work])])
    product = activations @ weights
    if sums == "lanes":
        assert (numbers.reshape(3, -1)[:, :7] == product).all()
    else:
        assert (numbers[:, 0].reshape(3, 7) == product).all()


def test_floats_are_rounded_once() -> None:
    """On the circuit: a result is the sum of the rounded operands' products, rounded once."""
    rng = np.random.default_rng(2)
    mac = unit("fp8_e4m3", depth=3, result="fp16")
    activations, weights = rng.normal(size=(2, 20)), rng.normal(size=(20, 4)).astype(np.float32)
    dataset = BENCH.load(mac, {"activations": activations, "weights": weights}, "product.npz")
    (run,) = simulate_dataset(mac, dataset)
    a, b = (
        decode(mac.modes[0].a.form, encode(mac.modes[0].a.form, values))
        for values in (activations, weights)
    )
    exact = (a @ b).ravel()  # 20 products of FP8 numbers are exact in a double
    assert mac.result_format is not None
    assert run.results[0][:, 0].tolist() == encode(mac.result_format, exact).tolist()


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"activations": np.ones((2, 3)), "weights": np.ones((4, 2))}, "do not fit"),
        ({"activations": np.ones((2, 0)), "weights": np.ones((0, 2))}, "must not be empty"),
        ({"activations": np.full((1, 1), 128), "weights": np.ones((1, 1))}, "holds -128 to 127"),
        ({"activations": np.full((1, 1), 0.5), "weights": np.ones((1, 1))}, "must be integers"),
        ({"activations": np.full((1, 1), np.nan), "weights": np.ones((1, 1))}, "must be integers"),
        ({"activations": np.ones((1, 999)), "weights": np.ones((999, 1))}, "500 operations a sum"),
        (
            {"activations": np.ones((1, 1)), "weights": np.ones((1, 1)), "pair": [7]},
            "none of the unit's pairs, 0 to 0",
        ),
        (
            {"activations": np.ones((1, 1)), "weights": np.ones((1, 1)), "pair": [0.5]},
            "an array of one integer",
        ),
        ({"activations": np.ones((1, 1)) > 0, "weights": np.ones((1, 1))}, "numbers are wanted"),
        ({"weights": np.ones((1, 1))}, "must hold the arrays"),
    ],
)
def test_refusals(arrays: dict[str, Any], sentence: str) -> None:
    given = {name: np.asarray(values) for name, values in arrays.items()}
    with pytest.raises(RequestError, match=sentence):
        BENCH.load(unit("int8"), given, "product.npz")
