"""Energy: by hand on a few cells, and measured on mapped cores in their own bench."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from costmodel.energy.activity import Activity, read_saif, used_nets
from costmodel.energy.netlist_energy import Energy, energy
from costmodel.energy.netlist_simulation import to_simulation
from costmodel.energy.vectorless import estimate_activity
from costmodel.flow.recipes import Recipe
from costmodel.netlist.netlist import Netlist, flatten, read_modules
from costmodel.netlist.source import Source
from hw.formats import Integer
from hw.modules import to_rtlil
from hw.ternary import TernaryConfiguration, TernaryMultiplier, Workload, component
from sim.simulate import Simulation, random_work, simulate
from sim.ternary.product import Product
from tests.costmodel.kept import kept_mapping
from tests.costmodel.library import models, technology
from tests.support import product, small_core

_TEN = technology()

# A NAND2 (in an inner module) feeds a flip-flop, whose Q is the output: nets clk 2, a 3, b 4, q 5.
_TINY = {
    "modules": {
        "inner": {
            "ports": {
                "x": {"direction": "input", "bits": [2]},
                "y": {"direction": "input", "bits": [3]},
                "z": {"direction": "output", "bits": [4]},
            },
            "cells": {"gate": {"type": "NAND2", "connections": {"A": [2], "B": [3], "Y": [4]}}},
            "netnames": {"x": {"bits": [2]}, "y": {"bits": [3]}, "z": {"bits": [4]}},
        },
        "top": {
            "ports": {
                "clk": {"direction": "input", "bits": [2]},
                "ab": {"direction": "input", "bits": [3, 4]},
                "q": {"direction": "output", "bits": [5]},
            },
            "cells": {
                "part": {"type": "inner", "connections": {"x": [3], "y": [4], "z": [6]}},
                "flop": {"type": "DFF", "connections": {"CK": [2], "D": [6], "Q": [5]}},
            },
            "netnames": {
                "clk": {"bits": [2]},
                "ab": {"bits": [3, 4]},
                "q": {"bits": [5]},
                "d": {"bits": [6]},
            },
        },
    }
}
_SAIF = """(SAIFILE (SAIFVERSION "2.0") (DIVIDER / ) (TIMESCALE 1ps) (DURATION 200)
 (INSTANCE $rootio (NET (clk (T0 100) (T1 100) (TZ 0) (TX 0) (TB 0) (TC 999))))
 (INSTANCE top
  (NET
   (clk (T0 100) (T1 100) (TZ 0) (TX 0) (TB 0) (TC 210))
   (ab\\[0\\] (T0 150) (T1 50) (TZ 0) (TX 0) (TB 0) (TC 60))
   (ab\\[1\\] (T0 100) (T1 100) (TZ 0) (TX 0) (TB 0) (TC 40))
   (q (T0 100) (T1 100) (TZ 0) (TX 0) (TB 0) (TC 30))
  )
  (INSTANCE part
   (NET (z (T0 20) (T1 180) (TZ 0) (TX 0) (TB 0) (TC 30)))
  )
 )
)
"""


def _tiny() -> Netlist:
    return flatten(read_modules(_TINY, _TEN), "top", _TEN)


@pytest.fixture
def saif(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.saif"
    path.write_text(_SAIF)
    return path


def test_by_hand(saif: Path) -> None:
    """100 cycles: a toggles 60 times, b 40, d 30, q (and the free QN) 30."""
    energies = energy(_tiny(), _TEN, read_saif(saif, _tiny(), 100), operations=50, clock_ps=2000)
    # half of C V^2 = 2 fJ a toggle and fF: a, b and d have one pin each, q the output's load of 4
    assert energies.switching_fj_per_cycle == pytest.approx(2 * (0.6 + 0.4 + 0.3 + 4 * 0.3))
    # outputs take 2 fJ a toggle: d, q, QN; of the gate's 1.0 input edges 0.7 go without an output's
    # and take 0.5, as do all of the flip-flop's data edges
    assert energies.internal_fj_per_cycle == pytest.approx(2 * 3 * 0.3 + 0.7 * 0.5 + 0.3 * 0.5)
    # C V^2 of a pin of 2 fF, and one rising and one falling edge inside
    assert energies.clock_fj_per_cycle == pytest.approx(2 * 4 + 2 + 4)
    assert energies.leakage_uw == pytest.approx(0.02)
    assert energies.leakage_fj_per_cycle == pytest.approx(0.02 * 2)  # uW ns = fJ
    total = 5.0 + 2.3 + 14.0 + 0.04
    assert energies.energy_fj_per_cycle == pytest.approx(total)
    assert energies.energy_fj_per_operation == pytest.approx(2 * total)
    inner = 2 * 0.3 + 2 * 0.3 + 0.7 * 0.5 + 0.02  # its output's net, its gate
    assert energies.by_part == pytest.approx({"inner": inner, "top": total - inner})
    assert energies.source == "measured"


def test_without_a_clock_period_leakage_stands_apart(saif: Path) -> None:
    energies = energy(_tiny(), _TEN, read_saif(saif, _tiny(), 100), operations=50)
    assert energies.energy_fj_per_cycle == energies.dynamic_fj_per_cycle == pytest.approx(21.3)
    assert energies.leakage_uw > 0


def test_buffers_do_what_their_input_does(saif: Path) -> None:
    """A buffer that sizing puts behind the gate takes the gate's toggles."""
    netlist = _tiny()
    buffer = list(_TEN.cells).index("BUF")
    d, new = netlist.inputs[netlist.kinds == list(_TEN.cells).index("DFF"), 1][0], netlist.nets
    netlist.inputs[netlist.inputs == d] = new
    row = np.full((1, netlist.inputs.shape[1]), -1, dtype=np.int32)
    netlist.inputs = np.concatenate([netlist.inputs, row])
    netlist.outputs = np.concatenate([netlist.outputs, row[:, : netlist.outputs.shape[1]]])
    netlist.inputs[-1, 0], netlist.outputs[-1, 0] = d, new
    netlist.kinds = np.append(netlist.kinds, np.int32(buffer))
    netlist.scope = np.append(netlist.scope, np.int32(0))
    netlist.copies = np.append(netlist.copies, d)
    netlist.nets += 1
    activity = read_saif(saif, netlist, 100)
    assert activity.toggles[new] == activity.toggles[d] == 30
    more = energy(netlist, _TEN, activity, 50).energy_fj_per_cycle
    # one more pin of 1 fF charged, and the buffer's output; its input's edges are all followed
    assert more == pytest.approx(21.3 + 2 * 0.3 + 2 * 0.3)


