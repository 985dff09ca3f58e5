"""Forty parameter sets over the whole legal space: generated, linted, simulated with stalls."""

from __future__ import annotations

import random

import pytest

from hw.formats import Integer
from hw.ternary import (
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
    component,
)
from hw.ternary.keys import middle
from sim.lint import lint
from sim.simulate import random_products, simulate
from sim.verilog import to_verilog

_POINTS = 40
_MOST_GATES = 24_000  # of the selects: what one simulator may cost a test


def _draw(number: int) -> TernaryConfiguration:
    """Draw a parameter set; the first ones make sure that every value of interest occurs."""
    rng = random.Random(number)
    unit = (TernaryLut, TernaryLut, TernarySignflip, TernaryMultiplier)[number % 4]
    group = 1 + number // 2 % 7 if unit is TernaryLut else 1
    while True:
        activation = Integer(rng.randint(2, 16), signed=rng.random() < 0.7)
        luts, columns = round(2 ** rng.uniform(0, 6)), round(2 ** rng.uniform(0, 6))
        rows = activation.bits if unit is TernaryMultiplier else middle(group)
        if luts * (columns + 1) * rows * activation.bits <= _MOST_GATES:
            break
    workload = Workload(
        inputs=rng.randint(1, 4 * luts * group),
        outputs=rng.randint(1, 3 * columns),
        batch=rng.randint(1, 5),
        bias_limit=rng.choice((0, 1, 1000, 1 << 31)),
    )
    settings = {
        "group": group,
        "luts": luts,
        "columns": columns,
        "activation": activation,
        "table_register": bool(number & 4),
        "reduce_register": bool(number & 8),
        "sequencer": bool(number & 16),
        "workload": workload,
    }
    narrowest = unit(**settings).accumulator_bits
    return unit(**settings, accumulator_bits=rng.choice((0, narrowest + 1, 64)))


@pytest.mark.parametrize("number", range(_POINTS))
def test_design_point(number: int) -> None:
    """Clean Verilog, right results with and without stalls, the stated cycles."""
    configuration = _draw(number)
    assert lint(to_verilog(component(configuration), "dut"), "dut") == []
    products = random_products(configuration, 2 * configuration.workload.batch + 1, seed=number)
    for stall in (0.0, 0.4):
        found = simulate(configuration, products, stall=stall, seed=number)
        assert found.faults == (), configuration
        assert found.checked > 0


def test_points_cover_the_space() -> None:
    """Every unit, group, register setting, and both kinds of activation occur."""
    points = [_draw(number) for number in range(_POINTS)]
    assert {point.unit for point in points} == {
        "ternary_lut",
        "ternary_signflip",
        "ternary_multiplier",
    }
    assert {p.group for p in points if isinstance(p, TernaryLut)} == set(range(1, 8))
    assert {(p.table_register, p.reduce_register, p.sequencer) for p in points} == {
        (a, b, c) for a in (False, True) for b in (False, True) for c in (False, True)
    }
    assert {p.activation.signed for p in points} == {False, True}
