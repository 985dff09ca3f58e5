"""Paths of floating-point cores: units cut by their registers."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from costmodel.model.paths import Path, longest
from costmodel.ternary.float_paths import ADDER_STEPS, MULTIPLIER_STEPS, float_paths
from costmodel.ternary.inventory import inventory
from hw.float import adder, multiplier
from hw.float.pipeline import MOST_STAGES
from tests.costmodel.measured_designs import planted


def _paths(**parameters: Any) -> list[Path]:
    given = {
        "unit": "ternary_lut",
        "group": 2,
        "luts": 8,
        "columns": 4,
        "activation": "bf16",
        "sum_format": "bf16",
        "accumulator_format": "fp32",
        "style": "float",
        "inputs": 256,
    }
    columns = {name: np.asarray(value) for name, value in (given | parameters).items()}
    return float_paths(columns, inventory(columns), np.ones((), dtype=bool))


def _period(**parameters: Any) -> float:
    return float(longest(_paths(**parameters), planted()[2]))


@pytest.mark.parametrize(("unit", "steps"), [(adder, ADDER_STEPS), (multiplier, MULTIPLIER_STEPS)])
def test_steps_are_those_that_registers_stand_behind(unit: Any, steps: Any) -> None:
    """In the same order, and the last one is what a unit ends with."""
    names = list(steps)
    for cuts in unit.CUTS:
        assert [name for name in names if name in cuts] == list(cuts)
        assert not cuts or cuts[-1] == names[-1]


@pytest.mark.parametrize("stages", range(2, MOST_STAGES + 1))
def test_parts_are_the_whole(stages: int) -> None:
    """With one register a unit is in one part; with more, its parts add up to that."""

    def between_registers(stages: int) -> dict[str, float]:
        """Steps of the adders of tree and accumulator, and of multipliers but for their first."""
        quantities: dict[str, float] = {}
        for path in _paths(unit="ternary_multiplier", group=1, adder_stages=stages):
            if path.from_input is False:
                for name, number in path.steps.items():
                    quantities[name] = quantities.get(name, 0.0) + float(path.exists * number)
        return quantities

    whole, parts = between_registers(1), between_registers(stages)
    quantities = [quantity for step in ADDER_STEPS.values() for quantity in step]
    for name in ("adder.one", *(f"adder.{quantity}" for quantity in quantities)):
        assert parts[name] == whole[name] > 0, name


@pytest.mark.parametrize("unit", ["ternary_lut", "ternary_signflip", "ternary_multiplier"])
def test_registers_in_adders_shorten(unit: str) -> None:
    group = 2 if unit == "ternary_lut" else 1
    periods = [_period(unit=unit, group=group, adder_stages=n) for n in range(4)]
    assert all(more <= fewer for fewer, more in pairwise(periods))
    assert periods[2] < periods[1] < periods[0]


def test_a_chain_grows_with_every_adder() -> None:
    periods = [_period(luts=luts, adder_stages=0) for luts in (4, 8, 16)]
    first, second = (more - fewer for fewer, more in pairwise(periods))
    assert first == pytest.approx(second)
    assert first > 0
    # With registers the tree's depth is in no path.
    assert _period(luts=8, adder_stages=2) == pytest.approx(
        _period(luts=9, adder_stages=2), rel=0.02
    )


def test_a_narrow_format_is_widened_on_the_way() -> None:
    """In front of the accumulator, unless it is of the same format."""
    last = [_paths(adder_stages=2, accumulator_format=form)[2] for form in ("bf16", "fp32")]
    assert [float(path.steps["widen.one"]) for path in last] == [0, 1]
