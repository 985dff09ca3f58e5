"""Paths: which steps are on them, and the longest."""

from __future__ import annotations

import numpy as np
import pytest

from costmodel.fit import columns_of
from costmodel.paths import longest, paths
from hw.ternary.inventory import inventory
from tests.costmodel.measured_designs import drawn, planted


def test_steps_are_counts_and_each_is_somewhere() -> None:
    """A misspelt quantity would be a step of zero everywhere."""
    columns = columns_of(drawn())
    found = paths(columns, inventory(columns))
    for steps in found:
        for name, number in steps.items():
            assert np.all(np.asarray(number) >= 0), name
            assert np.any(number), name


def test_the_longest_of_plain_sums() -> None:
    columns = columns_of(drawn())
    found = paths(columns, inventory(columns))
    prices = planted()[2]
    plain = [sum(prices[name] * number for name, number in steps.items()) for steps in found]
    np.testing.assert_allclose(
        longest(found, prices), np.max(np.broadcast_arrays(*plain), axis=0), rtol=1e-12
    )
    again = longest(found, prices)
    assert (again == longest(found, prices)).all()  # nothing is used up


def test_each_path_is_the_longest_somewhere() -> None:
    columns = columns_of(drawn())
    found = paths(columns, inventory(columns))
    lengths = [longest([steps], planted()[2]) for steps in found]
    chosen = np.argmax(np.broadcast_arrays(*lengths), axis=0)
    assert len(set(chosen.tolist())) >= 3


@pytest.mark.parametrize("unit", ["ternary_lut", "ternary_signflip"])
@pytest.mark.parametrize(("activation", "style"), [("int8", "integer"), ("fp8_e4m3", "exact")])
def test_a_register_shortens(unit: str, activation: str, style: str) -> None:
    """A cut takes steps off a path and puts none on it."""

    def period(table_register: bool, reduce_register: bool) -> float:
        columns = {
            name: np.asarray(value)
            for name, value in {
                "unit": unit,
                "group": 3 if unit == "ternary_lut" else 1,
                "luts": 8,
                "columns": 16,
                "activation": activation,
                "style": style,
                "inputs": 480,
                "table_register": table_register,
                "reduce_register": reduce_register,
            }.items()
        }
        return float(longest(paths(columns, inventory(columns)), planted()[2]))

    fewer = period(False, False) - period(True, False)
    empty = unit == "ternary_signflip" and style == "integer"  # in front of its register is nothing
    assert fewer == 0 if empty else fewer > 0
    assert period(True, True) <= period(True, False)
    assert period(False, True) <= period(False, False)
