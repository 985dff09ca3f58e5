"""A prover for combinational circuits, shared by the hardware tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth.lib import wiring

from hw.modules import to_rtlil
from tests.support import run_yosys

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
        done = run_yosys(commands, _TIMEOUT_S)
        proved = "SAT proof finished - no model found: SUCCESS!" in done.stdout
        refuted = "SAT proof finished - model found: FAIL!" in done.stdout
        assert proved != refuted, (
            f"there is no verdict:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
        return proved

    return proved_equal