def test_a_net_without_toggles_is_not_zero(saif: Path) -> None:
    saif.write_text(_SAIF.replace("(z (", "(zz ("))
    with pytest.raises(LookupError, match=r"no toggles of 1 of 5 nets, such as top/d"):
        read_saif(saif, _tiny(), 100)
    saif.write_text(_SAIF.replace("INSTANCE top", "INSTANCE other"))
    with pytest.raises(ValueError, match="no instance top"):
        read_saif(saif, _tiny(), 100)
    saif.write_text(_SAIF[:-4])
    with pytest.raises(ValueError, match="ends before"):
        read_saif(saif, _tiny(), 100)


def test_nothing_done_has_no_energy_an_operation(saif: Path) -> None:
    activity = read_saif(saif, _tiny(), 100)
    with pytest.raises(ValueError, match="needs operations"):
        energy(_tiny(), _TEN, activity, operations=0)
    with pytest.raises(ValueError, match="the netlist has 7"):
        energy(_tiny(), _TEN, replace(activity, toggles=activity.toggles[:-1]), operations=1)


@dataclass(frozen=True)
class _Core:
    """A core, mapped: as synthesis writes it with the cells' models, and as it is measured."""

    configuration: TernaryConfiguration
    netlist: Netlist
    verilog: str
    simulation: str


