"""Mapping keeps the function, for every recipe on every library, and uses the cells it may use."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from costmodel.cell_models import cell_models
from costmodel.mapping import Recipe, Source, find_adders, map_design
from costmodel.measure import liberty_file
from costmodel.technology import load_technology
from costmodel.worker import Limits, run_limited
from tests.costmodel.circuits import LOGIC, REGISTERED, verilog

TECHNOLOGIES = ("nangate45", "asap7", "sky130hd", "sg13g2")
_RECIPES = (
    Recipe(),
    Recipe(adders="logic", carry="kogge-stone", aim="delay"),
    Recipe(multiplier="booth", carry="prefix", aim="delay"),
    Recipe(aim="plain"),
)
_PROVE = """
import sys
from pyosys import libyosys as yosys
design = yosys.Design()
for command in sys.argv[1:]:
    yosys.Pass.call(design, command)
"""


class _Map:
    """`map_design` with its arguments, to be called in another process."""

    def __init__(self, source: Source, recipe: Recipe, technology: str) -> None:
        self._arguments = source, recipe, load_technology(technology)

    def __call__(self, folder: Path) -> tuple[str, str]:
        technology = self._arguments[-1]
        output = map_design(*self._arguments, liberty_file(technology), folder)
        return output.json, output.verilog


def _mapped(name: str, recipe: Recipe, technology: str, scramble: int = 0) -> tuple[str, str]:
    source = Source(verilog(name), "verilog", name, rows=False, scramble=scramble)
    return run_limited(_Map(source, recipe, technology), Limits(seconds=120), name)


def _equal(folder: Path, name: str, mapped: str, technology: str, source: str | None = None) -> bool:
    """Whether a mapped circuit is what its source says, for all inputs and states, by SAT."""
    (folder / "source.v").write_text(source or verilog(name))
    (folder / "mapped.v").write_text(mapped)
    (folder / "cells.v").write_text(cell_models(load_technology(technology)))
    prepare = ["proc", "flatten", "opt_clean", f"rename {name} {{}}", "design -stash {}"]
    commands = [
        f"read_verilog {folder}/source.v",
        *(each.format("gold") for each in prepare),
        f"read_verilog {folder}/cells.v {folder}/mapped.v",
        f"hierarchy -top {name}",
        *(each.format("gate") for each in prepare),
        "design -copy-from gold -as gold gold",
        "design -copy-from gate -as gate gate",
        "equiv_make gold gate equal",
        "hierarchy -top equal",
        "async2sync",
        "opt_clean",
        "equiv_simple -undef" if name in REGISTERED else "equiv_simple",
        "equiv_induct -undef" if name in REGISTERED else "equiv_simple",
        "equiv_status",
    ]
    done = subprocess.run(
        [sys.executable, "-c", _PROVE, *commands], capture_output=True, text=True, check=False
    )
    assert "equiv_status" in done.stdout, done.stdout[-1000:] + done.stderr[-1000:]
    return "Equivalence successfully proven!" in done.stdout


@pytest.mark.parametrize("technology", TECHNOLOGIES)
@pytest.mark.parametrize("name", LOGIC)
def test_logic_is_kept(name: str, technology: str, tmp_path: Path) -> None:
    recipe = _RECIPES[sorted(LOGIC).index(name) % len(_RECIPES)]
    assert _equal(tmp_path, name, _mapped(name, recipe, technology)[1], technology)
