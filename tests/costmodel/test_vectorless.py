"""Vectorless activity: by hand on single gates, registers and loops."""

from __future__ import annotations

import numpy as np
import pytest

from costmodel.energy.activity import Activity
from costmodel.energy.vectorless import estimate_activity
from costmodel.library.expression import truth_table
from costmodel.netlist.netlist import Netlist, flatten, read_modules
from tests.costmodel.library import technology

_TEN = technology()


def _netlist(cells: dict[str, tuple[str, dict[str, int]]], inputs: list[int]) -> Netlist:
    """A module of cells on numbered nets; net 2 is the clock."""
    module = {
        "ports": {
            "clk": {"direction": "input", "bits": [2]},
            "i": {"direction": "input", "bits": inputs},
        },
        "cells": {
            name: {"type": kind, "connections": {pin: [net] for pin, net in pins.items()}}
            for name, (kind, pins) in cells.items()
        },
        "netnames": {},
    }
    return flatten(read_modules({"modules": {"top": module}}, _TEN), "top", _TEN)


def _output(netlist: Netlist, activity: Activity, pin: int = 0) -> tuple[float, float]:
    net = netlist.outputs[0, pin]
    return float(activity.high[net]), float(activity.toggles[net])


def test_truth_tables() -> None:
    assert truth_table("~(A & B)", ["A", "B"]).tolist() == [[True, True], [True, False]]
    assert truth_table("A ^ ~B", ["B", "A"]).tolist() == [[True, False], [False, True]]
    assert truth_table("1", []).tolist() is True
    with pytest.raises(ValueError, match="not one of the pins A"):
        truth_table("A & X", ["A"])
    for text in ("A.real", "A + A", "A and 12"):
        with pytest.raises(ValueError, match="not one of the pins A"):
            truth_table(text, ["A"])


def test_gates() -> None:
    """A NAND depends on an input when the other is at 1, an XOR always; bounds hold."""
    nand = _netlist({"g": ("NAND2", {"A": 3, "B": 4, "Y": 5})}, [3, 4])
    high, rate = _output(nand, estimate_activity(nand, 0.2))
    assert (high, rate) == pytest.approx((0.75, 2 * 0.2 * 0.5))
    xor = _netlist({"g": ("XOR2", {"A": 3, "B": 4, "Y": 5})}, [3, 4])
    assert _output(xor, estimate_activity(xor, 0.2)) == pytest.approx((0.5, 0.4))
    assert _output(xor, estimate_activity(xor, 0.9)) == pytest.approx((0.5, 1.0))
    assert _output(xor, estimate_activity(xor, 0.2, steady={"i": 1}))[1] == 0


def test_registers() -> None:
    """A register passes rates on; a divider toggles every cycle at most; an idle loop stays."""
    flop = _netlist({"f": ("DFF", {"CK": 2, "D": 3, "QN": 4})}, [3])
    activity = estimate_activity(flop, 0.1, input_high=0.2)
    assert _output(flop, activity, pin=1) == pytest.approx((0.8, 0.1), abs=1e-3)
    assert activity.toggles[flop.inputs[0, 0]] == 2.0
    cells = {"f": ("DFF", {"CK": 2, "D": 4, "Q": 3}), "g": ("XOR2", {"A": 3, "B": 5, "Y": 4})}
    loop = _netlist(cells, [5])
    assert _output(loop, estimate_activity(loop, 0.2)) == pytest.approx((0.5, 1.0), abs=1e-2)
    assert _output(loop, estimate_activity(loop, 0.0))[1] == 0


def test_adder_of_random_bits_is_near_a_simulation() -> None:
    """Random independent inputs through a full adder: both outputs about as often as simulated."""
    pins = {"A": 3, "B": 4, "CI": 5, "CO": 6, "S": 7}
    adder = _netlist({"g": ("FA", pins)}, [3, 4, 5])
    activity = estimate_activity(adder, 0.05)
    rng = np.random.default_rng(0)
    bits = np.cumsum(rng.random((100_000, 3)) < 0.05, axis=0) % 2
    total = bits.sum(axis=1)
    for net, values in zip(adder.outputs[0], (total > 1, total % 2 == 1), strict=True):
        assert activity.toggles[net] == pytest.approx(np.mean(values[1:] != values[:-1]), rel=0.15)


def test_impossible_requests() -> None:
    flop = _netlist({"f": ("DFF", {"CK": 2, "D": 3, "Q": 4})}, [3])
    with pytest.raises(ValueError, match=r"toggles 0\.5 times a cycle"):
        estimate_activity(flop, 0.5, input_high=0.1)
    with pytest.raises(ValueError, match="no input reset"):
        estimate_activity(flop, steady={"reset": 0})
