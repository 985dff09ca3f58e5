"""The numbers on the page of assumptions are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from costmodel.system.dram import dram_kinds, load_dram
from costmodel.system.memory import leave_one_out, load_sram
from costmodel.system.scaling import energy_factor, factors

_PAGE = (Path(__file__).parents[2] / "docs" / "assumptions.md").read_text(encoding="utf-8")


def cells(start: str) -> list[str]:
    """The cells of the last row of a table that starts so."""
    rows = [line for line in _PAGE.splitlines() if line.startswith(f"| {start} |")]
    return [cell.strip() for cell in rows[-1].strip("|").split("|")]


def test_factors() -> None:
    """Of area, energy, delay and leakage, to three technologies."""
    for figure in ("area", "energy", "delay", "leakage"):
        stated = [float(cell) for cell in cells(figure)[2:]]
        wanted = [
            getattr(factors("sg13g2", technology), figure)
            for technology in ("nangate45", "asap7", "sky130hd")
        ]
        assert stated == pytest.approx(wanted, rel=0.005), figure


def test_memories() -> None:
    """Scaled energies and their difference from published ones."""
    rows = re.findall(
        r"^\| (\d+) (KB|MB), (45|7) nm.*? \| ([\d.]+) \| ([\d.]+) \| ([+-]\d+) %",
        _PAGE,
        re.MULTILINE,
    )
    assert len(rows) == 6
    for size, unit, node, scaled, published, difference in rows:
        sram = load_sram({"45": "nangate45", "7": "asap7"}[node])
        words = int(size) * 1024 ** (1 + (unit == "MB")) // 8
        picojoules = float(sram.buffer(words, 64).read_pj)
        picojoules *= energy_factor(45, 1.1, 45, 0.9) if node == "45" else 1
        assert float(scaled) == pytest.approx(picojoules, rel=0.005)
        assert int(difference) == round(100 * (picojoules / float(published) - 1))


def test_errors_of_the_fit() -> None:
    """Mean and worst of what was left out."""
    stated = re.findall(r"([\d.]+) %, ([\d.]+) %", _PAGE)[:4]
    for (mean, worst), figure in zip(
        stated, ("area_um2", "read_pj", "write_pj", "access_ns"), strict=True
    ):
        errors = np.abs(leave_one_out()[figure])
        assert float(mean) == pytest.approx(errors.mean(), abs=0.06), figure
        assert float(worst) == pytest.approx(errors.max(), abs=0.06), figure


@pytest.mark.parametrize("kind", dram_kinds())
def test_off_chip(kind: str) -> None:
    """Energy and bandwidth of each kind."""
    _, energy, bandwidth, *_ = cells(f"`{kind}`")
    memory = load_dram(kind)
    assert float(energy.split()[0]) == memory.pj_per_bit
    assert float(bandwidth) == memory.bandwidth_gb_per_s
