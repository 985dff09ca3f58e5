"""Broken cores of the floating styles: the bench must notice every one of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from hw.ternary import TernaryConfiguration, TernaryLut, TernarySignflip, Workload, component
from hw.ternary.choices import Style
from sim.simulate import random_work, simulate
from sim.ternary.product import Product
from sim.verilog import to_verilog
from tests.mutants import broken

_SETTINGS: dict[str, Any] = {
    "activation": "fp8_e5m2",
    "luts": 2,
    "columns": 2,
    "workload": Workload(inputs=40, outputs=6, batch=8, bias_limit=8),
}
_CORES = {
    Style.FLOAT: TernarySignflip(style=Style.FLOAT, adder_stages=2, **_SETTINGS),
    "aligned": TernaryLut(
        style=Style.ALIGNED, aligned_bits=8, group=2, table_register=True, **_SETTINGS
    ),
}

#: What is broken: of which core, a text of its Verilog, found so often, and what stands instead.
_MUTANTS = {
    "a dropped sticky bit": ("float", r"assign sticky = [^;]*;", 2, "assign sticky = 1'h0;"),
    "bits lost in a shift": ("float", r"assign lost4 = [^;]*;", 2, "assign lost4 = 1'h0;"),
    "a turn not waited for": ("float", r"assign in_turn = [^;]*;", 1, "assign in_turn = 1'h1;"),
    "a turn taken by the other sum": (
        "float",
        r"else if \(advance\) late <= [^;]*;",
        1,
        "else if (advance) late <= 1'h0;",
    ),
    # not only of NaN and infinities: their exponents exceed every block's, which is noted anyway
    "a missing flag": ("aligned", r"assign invalid = [^;]*below[^;]*;", 1, "assign invalid = 0;"),
    "an unheard note": (
        "aligned",
        r"if \(load\) invalid <= [^;]*;",
        1,
        "if (load) invalid <= 1'h0;",
    ),
    "a note of the last tile only": (
        "aligned",
        r"if \(accumulate\) invalid_of_sum <= [^;]*;",
        1,
        "if (accumulate) invalid_of_sum <= invalid;",
    ),
    "a converter that is off by one": (
        "aligned",
        r"assign significand = ([^;+]*) \+ [^;]*;",
        1,
        r"assign significand = \1;",
    ),
    "a shift too far": ("aligned", r"block\} - 6'h1\b", 1, "block} - 6'h0"),
}


@cache
def _verilog(style: str) -> str:
    return to_verilog(component(_CORES[style]), "dut")


def _products(c: TernaryConfiguration) -> list[Product]:
    """Random ones, and one whose first vector has a NaN, the second an infinity, at their front."""
    whole, other = random_work(c, 16, seed=1)
    activations = np.array(other.activations)
    activations[0, 0], activations[1, 1] = np.nan, np.inf
    return [whole, Product(activations, other.weights, other.bias)]


def _faults(style: str, verilog: str) -> tuple[str, ...]:
    c = _CORES[style]
    return simulate(c, _products(c), stall=0.3, seed=2, verilog=verilog).faults


@pytest.mark.parametrize("style", _CORES)
def test_whole_core_passes(style: str) -> None:
    """What the mutants are made of is right."""
    assert _faults(style, _verilog(style)) == ()


@pytest.mark.parametrize("mutant", _MUTANTS)
def test_mutant_is_noticed(mutant: str) -> None:
    """A fault in the circuit is a fault of the run."""
    style, pattern, places, replacement = _MUTANTS[mutant]
    assert _faults(style, broken(_verilog(style), pattern, replacement, places=places))
