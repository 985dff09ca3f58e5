"""Scales and result formats behind floating-point sums: golden model, circuit, whole cores."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from hw.errors import RequestError
from hw.formats import Fixed, Float
from hw.ternary import ExitPlan, TernarySignflip, Workload
from hw.ternary.choices import Scale
from sim.formats import decode
from sim.simulate import random_work, simulate
from sim.ternary.exit import exit_results
from tests.floats import decoded, encoded

_WORKLOAD = Workload(inputs=29, outputs=7, batch=4, bias_limit=8)


def product_code(plan: ExitPlan, total: int, scale: int) -> int:
    """The result by the definition: the exact product, rounded once."""
    assert plan.sums is not None
    assert isinstance(plan.result, Float)
    form, left = plan.result, decoded(plan.sums, total)
    negative = bool(total >> plan.sums.bits - 1)
    if isinstance(plan.scale_format, Fixed):
        right: Fraction | str = Fraction(scale, 1 << plan.scale_format.fraction_bits)
    else:
        assert plan.scale_format is not None
        right = decoded(plan.scale_format, scale)
        negative ^= bool(scale >> plan.scale_format.bits - 1)
    infinite = [isinstance(value, str) and "infinity" in value for value in (left, right)]
    if "nan" in (left, right) or (any(infinite) and 0 in (left, right)):
        return form.nan_code or 0
    if any(infinite):
        code = form.overflow_code
        return code if code == form.nan_code else negative << form.bits - 1 | code
    assert isinstance(left, Fraction)
    assert isinstance(right, Fraction)
    return encoded(form, abs(left * right), negative)


@pytest.mark.parametrize("result", ["fp8_e4m3", "fp8_e5m2", "bf16", "fp16"])
@pytest.mark.parametrize("scale", ["fp8_e5m2", "fp8_e4m3", "u6.3"])
def test_golden_results_are_the_exact_products_rounded_once(result: str, scale: str) -> None:
    """Codes of an 8-bit sum and scales, infinities and NaN among them."""
    form = Fixed.parse(scale) if scale.startswith("u") else Float.parse(scale)
    plan = ExitPlan(
        columns=1,
        units=1,
        result=Float.parse(result),
        scale=Scale.COLUMN,
        scale_format=form,
        bound=1,
        total=1,
        sums=Float.parse("fp8_e5m2"),
    )
    rng = np.random.default_rng(1)
    sums, scales = rng.integers(0, 256, 600), rng.integers(0, 1 << form.bits, 600)
    sums[:4], scales[:4] = (0x7C, 0x00, 0xFC, 0x80), (0x00, 0x1C, 0x11, 0x11)
    results = exit_results(plan, sums[:, None], scales[:, None])
    wanted = [product_code(plan, int(a), int(b)) for a, b in zip(sums, scales, strict=True)]
    np.testing.assert_array_equal(results, wanted)


_SHAPE: dict[str, Any] = {"luts": 3, "columns": 3, "workload": _WORKLOAD, "style": "float"}
_SETTINGS: dict[str, dict[str, Any]] = {
    "column": {"activation": "fp16", "result": "bf16", "scale": "column", "scale_format": "fp16"},
    "tensor": {
        "activation": "fp8_e5m2",
        "adder_stages": 2,
        "sequencer": True,
        "result": "bf16",
        "scale": "tensor",
        "scale_format": "u12.6",
        "exit_register": True,
    },
    "unscaled": {
        "activation": "fp8_e4m3",
        "sum_format": "fp16",
        "adder_stages": 1,
        "result": "fp32",
        "exits": 2,
    },
}
_CORES = {name: TernarySignflip(**_SHAPE, **settings) for name, settings in _SETTINGS.items()}


@pytest.mark.parametrize(
    "name", ["tensor", *(pytest.param(n, marks=pytest.mark.long) for n in ("column", "unscaled"))]
)
def test_cores(name: str) -> None:
    """With and without stalls; the cycles are as stated."""
    c = _CORES[name]
    for stall in (0.0, 0.3):
        simulation = simulate(c, random_work(c, 8, seed=2), seed=1, stall=stall)
        assert not simulation.faults
        assert simulation.checked


def test_results_have_their_format() -> None:
    """A float's name; of accumulators, theirs."""
    assert _CORES["column"].result_format == Float.parse("bf16")
    settings: dict[str, Any] = {"activation": "bf16", "accumulator_format": "fp32"}
    assert TernarySignflip(**_SHAPE, **settings).result_format == Float.parse("fp32")
    assert decode(Float.parse("fp32"), np.array([0x3F800000])) == 1.0


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"result": "int8", "scale": "column", "scale_format": "u8.4"}, "results are floats"),
        (
            {"result": "fp16", "scale": "group", "scale_group": 33, "scale_format": "u8.4"},
            "scaled one by one",
        ),
        ({"result": "fp16", "adder_stages": 2, "exits": 1}, "so it must be 3, the columns"),
    ],
)
def test_what_is_refused(settings: dict[str, Any], sentence: str) -> None:
    """Sums in floating point are neither added again nor cut to integers."""
    merged: dict[str, Any] = {"activation": "fp16"} | settings
    with pytest.raises(RequestError, match=sentence):
        TernarySignflip(**_SHAPE, **merged)
