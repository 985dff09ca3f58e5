"""Activity and energy on given data, shared out over lanes, against Verilator on the same data."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from costmodel.energy.activity import read_saif, used_nets
from costmodel.energy.netlist_simulation import to_simulation
from costmodel.energy.power import measured_energy
from costmodel.flow.measure import Point, design_source
from costmodel.flow.recipes import Recipe
from costmodel.netlist.netlist import Netlist
from costmodel.technologies import load_technology
from costmodel.ternary.data_activity import data_activity
from costmodel.ternary.data_energy import data_energy
from hw.errors import RequestError
from hw.formats import Float, Integer
from hw.ternary import TernaryConfiguration, TernaryLut, TernaryMultiplier, Workload
from sim.simulate import random_work, simulate
from sim.ternary.product import Product
from tests.costmodel.kept import kept_mapping


def _core(unit: type[TernaryConfiguration] = TernaryLut, **settings: Any) -> TernaryConfiguration:
    common: dict[str, Any] = {
        "columns": 3,
        "luts": 2,
        "activation": Integer.parse("int8"),
        "workload": Workload(inputs=20, outputs=9, batch=384, bias_limit=100),
    }
    return unit(**(common | settings))


_FP8: dict[str, Any] = {"activation": Float.parse("fp8_e5m2")}
_CORES = {
    "pairs": _core(group=2, table_register=True),
    "scaled": _core(group=1, result="int8", scale="tensor", scale_format="u8.7"),
    "sequencer": _core(group=2, sequencer=True, reduce_register=True),
    "table loop": _core(group=2, loop="table", table_register=True),
    "planes": _core(group=2, planes=2),
    "aligned": _core(group=2, style="aligned", **_FP8),
    "turns": _core(TernaryMultiplier, style="float", adder_stages=2, **_FP8),
}
_QUICK = {"pairs", "scaled"}  # to map


@cache
def _netlist(name: str) -> Netlist:
    cells, source = load_technology("nangate45"), design_source(_CORES[name])
    return kept_mapping(source, Recipe(), cells).netlist


def _product(name: str, vectors: int = 384) -> Product:
    (product,) = random_work(_CORES[name], vectors, 5)
    return product


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in _QUICK else [pytest.mark.long]) for name in _CORES],
)
def test_lanes_share_the_vectors_of_every_core(name: str) -> None:
    """Each lane six vectors, with padding in inputs or not; results are compared on the way."""
    core, netlist = _CORES[name], _netlist(name)
    activity = data_activity(core, netlist, _product(name))
    tiles = core.tiles(20) * core.planes * 3  # of a vector
    assert activity.source == "measured"
    assert activity.cycles >= 64 * tiles
    assert activity.cycles % (64 * tiles) == 0
    (clock,) = netlist.ports["clk"][1]
    assert activity.toggles[clock] == 2 * activity.cycles
    (valid,) = netlist.ports["weights_valid"][1]
    assert activity.toggles[valid] == 0
    more = data_activity(core, netlist, _product(name), lanes=128)
    assert more.cycles % (128 * tiles) == 0  # half of the vectors a lane
    assert more.toggles.sum() / more.cycles == pytest.approx(
        activity.toggles.sum() / activity.cycles, rel=0.02
    )


def test_every_net_toggles_as_often_as_in_verilator(tmp_path: Path) -> None:
    """Where a vector comes again and again, one more of it is one more period of every net."""
    core, netlist = _CORES["pairs"], _netlist("pairs")
    product = _product("pairs", 2)
    verilog = to_simulation(netlist)
    expected = np.zeros(netlist.nets)
    for vector in range(2):
        toggles = []
        for repeats in (4, 5):
            repeated = replace(product, activations=product.activations[[vector] * repeats])
            saif = tmp_path / "activity.saif"
            run = simulate(core, [repeated], verilog=verilog, activity=saif)
            assert not run.faults
            toggles.append(read_saif(saif, netlist, run.cycles).toggles)
        expected += 32 * (toggles[1] - toggles[0])
    halves = np.repeat([0, 1], 32 * 6)  # of the lanes
    shared = replace(product, activations=product.activations[halves])
    activity = data_activity(core, netlist, shared)
    periods = activity.cycles / (64 * core.tiles(20) * 3)
    nets = used_nets(netlist)
    assert len(nets) > 300
    np.testing.assert_array_equal(activity.toggles[nets] / periods, expected[nets])


def test_energy_is_that_of_verilator_on_the_same_data() -> None:
    point = Point(_CORES["pairs"], load_technology("nangate45"))
    product = _product("pairs")
    energies, expected = data_energy(point, product), measured_energy(point, [product])
    for figure in (
        "switching_fj_per_cycle",
        "internal_fj_per_cycle",
        "clock_fj_per_cycle",
        "leakage_fj_per_cycle",
        "energy_fj_per_operation",
    ):
        assert energies[figure] == pytest.approx(expected[figure], rel=0.01), figure
    assert energies["vectors"] == expected["vectors"] == 384


def test_a_wrong_cell_is_noticed() -> None:
    core, good = _CORES["pairs"], _netlist("pairs")
    kinds = {cell.name: number for number, cell in enumerate(good.library)}
    wrong = replace(good, kinds=good.kinds.copy())
    wrong.kinds[np.flatnonzero(good.kinds == kinds["XOR2_X1"])[-1]] = kinds["XNOR2_X1"]
    with pytest.raises(RequestError, match="the mapped netlist does not do what it should"):
        data_activity(core, wrong, _product("pairs"))


@pytest.mark.parametrize(
    ("vectors", "lanes", "reason"),
    [
        (63, 64, "63 vectors, which 64 lanes cannot share"),
        (96, 64, "96 vectors, which 64 lanes cannot share"),
        (96, 32, "96 vectors, which 32 lanes cannot share"),
        (64, 0, "64 vectors, which 0 lanes cannot share"),
        (64, 64, "no 15 cycles in steady state to be counted: 1 vectors a lane are too few"),
    ],
)
def test_data_that_cannot_be_shared(vectors: int, lanes: int, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        data_activity(_CORES["pairs"], _netlist("pairs"), _product("pairs", vectors), lanes=lanes)


def test_data_that_the_core_does_not_carry() -> None:
    product = _product("pairs")
    loud = replace(product, activations=product.activations * 2)
    with pytest.raises(RequestError, match="is outside -128 to 127"):
        data_activity(_CORES["pairs"], _netlist("pairs"), loud)


def test_sums_that_are_too_short_for_the_exit() -> None:
    """The exit was sized for sums of ten tiles; of one it gives results later than sums come."""
    core, product = _CORES["scaled"], _product("scaled")
    short = replace(product, activations=product.activations[:, :2], weights=product.weights[:2])
    with pytest.raises(RequestError, match="faster than the core can give results"):
        data_activity(core, _netlist("scaled"), short)
