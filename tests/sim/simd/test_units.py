"""Whole units against the golden model: directed and random work, every pair of narrow codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hw.modules import Modules
from hw.simd import SimdMac
from hw.unit import configured
from macsmith.design import load_design
from sim.arrays import npz_bytes, read_arrays
from sim.lint import lint
from sim.rounds import Simulation
from sim.simd.bench import BENCH, _plain
from sim.simd.data import kinds
from sim.simd.operations import Operations, sums_of
from sim.simulate import random_work, simulate, simulate_dataset
from sim.verilog import to_verilog
from tests.simd import XR, simd_family, unit

__all__ = ["simd_family"]

_FP = "fp4_e2m1,fp6_e2m3,fp6_e3m2,fp8_e4m3,fp8_e5m2,fp16"
_INT = "int4,int8,int16,int4*int8,int4*int16,int8*int16"
_MIXED = "int4*fp8_e4m3,fp4_e2m1*fp8_e4m3,int4*int8,posit8_0*fp16,fp8_e5m2*posit4_1"

_UNITS: dict[str, dict[str, Any]] = {
    "xr": {"pairs": XR, "depth": 3},
    "fp": {"pairs": _FP, "depth": 4},
    "int": {"pairs": _INT, "port": 32, "depth": 2},
    "mixed": {"pairs": _MIXED, "depth": 5},
    "one_pair": {"pairs": "fp8_e5m2", "sums": "lanes", "depth": 1},
    "one_lane": {"pairs": "int16", "sums": "dot", "depth": 1},
    "dot": {"pairs": "fp4_e2m1,fp8_e4m3,posit16_1", "port": 32, "sums": "dot", "depth": 7},
    "standard": {"pairs": "posit8_2,uint4*int4", "port": 32, "sums": "lanes", "depth": 3},
    "short": {"pairs": "fp8_e4m3+flush,int8", "terms": 1},
    "xr_to_posit": {"pairs": XR, "depth": 4, "result": "posit16_1"},
    "fp_to_fp16": {"pairs": "fp4_e2m1,fp8_e5m2,fp16", "depth": 3, "result": "fp16"},
    "saturating": {
        "pairs": "fp8_e4m3,int16",
        "port": 32,
        "sums": "dot",
        "depth": 2,
        "result": "fp8_e4m3+saturate+toward_positive",
    },
    "to_bf16": {
        "pairs": "int8,posit8_0*fp8_e5m2",
        "sums": "lanes",
        "result": "bf16+toward_zero",
    },
    "to_fp4": {"pairs": "int4*int8", "depth": 7, "result": "fp4_e2m1+nearest_away"},
    "brain": {"pairs": "bf16,int4*bf16", "depth": 4, "result": "fp32", "terms": 5},
    "small_and_large_units": {"pairs": "fp8_e4m3,int8", "result": "fp32"},
    "all_registers": {"pairs": XR, "depth": 10, "result": "posit16_1"},
    "to_posit4": {"pairs": "posit4_1", "depth": 5, "result": "posit4_1+toward_negative"},
}


@pytest.mark.parametrize("name", _UNITS)
def test_units(name: str) -> None:
    """Specials, cancellation, full accumulators, another mode every cycle, stalls, resets."""
    mac = unit(**_UNITS[name])
    found = simulate(mac, random_work(mac, 2000, seed=1), seed=2, stall=0.2, directed=True)
    assert found.faults == ()
    assert found.checked > 400
    assert found.directed is not None
    assert found.directed.checked > 100


@pytest.mark.parametrize("name", _UNITS)
def test_their_verilog_is_clean(name: str) -> None:
    text = to_verilog(unit(**_UNITS[name]).component(), "dut", clocked=True)
    assert lint(text, "dut", BENCH.waivers) == []


@pytest.mark.parametrize("name", _UNITS)
def test_every_module_is_for_something(name: str) -> None:
    """What synthesis measures of a module is told by the part that the module is of."""
    mac = unit(**_UNITS[name])
    modules = Modules("dut")
    modules.top(mac.component())
    names = {module.removeprefix("dut").removeprefix("_") for module in modules.components}
    assert {module for module in names if "_adders_" not in module} <= mac.parts.keys()


def exhaustive(mac: SimdMac) -> list[Operations]:
    """Every pair of codes of every mode whose codes have up to 8 bits, in lanes and summed."""
    pieces = []
    for number, pair in enumerate(mac.modes):
        if pair.lane > 8:
            continue
        codes = np.meshgrid(*(np.arange(1 << side.form.bits) for side in (pair.a, pair.b)))
        a, b = (side.reshape(-1, mac.lanes(pair)) for side in codes)
        for dot in kinds(mac, number):
            # the neighbours are turned, so that every lane sees every pair of codes
            for turn in range(1 if dot else mac.lanes(pair)):
                a, b = (np.roll(side, turn, axis=1) for side in (a, b))
                pieces.append(sums_of(mac, number, a, b, dot=dot))
    return pieces


@pytest.mark.parametrize(
    "pairs",
    [
        "fp4_e2m1,posit4_1,int4,int4*posit4_1",
        *(
            pytest.param(pairs, marks=pytest.mark.long)
            for pairs in (XR, "fp8_e4m3,fp8_e5m2", "int8,posit8_2", "int4*int8,fp4_e2m1*fp8_e4m3")
        ),
    ],
)
def test_all_products_of_narrow_formats(pairs: str) -> None:
    mac = unit(pairs, 1)
    work = exhaustive(mac)
    found = simulate(mac, work, compiled=True)
    assert (found.faults, found.mismatches) == ((), 0)
    assert found.checked == sum(map(len, work))


@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_many_products_of_wide_formats(count: int) -> None:
    """An eighth of the operands are extremes of their format."""
    mac = unit("fp16,posit16_1,int16", 16, depth=2)
    found = simulate(mac, random_work(mac, count, seed=5), compiled=True)
    assert (found.faults, found.operations) == ((), count)


def test_a_circuit_does_not_care_for_the_order() -> None:
    """The same words of all permutations of a sum, one after the other."""
    mac = unit("posit8_0", 32)
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 256, (2, 64))
    orders = [rng.permutation(64) for _ in range(1000)]
    work = [
        sums_of(mac, 0, *(codes[order].reshape(32, 2) for codes in (a, b)), dot=True, length=32)
        for order in orders
    ]
    found = simulate(mac, work)
    assert found.faults == ()
    assert len({int(result[0, 0]) for result in found.results}) == 1


def test_a_users_operations(tmp_path: Path) -> None:
    mac = unit("int4*int8,int8")
    (operations,) = random_work(mac, 50, seed=1)
    path = tmp_path / "operations.npz"
    np.savez(path, **vars(operations))
    (found,) = simulate_dataset(mac, BENCH.load(mac, read_arrays(path, "data"), str(path)))
    assert (found.faults, found.vectors) == ((), 50)


@pytest.mark.parametrize("name", ["simd-all", "simd-fp", "simd-int", "simd-mixed", "simd-xr"])
def test_results_of_a_product_are_laid_out_as_its_arrays(name: str) -> None:
    """A row a vector, a column an output, of every pair; sums are exact, some in units."""
    mac = load_design(name).configuration
    assert isinstance(mac, SimdMac)
    rng = np.random.default_rng(6)
    for pair in range(len(mac.modes)):
        activations, weights = rng.integers(0, 2, (2, 5)), rng.integers(0, 2, (5, 3))
        arrays = {"activations": activations, "weights": weights, "pair": np.array([pair])}
        given = BENCH.load(mac, arrays, "arrays")
        (golden,) = BENCH.golden(mac, given.work(mac, 0, ()))
        simulation = Simulation(2, 6, 0, (), 1, 1.0, (golden,), 30)
        written = BENCH.arrays(mac, [simulation], given)
        wanted = activations @ weights
        results = written["results"]
        assert (results.shape, results.dtype.kind) == (
            wanted.shape,
            "i" if mac.result_format is None else "f",
        )
        unit_of_sums = 1 if mac.result_format else max(results.max() // max(wanted.max(), 1), 1)
        np.testing.assert_array_equal(results, wanted * unit_of_sums)
        assert npz_bytes(written)


def test_sums_of_more_than_64_bits_are_words() -> None:
    """Two's complement, the lowest word first."""
    numbers = np.array([[1 << 70, -1], [-(1 << 70), 5]], object)
    words = _plain(numbers)
    assert words.shape == (2, 2, 2)
    back = words[..., 0].astype(np.uint64).astype(object) + (words[..., 1].astype(object) << 64)
    np.testing.assert_array_equal(back, numbers)


def test_parameters_are_those_of_a_design_file() -> None:
    mac = unit(**_UNITS["xr"])
    stated = json.loads(json.dumps([mac.parameters(), mac.workload.limits()]))
    assert configured(SimdMac, *stated) == mac
    assert json.dumps(mac.manifest())
