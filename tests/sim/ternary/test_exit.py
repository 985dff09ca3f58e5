"""The exit in the simulator: alone for all inputs, and behind whole cores."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import product as all_of
from typing import Any

import numpy as np
import pytest

from hw.formats import Fixed, Float, Integer
from hw.modules import flat_ports
from hw.ternary import Exit, ExitPlan, TernaryConfiguration, Workload, component
from hw.ternary.choices import Scale
from sim.job import Job, Outcome
from sim.lint import lint
from sim.run import run_job
from sim.simulate import random_work, simulate
from sim.simulator import build_simulator
from sim.ternary.exit import exit_results
from sim.ternary.product import Product
from sim.ternary.results import result_values
from sim.ternary.waivers import WAIVERS
from sim.verilog import to_verilog
from tests.mutants import broken
from tests.support import product, small_core

_INTEGER = ExitPlan(
    columns=1,
    units=1,
    result=Integer(3, signed=True),
    scale=Scale.COLUMN,
    scale_format=Fixed(3, 4),
    bound=40,
    total=40,
    register=True,
)
_FLOAT = ExitPlan(
    columns=1,
    units=1,
    result=Float.parse("e3m2"),
    scale=Scale.COLUMN,
    scale_format=Float.parse("e3m2"),
    bound=20,
    total=20,
    exponents=(-4, 3),
    invalid=True,
    register=True,
)
_GROUPS = ExitPlan(
    columns=5,
    units=2,
    result=Float.parse("fp8_e4m3"),
    scale=Scale.GROUP,
    scale_format=Fixed(5, 7),
    bound=100,
    total=400,
    exponents=(-3, -3),
    invalid=True,
)


def run(
    plan: ExitPlan, inputs: dict[str, list[int]], expected: list[int], verilog: str, stall: float
) -> Outcome:
    """Run the bench on an exit alone."""
    ports = ["clk", "rst", *(port for port, _ in flat_ports(Exit(plan).signature))]
    simulator = build_simulator(verilog, "dut", ports)
    job = Job(inputs, {"results": expected}, stall, patience=1000, seed=1)
    return run_job(simulator, "dut", job)


def word(*fields: tuple[int, int]) -> int:
    """Values of given widths beside each other, the first one lowest."""
    value = position = 0
    for number, bits in fields:
        value |= (number & (1 << bits) - 1) << position
        position += bits
    return value


def integer_faults(verilog: str) -> list[str]:
    """Run every sum with every scale through the integer exit."""
    pairs = list(all_of(range(-40, 41), range(8)))
    sums, scales = (np.array(part)[:, None] for part in zip(*pairs, strict=True))
    results = exit_results(_INTEGER, sums, scales)
    assert set(results.tolist()) == set(range(-4, 4))
    inputs = {
        "sums": [word((total, _INTEGER.sum_bits)) for total, _ in pairs],
        "scales": [scale for _, scale in pairs],
    }
    return run(_INTEGER, inputs, [word((int(r), 3)) for r in results], verilog, 0.0).faults


@cache
def _integer_verilog() -> str:
    return to_verilog(Exit(_INTEGER), "dut")


def test_integers_exhaustively() -> None:
    """Every sum with every scale: ties, both signs, both ends of the range."""
    assert integer_faults(_integer_verilog()) == []
    assert lint(_integer_verilog(), "dut", WAIVERS) == []


#: What is broken: a text of the exit's Verilog, found exactly once, and what stands in its place.
_MUTANTS = {
    "ties rounded up": (r"product\[4\] & \(\|product\[3:0\]\)", "product[4]"),
    "no saturation": (r"assign result = \(\|.*\) \?", "assign result = 1'b0 ?"),
    "a bit below the tie missed": (r"\(\|product\[3:0\]\)", "(|product[3:1])"),
    "half a unit not added": (r"a\(\{row1\[6\], 1'b1\}\)", "a({row1[6], 1'b0})"),
}


@pytest.mark.parametrize(
    "mutant",
    [
        name if not i else pytest.param(name, marks=pytest.mark.long)
        for i, name in enumerate(_MUTANTS)
    ],
)
def test_mutant_is_noticed(mutant: str) -> None:
    """A fault in the arithmetic is a fault of the run."""
    pattern, replacement = _MUTANTS[mutant]
    assert integer_faults(broken(_integer_verilog(), pattern, replacement))


def test_floats_exhaustively() -> None:
    """Every sum, scale, exponent: subnormals, overflow, infinities, NaN, sums that are none."""
    plan = _FLOAT
    low, high = plan.exponents
    cases = list(all_of(range(-20, 21), range(64), range(low, high + 1)))
    cases += [(7, 5, 0), (0, 0, 0)]
    invalid = np.array([False] * (len(cases) - 2) + [True] * 2)
    sums, scales, exponents = (np.array(part) for part in zip(*cases, strict=True))
    results = exit_results(
        plan, sums[:, None], scales[:, None], invalid=invalid[:, None], exponent=exponents
    )
    assert len(np.unique(results)) > 48
    inputs = {
        "sums": [
            word((total, plan.sum_bits), (bad, 1), (exponent, 3))
            for (total, _, exponent), bad in zip(cases, invalid.tolist(), strict=True)
        ],
        "scales": scales.tolist(),
    }
    answers = run(plan, inputs, results.tolist(), to_verilog(Exit(plan), "dut"), 0.0)
    assert answers.faults == []
    assert answers.checked == len(cases)


@pytest.mark.parametrize("register", [False, pytest.param(True, marks=pytest.mark.long)])
def test_groups_at_random(register: bool) -> None:
    """One to four groups, a tail of columns, sums that are no numbers, stalls."""
    plan, rng = _GROUPS, np.random.default_rng(0)
    sums_words, scale_words, expected = [], [], []
    for _ in range(300):
        groups = int(rng.integers(1, 5))
        sums = rng.integers(-plan.bound, plan.bound, (6, groups), endpoint=True)
        sums[5] = 0  # beyond the last column
        scales = rng.integers(0, 32, (6, groups))
        invalid = np.broadcast_to(rng.random(groups) < 0.1, sums.shape)
        codes = exit_results(plan, sums, scales, invalid=invalid)
        for group in range(groups):
            fields = [(int(total), plan.sum_bits) for total in sums[:5, group]]
            sums_words.append(word(*fields, (bool(invalid[0, group]), 1)))
            for beat in range(3):
                pair = [(int(code), 5) for code in scales[2 * beat : 2 * beat + 2, group]]
                scale_words.append(word(*pair, (group == groups - 1, 1)))
        expected += [word(*((int(code), 8) for code in pair)) for pair in codes.reshape(3, 2)]
    inputs = {"sums": sums_words, "scales": scale_words}
    plan = replace(plan, register=register)
    verilog = to_verilog(Exit(plan), "dut")
    for stall in (0.3, 0.0):
        assert run(plan, inputs, expected, verilog, stall).faults == []


_WORKLOAD = Workload(inputs=70, outputs=11, batch=3, bias_limit=300)
_CORES: dict[str, dict[str, Any]] = {
    "bf16 column": {
        "sequencer": False,
        "columns": 5,
        "result": "bf16",
        "scale": "column",
        "scale_format": "bf16",
        "exits": 2,
    },
    "fp32 group": {
        "result": "fp32",
        "scale": "group",
        "scale_group": 32,
        "scale_format": "u9.14",
        "exit_register": True,
        "exits": 1,
    },
}
_MORE_CORES: dict[str, dict[str, Any]] = {
    "int8 tensor, all at once": {
        "result": "int8",
        "scale": "tensor",
        "scale_format": "u12.16",
        "exits": 3,
    },
    "int32": {"result": "int32", "table_register": False, "exits": 1},
    "int8 group": {
        "sequencer": False,
        "reduce_register": False,
        "result": "int8",
        "scale": "group",
        "scale_group": 64,
        "scale_format": "u8.12",
        "exits": 2,
        "exit_register": True,
    },
    "fp8 tensor": {
        "columns": 7,
        "luts": 16,
        "result": "fp8_e4m3",
        "scale": "tensor",
        "scale_format": "fp16",
        "exits": 1,
    },
    "one tile a sum": {
        "sequencer": False,
        "columns": 3,
        "luts": 35,
        "result": "bf16",
        "exits": 1,
        "exit_register": True,
    },
}


def check_core(changes: dict[str, Any]) -> TernaryConfiguration:
    """Products of the workload's and of other shapes, with stalls and without."""
    core = small_core(**{"workload": _WORKLOAD} | changes)
    assert lint(to_verilog(component(core), "dut"), "dut", WAIVERS) == []
    products = [*random_work(core, 7, seed=2)]
    for shape in ((1, 1, 1), (33, 5, 2), (2, 11, 3)):
        smaller = replace(
            core, workload=Workload(**dict(zip(("inputs", "outputs", "batch"), shape, strict=True)))
        )
        scales = random_work(smaller, shape[2], seed=1)[0].scales
        products.append(replace(product(core, shape, seed=3), scales=scales))
    for stall in (0.0, 0.4):
        simulation = simulate(core, products, stall=stall, seed=5)
        assert simulation.faults == ()
        assert simulation.checked == core.beats * sum(
            core.blocks(m) * batch for _, m, batch in (product.shape for product in products)
        )
        for work, results in zip(products, simulation.results, strict=True):
            np.testing.assert_array_equal(results, work.results(core))
    return core


