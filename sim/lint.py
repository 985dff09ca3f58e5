"""Lint of emitted Verilog: every Verilator warning counts, but for those that are waived by name.

The signals of a family's own circuits are waived by the family (`sim.family.Bench.waivers`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from sim.simulator import SimulatorError, verilator

__all__ = ["WAIVERS", "lint"]

#: What may be warned of in the circuits that all families share, and why.
WAIVERS = {
    'lint_off -rule DECLFILENAME -file "*"': ("all modules of a design stand in one file"),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'row*\'*"': (
        "a bit that is alone in its weight bears the sum's name"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'sticky\'*"': (
        "bits below those of a magnitude do not count where that one is never rounded"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'shifted*\'*"': (
        "where a register follows, it is cleared instead of a zero being shifted in"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'compressed_*\'*"': (
        "bits of a multiplier's rows that are always 0 need no register"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'count*\'*"': (
        "the top bit of a count of leading zeros bears a name of its own"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'clk\'*"': (
        "a unit without registers has a clock all the same: all units are driven alike"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'rst\'*"': ("as the clock"),
}


def lint(verilog: str, top: str, waivers: Mapping[str, str]) -> list[str]:
    """Lint a design with all of Verilator's warnings.

    Args:
        verilog: the design's text.
        top: its top module.
        waivers: of its family, besides those of all.

    Returns:
        The warnings, one a line; empty for a clean design.

    Raises:
        RequestError: there is no Verilator.
    """
    with tempfile.TemporaryDirectory() as name:
        design, settings = Path(name, "design.v"), Path(name, "waivers.vlt")
        design.write_text(verilog)
        rules = ("`verilator_config", *WAIVERS, *waivers)
        settings.write_text("".join(f"{rule}\n" for rule in rules))
        try:
            verilator().call(
                "--lint-only", "-Wall", "--top-module", top, str(settings), str(design)
            )
        except SimulatorError as error:
            lines = str(error).splitlines()
            return [line for line in lines if line.startswith("%")] or lines
    return []
