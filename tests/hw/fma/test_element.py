"""Processing elements: a weight that stays, activations and sums that pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hw.errors import RequestError
from hw.fma import Fma
from hw.fma.element import Element
from sim.fma.operations import Operations, golden_words, sum_bits
from tests.fma import fma
from tests.hw.in_place import simulator


@pytest.mark.parametrize(
    "unit",
    [
        fma("fp8_e4m3", "raw12", normalization="carry_only", depth=0),
        fma("fp8_e5m2", "bf16", depth=0),
    ],
    ids=["raw", "rounded"],
)
def test_sums_of_an_element(unit: Fma) -> None:
    """Every few cycles another weight; an activation counts a cycle later, its sum leaves then."""
    rng = np.random.default_rng(1)
    count = 300
    a, b = unit.factors
    activations, weights = rng.integers(0, 1 << a.bits, count), rng.integers(0, 1 << b.bits, count)
    zeros = np.zeros(count, np.int64)
    sums = golden_words(unit, Operations(weights % (1 << a.bits), weights, zeros))
    loads = rng.random(count) < 0.2
    loads[0] = True
    element: Any = Element(unit)  # its ports come with the configuration
    given: list[tuple[int, int]] = []

    async def testbench(ctx: Any) -> None:
        for cycle in range(count):
            ctx.set(element.activation, int(activations[cycle]))
            ctx.set(element.weight, int(weights[cycle]))
            ctx.set(element.load, int(loads[cycle]))
            ctx.set(element.sum, int(sums[cycle]))
            await ctx.tick()
            given.append((ctx.get(element.activation_out), ctx.get(element.sum_out)))

    running = simulator(element)
    running.add_clock(1e-6)
    running.add_testbench(testbench)
    running.run()
    passed, left = (np.array(values) for values in zip(*given, strict=True))
    assert (passed == activations).all()
    kept = weights[np.maximum.accumulate(np.where(loads, np.arange(count), 0))]
    operations = Operations(activations[:-1], kept[:-1], sums[1:])
    assert (left[1:] == golden_words(unit, operations)).all()
    assert sum_bits(unit) == len(element.sum_out)


def test_units_with_registers_are_refused() -> None:
    with pytest.raises(RequestError, match=r"depth = 1 and flags = false are not allowed"):
        Element(fma("bf16", "raw16"))
