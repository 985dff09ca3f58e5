"""Warnings that the Verilog of ternary cores may give (`sim.lint`), and why."""

from __future__ import annotations

__all__ = ["WAIVERS"]

WAIVERS = {
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'terms\'*"': (
        "an accumulator that is narrower than a term (few inputs) needs only the term's low bits"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'not*\'*"': (
        "of table entries that are alike in their lowest bit, one gives it"
    ),
    'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'word*_trits\'*"': (
        "the last packed word of a column may hold more weights than a tile takes"
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
}
