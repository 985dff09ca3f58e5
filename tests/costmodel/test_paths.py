"""Paths of integers: which steps are on them, and the longest."""

from __future__ import annotations

import numpy as np
import pytest

from costmodel.model.paths import longest
from costmodel.ternary.basis import BASIS
from costmodel.ternary.inventory import inventory
from costmodel.ternary.paths import paths
from costmodel.ternary.steps import GATES, net
from tests.costmodel.measured_designs import delays_of, drawn, planted


def test_steps_are_counts_and_each_is_somewhere() -> None:
    """A misspelt quantity would be a step of zero everywhere."""
    columns = BASIS.columns_of_rows(drawn())
    somewhere: set[str] = set()
    for path in paths(columns, inventory(columns)):
        for name, number in path.steps.items():
            assert np.all(number >= 0), name
            if np.any(path.exists * number):
                somewhere.add(name)
    assert somewhere == set(GATES)


def test_the_longest_of_plain_sums() -> None:
    columns = BASIS.columns_of_rows(drawn())
    ways = paths(columns, inventory(columns))
    prices = planted()[2]
    plain = [
        path.exists * sum(prices[name] * number for name, number in path.steps.items())
        for path in ways
    ]
    np.testing.assert_allclose(
        longest(ways, prices), np.max(np.broadcast_arrays(*plain), axis=0), rtol=1e-12
    )
    again = longest(ways, prices)
    assert (again == longest(ways, prices)).all()  # nothing is used up


def test_each_kind_of_path_is_the_longest_somewhere() -> None:
    columns = BASIS.columns_of_rows(drawn())
    ways = paths(columns, inventory(columns))
    lengths = [longest([path], planted()[2]) for path in ways]
    chosen = np.argmax(np.broadcast_arrays(*lengths), axis=0)
    assert len(set(chosen.tolist())) >= 8


def test_the_longest_path_starts_somewhere() -> None:
    """From inputs or from registers: what is measured of each is all that there is."""
    rows = drawn()
    columns, prices = BASIS.columns_of_rows(rows), planted()[2]
    period = np.broadcast_to(longest(paths(columns, inventory(columns)), prices), len(rows))
    by_kind = [max(ps or 0.0 for ps in delays.values()) for delays in delays_of(rows, prices)]
    np.testing.assert_allclose(by_kind, period, rtol=1e-12)


def test_a_net_of_many_readers() -> None:
    """One cell, slower with every reader, until buffers take over."""
    few, more, many = (net("control", np.asarray(readers)) for readers in (10, 100, 1000))
    assert 0 < few["control.readers"] < more["control.readers"] <= 1
    assert few["control.buffers"] == more["control.buffers"] == many["control.readers"] == 0
    assert many["control.buffers"] == 1
    assert few["control.doublings"] < more["control.doublings"] < many["control.doublings"]


@pytest.mark.parametrize("unit", ["ternary_lut", "ternary_signflip"])
@pytest.mark.parametrize(("activation", "style"), [("int8", "integer"), ("fp8_e4m3", "exact")])
def test_a_register_shortens(unit: str, activation: str, style: str) -> None:
    """A cut takes steps off a path and puts none on it; handshakes and exit, not cut, are apart."""
    apart = ("control", "restart", "exit", "encoder")
    prices = {name: 0.0 if name.startswith(apart) else gates for name, gates in GATES.items()}

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
        return float(longest(paths(columns, inventory(columns)), prices))

    fewer = period(False, False) - period(True, False)
    empty = unit == "ternary_signflip" and style == "integer"  # in front of its register is nothing
    assert fewer == 0 if empty else fewer > 0
    assert period(True, True) <= period(True, False)
    assert period(False, True) <= period(False, False)
