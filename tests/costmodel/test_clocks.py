"""Clocks: which there are, how much time is between their edges, and OpenSTA's opinion of it."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest

from costmodel.flow.mapped import Mapped
from costmodel.flow.recipes import Recipe
from costmodel.flow.timing import TimingGraph
from costmodel.flow.timing_tables import TimingTables
from costmodel.netlist.source import Source
from costmodel.technologies import load_technology
from tests.costmodel.clocked import CLOCKED, verilog
from tests.costmodel.kept import kept_mapping
from tests.costmodel.opensta import named_liberty, worst_slack_ps

_CLOCK = "create_clock -name {0} -period {1} [get_ports {{{0}}}]"


_PLAIN = Recipe(aim="plain")


@cache
def _mapped(
    name: str,
    technology: str = "nangate45",
    clock_ps: float | None = None,
    recipe: Recipe = _PLAIN,
) -> Mapped:
    cells = load_technology(technology)
    source = Source(verilog(name), "verilog", name, rows=False)
    return kept_mapping(source, recipe, cells, clock_ps)


@cache
def _whole_period() -> float:
    """The path of the sum where it has one clock and one edge: the least period."""
    return _mapped("two_clocks").delays.register_to_register_ps


#: Each circuit's clocks (name, edges, registers, gated, derived from), and how much of a period the
#: path of the sum has.
_EXPECTED = {
    "falling": ([("clk", "falling", 24, 0, ())], 1),
    "half_cycle": ([("clk", "rising falling", 24, 0, ())], 1 / 2),
    "inverted": ([("clk", "rising falling", 24, 0, ())], 1 / 2),
    "gated": ([("clk", "rising falling", 25, 8, ())], 1),
    "divided": ([("clk", "rising", 1, 0, ()), ("half", "rising", 24, 0, ("clk",))], 2),
    "to_divided": ([("clk", "rising", 17, 0, ()), ("~half", "rising", 8, 0, ("clk",))], 1),
    "two_clocks": ([("clk", "rising", 24, 0, ()), ("other", "rising", 2, 0, ())], 1),
    "exclusive_or": ([("clk", "rising falling", 25, 8, ())], 1 / 2),
    "clock_choice": (
        [
            ("clk", "rising", 8, 0, ()),
            ("logic of clk, other, s", "rising", 24, 24, ("clk", "other")),
        ],
        1,
    ),
    "counter": ([("clk", "rising", 2, 0, ()), ("tick", "rising", 24, 0, ("clk",))], 2),
}


@pytest.mark.parametrize("name", _EXPECTED)
def test_clocks_and_periods(name: str) -> None:
    mapped = _mapped(name)
    clocks, periods = _EXPECTED[name]
    netlists = [
        (use.name, " ".join(use.edges), use.registers, use.gated, use.derived_from)
        for use in mapped.clocks
    ]
    assert netlists == clocks
    # the cells of the sum differ a little from one circuit to the other, and their setup times
    assert mapped.delays.register_to_register_ps * periods == pytest.approx(
        _whole_period(), rel=0.12
    )
    slowest = max(use.delay_ps or 0.0 for use in mapped.clocks)
    assert slowest <= mapped.delays.longest_ps
    assert slowest == mapped.delays.register_to_register_ps


def test_paths_between_unrelated_clocks_are_counted_only() -> None:
    (crossing,) = _mapped("two_clocks").crossings
    assert (crossing.start, crossing.end, crossing.registers) == ("clk", "other", 1)
    assert _mapped("half_cycle").crossings == []
    assert _mapped("clock_choice").crossings == []


def test_what_opens_a_gate_ends_a_path() -> None:
    """An OR gate opens with the falling edge: half a period after the registers' rising one."""
    late = _mapped("late_gate")
    (clock,) = late.clocks
    assert (clock.edges, clock.gated) == (("rising",), 8)
    assert late.delays.longest_ps == clock.delay_ps
    assert clock.delay_ps is not None
    assert clock.delay_ps > _whole_period()


