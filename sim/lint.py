"""Lint of emitted Verilog: every Verilator warning counts, but for the ones waived here by name."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sim.simulator import SimulatorError, verilator

__all__ = ["WAIVERS", "lint"]

#: What may be warned of, and why.
WAIVERS = {
    'lint_off -rule DECLFILENAME -file "*"': "all modules of a design stand in one file",
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'terms\'*"': (
        "an accumulator that is narrower than a term (few inputs) needs only the term's low bits"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'not*\'*"': (
        "of table entries that are alike in their lowest bit, one gives it"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'word*_trits\'*"': (
        "the last packed word of a column may hold more weights than a tile takes"
    ),
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
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'decoder_exponent\'*"': (
        "a converter counts steps above the least exponent, modulo a power of two: without the sign"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'exponent\'*"': (
        "how far a result can be shifted is a difference modulo a power of two, narrower than these"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'significand\'*"': (
        "where a block's unit cuts bits off, their negation still gives the carry to the others"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'core_results_payload\'*"': (
        "of accumulators that are asked to be wider than their sums, the exit takes the sums' bits"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'count*\'*"': (
        "the top bit of a count of leading zeros bears a name of its own"
    ),
}


def lint(verilog: str, top: str) -> list[str]:
    """Lint a design with all of Verilator's warnings.

    Args:
        verilog: the design's text.
        top: its top module.

    Returns:
        The warnings, one a line; empty for a clean design.

    Raises:
        RequestError: there is no Verilator.
    """
    with tempfile.TemporaryDirectory() as name:
        design, waivers = Path(name, "design.v"), Path(name, "waivers.vlt")
        design.write_text(verilog)
        waivers.write_text("`verilator_config\n" + "".join(f"{rule}\n" for rule in WAIVERS))
        try:
            verilator().call("--lint-only", "-Wall", "--top-module", top, str(waivers), str(design))
        except SimulatorError as error:
            lines = str(error).splitlines()
            return [line for line in lines if line.startswith("%")] or lines
    return []
