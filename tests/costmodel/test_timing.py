"""Static timing: against a slow analysis written another way, and against OpenSTA."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from costmodel.flow.mapped import Mapped
from costmodel.flow.recipes import Recipe
from costmodel.flow.timing import CombinationalLoopError, TimingGraph
from costmodel.flow.timing_tables import TimingTables
from costmodel.library.technology import Arc, Technology
from costmodel.netlist.netlist import Netlist, flatten, read_modules
from costmodel.netlist.source import Source
from costmodel.technologies import load_technology
from tests.costmodel import library
from tests.costmodel.circuits import verilog
from tests.costmodel.kept import kept_mapping
from tests.costmodel.opensta import longest_ps, named_liberty

_TECHNOLOGIES = ("nangate45", "asap7", "sky130hd", "sg13g2")
_CIRCUITS = (
    *("add16", "subtract12", "compare10", "multiply5", "shift16", "count12", "first16", "crc8"),
    *("accumulate", "multiply_accumulate"),
)
_LIBRARIES = Path(__file__).parents[3] / "shared" / "liberty"


@cache
def _mapped(name: str, technology: str, aim: str = "plain") -> Mapped:
    cells = load_technology(technology)
    source = Source(verilog(name), "verilog", name, rows=False)
    return kept_mapping(source, Recipe(aim=aim), cells)


def _netlist(cells: dict[str, Any], ports: dict[str, tuple[str, list[int]]]) -> Netlist:
    """A netlist of the ten cells of `library`, its nets numbered from 2."""
    module = {
        "ports": {name: {"direction": way, "bits": bits} for name, (way, bits) in ports.items()},
        "netnames": {},
        "cells": {
            name: {"type": kind, "connections": {pin: [net] for pin, net in pins.items()}}
            for name, (kind, pins) in cells.items()
        },
    }
    technology = library.technology()
    return flatten(read_modules({"modules": {"top": module}}, technology), "top", technology)


def _interpolated(arc: Arc, grid: Any, transition: float, load: float) -> float:
    """One figure of an arc, by one interpolation after the other."""
    along_load = [_along(arc.loads_ff, row, load) for row in grid]
    return _along(arc.transitions_ps, along_load, transition)


def _along(axis: tuple[float, ...], values: Any, at: float) -> float:
    i = next((i for i in range(len(axis) - 2) if at < axis[i + 1]), len(axis) - 2)
    slope = (values[i + 1] - values[i]) / (axis[i + 1] - axis[i])
    return values[i] + slope * (at - axis[i])


class _Slowly:
    """A netlist's longest path by recursion from its ends, one arc at a time."""

    def __init__(self, netlist: Netlist, technology: Technology) -> None:
        self._netlist, self._technology = netlist, technology
        self._drivers: dict[int, tuple[int, int]] = {}
        self._loads: dict[int, float] = {}
        self._known: dict[tuple[int, bool], tuple[float, float]] = {}
        for i, kind in enumerate(netlist.kinds):
            cell = netlist.library[kind]
            for pin, net in zip(cell.inputs.values(), netlist.inputs[i], strict=False):
                self._loads[net] = self._loads.get(net, 0.0) + pin.capacitance_ff
            for position, net in enumerate(netlist.outputs[i][: len(cell.outputs)]):
                self._drivers[net] = (i, position)
        for net in netlist.port_nets("output"):
            self._loads[net] = self._loads.get(net, 0.0) + technology.output_load_ff

    def longest(self) -> float:
        ends = [(net, (0.0, 0.0)) for net in self._netlist.port_nets("output")]
        for i, kind in enumerate(self._netlist.kinds):
            flop = self._netlist.library[kind].flop
            if flop is not None:
                position = list(self._netlist.library[kind].inputs).index(flop.data)
                ends.append((self._netlist.inputs[i, position], flop.setup_ps))
        return max(
            self._at(net, rising)[0] + setup[0 if rising else 1]
            for net, setup in ends
            for rising in (True, False)
        )

    def _at(self, net: int, rising: bool) -> tuple[float, float]:
        """Latest arrival and slowest transition of an edge."""
        if (net, rising) not in self._known:
            ways = list(self._ways(net, rising))
            latest, slowest = max(w[0] for w in ways), max(w[1] for w in ways)
            self._known[net, rising] = latest, slowest
        return self._known[net, rising]

    def _ways(self, net: int, rising: bool) -> Iterator[tuple[float, float]]:
        typical, load = self._technology.typical_transition_ps, self._loads.get(net, 0.0)
        if net not in self._drivers:
            (output,) = self._technology.cells[self._technology.driver].outputs.values()
            for arc in output.arcs:
                delay, transition = _grids(arc, rising)
                unloaded = _interpolated(arc, delay, typical, 0.0)
                late = _interpolated(arc, delay, typical, load) - unloaded
                yield late, _interpolated(arc, transition, typical, load)
            return
        i, position = self._drivers[net]
        cell = self._netlist.library[self._netlist.kinds[i]]
        output = list(cell.outputs.values())[position]
        for arc in output.arcs:
            delay, transition = _grids(arc, rising)
            if cell.flop is not None:
                starts = [(0.0, typical)]
            else:
                before = self._netlist.inputs[i, list(cell.inputs).index(arc.input)]
                edges = {"positive": (rising,), "negative": (not rising,)}
                starts = [self._at(before, e) for e in edges.get(arc.sense, (True, False))]
            for arrived, came in starts:
                late = arrived + _interpolated(arc, delay, came, load)
                yield late, max(0.0, _interpolated(arc, transition, came, load))