def test_a_clock_that_is_data_starts_paths() -> None:
    """Its falling edge comes half a period before the register's."""
    both, plain = _mapped("clock_as_data"), _mapped("falling")
    assert both.delays.register_to_register_ps > 300
    assert plain.delays.input_to_register_ps < 50 < both.delays.input_to_register_ps


def test_slack_of_half_a_period() -> None:
    """What is left of the half: half of what is left of the least period."""
    mapped = _mapped("half_cycle")
    cells = load_technology("nangate45")
    graph = TimingGraph(mapped.netlist, cells, TimingTables.of(cells))
    least = mapped.delays.longest_ps
    for period in (least, least + 100, least - 100):
        timing = graph.analyse(period)
        assert timing.worst_slack_ps == pytest.approx((period - least) / 2)
        assert timing.slack_ps.min() == pytest.approx((period - least) / 2)
        assert timing.delays.longest_ps == least


def test_sizing_meets_half_a_period() -> None:
    """Cells on the half-cycle path are enlarged; with the whole period they would be left."""
    logic = Recipe(adders="logic", aim="delay")
    plain = _mapped("half_cycle", recipe=logic)
    asked = 0.95 * plain.delays.longest_ps
    sized = _mapped("half_cycle", clock_ps=asked, recipe=logic)
    assert sized.delays.longest_ps <= asked
    assert 0 <= sized.slack_ps < 0.1 * asked
    assert sized.area_um2 > plain.area_um2


#: What OpenSTA is told of each circuit's clocks besides ``clk``.
_CONSTRAINTS = {
    "falling": [],
    "half_cycle": [],
    "inverted": [],
    "gated": [],
    "late_gate": [],
    "clock_as_data": [],
    "exclusive_or": [],
    "two_clocks": ["set_clock_groups -asynchronous -group clk -group other"],
    "divided": [
        "set half [get_pins {PIN}]",
        "create_generated_clock -name half -source [get_ports {clk}] -divide_by 2 $half",
    ],
}


def _divider(graph: TimingGraph, mapped: Mapped) -> str:
    """The output pin that a register drives a clock with, as `to_verilog` calls it."""
    (net,) = [net for net, clock in graph.clocks.clocks.items() if clock.source == "register"]
    ((cell, pin),) = zip(*(mapped.netlist.outputs == net).nonzero(), strict=True)
    outputs = list(mapped.netlist.library[mapped.netlist.kinds[cell]].outputs)
    return f"c{cell}/{outputs[pin]}"


@pytest.mark.skipif(shutil.which("sta") is None, reason="OpenSTA is not installed")
@pytest.mark.parametrize("name", _CONSTRAINTS)
@pytest.mark.parametrize("technology", ["nangate45", pytest.param("asap7", marks=pytest.mark.long)])
def test_agrees_with_opensta(name: str, technology: str, tmp_path: Path) -> None:
    """The least slack between registers at half of the least period, where all paths are late."""
    mapped, cells = _mapped(name, technology), load_technology(technology)
    period = round(mapped.delays.register_to_register_ps / 2, 1)
    graph = TimingGraph(mapped.netlist, cells, TimingTables.of(cells))
    clocks = ["clk", "other"] if name == "two_clocks" else ["clk"]
    constraints = [_CLOCK.format(clock, period) for clock in clocks] + _CONSTRAINTS[name]
    if name == "divided":
        pin = _divider(graph, mapped)
        constraints = [command.replace("PIN", pin) for command in constraints]
    theirs = worst_slack_ps(
        mapped.netlist, name, cells, [named_liberty(cells, tmp_path)], tmp_path, constraints, clocks
    )
    assert graph.analyse(period).worst_slack_ps == pytest.approx(theirs, abs=0.05 * 2 * period)


def test_every_circuit_is_looked_at() -> None:
    assert set(CLOCKED) == set(_EXPECTED) | {"late_gate", "clock_as_data"}
