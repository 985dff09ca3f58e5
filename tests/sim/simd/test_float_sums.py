"""Sums that are floats: an operation's exact sum is rounded, and each sum of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from hw.errors import RequestError
from hw.formats import Float
from hw.simd import SimdMac
from sim.formats import decode, encode
from sim.lint import lint
from sim.simd.bench import BENCH
from sim.simd.data import random_operations
from sim.simd.golden import float_sums, golden_words
from sim.simd.operations import Operations, lanes_of, sums_of
from sim.simulate import random_work, simulate
from sim.verilog import to_verilog
from tests.mutants import broken
from tests.simd import XR, simd_family, unit

__all__ = ["simd_family"]

_UNITS: dict[str, dict[str, Any]] = {
    "fp32": {"pairs": "fp8_e4m3,fp8_e5m2,int8", "depth": 5, "accumulation": "fp32"},
    "one lane": {"pairs": "fp16", "depth": 1, "accumulation": "fp32"},
    "blocks": {"pairs": "mxfp4,nvfp4,mxfp8_e5m2", "port": 32, "depth": 8, "accumulation": "fp32"},
    "bf16": {"pairs": "bf16,int4*bf16", "depth": 2, "accumulation": "bf16"},
    "all registers": {"pairs": XR, "depth": 10, "port": 32, "accumulation": "fp16"},
}


def _unit(name: str) -> SimdMac:
    return unit(sums="dot", **_UNITS[name])


@pytest.mark.parametrize("name", _UNITS)
def test_units(name: str) -> None:
    mac = _unit(name)
    found = simulate(mac, random_work(mac, 1500, seed=1), seed=2, stall=0.2, directed=True)
    assert found.faults == ()
    assert found.checked > 200
    assert found.directed is not None
    assert found.directed.checked > 100


@pytest.mark.parametrize("name", _UNITS)
def test_their_verilog_is_clean(name: str) -> None:
    text = to_verilog(_unit(name).component(), "dut", clocked=True)
    assert lint(text, "dut", BENCH.waivers) == []


def test_numpy_adds_the_same() -> None:
    """FP32 sums of INT8 products: those of an operation are exact, and numpy adds float32."""
    mac = unit("int8", 100, port=64, sums="dot", accumulation="fp32")
    operations = random_operations(mac, 500, np.random.default_rng(1), typical=False)
    a, b = (
        decode(side.form, lanes_of(mac, words, 0, 8).astype(int))
        for side, words in ((mac.modes[0].a, operations.a), (mac.modes[0].b, operations.b))
    )
    of_operations = (a * b).sum(axis=1).astype(np.float32)
    ends = [*operations.starts[1:].tolist(), len(operations)]
    wanted = []
    for start, end in zip(operations.starts.tolist(), ends, strict=True):
        total = np.float32(0)
        for value in of_operations[start:end]:
            total = np.float32(total + value)
        wanted.append(total)
    assert mac.sum_format is not None
    found = decode(mac.sum_format, float_sums(mac, operations))
    np.testing.assert_array_equal(found, wanted)


def test_the_order_of_a_sum_matters() -> None:
    """Where sums are rounded, permutations differ; exact sums do not."""
    a, b = np.random.default_rng(3).standard_normal((2, 256))
    form = Float.parse("fp16")
    rounded = unit("fp16", 256, sums="dot", accumulation="fp32")
    exact = unit("fp16", 256, sums="dot", result="fp32")
    words: dict[SimdMac, set[int]] = {rounded: set(), exact: set()}
    for mac, of_orders in words.items():
        draw = np.random.default_rng(4)
        for _ in range(1000 if mac is exact else 50):
            order = draw.permutation(256)
            codes = (encode(form, values[order])[:, None].astype(int) for values in (a, b))
            of_orders.update(golden_words(mac, sums_of(mac, 0, *codes, dot=True, length=256)))
    assert len(words[exact]) == 1
    assert len(words[rounded]) > 5


def test_overflow_and_specials_by_hand() -> None:
    """Infinity less infinity is NaN, and what is too large is infinite: as IEEE 754 has it."""
    mac = unit("bf16", 3, sums="dot", accumulation="bf16")
    form = mac.sum_format
    assert form is not None
    infinity, large = float("inf"), 3e38
    for terms, wanted in (
        ([large, large, -large], infinity),
        ([infinity, 1.0, 2.0], infinity),
        ([infinity, 1.0, -infinity], float("nan")),
        ([1.0, 2.0**-9, 2.0**-9], 1.0),  # each of them is half of the last place
    ):
        a = encode(form, np.array(terms))[:, None].astype(int)
        b = np.full_like(a, encode(form, np.ones(1))[0])
        given: Operations = sums_of(mac, 0, a, b, dot=True, length=3)
        (found,) = decode(form, float_sums(mac, given))
        assert found == wanted or (np.isnan(found) and np.isnan(wanted))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"sums": "both"}, "accumulation = 'fp32' is not allowed with sums = 'both'"),
        ({"sums": "dot", "result": "bf16"}, "result = 'bf16' is not allowed with accumulation"),
        ({"sums": "dot", "accumulation": "fp64"}, "accumulation = 'fp64' is not allowed"),
    ],
)
def test_refusals(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        unit("int8", 4, **({"accumulation": "fp32"} | settings))


_MUTANTS = {
    "a sum that goes on": (r"results_payload & \{32\{~rounded_first\}\}", "results_payload"),
    "an operation that is not rounded up": (r"assign away = [^;]*;", "assign away = 0;"),
    "bits that are lost in an operation": (r"assign sticky = lost2 [^;]*;", "assign sticky = 0;"),
    "bits that are lost in a sum": (r"assign sticky = lost16 [^;]*;", "assign sticky = 0;"),
}


@cache
def _verilog() -> str:
    return to_verilog(_unit("fp32").component(), "dut", clocked=True)


@pytest.mark.parametrize("mutant", _MUTANTS)
def test_mutant_is_noticed(mutant: str) -> None:
    mac = _unit("fp32")
    pattern, replacement = _MUTANTS[mutant]
    verilog = broken(_verilog(), pattern, replacement)
    assert simulate(mac, random_work(mac, 2000, seed=1), verilog=verilog, directed=True).faults
