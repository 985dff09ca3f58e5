"""Energy of a user's Verilog on a recording of the user's own simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from costmodel.energy.recording import Value, read_recording
from costmodel.energy.replay import replayed
from costmodel.flow.recipes import Recipe
from costmodel.netlist.netlist import Netlist
from costmodel.netlist.source import Source
from costmodel.technologies import load_technology
from hw.errors import RequestError
from tests.costmodel.kept import kept_mapping
from tests.recordings import CYCLES, MAC, PORTS, dump, work


@pytest.fixture(scope="module")
def netlist() -> Netlist:
    """The circuit on NanGate 45 nm."""
    source = Source(MAC, "verilog", "mac", rows=False)
    return kept_mapping(source, Recipe(), load_technology("nangate45")).netlist


def test_a_recording_is_done_again(netlist: Netlist, tmp_path: Path) -> None:
    """Asynchronous reset, inputs that change with the clock; outputs agree before every edge."""
    replay = replayed(netlist, read_recording(dump(tmp_path / "a.vcd", work(15)), PORTS), "clk")
    assert (replay.compared, replay.different, replay.unknown) == (CYCLES, 0, 0)
    assert replay.activity.cycles == CYCLES
    rows = list(work(15))
    for port in ("a", "clear", "sum"):
        values = np.array([0, *(row[port] for row in rows)])
        moved = (values[1:] ^ values[:-1])[:, None] >> np.arange(PORTS[port]) & 1
        toggles = replay.activity.toggles[netlist.ports[port][1]]
        np.testing.assert_array_equal(toggles, moved.sum(axis=0))
    assert replay.activity.toggles[netlist.ports["clk"][1][0]] == 2 * CYCLES


def test_another_circuit_is_noticed(netlist: Netlist, tmp_path: Path) -> None:
    """A sum that is wrong in the recording is told with its cycle."""
    rows = list(work(15))
    rows[20]["sum"] ^= 4
    replay = replayed(netlist, read_recording(dump(tmp_path / "a.vcd", iter(rows)), PORTS), "clk")
    assert replay.different == 1
    assert replay.first.startswith("cycle 22: sum is 0x")


def test_unknown_values_count(netlist: Netlist, tmp_path: Path) -> None:
    """x of an input is taken as 0 and told; x of an output is compared with nothing."""
    rows: list[dict[str, Any]] = list(work(15))
    rows[0] |= {"a": "xxxx", "sum": "xxxxxxxxxx"}
    replay = replayed(netlist, read_recording(dump(tmp_path / "a.vcd", iter(rows)), PORTS), "clk")
    assert (replay.different, replay.unknown) == (0, 1)


def test_bits_that_are_variables_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "bits.vcd"
    path.write_text(
        "$timescale 1ns $end $scope module t $end"
        " $var wire 1 ! a [0] $end $var wire 1 % a [1] $end $var wire 2 & b [1:0] $end"
        " $upscope $end $enddefinitions $end\n#0\n0!\n1%\nbx1 &\n#5\n1!\n"
    )
    changes = list(read_recording(path, {"a": 2, "b": 2}).changes())
    assert changes == [{"a": Value(2, 3), "b": Value(1, 1)}, {"a": Value(3, 3)}]


@pytest.mark.parametrize(
    ("scopes", "ports", "scope", "sentence"),
    [
        (("tb.dut",), {"clk": 1, "c": 8}, "", "no scope of .* nearest one lacks c of 8 bits"),
        (("tb.dut",), {"a": 5}, "tb.dut", r"lacks a of 5 bits \(it has 4\)"),
        (("tb.dut",), PORTS, "tb.x", r"no scope 'tb\.x': it has tb, tb\.dut"),
        (("tb.one", "tb.two"), PORTS, "", "in several scopes, tb.one, tb.two: --scope"),
    ],
)
def test_recordings_of_something_else(
    scopes: tuple[str, ...], ports: dict[str, int], scope: str, sentence: str, tmp_path: Path
) -> None:
    path = dump(tmp_path / "a.vcd", work(15), *scopes)
    with pytest.raises(RequestError, match=sentence):
        read_recording(path, ports, scope)


@pytest.mark.parametrize("text", ["", "module x;", "$scope module t $end $upscope $end #5 2!"])
def test_files_that_are_no_recordings(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.vcd"
    path.write_text(text)
    with pytest.raises(RequestError, match=r"a\.vcd"):
        list(read_recording(path, {"clk": 1}).changes())
