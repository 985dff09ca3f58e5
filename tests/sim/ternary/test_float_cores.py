"""Whole cores of the floating styles: special values, turns, mutants."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from hw.ternary import (
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
)
from hw.ternary.choices import Style
from sim.simulate import random_work, simulate
from sim.ternary.product import Product
from sim.ternary.results import result_values
from sim.ternary.styles import random_numbers
from sim.together import Together

_WORKLOAD = Workload(inputs=20, outputs=5, batch=8, bias_limit=8)


def core(style: str, unit: type[TernaryConfiguration] = TernaryLut, **changes: Any) -> Any:
    """A small core of a style."""
    settings: dict[str, Any] = {"activation": "fp8_e5m2", "luts": 3, "columns": 2}
    settings |= {"workload": _WORKLOAD, "group": 2 if unit is TernaryLut else 1}
    return unit(style=Style(style), **(settings | changes))


_CORES = (
    core("float", accumulator_format="fp16"),
    core("float", TernarySignflip, adder_stages=2, sequencer=True),
    core("float", TernaryMultiplier, adder_stages=1, table_register=True),
    core("float", activation="fp8_e4m3", sum_format="fp16"),
    core("exact", table_register=True),
    core("exact", TernaryMultiplier, activation="fp8_e4m3", reduce_register=True, result="fp16"),
    core("aligned", aligned_bits=10, reduce_register=True, sequencer=True),
    core("aligned", TernarySignflip, activation="fp16", table_register=True, reduce_register=True),
)


def special_product(c: TernaryConfiguration, seed: int) -> Product:
    """Vectors of ordinary and of all kinds of odd numbers, under weights that are zero or not."""
    rng = np.random.default_rng(seed)
    form = c.arithmetic.number
    shape = (8, _WORKLOAD.inputs)
    activations, bias = random_numbers(c, shape, (_WORKLOAD.outputs,), rng, special=True)
    activations[2] = np.where(rng.random(shape[1]) < 0.5, -0.0, 0.0)
    activations[3] = -0.0
    least = 2.0**form.least_exponent
    activations[4] = rng.choice([least, -least, 3 * least, -2 * least], shape[1])
    activations[5] = float(form.largest)  # sums overflow
    activations[6] = rng.choice([1.0, -1.0], shape[1]) * float(form.largest)
    weights = rng.integers(-1, 1, (shape[1], _WORKLOAD.outputs), endpoint=True)
    weights[:, 0] = 1
    weights[:, 1] = 0
    return Product(activations, weights, bias)


@cache
def _together() -> Together:
    return Together(_CORES)


@pytest.mark.parametrize("stall", [0.0, 0.3])
def test_special_values(stall: float) -> None:
    """NaN, infinities, zeros of either sign, subnormals and overflow, as the golden model has it.

    And as it is documented: a converted vector with a NaN or an infinity gives NaN everywhere; a
    table selects nothing with a zero weight; a multiplier makes NaN of zero times infinity.
    """
    products = [[special_product(c, seed) for seed in (1, 2)] for c in _CORES]
    for c, own, simulation in zip(
        _CORES, products, _together().simulate(products, stall=stall), strict=True
    ):
        assert simulation.faults == (), c
        for product, results in zip(own, simulation.results, strict=True):
            values = result_values(c, results)
            odd = ~np.isfinite(product.activations).all(axis=1)
            assert odd.any()
            assert not odd.all()
            if c.style != "float":
                assert np.isnan(values[odd]).all()
                assert not np.isnan(values[~odd]).any()
            elif c.multiplies:
                assert np.isnan(values[odd, 1]).all()  # of zero weights
                assert not np.isfinite(values[odd]).any()
            else:
                assert np.isfinite(values[:, 1]).all()  # of zero weights
                assert not np.isfinite(values[odd, 0]).any()  # of ones
            if c.activation.name == "fp8_e5m2" and c.result_format == c.activation:
                assert np.isinf(values[5, 0])  # overflow


def test_zeros_keep_their_sign_where_addition_does() -> None:
    """-0 under ones sums to -0 from a bias of -0 with adders; integers know one zero."""
    c = _CORES[0]
    weights = np.ones((6, 2), dtype=np.int64)
    product = Product(np.full((1, 6), -0.0), weights, np.array([-0.0, 0.0]))
    (results,) = simulate(c, [product]).results
    assert np.signbit(result_values(c, results)).tolist() == [[True, False]]


def _back_to_back(c: TernaryConfiguration) -> list[Product]:
    """Products whose sums are one, fewer than the turns, a multiple of them, and others."""
    shapes = [(20, 5, 8), (1, 1, 1), (13, 2, 3), (20, 1, 5), (6, 4, 2)]
    products = []
    for seed, (inputs, outputs, batch) in enumerate(shapes):
        (whole,) = random_work(c, 8, seed=seed)
        weights = whole.weights[:inputs, :outputs]
        products.append(Product(whole.activations[:batch, :inputs], weights, whole.bias[:outputs]))
    return products


_TURNS = tuple(
    core("float", unit, activation=name, luts=luts, adder_stages=stages, sequencer=sequencer)
    for unit, name, luts, stages, sequencer in (
        (TernaryLut, "fp8_e5m2", 3, 5, True),
        (TernaryLut, "fp8_e4m3", 1, 3, False),
        (TernarySignflip, "fp8_e5m2", 2, 4, True),
        (TernaryMultiplier, "fp8_e4m3", 1, 2, True),
        (TernaryMultiplier, "fp8_e5m2", 2, 3, False),
    )
)


@pytest.mark.parametrize("stall", [0.0, 0.2, 0.7])
def test_turns(stall: float) -> None:
    """Products back to back, whose sums do not fill the turns; without stalls in stated cycles.

    Stalls hold back results and initial values, too.
    """
    products = [_back_to_back(c) for c in _TURNS]
    cores = _turning()
    for c, simulation in zip(_TURNS, cores.simulate(products, stall=stall, seed=3), strict=True):
        assert simulation.faults == (), c
        assert simulation.checked > 20
    assert {c.turns(5) for c in _TURNS} == {5, 6, 8}


@cache
def _turning() -> Together:
    return Together(_TURNS)
