"""Lint: what is waived is waived by name, and the docs tell of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim import lint as shared
from sim.lint import lint
from sim.ternary.waivers import WAIVERS

_UNUSED = """
module dut (input wire [3:0] a, output wire [2:0] y);
  wire [3:0] {name};
  assign {name} = ~a;
  assign y = {name}[2:0];
endmodule
"""
_PAGE = Path(__file__).parents[2] / "docs" / "verification.md"


@pytest.mark.parametrize(
    "name", ["decoder_exponent", "exponent", "significand", "core_results_payload"]
)
def test_a_waived_name_may_have_unused_bits(name: str) -> None:
    assert lint(_UNUSED.format(name=name), "dut", WAIVERS) == []


@pytest.mark.parametrize(
    "name",
    ["block_exponent", "exponent_above", "exponents", "total_significand", "results_payload"],
)
def test_a_name_like_a_waived_one_may_not(name: str) -> None:
    messages = lint(_UNUSED.format(name=name), "dut", WAIVERS)
    assert any(f"Bits of signal are not used: '{name}'[3]" in line for line in messages)


def test_the_page_has_every_waiver() -> None:
    """Rule, name and reason."""
    rows = re.findall(r"^\| `(\w+)`(?: on `(.+)`)? \| (.*) \|$", _PAGE.read_text(), re.MULTILINE)
    waivers = []
    for waiver, reason in (*shared.WAIVERS.items(), *WAIVERS.items()):
        match = re.fullmatch(
            r"lint_off -rule (\w+) -file \"\*\"(?: -match \"\*: '(.+)'\*\")?", waiver
        )
        assert match, waiver
        waivers.append((match[1], match[2] or "", reason))
    assert rows == waivers
