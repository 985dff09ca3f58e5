"""The cores in the simulator: directed data, stalls, shapes, and a bench that cannot be fooled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hw.formats import Integer
from hw.modules import flat_ports
from hw.ternary import (
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
    component,
    signature,
)
from sim.job import Job, Outcome
from sim.run import run_job
from sim.simulate import random_work, simulate
from sim.simulator import build_simulator
from sim.ternary.directed import directed_products
from sim.ternary.streams import streams
from sim.verilog import to_verilog
from tests.mutants import broken
from tests.support import product, small_core

_WORKLOAD = Workload(inputs=12, outputs=8, batch=4, bias_limit=300)
_UNITS = (
    TernaryLut(group=3, luts=2, columns=3, activation=Integer.parse("int8"), workload=_WORKLOAD),
    TernaryLut(group=2, luts=3, columns=2, activation=Integer.parse("uint4"), workload=_WORKLOAD),
    TernarySignflip(luts=4, columns=3, activation=Integer.parse("int8"), workload=_WORKLOAD),
    TernaryMultiplier(luts=3, columns=2, activation=Integer.parse("int8"), workload=_WORKLOAD),
)


@pytest.fixture(scope="module")
def core() -> TernaryLut:
    """The small core."""
    return small_core()


def _name(configuration: TernaryConfiguration) -> str:
    return f"{configuration.unit}-{configuration.activation.name}"


@pytest.mark.parametrize("configuration", _UNITS, ids=_name)
def test_directed_data(configuration: TernaryConfiguration) -> None:
    """All-zero, all-plus and all-minus weights on least, zero, one and largest activations."""
    low, high = configuration.operand.minimum, configuration.operand.maximum
    products = [
        product(configuration, (12, 8, 1), weight=weight, activation=activation)
        for weight in (0, 1, -1)
        for activation in (low, 0, 1, high)
    ]
    simulation = simulate(configuration, products)
    assert simulation.faults == ()
    for work, result in zip(products, simulation.results, strict=True):
        np.testing.assert_array_equal(result, work.activations @ work.weights + work.bias)


@pytest.mark.parametrize("stall", [0.0, 0.2, 0.5, 0.9])
def test_stalls_and_shapes(core: TernaryLut, stall: float) -> None:
    """Back-to-back products of every awkward shape, whatever the streams do."""
    shapes = [(1, 1, 1), (40, 20, 1), (4, 3, 8), (5, 4, 3), (3, 2, 1), (39, 1, 2), (40, 3, 5)]
    products = [product(core, shape, seed=i) for i, shape in enumerate(shapes)]
    simulation = simulate(core, products, stall=stall, seed=1)
    assert simulation.faults == ()
    assert simulation.checked == sum(core.blocks(m) * batch for _, m, batch in shapes)
    for work, result in zip(products, simulation.results, strict=True):
        np.testing.assert_array_equal(result, work.activations @ work.weights + work.bias)


@pytest.mark.parametrize("table_register", [False, True])
@pytest.mark.parametrize("reduce_register", [False, True])
@pytest.mark.parametrize("sequencer", [False, True])
def test_stated_cycles(table_register: bool, reduce_register: bool, sequencer: bool) -> None:
    """Unstalled products take the stated cycles, at every register setting."""
    core = small_core(
        table_register=table_register, reduce_register=reduce_register, sequencer=sequencer
    )
    products = [product(core, shape) for shape in ((9, 7, 3), (2, 2, 2))]
    simulation = simulate(core, products)
    assert simulation.faults == ()
    assert simulation.cycles == core.cycles((9, 7, 3), (2, 2, 2)) > 0
    assert simulate(core, products, stall=0.4).faults == ()


def test_wrong_cycle_count_is_a_fault(core: TernaryLut, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration that states a wrong cycle count does not pass."""
    monkeypatch.setattr(TernaryLut, "cycles", lambda *_: 5)
    (fault,) = simulate(core, [product(core, (4, 3, 1))]).faults
    assert "not the stated 5" in fault


def _run(core: TernaryLut, **changes: object) -> Outcome:
    """Run a job that was tampered with."""
    wanted = streams(core, [product(core, (4, 3, 4))])
    job = Job(
        inputs={name: words.integers() for name, words in wanted.inputs.items()},
        outputs={"results": wanted.results.integers()},
        stall=0.0,
        patience=50,
        seed=0,
    )
    ports = ["clk", "rst", *(port for port, _ in flat_ports(signature(core)))]
    simulator = build_simulator(to_verilog(component(core), "dut"), "dut", ports)
    return run_job(simulator, "dut", replace(job, **changes))


def test_bench_passes_untampered(core: TernaryLut) -> None:
    """The job of the next tests is a good one."""
    assert _run(core).faults == []


