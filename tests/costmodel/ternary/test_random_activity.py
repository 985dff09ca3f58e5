"""Bit-parallel simulation against Verilator's, net by net; and energy on random data."""

from __future__ import annotations

import math
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim.run
from costmodel.energy.activity import Activity, read_saif, used_nets
from costmodel.energy.bit_parallel import Lanes
from costmodel.energy.netlist_energy import energy
from costmodel.energy.netlist_simulation import to_simulation
from costmodel.energy.power import random_energy
from costmodel.flow.mapped import Mapped
from costmodel.flow.measure import design_source
from costmodel.flow.recipes import Recipe
from costmodel.netlist.netlist import Netlist
from costmodel.technologies import load_technology
from costmodel.ternary.random_activity import random_activity
from hw.errors import RequestError
from hw.formats import Float, Integer
from hw.ternary import TernaryConfiguration, TernaryLut, TernaryMultiplier, Workload
from sim.bench import Run
from sim.job import Job, Outcome
from sim.rounds import round_of
from sim.simulate import random_work, simulate
from sim.ternary.streams import streams
from tests.costmodel.kept import kept_mapping

_INT8, _FP8 = Integer.parse("int8"), Float.parse("fp8_e5m2")


def _core(unit: type[TernaryConfiguration] = TernaryLut, **settings: Any) -> TernaryConfiguration:
    common: dict[str, Any] = {
        "columns": 3,
        "activation": _INT8,
        "workload": Workload(inputs=20, outputs=12, batch=4, bias_limit=100),
    }
    return unit(**(common | settings))


_CORES = {
    "single": _core(group=1, luts=2),
    "pairs": _core(group=2, luts=2, table_register=True, reduce_register=True),
    "triples": _core(group=3, luts=2, table_register=True),
    "sequencer": _core(group=2, luts=2, reduce_register=True, sequencer=True),
    "table loop": _core(group=2, luts=2, table_register=True, loop="table", columns=4),
    "planes": _core(group=2, luts=2, planes=2),
    "exact": _core(group=2, luts=2, activation=Float.parse("fp8_e4m3"), style="exact"),
    "aligned": _core(group=2, luts=2, activation=_FP8, style="aligned", table_register=True),
    "float": _core(group=2, luts=2, activation=_FP8, style="float"),
    "turns": _core(TernaryMultiplier, luts=2, activation=_FP8, style="float", adder_stages=2),
}
_QUICK = {"single", "pairs", "sequencer"}  # to map


@cache
def _mapped(name: str, technology: str) -> Mapped:
    cells = load_technology(technology)
    source = design_source(_CORES[name])
    return kept_mapping(source, Recipe(), cells)


class _Handle:
    """A port of a netlist in one lane, as cocotb has it: writes wait until the edge is over."""

    def __init__(self, lanes: Lanes, name: str) -> None:
        self._lanes, self._name = lanes, name
        self._written: int | None = None

    def __len__(self) -> int:
        return len(self._lanes.get(self._name))

    @property
    def value(self) -> int:
        return sum(int(row[0] & 1) << bit for bit, row in enumerate(self._lanes.get(self._name)))

    @value.setter
    def value(self, value: int) -> None:
        self._written = value

    def put(self) -> None:
        if self._written is not None:
            bits = [[-(int(self._written) >> bit & 1)] for bit in range(len(self))]
            self._lanes.put(self._name, np.array(bits, np.int64).view(np.uint64))
            self._written = None


class _Dut:
    """A netlist as the bench takes a simulator's."""

    def __init__(self, netlist: Netlist) -> None:
        self.lanes = Lanes(netlist, 1)
        self._handles: dict[str, _Handle] = {}

    def __getattr__(self, name: str) -> _Handle:
        return self._handles.setdefault(name, _Handle(self.lanes, name))

    def settle(self) -> None:
        for handle in self._handles.values():
            handle.put()
        self.lanes.settle()


