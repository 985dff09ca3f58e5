"""Whole units against the golden model: directed and random work, stalls, resets, clean Verilog."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hw.errors import RequestError
from hw.modules import Modules
from sim.fma.bench import BENCH
from sim.lint import lint
from sim.simulate import random_work, simulate, simulate_dataset
from sim.verilog import to_verilog
from tests.fma import fma, fma_family

__all__ = ["fma_family"]

_PLAIN = "bf16+flush+finite+nan_none"
_UNITS: dict[str, dict[str, Any]] = {
    "exact_bf16": {"a": "bf16", "accumulator": "bf16", "flags": True, "depth": 0},
    "exact_fp16": {"a": "fp16", "accumulator": "fp16+toward_negative", "depth": 6},
    "exact_fp32": {"a": "bf16", "accumulator": "fp32", "flags": True, "depth": 3},
    "exact_e5m2": {"a": "fp8_e5m2", "accumulator": "fp8_e5m2+nearest_away", "depth": 1},
    "exact_mixed": {"a": "fp8_e4m3", "b": "fp8_e5m2", "accumulator": "bf16+flush", "depth": 5},
    "saturating": {"a": "fp8_e4m3", "accumulator": "fp8_e4m3+saturate", "flags": True, "depth": 2},
    "raw_exact": {"a": "bf16", "accumulator": "raw16", "depth": 4},
    "an-1-2": {"a": _PLAIN, "accumulator": "raw16", "normalization": "an-1-2", "depth": 1},
    "an-2-2": {"a": "bf16", "accumulator": "raw16", "normalization": "an-2-2", "depth": 5},
    "carry_only": {
        "a": _PLAIN,
        "accumulator": "raw17",
        "normalization": "carry_only",
        "difference": "inverted",
        "depth": 2,
    },
    "jammed": {
        "a": "fp16",
        "accumulator": "raw14",
        "cut": "jam",
        "guard_bits": 2,
        "normalization": "1:1,3:3",
        "depth": 3,
    },
    "narrow": {
        "a": "fp16",
        "b": "bf16",
        "accumulator": "raw8",
        "product": "normalized",
        "depth": 0,
    },
    "fp8": {"a": "fp8_e4m3", "accumulator": "raw12", "normalization": "an-1-1", "depth": 6},
    "l_mul": {"a": "bf16+flush", "accumulator": "raw17", "multiplier": "l_mul", "depth": 6},
    "lns": {
        "a": "fp8_e4m3+flush",
        "b": "fp8_e5m2+flush",
        "accumulator": "fp16",
        "multiplier": "lns",
        "flags": True,
        "depth": 3,
    },
    "mitchell": {
        "a": "fp8_e4m3+flush",
        "accumulator": "raw12",
        "multiplier": "mitchell",
        "product": "normalized",
        "depth": 3,
    },
    "power_of_two": {
        "a": _PLAIN,
        "accumulator": "raw14",
        "multiplier": "power_of_two",
        "normalization": "carry_only",
        "depth": 2,
    },
}


#: The others are in the long tests: a simulator takes longer to make than to run.
_QUICK = ("exact_fp16", "exact_e5m2", "carry_only", "jammed", "narrow")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in _QUICK else pytest.mark.long) for name in _UNITS],
)
def test_units(name: str) -> None:
    unit = fma(**_UNITS[name])
    found = simulate(unit, random_work(unit, 3000, seed=1), seed=2, stall=0.2, directed=True)
    assert found.faults == ()
    assert found.checked == 3000
    assert found.directed is not None
    assert found.directed.checked > 400


@pytest.mark.parametrize("name", _UNITS)
def test_their_verilog_is_clean(name: str) -> None:
    text = to_verilog(fma(**_UNITS[name]).component(), "dut", clocked=True)
    assert lint(text, "dut", BENCH.waivers) == []


@pytest.mark.parametrize("name", _UNITS)
def test_every_module_is_for_something(name: str) -> None:
    """What synthesis measures of a module is told by the part that the module is of."""
    unit = fma(**_UNITS[name])
    modules = Modules("dut")
    modules.top(unit.component())
    names = {module.removeprefix("dut").removeprefix("_") for module in modules.components}
    assert {module for module in names if "_adders_" not in module} <= unit.parts.keys()


def test_typical_work_is_chains_of_sums() -> None:
    unit = fma("bf16", "raw17", normalization="carry_only")
    (operations,) = random_work(unit, 640, seed=1, typical=True)
    results = BENCH.golden(unit, [operations])[0]
    assert (operations.c[:10] == 0).all()
    assert (operations.c[10:] == results[:-10]).all()
    assert simulate(unit, [operations]).faults == ()


def test_a_users_operations() -> None:
    unit = fma("fp8_e4m3", "raw12")
    (operations,) = random_work(unit, 50, seed=1)
    given = BENCH.load(unit, vars(operations), "data")
    (found,) = simulate_dataset(unit, given)
    assert (found.faults, found.vectors) == ((), 50)
    assert BENCH.arrays(unit, [found], given)["results"].shape == (50,)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"a": [256, 0]}, r"words of a must be 0 to 2\*\*8 - 1"),
        ({"b": [-1, 0]}, r"words of b must be"),
        ({"c": [0]}, r"arrays of one length"),
        ({"c": [1 << 40, 0]}, r"words of c must be"),
        ({"a": [0.5, 1]}, r"a of .* is float64 where integers are wanted"),
        ({"d": [0, 0]}, r"must hold the arrays a, b, c and no others"),
    ],
)
def test_wrong_data_is_refused(changes: dict[str, list[float]], sentence: str) -> None:
    lists: dict[str, Any] = {"a": [0, 0], "b": [0, 0], "c": [0, 0]} | changes
    arrays = {name: np.array(values) for name, values in lists.items()}
    with pytest.raises(RequestError, match=sentence):
        BENCH.load(fma("fp8_e4m3", "raw12"), arrays, "data")


def test_vectors_of_data_are_its_own() -> None:
    with pytest.raises(RequestError, match=r"data has operands: leave out --vectors"):
        BENCH.load(fma("fp8_e4m3", "raw12"), {}, "data", vectors=3)
