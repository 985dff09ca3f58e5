"""What the costs of fused multiply-add units are made of, beside their circuits."""

from __future__ import annotations

import re

import numpy as np
import pytest

from costmodel.energy.netlist_energy import energy
from costmodel.flow.measure import design_source
from costmodel.flow.recipes import Recipe
from costmodel.fma.basis import BASIS
from costmodel.fma.experiment import plan
from costmodel.fma.inventory import counts, register_bits
from costmodel.fma.paths import MOST_STRETCHES, stretches, through
from costmodel.fma.random_activity import random_activity
from costmodel.model.regressions import by_part
from costmodel.technologies import load_technology
from hw.fma import Fma
from sim.verilog import to_verilog
from tests.costmodel.kept import kept_mapping
from tests.fma import fma, fma_family

__all__ = ["fma_family"]

_UNITS = {
    "rounded": fma("bf16", "bf16", depth=6, flags=True),
    "raw": fma("bf16", "raw16", depth=6),
    "mixed": fma("fp8_e5m2", "fp16", depth=4),
    "l_mul": fma("e5m4+flush", "raw12", multiplier="l_mul", depth=6),
    "guarded": fma("fp8_e4m3", "raw12", 100, normalization="an-1-2", cut="jam", guard_bits=1),
}


@pytest.mark.parametrize("name", _UNITS)
def test_counted_adders_are_those_of_the_circuit(name: str) -> None:
    text = to_verilog(_UNITS[name].component(), "dut")
    for kind in ("full", "half"):
        adders = 0
        for high, names in re.findall(r"^  wire (?:\[(\d+):0\] )?([^;]*);", text, re.MULTILINE):
            words = re.findall(rf"\b{kind}_level\d+_bit\d+_\d+_sum\b", names)
            adders += len(words) * (int(high or 0) + 1)
        assert counts(_UNITS[name])["multiply"][f"{kind}_adders"] == adders > 0, kind


@pytest.mark.parametrize("name", _UNITS)
def test_counted_registers_are_those_that_are_mapped(name: str) -> None:
    """But for a few that some formats let synthesis leave out."""
    unit = _UNITS[name]
    source = design_source(unit)
    netlist = kept_mapping(source, Recipe(), load_technology("nangate45")).netlist
    mapped = sum(netlist.library[kind].flop is not None for kind in netlist.kinds)
    counted = sum(register_bits(unit).values())
    assert mapped <= counted <= 1.08 * mapped


@pytest.mark.parametrize("name", _UNITS)
def test_a_unit_is_one_row_of_columns(name: str) -> None:
    unit = _UNITS[name]
    columns = BASIS.columns_of(unit)
    held = BASIS.held(columns)
    assert held.valid.all()
    assert np.asarray(held.operations).tolist() == 1
    assert BASIS.configuration({key: value[()] for key, value in columns.items()}) == unit
    assert BASIS.row_of(unit).keys() == BASIS.parameters.keys()


def test_what_cannot_be_is_told_apart() -> None:
    """Four bits leave none where five are looked at."""
    columns = {
        "unit": np.array("fma"),
        "a": np.array("bf16"),
        "accumulator": np.array(["raw4", "raw16", "bf16"]),
        "normalization": np.array("an-2-2"),
        "terms": np.array(16),
    }
    assert BASIS.held(columns).valid.tolist() == [False, True, False]


@pytest.mark.parametrize("depth", range(7))
def test_every_register_ends_a_stretch(depth: int) -> None:
    """A unit without any is a single path."""
    unit = fma("bf16", "raw16", depth=depth)
    passed = [steps for steps in stretches(unit) if steps]
    assert len(stretches(unit)) == MOST_STRETCHES
    assert len(passed) == (depth + 1 if depth else 0)
    assert bool(through(unit)) == (depth == 0)
    whole = [through(unit)] if depth == 0 else passed
    assert sum(steps.get("multiply.levels", 0) for steps in whole) > 0


@pytest.mark.parametrize("working", [False, True])
def test_every_term_is_of_a_part(working: bool) -> None:
    parts = by_part(BASIS.regressions, BASIS.parts, BASIS.stand_ins, working=working)
    assert parts.keys() <= set(Fma.parts.values())


def test_the_experiment_is_the_same_each_time() -> None:
    """At least forty designs are held out, of every kind."""
    drawn = list(plan())
    assert drawn == list(plan())
    assert len({design for design, _ in drawn}) == len(drawn)
    held = [design for design, set_name in drawn if set_name == "held"]
    assert len(held) >= 40
    assert {BASIS.kind(design) for design in held} == {"raw", "rounded"}


def test_energy_of_columns_of_sums() -> None:
    """All results are compared; a wider product takes more."""
    technology = load_technology("nangate45")
    taken = []
    for a in ("fp8_e5m2", "bf16"):
        unit = fma(a, "raw16")
        netlist = kept_mapping(design_source(unit), Recipe(), technology).netlist
        activity, operations = random_activity(unit, netlist, cycles=512, seed=1)
        assert operations == activity.cycles >= 512
        taken.append(energy(netlist, technology, activity, operations, None).dynamic_fj_per_cycle)
    assert 0 < taken[0] < taken[1]
