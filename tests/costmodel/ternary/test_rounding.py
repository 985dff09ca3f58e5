"""The closed form of numerical error against the golden models on normal data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from costmodel.ternary.rounding import rms_error_percent
from hw.ternary import TernaryLut, Workload
from sim.formats import decode, encode
from sim.ternary.product import Product
from sim.ternary.results import result_values


def measured(parameters: dict[str, Any], inputs: int) -> float:
    """Of 1,600 results: root mean square of the error, in percent of that of the exact sums."""
    rng = np.random.default_rng(0)
    batch, outputs = 8, 200
    c = TernaryLut(columns=2, workload=Workload(inputs=inputs, outputs=outputs), **parameters)
    form = c.arithmetic.number
    activations = decode(form, encode(form, rng.standard_normal((batch, inputs))))
    weights = rng.integers(-1, 2, (inputs, outputs))
    product = Product(activations, weights, np.zeros(outputs))
    results = result_values(c, product.results(c))
    exact = activations @ weights
    return float(100 * np.sqrt(np.mean((results - exact) ** 2) / np.mean(exact**2)))


@pytest.mark.parametrize("inputs", [256, 2048])
@pytest.mark.parametrize(
    "parameters",
    [
        {"style": "float", "activation": "bf16", "group": 2, "luts": 4},
        {"style": "float", "activation": "fp16", "group": 3, "luts": 16},
        {
            "style": "float",
            "activation": "bf16",
            "group": 4,
            "luts": 8,
            "accumulator_format": "fp32",
        },
        {"style": "exact", "activation": "fp8_e4m3", "group": 2, "luts": 4},
        {"style": "aligned", "activation": "bf16", "group": 2, "luts": 4, "aligned_bits": 8},
        {"style": "aligned", "activation": "fp16", "group": 2, "luts": 4, "aligned_bits": 10},
        {"style": "aligned", "activation": "fp16", "group": 2, "luts": 4},
    ],
)
def test_error_is_that_of_the_golden_model(parameters: dict[str, Any], inputs: int) -> None:
    columns = {name: np.array(value) for name, value in parameters.items()}
    expected = float(rms_error_percent(columns | {"inputs": np.array(inputs)}))
    assert measured(parameters, inputs) == pytest.approx(expected, rel=0.15)


def test_wide_sums_err_less() -> None:
    """Sums of fp16 in fp32 need no rounding for long: the closed form is an upper bound there."""
    parameters = {"style": "float", "activation": "fp16", "group": 2, "luts": 8}
    parameters |= {"sum_format": "fp32"}
    columns = {name: np.array(value) for name, value in parameters.items()}
    bound = float(rms_error_percent(columns | {"inputs": np.array(2048)}))
    assert 0 < measured(parameters, 2048) < bound < 1e-4


def test_arrays() -> None:
    """Meshes broadcast; integers are exact; what is absent or empty has its default."""
    columns = {
        "activation": np.array(["int8", "bf16"])[:, None],
        "style": np.array(["integer", "float"])[:, None],
        "inputs": np.array([[256, 2048]]),
        "luts": np.array([[4]]),
    }
    percent = rms_error_percent(columns)
    assert percent.shape == (2, 2)
    assert (percent[0] == 0).all()
    assert (percent[1] > 0.1).all()
    empty = {"sum_format": np.array(""), "accumulator_format": np.array("")}
    assert (rms_error_percent(columns | empty) == percent).all()
