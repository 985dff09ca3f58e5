"""A prover for combinational circuits, shared by the hardware tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth.lib import wiring

from hw.modules import to_rtlil

# In a process of its own, because Yosys ends the process that it runs in when something is wrong.
_YOSYS = """
import sys
from pyosys import libyosys as yosys
design = yosys.Design()
for command in sys.argv[1:]:
    yosys.Pass.call(design, command)
"""
_TIMEOUT_S = 60


@pytest.fixture
def proved_equal(tmp_path: Path) -> Callable[[wiring.Component, str], bool]:
    """Whether a combinational component equals the Verilog module ``reference``, for all inputs."""

    def proved_equal(component: wiring.Component, reference: str) -> bool:
        (tmp_path / "circuit.il").write_text(to_rtlil(component, "circuit"))
        (tmp_path / "reference.v").write_text(reference)
        commands = [
            f"read_rtlil {tmp_path}/circuit.il",
            f"read_verilog {tmp_path}/reference.v",
            "proc",
            "miter -equiv -flatten reference circuit miter",
            "hierarchy -check -top miter",
            "sat -prove trigger 0 -set-def-inputs miter",
        ]
        done = subprocess.run(
            [sys.executable, "-c", _YOSYS, *commands],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        proved = "SAT proof finished - no model found: SUCCESS!" in done.stdout
        refuted = "SAT proof finished - model found: FAIL!" in done.stdout
        assert proved != refuted, (
            f"there is no verdict:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
        return proved

    return proved_equal
