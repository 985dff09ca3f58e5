"""The cycles that a manifest states, evaluated as a stranger would, are those of the simulation."""

from __future__ import annotations

import json
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hw.ternary import TernaryConfiguration
from macsmith.design import Design, load_design
from macsmith.manifest import manifest
from macsmith.ternary.core import ternary_core
from sim.simulate import Simulation
from sim.ternary.random_data import random_product, random_shape
from sim.together import Together
from tests.points import POINTS, draw

_CASES = sorted(Path(__file__, "../../cases/designs").resolve().glob("*.toml"))
_AT_ONCE = 8
_PRODUCTS = 5  # run back to back on each core


def stated(configuration: TernaryConfiguration, products: list[tuple[int, int, int]]) -> int:
    """What the manifest says, read as text and evaluated."""
    design = Design("point", "drawn at random", configuration, None)
    rule: dict[str, Any] = json.loads(json.dumps(manifest(design, {})))["protocol"]["cycles"]
    names: dict[str, Any] = {"ceil": ceil, "max": max, "min": min}
    for statement in rule["start"]:
        exec(statement, names)
    for inputs, outputs, batch in products:
        names |= {"inputs": inputs, "outputs": outputs, "batch": batch}
        for statement in rule["each_product"]:
            exec(statement, names)
    return eval(rule["cycles"], names)


def check(configurations: list[TernaryConfiguration], seed: int) -> None:
    """Products of random shapes, one after the other: what they took is what was stated."""
    rng = np.random.default_rng(seed)
    shapes = [
        [random_shape(c, rng, c.workload.batch) for _ in range(_PRODUCTS)] for c in configurations
    ]
    products = [
        [random_product(c, shape, rng) for shape in own]
        for c, own in zip(configurations, shapes, strict=True)
    ]
    simulations: list[Simulation] = Together(configurations).simulate(products)
    for c, own, simulation in zip(configurations, shapes, simulations, strict=True):
        assert simulation.faults == (), (c, own)
        assert simulation.cycles == stated(c, own) == c.cycles(*own), (c, own)
        one = stated(c, own[:1])
        assert one == c.cycles(own[0]) > 0


def test_designs_that_were_stated_wrongly() -> None:
    """Sums in turns, deep tables behind a sequencer, results that take several beats."""
    assert len(_CASES) == 5
    check([ternary_core(load_design(str(path)).configuration) for path in _CASES], seed=1)


_BATCHES = [
    POINTS,
    *(pytest.param(POINTS + i * _AT_ONCE, marks=pytest.mark.long) for i in range(1, 12)),
]


@pytest.mark.parametrize("start", _BATCHES)
def test_random_designs(start: int) -> None:
    """Eight designs anywhere in the legal space; a dozen times so in the long tests."""
    check([draw(number) for number in range(start, start + _AT_ONCE)], seed=start)