@pytest.mark.parametrize("name", _CORES)
def test_cores(name: str) -> None:
    """Scales, tails of inputs and outputs, the stated cycles, with and without stalls."""
    check_core(_CORES[name])


@pytest.mark.long
@pytest.mark.parametrize("name", _MORE_CORES)
def test_more_cores(name: str) -> None:
    """Every scale with every kind of result, at other settings."""
    check_core(_MORE_CORES[name])


def test_results_are_the_scaled_product() -> None:
    """The golden model's results, said with matrices of floats where these are exact."""
    core = small_core(result="fp32", scale="column", scale_format="bf16")
    plain = product(core, (9, 4, 3))
    scales = np.array([0x3F80, 0x3F00, 0xC000, 0x3FC0])  # 1, 1/2, -2, 3/2
    results = result_values(core, replace(plain, scales=scales).results(core))
    sums = plain.activations @ plain.weights + plain.bias
    np.testing.assert_array_equal(results, sums * np.array([1, 0.5, -2, 1.5]))
    grouped = small_core(result="fp32", scale="group", scale_group=32, scale_format="u4.1", exits=3)
    plain = product(grouped, (40, 2, 2))
    values = np.array([[1, 2], [3, 0]])
    results = result_values(grouped, replace(plain, scales=values).results(grouped))
    parts = [plain.activations[:, p] @ plain.weights[p] for p in (slice(32), slice(32, 40))]
    wanted = (parts[0] + plain.bias) * values[0] / 2 + parts[1] * values[1] / 2
    np.testing.assert_array_equal(results, wanted)


@pytest.mark.parametrize(
    ("changes", "scales", "sentence"),
    [
        ({}, np.array([1, 2]), "the data has scales, and the core takes none"),
        ({"scale": "column"}, None, "the data has no scales, and the core wants codes of u4.2"),
        ({"scale": "column"}, np.array([1, 2, 3]), "scales has shape (3,) where (2,) is wanted"),
        ({"scale": "tensor"}, np.array([1, 16, 3]), "scales[1] = 16 is outside 0 to 15"),
        ({"scale": "tensor"}, np.ones(3), "scales holds float64 where integers are wanted"),
    ],
)
def test_wrong_scales_are_refused(
    changes: dict[str, Any], scales: np.ndarray | None, sentence: str
) -> None:
    """Scales that are missing, surplus, of another shape or no codes."""
    if changes:
        changes = changes | {"scale_format": "u4.2"}
    core = small_core(result="int20", **changes)
    plain: Product = product(core, (4, 2, 3))
    with pytest.raises(ValueError, match=re.escape(sentence)):
        replace(plain, scales=scales).check(core)
