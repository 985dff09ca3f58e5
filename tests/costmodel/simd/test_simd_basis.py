"""What the costs of SIMD units are made of, beside their circuits."""

from __future__ import annotations

import re

import numpy as np
import pytest

from costmodel.energy.netlist_energy import energy
from costmodel.flow.measure import design_source
from costmodel.flow.recipes import Recipe
from costmodel.model.regressions import by_part
from costmodel.simd.basis import BASIS
from costmodel.simd.experiment import plan
from costmodel.simd.inventory import counts, sides
from costmodel.simd.random_activity import all_modes, random_activity
from costmodel.technologies import load_technology
from hw.simd import SimdMac
from hw.simd.stages import cuts
from sim.verilog import to_verilog
from tests.costmodel.kept import kept_mapping
from tests.simd import XR, unit

_UNITS = {
    "xr": unit(XR, depth=4, result="posit16_1"),
    "integers": unit("int4,int8*int16", port=32, sums="lanes", depth=2),
    "dot": unit("fp4_e2m1,fp8_e5m2", sums="dot", depth=7),
    "blocks": unit("nvfp4,mxfp8_e4m3", port=32, sums="dot", depth=3, scale_places=32),
    "floats": unit("fp8_e4m3,int8", sums="dot", depth=6, accumulation="fp32"),
}


@pytest.mark.parametrize("name", _UNITS)
def test_counted_adders_are_those_of_the_circuit(name: str) -> None:
    """Full and half adders of all trees; a slice's multiplier is a module, told once."""
    mac = _UNITS[name]
    text = to_verilog(mac.component(), "dut")
    for module, copies in (("multiplier", mac.slices), ("dot", 1), ("scaler", 1)):
        written = re.search(rf"^module dut_{module} .*?^endmodule", text, re.MULTILINE | re.DOTALL)
        body = written[0] if written else ""
        for kind in ("full", "half"):
            adders = 0
            for high, names in re.findall(r"^  wire (?:\[(\d+):0\] )?([^;]*);", body, re.MULTILINE):
                words = re.findall(rf"\b{kind}_level\d+_bit\d+_\d+_sum\b", names)
                adders += len(words) * (int(high or 0) + 1)
            assert counts(mac)[module][f"{kind}_adders"] == adders * copies, (module, kind)


@pytest.mark.parametrize("name", _UNITS)
def test_counted_registers_are_those_of_the_circuit(name: str) -> None:
    """Those of the top module, but for a few of control, carries and notes.

    Bits of significands that no format has are constants, of which synthesis makes no registers.
    """
    mac = _UNITS[name]
    text = to_verilog(mac.component(), "dut")
    written = re.search(r"^module dut \(.*?^endmodule", text, re.MULTILINE | re.DOTALL)
    assert written
    bits = 0
    for high, names in re.findall(r"^  reg (?:\[(\d+):0\] )?([^;]*);", written[0], re.MULTILINE):
        bits += (int(high or 0) + 1) * len(names.split(","))
    unused = sum(not side.used(bit) for side in sides(mac) for bit in range(16)) * mac.slices
    unused *= "unpacked" in cuts(mac)
    counted = counts(mac)["core"]["register_bits"] + counts(mac)["accumulator"]["register_bits"]
    if mac.sum_format is not None:  # what an operation gives is normalised in the top module
        counted += counts(mac)["normalizer"]["register_bits"]
    assert 0 <= bits - unused - counted <= 8


@pytest.mark.parametrize("name", _UNITS)
def test_a_unit_is_one_row_of_columns(name: str) -> None:
    mac = _UNITS[name]
    columns = BASIS.columns_of(mac)
    held = BASIS.held(columns)
    assert held.valid.all()
    assert np.asarray(held.operations).tolist() == mac.operations_per_cycle
    assert BASIS.configuration({key: value[()] for key, value in columns.items()}) == mac
    assert BASIS.row_of(mac).keys() == BASIS.parameters.keys()


def test_what_cannot_be_is_told_apart() -> None:
    """One of two sets of pairs has accumulators that would be too wide."""
    columns = {
        "unit": np.array("simd_mac"),
        "pairs": np.array(["int8", "posit16_4"]),
        "terms": np.array(16),
    }
    assert BASIS.held(columns).valid.tolist() == [True, False]


@pytest.mark.parametrize("working", [False, True])
def test_every_term_is_of_a_part(working: bool) -> None:
    parts = by_part(BASIS.regressions, BASIS.parts, BASIS.stand_ins, working=working)
    assert parts.keys() == set(SimdMac.parts.values())


def test_the_experiment_is_the_same_each_time() -> None:
    drawn = list(plan())
    assert drawn == list(plan())
    assert len({design for design, _ in drawn}) == len(drawn)


@pytest.mark.parametrize("result", ["", "fp8_e4m3"])
def test_energy_of_each_mode(result: str) -> None:
    """All results are compared; a product in a wide lane takes more than one in a narrow lane."""
    mac = unit("int4,int8", depth=2, result=result)
    technology = load_technology("nangate45")
    netlist = kept_mapping(design_source(mac), Recipe(), technology).netlist
    energies = {}
    for mode in all_modes(mac):
        activity, operations = random_activity(mac, netlist, (mode,), cycles=256, seed=1)
        energies[mode] = energy(netlist, technology, activity, operations, None)
        assert activity.cycles >= 256
    narrow, wide = (
        energies[number, False].dynamic_fj_per_cycle / lanes for number, lanes in ((0, 4), (1, 2))
    )
    assert 0 < narrow < wide
