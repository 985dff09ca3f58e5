"""The closed form of numerical error against the golden models on normal data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from costmodel.ternary.rounding import overflow_percent, rms_error_percent
from hw.ternary import TernaryLut, Workload
from sim.formats import decode, encode
from sim.ternary.product import Product
from sim.ternary.results import result_values


def measured(parameters: dict[str, Any], inputs: int) -> tuple[float, float]:
    """Of 10,000 results: root mean square of the error, in percent of that of the exact sums.

    Returns:
        That of the results that are numbers, and the share of the others in percent.
    """
    rng = np.random.default_rng(0)
    batch, outputs = 25, 400
    c = TernaryLut(columns=2, workload=Workload(inputs=inputs, outputs=outputs), **parameters)
    form = c.arithmetic.number
    activations = decode(form, encode(form, rng.standard_normal((batch, inputs))))
    activations = np.where(np.isfinite(activations), activations, 0.0)
    weights = rng.integers(-1, 2, (inputs, outputs))
    product = Product(activations, weights, np.zeros(outputs))
    results = np.asarray(result_values(c, product.results(c)), float)
    exact = activations @ weights
    numbers = np.isfinite(results)
    squares = np.mean((results - exact)[numbers] ** 2) / np.mean(exact[numbers] ** 2)
    return float(100 * np.sqrt(squares)), float(100 * np.mean(~numbers))


def predicted(parameters: dict[str, Any], inputs: int) -> tuple[float, float]:
    """Error and share of overflow in percent, by the closed form."""
    columns = {name: np.array(value) for name, value in parameters.items()}
    columns |= {"inputs": np.array(inputs)}
    return float(rms_error_percent(columns)), float(overflow_percent(columns))


_FLOAT = {"style": "float", "group": 2, "luts": 4}
_EXACT, _ALIGNED = _FLOAT | {"style": "exact"}, _FLOAT | {"style": "aligned"}


@pytest.mark.parametrize("inputs", [16, 256, 2048])
@pytest.mark.parametrize(
    "parameters",
    [
        _FLOAT | {"activation": "bf16"},
        {"style": "float", "activation": "fp16", "group": 3, "luts": 16},
        _FLOAT | {"activation": "bf16", "group": 4, "luts": 8, "accumulator_format": "fp32"},
        _FLOAT | {"activation": "fp8_e4m3"},
        _FLOAT | {"activation": "bf16", "result": "fp8_e4m3"},
        _EXACT | {"activation": "fp8_e4m3"},
        _EXACT | {"activation": "fp8_e5m2"},
        _EXACT | {"activation": "fp16"},
        _EXACT | {"activation": "fp4_e2m1", "result": "bf16"},
        *(
            _ALIGNED | {"activation": activation, "aligned_bits": bits}
            for activation, bits in (
                *(("bf16", 8), ("bf16", 12), ("fp16", 6), ("fp16", 10), ("fp16", 24)),
                *(("e4m4", 6), ("e4m4", 8), ("e4m4", 12), ("fp8_e4m3", 6), ("fp8_e4m3", 8)),
                *(("fp8_e5m2", 5), ("fp8_e5m2", 8)),
            )
        ),
    ],
)
def test_error_is_that_of_the_golden_model(parameters: dict[str, Any], inputs: int) -> None:
    error, share = predicted(parameters, inputs)
    assert share < 1e-4
    assert measured(parameters, inputs) == (pytest.approx(error, rel=0.15), 0)


@pytest.mark.parametrize("inputs", [16, 256, 2048])
@pytest.mark.parametrize(
    "parameters",
    [
        *(_EXACT | {"activation": name} for name in ("fp4_e2m1", "fp6_e3m2", "e3m4+saturate")),
        *(_FLOAT | {"activation": name} for name in ("fp4_e2m1", "fp6_e2m3", "e3m4+saturate")),
        _ALIGNED | {"activation": "fp6_e2m3", "aligned_bits": 6},
        _FLOAT | {"activation": "bf16+toward_zero"},
        _FLOAT | {"activation": "e4m4+toward_zero"},
    ],
)
def test_what_is_clipped_or_shrunk_counts(parameters: dict[str, Any], inputs: int) -> None:
    assert measured(parameters, inputs) == (
        pytest.approx(predicted(parameters, inputs)[0], 0.25),
        0,
    )


@pytest.mark.parametrize("inputs", [16, 64, 256, 2048])
@pytest.mark.parametrize(
    "parameters",
    [
        _EXACT | {"activation": "e3m4"},
        _ALIGNED | {"activation": "e2m3", "aligned_bits": 8},
        _FLOAT | {"activation": "e3m4"},
        _FLOAT | {"activation": "e3m3", "luts": 16},
        _FLOAT | {"activation": "bf16", "result": "e3m4"},
    ],
)
def test_results_that_overflow(parameters: dict[str, Any], inputs: int) -> None:
    """The error is infinite where some do; their share is told."""
    error, share = predicted(parameters, inputs)
    broken = measured(parameters, inputs)[1]
    assert share == pytest.approx(broken, abs=5)
    assert np.isinf(error) or share < 1e-4
    assert np.isinf(error) or not broken


@pytest.mark.parametrize("inputs", [16, 512])
def test_without_a_fraction_bit(inputs: int) -> None:
    parameters = _FLOAT | {"activation": "e5m0"}
    ratio = measured(parameters, inputs)[0] / predicted(parameters, inputs)[0]
    assert 0.5 <= ratio <= 2


def test_nothing_overflows_behind_scales() -> None:
    parameters = _EXACT | {"activation": "e3m4", "scale": "tensor"}
    error, share = predicted(parameters, 2048)
    assert error == pytest.approx(1.3, abs=0.2)
    assert share == 0


def test_wide_sums_err_less() -> None:
    """Sums of fp16 in fp32 need no rounding for long: the closed form is an upper bound there."""
    parameters = {"style": "float", "activation": "fp16", "group": 2, "luts": 8}
    parameters |= {"sum_format": "fp32"}
    columns = {name: np.array(value) for name, value in parameters.items()}
    bound = float(rms_error_percent(columns | {"inputs": np.array(2048)}))
    assert 0 < measured(parameters, 2048)[0] < bound < 1e-4


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