def _grids(arc: Arc, rising: bool) -> tuple[Any, Any]:
    if rising:
        return arc.rise_ps, arc.rise_transition_ps
    return arc.fall_ps, arc.fall_transition_ps


@pytest.mark.parametrize("technology", _TECHNOLOGIES)
@pytest.mark.parametrize("name", ["multiply5", "accumulate"])
def test_equals_a_slow_analysis(name: str, technology: str) -> None:
    mapped = _mapped(name, technology)
    slowly = _Slowly(mapped.netlist, load_technology(technology)).longest()
    assert mapped.delays.longest_ps == pytest.approx(slowly, rel=1e-9)


def test_each_kind_of_path() -> None:
    """By hand: all delays of the ten cells are between 10 and 13 ps, setup is 1 ps."""
    netlist = _netlist(
        {
            "first": ("INV", {"A": 3, "Y": 4}),
            "register": ("DFF", {"CK": 2, "D": 4, "Q": 5}),
            "second": ("INV", {"A": 5, "Y": 6}),
            "third": ("INV", {"A": 6, "Y": 7}),
            "next": ("DFF", {"CK": 2, "D": 7, "Q": 8}),
            "through": ("NAND2", {"A": 3, "B": 8, "Y": 9}),
        },
        {"clk": ("input", [2]), "a": ("input", [3]), "y": ("output", [9])},
    )
    technology = library.technology()
    delays = TimingGraph(netlist, technology, TimingTables.of(technology)).analyse().delays
    assert 10 < delays.input_to_register_ps < 15
    assert 30 < delays.register_to_register_ps < 41
    assert 10 < delays.input_to_output_ps < 14
    assert 20 < delays.register_to_output_ps < 27
    assert delays.longest_ps == delays.register_to_register_ps


def test_slack_is_against_the_period() -> None:
    mapped = _mapped("multiply5", "nangate45")
    technology = load_technology("nangate45")
    graph = TimingGraph(mapped.netlist, technology, TimingTables.of(technology))
    longest = mapped.delays.longest_ps
    assert graph.analyse().slack_ps.min() == pytest.approx(0, abs=1e-6)
    assert graph.analyse(longest + 50).slack_ps.min() == pytest.approx(50)
    assert graph.analyse(longest - 50).slack_ps.min() == pytest.approx(-50)
    assert np.isfinite(graph.analyse().slack_ps).any()


