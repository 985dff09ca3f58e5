"""What the costs of matrix engines are made of, beside their circuits."""

from __future__ import annotations

import re

import numpy as np
import pytest

from costmodel.energy.netlist_energy import energy
from costmodel.engine.basis import BASIS
from costmodel.engine.experiment import plan
from costmodel.engine.inventory import counts, register_bits
from costmodel.engine.paths import MOST_STRETCHES, stretches
from costmodel.engine.random_activity import random_activity
from costmodel.flow.measure import design_source
from costmodel.flow.recipes import Recipe
from costmodel.model.regressions import by_part
from costmodel.technologies import load_technology
from hw.engine import MatrixEngine
from sim.verilog import to_verilog
from tests.costmodel.kept import kept_mapping
from tests.engine import engine, engine_family

__all__ = ["engine_family"]

_UNITS = {
    "integers": engine(3, 2, "int4", b="uint3", terms=40, initial=True, result="fp16"),
    "raw": engine(2, 3, "fp8_e4m3", accumulator="raw12", normalization="an-1-2"),
    "rounded": engine(2, 2, "fp8_e5m2", accumulator="fp16", result="bf16", initial=True),
    "column": engine(3, 1, "int4"),
    "row": engine(1, 3, "int4", initial=True, terms=4),
}


@pytest.mark.parametrize("name", _UNITS)
def test_counted_registers_are_those_of_the_circuit(name: str) -> None:
    """Bit for bit, as the netlist of words has them."""
    unit = _UNITS[name]
    assert sum(register_bits(unit).values()) == _registers(to_verilog(unit.component(), "dut"))


def _registers(text: str) -> int:
    """Bits of the registers of all modules, each as often as it is used."""
    modules = dict(re.findall(r"^module (\w+) \((.*?)^endmodule", text, re.MULTILINE | re.DOTALL))

    def within(name: str) -> int:
        body = modules[name]
        bits = 0
        for high, names in re.findall(r"\breg +(?:\[(\d+):0\] +)?([\w, \n]+?)(?:[;\n]|$)", body):
            bits += len(re.findall(r"\w+", names)) * (int(high or 0) + 1)
        used = re.findall(r"^  (dut_\w+) \w+ \(", body, re.MULTILINE)
        return bits + sum(within(part) for part in used)

    return within("dut")


@pytest.mark.parametrize("name", ["integers", "raw"])
def test_counted_adders_are_those_of_the_circuit(name: str) -> None:
    """Of an element, as often as there are elements."""
    unit = _UNITS[name]
    text = to_verilog(unit.component(), "dut")
    written = re.search(r"^module dut_element .*?^endmodule", text, re.MULTILINE | re.DOTALL)
    body = written[0] if written else ""
    for kind in ("full", "half"):
        adders = 0
        for high, names in re.findall(r"^  wire (?:\[(\d+):0\] )?([^;]*);", body, re.MULTILINE):
            words = re.findall(rf"\b{kind}_level\d+_bit\d+_\d+_sum\b", names)
            adders += len(words) * (int(high or 0) + 1)
        counted = counts(unit)["multiply"][f"{kind}_adders"]
        assert counted == adders * unit.operations_per_cycle > 0, kind


@pytest.mark.parametrize("name", _UNITS)
def test_an_engine_is_one_row_of_columns(name: str) -> None:
    unit = _UNITS[name]
    columns = BASIS.columns_of(unit)
    held = BASIS.held(columns)
    assert held.valid.all()
    assert np.asarray(held.operations).tolist() == unit.operations_per_cycle
    assert BASIS.configuration({key: value[()] for key, value in columns.items()}) == unit
    assert BASIS.row_of(unit).keys() == BASIS.parameters.keys()


def test_what_cannot_be_is_told_apart() -> None:
    """Integers have no accumulators, and floats must have one."""
    columns = {
        "unit": np.array("matrix_engine"),
        "rows": np.array(2),
        "columns": np.array(2),
        "a": np.array(["int8", "int8", "bf16", "bf16"]),
        "accumulator": np.array(["", "fp32", "", "fp32"]),
        "terms": np.array(16),
    }
    assert BASIS.held(columns).valid.tolist() == [True, False, False, True]


@pytest.mark.parametrize("name", _UNITS)
def test_every_register_ends_a_stretch(name: str) -> None:
    unit = _UNITS[name]
    told = stretches(unit)
    assert len(told) == MOST_STRETCHES
    assert [bool(steps) for steps in told] == [True, True, unit.result != "", True]
    assert told[1]["multiply.levels"] > 0


@pytest.mark.parametrize("working", [False, True])
def test_every_term_is_of_a_part(working: bool) -> None:
    parts = by_part(BASIS.regressions, BASIS.parts, BASIS.stand_ins, working=working)
    assert parts.keys() == set(MatrixEngine.parts.values()) - {"buffers"}


def test_the_experiment_is_the_same_each_time() -> None:
    """Designs of every kind are held out."""
    drawn = list(plan())
    assert drawn == list(plan())
    assert len({design for design, _ in drawn}) == len(drawn)
    held = [design for design, set_name in drawn if set_name == "held"]
    assert len(held) >= 25
    assert {BASIS.kind(design) for design in held} == {"integer", "raw", "rounded"}


def test_energy_of_tiles() -> None:
    """All results are compared; wider factors take more."""
    technology = load_technology("nangate45")
    taken = []
    for a in ("int2", "int4"):
        unit = engine(2, 2, a)
        netlist = kept_mapping(design_source(unit), Recipe(), technology).netlist
        activity, operations = random_activity(unit, netlist, cycles=512, seed=1)
        assert operations == 4 * activity.cycles >= 4 * 512
        taken.append(energy(netlist, technology, activity, operations, None).dynamic_fj_per_cycle)
    assert 0 < taken[0] < taken[1]