def _run_bench(netlist: Netlist, job: Job) -> tuple[Outcome, Lanes]:
    """What `sim.bench.run` does, cycle by cycle."""
    dut = _Dut(netlist)
    run = Run(dut, job)
    dut.rst.value = 1
    dut.settle()
    # The bench's clock rises at time 0, at whose end the record begins: from zeros, as it were.
    # What nets are before that edge is not in it: one that the edge makes 0 has never been 1.
    dut.lanes.restart()
    dut.lanes._before[:] = 0
    dut.lanes.edge()
    dut.settle()
    dut.lanes.edge()
    dut.rst.value = 0
    dut.settle()
    cycle = 0
    while run.edge(cycle):
        dut.lanes.edge()
        dut.settle()
        cycle += 1
    return run.end(1.0), dut.lanes


@pytest.fixture
def from_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers of Verilator's simulations start from 0, as those of `Lanes` do."""
    real = subprocess.Popen

    def started(command: list[str], **options: Any) -> subprocess.Popen[str]:
        start = "+verilator+rand+reset+"
        return real([start + "0" if item == start + "2" else item for item in command], **options)

    monkeypatch.setattr(sim.run.subprocess, "Popen", started)


@pytest.mark.usefixtures("from_zero")
@pytest.mark.parametrize(
    ("name", "technology", "stall"),
    [
        ("single", "nangate45", 0.0),
        pytest.param("pairs", "nangate45", 0.0, marks=pytest.mark.long),
        pytest.param("float", "asap7", 0.3, marks=pytest.mark.long),
        pytest.param("triples", "asap7", 0.0, marks=pytest.mark.long),
        pytest.param("aligned", "nangate45", 0.2, marks=pytest.mark.long),
        pytest.param("sequencer", "nangate45", 0.0, marks=pytest.mark.long),
    ],
)
def test_every_net_toggles_as_often_as_in_verilator(
    name: str, technology: str, stall: float, tmp_path: Path
) -> None:
    """The same bench on the same data, from reset to the end, in one lane (64 times the same)."""
    core, netlist = _CORES[name], _mapped(name, technology).netlist
    products = random_work(core, 8, 1)
    saif = tmp_path / "activity.saif"
    simulate(core, products, stall=stall, verilog=to_simulation(netlist), activity=saif)
    outcome, lanes = _run_bench(netlist, round_of(core, products, stall=stall, seed=0).job)
    assert not outcome.faults
    assert outcome.checked == len(streams(core, products).results)
    expected = read_saif(saif, netlist, outcome.cycles)
    toggles, high = lanes.counts()
    nets = np.setdiff1d(used_nets(netlist), netlist.ports["clk"][1])
    assert len(nets) > 300
    np.testing.assert_array_equal(toggles[nets] / 64, expected.toggles[nets])
    # half a cycle at either end is counted differently
    np.testing.assert_allclose(high[nets] / 64 / lanes.cycles, expected.high[nets], atol=0.01)