def test_bench_refuses_to_check_nothing(core: TernaryLut) -> None:
    """A run that checked nothing fails."""
    assert _run(core, outputs={"results": []}, inputs={}).faults == ["nothing was checked"]


def test_bench_sees_unasked_and_missing_words(core: TernaryLut) -> None:
    """One word too many, one too few, and one wrong are all faults."""
    expected = streams(core, [product(core, (4, 3, 4))]).results.integers()
    assert "none was expected" in _run(core, outputs={"results": expected[:-1]}).faults[0]
    late = _run(core, outputs={"results": [*expected, 0]})
    assert "1 of 5 words of results are missing" in late.faults[0]
    unasked = _run(core, outputs={"results": expected[:-1]}, stall=0.9, patience=1000)
    assert "none was expected" in unasked.faults[0]
    wrong = _run(core, outputs={"results": [expected[0] ^ 1, *expected[1:]]})
    assert wrong.mismatches == 1
    assert "word 0" in wrong.faults[0]


def test_bench_sees_inputs_left_over(core: TernaryLut) -> None:
    """Words too many in any input stream are a fault, even if all results are right.

    Not the first one of them: a command, or a table's activations, may be taken ahead.
    """
    wanted = streams(core, [product(core, (4, 3, 4))])
    for name in wanted.inputs:
        inputs = {stream: words.integers() for stream, words in wanted.inputs.items()}
        inputs[name] += 2 * inputs[name][-1:]
        (fault,) = _run(core, inputs=inputs).faults
        assert f" of {len(inputs[name])} words of {name} were not taken" in fault


def test_a_second_command_that_is_not_taken_is_noticed(core: TernaryLut) -> None:
    """A sequencer that takes one command, and no other one, passes no run of several products."""
    verilog = to_verilog(component(core), "dut")
    deaf = broken(verilog, r"if \(rst\) busy <= [^;]*;", "if (rst) busy <= 1'h1;")
    assert simulate(core, random_work(core, 2, seed=0), verilog=deaf, directed=True).faults


def test_results_without_end_are_noticed(core: TernaryLut) -> None:
    """A core that always offers a result does not keep the bench for ever."""
    verilog = to_verilog(component(core), "dut")
    endless = broken(verilog, r"else results_valid <= [^;]*;", "else results_valid <= 1'h1;")
    assert simulate(core, random_work(core, 2, seed=0), verilog=endless).faults


def test_directed_products_come_first(core: TernaryLut) -> None:
    """They are judged by themselves; what follows has its own cycles."""
    products = random_work(core, 3, seed=0)
    simulation = simulate(core, products, directed=True)
    assert simulation.faults == ()
    assert (simulation.vectors, simulation.cycles) == (3, core.cycles(*(p.shape for p in products)))
    assert simulation.directed is not None
    assert simulation.directed.cycles == core.cycles(*(p.shape for p in directed_products(core, 0)))
    assert simulation.directed.checked > 0


def test_directed_products_reach_the_bounds() -> None:
    """The largest and the least sum that accumulators are sized for, and shapes of all kinds."""
    for c in _UNITS:
        products = directed_products(c, seed=0)
        sums = np.concatenate([product.golden().ravel() for product in products])
        low, high = c.operand.minimum, c.operand.maximum
        limit, inputs = c.workload.bias_limit, c.workload.inputs
        most = max(high, -low) * inputs + limit
        assert sums.max() == most == c.bound
        assert sums.min() == -max(high, -low) * inputs - limit
        shapes = [product.shape for product in products]
        assert {1, inputs} <= {shape[0] for shape in shapes}
        assert any(shape[0] % c.tile_inputs for shape in shapes)
        assert any(shape[1] % c.columns for shape in shapes)
        assert {1, c.workload.batch} <= {shape[2] for shape in shapes}


def test_random_work_cover_the_range() -> None:
    """Random data has the least and the largest activation, all weights, 42 % zeros."""
    core = _UNITS[0]
    parts = random_work(core, 1001, seed=3)
    assert sum(part.shape[2] for part in parts) == 1001
    activations = np.concatenate([part.activations for part in parts])
    weights = np.concatenate([part.weights for part in parts])
    assert (activations.min(), activations.max()) == (-128, 127)
    assert set(np.unique(weights)) == {-1, 0, 1}
    assert abs(np.mean(weights == 0) - 0.42) < 0.02


def test_waves(core: TernaryLut, tmp_path: Path) -> None:
    """A VCD of all signals is left where it was asked for."""
    path = tmp_path / "run.vcd"
    assert simulate(core, [product(core, (4, 3, 1))], waves=path).faults == ()
    assert "$enddefinitions" in path.read_text()
