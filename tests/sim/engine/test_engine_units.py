"""Whole engines against the golden model: random configurations, stalls, resets, a user's data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hw.engine import MatrixEngine
from hw.errors import RequestError
from hw.modules import Modules
from sim.engine.bench import BENCH
from sim.engine.golden import Product, values
from sim.family import bench_of
from sim.formats import encode
from sim.lint import lint
from sim.simulate import random_work, simulate, simulate_dataset
from sim.together import Together
from sim.verilog import to_verilog
from tests.engine import engine, engine_family

__all__ = ["engine_family"]

_INTEGERS = ("int2", "int4", "int8", "uint4", "uint5")
_FLOATS = ("fp4_e2m1", "fp8_e4m3", "fp8_e5m2", "bf16", "fp16", "e3m4+flush")
_SUMS = ("fp16", "bf16+toward_negative", "fp32", "fp8_e5m2+saturate", "e4m3+flush")
_RESULTS = ("", "", "bf16", "fp16+nearest_away", "fp8_e4m3+saturate", "fp8_e5m2+toward_positive")
_NORMALIZATIONS = ("exact", "carry_only", "an-1-2", "an-2-2", "1:1,3:3")
_QUICK, _ALL, _TOGETHER = 16, 48, 4


def drawn(seed: int) -> MatrixEngine:
    """An engine that there may be; each kind of sums in turn, with and without sums that enter."""
    rng = np.random.default_rng((seed, 3))
    settings: dict[str, Any] = {
        "rows": int(rng.integers(1, 5)),
        "columns": int(rng.integers(1, 5)),
        "initial": bool(seed // 4 % 2),
        "result": str(rng.choice(_RESULTS)),
        "terms": int(rng.choice([4, 16, 64])),
    }
    if seed % 4 == 0:
        a, b = (str(form) for form in rng.choice(_INTEGERS, 2))
        return engine(a=a, b=b, **settings)
    a, b = (str(form) for form in rng.choice(_FLOATS, 2))
    if seed % 4 == 1:
        return engine(a=a, b=b, accumulator=str(rng.choice(_SUMS)), **settings)
    flushed = all("flush" in form for form in (a, b))
    return engine(
        a=a,
        b=b,
        accumulator=f"raw{rng.integers(8, 21)}",
        multiplier="l_mul" if flushed else "exact",
        normalization=str(rng.choice(_NORMALIZATIONS)),
        product=str(rng.choice(["raw", "normalized"])),
        guard_bits=int(rng.choice([0, 0, 2])),
        cut=str(rng.choice(["truncate", "jam"])),
        difference=str(rng.choice(["negated", "inverted"])),
        **settings,
    )


def _check(seeds: range) -> None:
    """Several engines in one simulator, which takes longer to make than to run."""
    units = [drawn(seed) for seed in seeds]
    work = [random_work(unit, 60, seed) for seed, unit in zip(seeds, units, strict=True)]
    for stall in (0.0, 0.25):
        found = Together(units).simulate(work, seed=seeds.start, stall=stall, directed=stall == 0)
        for unit, simulation in zip(units, found, strict=True):
            assert simulation.faults == (), unit
            assert simulation.checked > 0


@pytest.mark.parametrize("first", range(0, _QUICK, _TOGETHER))
def test_random_engines(first: int) -> None:
    _check(range(first, first + _TOGETHER))


@pytest.mark.long
@pytest.mark.parametrize("first", range(_QUICK, _ALL, _TOGETHER))
def test_more_random_engines(first: int) -> None:
    _check(range(first, first + _TOGETHER))


def test_random_engines_are_different() -> None:
    assert len({str(drawn(seed)) for seed in range(_ALL)}) == _ALL


@pytest.mark.parametrize("seed", range(_QUICK))
def test_their_verilog_is_clean(seed: int) -> None:
    """And every module is for something: what synthesis measures of it is told by its part."""
    unit = drawn(seed)
    text = to_verilog(unit.component(), "dut", clocked=True)
    assert lint(text, "dut", BENCH.waivers) == []
    modules = Modules("dut")
    modules.top(unit.component())
    names = {module.removeprefix("dut").removeprefix("_") for module in modules.components}
    assert {module for module in names if "_adders_" not in module} <= unit.parts.keys()


_UNIT = engine(2, 3, "int4", terms=64, initial=True, result="bf16")


@pytest.mark.parametrize("batch", [1, 4, 5, 12])
def test_tiles_follow_each_other_without_a_bubble(batch: int) -> None:
    """Where a tile has rows + columns vectors or more, activations enter in every cycle."""
    tiles = 6
    work = [random_work(_UNIT, 1, seed=1)[0] for _ in range(tiles)]
    work = [
        Product(np.resize(product.a, (batch, 2)), np.resize(product.b, (2, 3))) for product in work
    ]
    found = simulate(_UNIT, work)
    assert found.faults == ()
    paced = max(batch, _UNIT.tile_cycles)
    assert found.cycles == _UNIT.rows + (tiles - 1) * paced + batch + _UNIT.latency
    if batch >= 4 * _UNIT.rows:
        assert paced == batch


def test_an_engine_is_busy_all_the_time() -> None:
    """Four vectors a row with each tile: more than 99 cycles in a hundred do all they can."""
    unit = engine(2, 2, "int4")
    products = random_work(unit, 2400, seed=1, typical=True)
    found = simulate(unit, products)
    assert found.faults == ()
    assert found.operations > 0.99 * found.cycles * unit.operations_per_cycle
    told = bench_of(unit).findings(unit, [found], None)
    assert told["utilisation"] == found.operations / (found.cycles * unit.operations_per_cycle)


def test_a_users_product_goes_through_the_engine_tile_by_tile() -> None:
    """What the hardware gave for a tile enters again with the next one."""
    rng = np.random.default_rng(1)
    unit = engine(2, 3, "bf16", accumulator="raw20", initial=True, result="fp32")
    arrays = {"activations": rng.standard_normal((3, 5)), "weights": rng.standard_normal((5, 4))}
    given = BENCH.load(unit, arrays, "data")
    found = simulate_dataset(unit, given)
    assert [run.faults for run in found] == [()] * 3
    results = BENCH.arrays(unit, found, given)
    rounded = [arrays["activations"], arrays["weights"]]
    assert np.allclose(results["results"], rounded[0] @ rounded[1], rtol=0.05, atol=0.05)
    a, b = (encode(form, rounded[i]).astype(np.int64) for i, form in enumerate(unit.factors))
    words, wanted = values(unit, Product(a, b))
    assert (results["words"] == words).all()
    assert (results["results"] == wanted).all()


def test_a_users_integers_are_numbers() -> None:
    unit = engine(2, 2, "int4")
    rng = np.random.default_rng(2)
    a, b = rng.integers(-8, 8, (3, 5)), rng.integers(-8, 8, (5, 3))
    given = BENCH.load(unit, {"activations": a, "weights": b}, "data")
    found = simulate_dataset(unit, given)
    assert found[0].faults == ()
    assert (BENCH.arrays(unit, found, given)["results"] == a @ b).all()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"activations": [[9, 0]]}, r"activations of data has numbers from 0 to 9, and int4 has"),
        ({"activations": [[0.5, 0]]}, r"is float64 where int4 wants integers"),
        ({"weights": [[1, 2]]}, r"of shape \(1, 2\) and weights of shape \(1, 2\) have no product"),
        ({"weights": [[], []]}, r"must not be empty"),
        ({"initial": [[0]]}, r"no sums enter this engine"),
        ({"initial": [[0.5]]}, r"initial of data is float64 where words are wanted"),
        ({"extra": [[0]]}, r"must hold the arrays activations, weights and"),
    ],
)
def test_wrong_data_is_refused(changes: dict[str, list[list[float]]], sentence: str) -> None:
    lists: dict[str, Any] = {"activations": [[1, 2]], "weights": [[1], [2]]} | changes
    arrays = {name: np.array(rows) for name, rows in lists.items()}
    if changes == {"weights": [[], []]}:
        arrays["weights"] = arrays["weights"].astype(np.int64)
    with pytest.raises(RequestError, match=sentence):
        BENCH.load(engine(2, 2, "int4"), arrays, "data")


@pytest.mark.parametrize(
    ("settings", "initial", "sentence"),
    [
        ({"a": "int4"}, [[1 << 11]], r"words of initial must be 0 to 2\*\*11 - 1"),
        ({"a": "int4"}, [[0, 0]], r"initial has the shape \(1, 2\), not \(1, 1\)"),
        (
            {"a": "fp8_e4m3", "accumulator": "raw8"},
            [[((1 << 6) - 1) << 8]],
            r"exponent of c must be 0 to",
        ),
    ],
)
def test_wrong_sums_are_refused(
    settings: dict[str, Any], initial: list[list[int]], sentence: str
) -> None:
    unit = engine(2, 2, terms=8, initial=True, **settings)
    ones = np.ones((1, 2), np.int64), np.ones((2, 1), np.int64)
    with pytest.raises(RequestError, match=sentence):
        Product(*ones, np.array(initial)).check(unit)


def test_long_sums_are_refused() -> None:
    unit = engine(2, 2, "int4", terms=4, initial=True)
    with pytest.raises(RequestError, match=r"sums of 5 products are longer than workload.terms"):
        Product(np.ones((1, 5), np.int64), np.ones((5, 1), np.int64)).check(unit)
    with pytest.raises(RequestError, match=r"codes of weights must be 0 to 2\*\*4 - 1"):
        Product(np.ones((1, 1), np.int64), np.full((1, 1), 16)).check(unit)
    with pytest.raises(RequestError, match=r"data has activations: leave out --vectors"):
        BENCH.load(unit, {}, "data", vectors=3)
    with pytest.raises(RequestError, match=r"leaves no tiles out"):
        BENCH.drive(unit, random_work(unit, 1, seed=1), skip_zero_tiles=True)