@pytest.fixture(scope="module", params=["lut", "multiplier"])
def core(request: pytest.FixtureRequest) -> _Core:
    workload = Workload(inputs=40, outputs=20, batch=8, bias_limit=1000)
    int8 = Integer.parse("int8")
    configuration = {
        "lut": small_core(),
        "multiplier": TernaryMultiplier(luts=2, columns=2, activation=int8, workload=workload),
    }[request.param]
    source = Source(to_rtlil(component(configuration), "dut"), "rtlil", "dut", rows=True)
    mapped = kept_mapping(source, Recipe(), _TEN)
    return _Core(
        configuration, mapped.netlist, models() + mapped.verilog, to_simulation(mapped.netlist)
    )


def _measure(
    core: _Core, products: list[Product], path: Path, stall: float = 0.0, verilog: str = ""
) -> tuple[Simulation, Activity, Energy]:
    simulation = simulate(
        core.configuration,
        products,
        stall=stall,
        verilog=verilog or core.simulation,
        activity=path,
    )
    assert simulation.faults == ()
    assert simulation.checked > 0
    activity = read_saif(path, core.netlist, simulation.cycles)
    operations = sum(math.prod(product.shape) for product in products)
    return simulation, activity, energy(core.netlist, _TEN, activity, operations, clock_ps=2000)


def test_mapped_core_is_right_and_measured(core: _Core, tmp_path: Path) -> None:
    """The mapped netlist passes the bench; every net has toggles; the parts make the whole."""
    products = list(random_work(core.configuration, 16, seed=1))
    _, activity, energies = _measure(core, products, tmp_path / "run.saif")
    rates = activity.toggles[used_nets(core.netlist)] / activity.cycles
    clock = core.netlist.ports["clk"][1][0]
    assert activity.toggles[clock] >= 2 * activity.cycles
    assert 0.05 < np.mean(rates) < 0.6
    assert np.max(np.delete(rates, np.argmax(rates))) <= 1.1  # no glitches; some reset cycles
    assert energies.switching_fj_per_cycle > 0 < energies.internal_fj_per_cycle
    assert sum(energies.by_part.values()) == pytest.approx(energies.energy_fj_per_cycle)
    assert min(energies.by_part.values()) >= 0
    flops = sum(core.netlist.library[kind].flop is not None for kind in core.netlist.kinds)
    assert energies.clock_fj_per_cycle == pytest.approx(flops * (2 * 4 + 2 + 4))


def test_toggles_are_those_of_the_data(core: _Core, tmp_path: Path) -> None:
    """The activations' port toggles as often as the words that were sent differ."""
    c = core.configuration
    one_product = product(c, (c.tile_inputs * 5, c.columns, 8), seed=3)
    _, activity, _ = _measure(core, [one_product], tmp_path / "run.saif")
    words = one_product.activations.reshape(-1, c.tile_inputs)
    bits = (words[:, :, None] >> np.arange(8) & 1).reshape(len(words), -1)
    expected = np.abs(np.diff(bits, axis=0)).sum(axis=0) + bits[0]  # the port starts at 0 ...
    measured = activity.toggles[core.netlist.ports["activations_payload"][1]]
    assert np.all((measured == expected) | (measured == expected + 1))  # ... ends in noise
    assert not np.array_equal(measured, expected[::-1])


def _vcd_toggles(text: str) -> dict[tuple[str, ...], NDArray[np.int64]]:
    """How often each bit of each signal changes after the first values, lowest bit first."""
    header, changes = text.split("$enddefinitions $end")
    names: dict[str, list[tuple[str, ...]]] = {}
    path: list[str] = []
    for line in header.splitlines():
        match line.split():
            case ["$scope", _, name, "$end"]:
                path.append(name)
            case ["$upscope", "$end"]:
                path.pop()
            case ["$var", _, _, code, name, *_]:
                names.setdefault(code, []).append((*path, name))
    last: dict[str, str] = {}
    counts: dict[str, NDArray[np.int64]] = {}
    for line in changes.splitlines():
        value, code = line[1:].split() if line[:1] == "b" else (line[:1], line[1:])
        if code not in names or line.startswith(("#", "$")):
            continue
        bits = np.array(list(value[::-1]))
        if code in last:
            counts[code] += bits != np.array(list(last[code][::-1]))
        else:
            counts[code] = np.zeros(len(bits), dtype=np.int64)
        last[code] = value
    return {
        name: counts[code]
        for code, names_of_code in names.items()
        for name in names_of_code
        if code in counts
    }