def test_loop_of_logic_is_refused() -> None:
    cells = {
        "one": ("NAND2", {"A": 2, "B": 4, "Y": 3}),
        "two": ("INV", {"A": 3, "Y": 4}),
    }
    netlist = _netlist(cells, {"a": ("input", [2]), "y": ("output", [3])})
    technology = library.technology()
    with pytest.raises(CombinationalLoopError, match="loops of logic without a register"):
        TimingGraph(netlist, technology, TimingTables.of(technology))


_PAIRS = [
    pytest.param(name, technology, marks=() if i % 4 == j else pytest.mark.long)
    for i, name in enumerate(_CIRCUITS)
    for j, technology in enumerate(_TECHNOLOGIES)
]


@pytest.mark.skipif(shutil.which("sta") is None, reason="OpenSTA is not installed")
@pytest.mark.parametrize(("name", "technology"), _PAIRS)
def test_agrees_with_opensta(name: str, technology: str, tmp_path: Path) -> None:
    """On the distilled library: only the way of analysing differs."""
    mapped, cells = _mapped(name, technology), load_technology(technology)
    theirs = longest_ps(mapped.netlist, name, cells, [named_liberty(cells, tmp_path)], tmp_path)
    assert mapped.delays.longest_ps == pytest.approx(theirs, rel=0.05)


@pytest.mark.skipif(shutil.which("sta") is None, reason="OpenSTA is not installed")
@pytest.mark.skipif(not _LIBRARIES.is_dir(), reason="the original libraries are not there")
@pytest.mark.parametrize(("name", "technology"), _PAIRS)
def test_agrees_with_opensta_on_the_original_library(
    name: str, technology: str, tmp_path: Path
) -> None:
    """All that is between the library's own tables and our figure: within 10 %."""
    mapped, cells = _mapped(name, technology), load_technology(technology)
    files = []
    for path in sorted((_LIBRARIES / technology).glob("*.lib.gz")):
        files.append(tmp_path / path.stem)
        text = gzip.decompress(path.read_bytes()).decode()
        files[-1].write_text(re.sub(r".*default_wire_load\b.*", "", text))  # we have no wires
    theirs = longest_ps(mapped.netlist, name, cells, files, tmp_path)
    assert mapped.delays.longest_ps == pytest.approx(theirs, rel=0.10)


def test_modules_times_many_are_the_flat_netlist() -> None:
    """A netlist of modules, repeated by numpy, times and weighs what Yosys flattens."""
    text = {
        "modules": {
            "pair": {
                "ports": {
                    "a": {"direction": "input", "bits": [2]},
                    "y": {"direction": "output", "bits": [4]},
                    "z": {"direction": "output", "bits": [4]},
                    "w": {"direction": "output", "bits": [2]},
                },
                "netnames": {},
                "cells": {
                    "i": {"type": "INV", "connections": {"A": [2], "Y": [3]}},
                    "j": {"type": "INV", "connections": {"A": [3], "Y": [4]}},
                },
            },
            "top": {
                "ports": {
                    "a": {"direction": "input", "bits": [2]},
                    "y": {"direction": "output", "bits": [6, 4, 7]},
                },
                "netnames": {},
                "cells": {
                    "p": {"type": "pair", "connections": {"a": [2], "y": [3], "z": [4], "w": [7]}},
                    "q": {"type": "pair", "connections": {"a": [3], "y": [6], "z": [8], "w": [9]}},
                },
            },
        }
    }
    technology = library.technology()
    netlist = flatten(read_modules(json.loads(json.dumps(text)), technology), "top", technology)
    assert len(netlist.kinds) == 4
    y = netlist.ports["y"][1]
    assert y[2] == netlist.ports["a"][1][0]  # through the module, without a cell
    assert y[1] == netlist.inputs[2][0]  # two ports of one net
    delays = TimingGraph(netlist, technology, TimingTables.of(technology)).analyse().delays
    assert 40 < delays.input_to_output_ps < 52