@pytest.mark.parametrize(
    ("name", "technology"),
    [
        ("pairs", "nangate45"),
        *(
            pytest.param(name, technology, marks=pytest.mark.long)
            for name in ("single", "aligned", "float")
            for technology in ("nangate45", "asap7")
        ),
    ],
)
def test_energy_is_that_of_a_long_stream(name: str, technology: str) -> None:
    """Other random data, one lane, stalled by nothing, start and end included."""
    core, mapped, cells = _CORES[name], _mapped(name, technology), load_technology(technology)
    products = random_work(core, 330, 3, typical=True)
    outcome, lanes = _run_bench(mapped.netlist, round_of(core, products, stall=0.0, seed=0).job)
    assert not outcome.faults
    toggles, high = lanes.counts()
    # what comes before and after costs only the clock
    cycles = float(core.cycles(*(product.shape for product in products)))
    measured = Activity("measured", cycles, toggles / 64, high / 64 / lanes.cycles)
    operations = sum(math.prod(product.shape) for product in products)
    expected = energy(mapped.netlist, cells, measured, operations, 1000.0)
    energies = random_energy(core, mapped, cells, 1000.0)
    for figure in (
        "switching_fj_per_cycle",
        "internal_fj_per_cycle",
        "energy_fj_per_cycle",
        "energy_fj_per_operation",
    ):
        assert getattr(energies, figure) == pytest.approx(getattr(expected, figure), rel=0.02)
    assert energies.clock_fj_per_cycle == pytest.approx(expected.clock_fj_per_cycle)
    assert energies.leakage_uw == expected.leakage_uw


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in _QUICK else [pytest.mark.long]) for name in _CORES],
)
def test_every_core_is_checked_in_every_lane(name: str) -> None:
    core, netlist = _CORES[name], _mapped(name, "nangate45").netlist
    activity = random_activity(core, netlist, cycles=2000, seed=2)
    assert activity.source == "measured"
    assert activity.cycles >= 2000
    assert activity.cycles % 64 == 0
    (clock,) = netlist.ports["clk"][1]
    assert activity.toggles[clock] == 2 * activity.cycles
    rates = activity.toggles[netlist.ports["activations_payload"][1]] / activity.cycles
    assert rates.max() < 0.6  # never above what random bits do
    # in steady state tiles come every cycle: the handshakes are at rest
    for port in ("weights_valid", "weights_ready", "activations_valid", "results_ready"):
        (net,) = netlist.ports[port][1]
        assert activity.toggles[net] == 0, port
        assert activity.high[net] == 1


def test_seeds_differ_and_repeat() -> None:
    core, netlist = _CORES["pairs"], _mapped("pairs", "nangate45").netlist
    first, again, other = (
        random_activity(core, netlist, cycles=1000, seed=seed).toggles for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_a_wrong_cell_is_noticed() -> None:
    core, good = _CORES["pairs"], _mapped("pairs", "nangate45").netlist
    kinds = {cell.name: number for number, cell in enumerate(good.library)}
    for old, new in (("XOR2_X1", "XNOR2_X1"), ("NAND2_X1", "NOR2_X1")):
        netlist = replace(good, kinds=good.kinds.copy())
        netlist.kinds[np.flatnonzero(good.kinds == kinds[old])[-1]] = kinds[new]
        with pytest.raises(RequestError, match="the mapped netlist does not do what it should"):
            random_activity(core, netlist, cycles=1000)


def test_loops_have_no_order() -> None:
    """A gate whose own output is put on one of its inputs."""
    netlist = _mapped("pairs", "nangate45").netlist
    gate = np.flatnonzero([netlist.library[kind].name == "NAND2_X1" for kind in netlist.kinds])[0]
    netlist = replace(netlist, inputs=netlist.inputs.copy())
    netlist.inputs[gate, 0] = netlist.outputs[gate, 0]
    with pytest.raises(RequestError, match="loops without a register"):
        Lanes(netlist, 1)


def test_registers_have_the_one_clock_and_nothing_asynchronous() -> None:
    netlist = _mapped("pairs", "nangate45").netlist
    with pytest.raises(RequestError, match="the rising edge of the port rst"):
        Lanes(netlist, 1, clock="rst")
    library = tuple(
        replace(cell, flop=replace(cell.flop, clear=(cell.flop.data, 0))) if cell.flop else cell
        for cell in netlist.library
    )
    with pytest.raises(RequestError, match="is not held inactive"):
        Lanes(replace(netlist, library=library), 1)


def test_sums_that_wait_for_the_exit_are_not_measured() -> None:
    """Four results leave in four cycles, and a sum has two tiles."""
    work = Workload(inputs=16, outputs=4)
    slow = _core(luts=4, columns=4, activation=_FP8, style="exact", exits=1, workload=work)
    cells = load_technology("nangate45")
    netlist = kept_mapping(design_source(slow), Recipe(), cells).netlist
    with pytest.raises(RequestError, match=r"no 2 cycles without a stall .* or more exits"):
        random_activity(slow, netlist)