def test_toggles_are_those_of_the_waves(core: _Core, tmp_path: Path) -> None:
    """Every net of every instance changes in the waves of the same run as often as was counted."""
    products = list(random_work(core.configuration, 4, seed=4))
    _, activity, _ = _measure(core, products, tmp_path / "run.saif", verilog=core.verilog)
    _, leaner, _ = _measure(core, products, tmp_path / "lean.saif")
    nets = used_nets(core.netlist)
    # registers without a reset start from other random values
    assert np.abs(activity.toggles[nets] - leaner.toggles[nets]).max() <= 6
    waves = tmp_path / "run.vcd"
    assert simulate(core.configuration, products, verilog=core.verilog, waves=waves).faults == ()
    expected = _vcd_toggles(waves.read_text())
    compared = set()
    for scope in core.netlist.scopes:
        for name, local in scope.module.names.items():
            nets = scope.nets[local]
            counts = expected.get(("dut", *scope.path, name))
            if counts is not None:
                more = (activity.toggles[nets] - counts)[nets > 1]
                assert set(more) <= {0, 1}  # one that starts at 1 counts as one that rises
                compared.update(nets.tolist())
    assert compared >= set(used_nets(core.netlist)) - set(_added(core.netlist))


def _added(netlist: Netlist) -> list[int]:
    return np.flatnonzero(netlist.copies != np.arange(netlist.nets)).tolist()


def test_idle_takes_less(core: _Core, tmp_path: Path) -> None:
    """Waiting costs less a cycle than working, steady data less than random data."""
    products = [product(core.configuration, (40, 20, 8), seed=2)]
    _, _, busy = _measure(core, products, tmp_path / "busy.saif")
    _, _, idle = _measure(core, products, tmp_path / "idle.saif", stall=0.9)
    assert idle.energy_fj_per_cycle < 0.7 * busy.energy_fj_per_cycle
    assert idle.clock_fj_per_cycle == busy.clock_fj_per_cycle
    zeros = [product(core.configuration, (40, 20, 8), weight=0, activation=0)]
    _, _, steady = _measure(core, zeros, tmp_path / "steady.saif")
    assert steady.switching_fj_per_cycle < 0.5 * busy.switching_fj_per_cycle


def test_broken_netlist_is_noticed(core: _Core, tmp_path: Path) -> None:
    """One gate of the mapped netlist made another one is a fault of the run, either way."""
    products = list(random_work(core.configuration, 16, seed=1))
    head, module, tail = core.verilog.partition("module dut")
    cell = head + module + tail.replace("  XOR2 ", "  NAND2 ", 1)
    expression = core.simulation.replace(" ^ ", " & ", 1)
    for whole, broken in ((core.verilog, cell), (core.simulation, expression)):
        assert broken != whole
        path = tmp_path / "broken.saif"
        assert simulate(core.configuration, products, verilog=broken, activity=path).faults


def test_vectorless_is_near_and_labelled(core: _Core, tmp_path: Path) -> None:
    """The estimate without data says that it is one, and is of the measured one's size."""
    products = list(random_work(core.configuration, 16, seed=1))
    _, _, measured = _measure(core, products, tmp_path / "run.saif")
    activity = estimate_activity(core.netlist, 0.5, steady={"rst": 0})
    guess = energy(core.netlist, _TEN, activity, 1)
    assert (guess.source, measured.source) == ("vectorless", "measured")
    assert guess.clock_fj_per_cycle == measured.clock_fj_per_cycle
    assert 1 / 3 < guess.switching_fj_per_cycle / measured.switching_fj_per_cycle < 3
