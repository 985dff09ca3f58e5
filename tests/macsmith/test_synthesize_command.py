"""The command `synthesize`: figures, tables, sweeps, and how it refuses."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.costmodel.circuits import verilog
from tests.macsmith.program import Program

_VERILOG = Path(__file__).parents[1] / "cases" / "verilog"
_TINY = ("ternary-int8-8x8", "--set", "luts=3", "--set", "columns=3")


def test_figures(macsmith: Program) -> None:
    """Everything that programs are promised, and the same again from the cache."""
    ended = macsmith("synthesize", *_TINY, "--json")
    assert ended.status == 0
    answer = json.loads(ended.out)
    for key in ("area_um2", "delay_ps", "leakage_uw"):
        assert answer[key] > 0
    assert answer["technology"] == "nangate45"
    assert sum(answer["parts"].values()) == pytest.approx(answer["area_um2"])
    assert {"table", "select", "reduce", "accumulate", "control"} <= set(answer["parts"])
    assert answer["operations_per_cycle"] == 18
    assert answer["area_um2_per_operation"] == pytest.approx(answer["area_um2"] / 18)
    assert answer["area_noise_percent"] is None  # not asked for, so not known
    assert "energy_fj_per_operation" not in answer
    assert {"flow", "macsmith", "pyosys", "technology"} <= set(answer["flow"])
    assert json.loads(macsmith("synthesize", *_TINY, "--json").out) == answer


def test_energy_is_measured_on_request(macsmith: Program) -> None:
    ended = macsmith("synthesize", *_TINY, "--activity", "--vectors", "40", "--json")
    assert ended.status == 0
    answer = json.loads(ended.out)
    energy = answer["energy"]
    assert energy["source"] == "measured"
    assert energy["words_checked"] > 0
    assert energy["vectors"] == 40
    assert sum(energy["by_part"].values()) == pytest.approx(energy["energy_fj_per_cycle"])
    per_cycle = answer["energy_fj_per_operation"] * energy["operations"] / energy["cycles"]
    assert per_cycle == pytest.approx(answer["energy_fj_per_cycle"])
    printed = macsmith("synthesize", *_TINY, "--activity", "--vectors", "40").out
    assert "fJ/weight" in printed
    assert "estimate" not in printed


def test_energy_on_data_in_any_files(macsmith: Program, tmp_path: Path) -> None:
    """An archive, or a file for each array: the same arrays, the same figure."""
    rng = np.random.default_rng(0)
    arrays = {
        "activations": rng.integers(-128, 128, (4, 18), np.int8),
        "weights": rng.integers(-1, 2, (18, 6), np.int8),
    }
    np.savez(
        tmp_path / "both.npz",
        activations=arrays["activations"],
        weights=arrays["weights"],
    )
    np.save(tmp_path / "activations.npy", arrays["activations"])
    np.save(tmp_path / "w.npy", arrays["weights"])
    pair = (str(tmp_path / "activations.npy"), f"weights={tmp_path / 'w.npy'}")
    answers = []
    for files in ((str(tmp_path / "both.npz"),), pair):
        asked = [word for file in files for word in ("--data", file)]
        ended = macsmith("synthesize", *_TINY, "--activity", *asked, "--json")
        assert ended.status == 0, ended.err
        answers.append(json.loads(ended.out)["energy"])
    assert answers[0] == answers[1]
    assert answers[0]["vectors"] == 4


def test_estimate_is_labelled(macsmith: Program) -> None:
    answer = json.loads(macsmith("synthesize", *_TINY, "--vectorless", "--json").out)
    assert answer["energy"]["source"] == "vectorless"
    assert "vectorless estimate" in macsmith("synthesize", *_TINY, "--vectorless").out


def test_clock_that_is_missed_is_told(macsmith: Program) -> None:
    ended = macsmith("synthesize", *_TINY, "--clock-ns", "0.2")
    assert ended.status == 1
    assert "missed" in ended.out
    assert macsmith("synthesize", *_TINY, "--clock-ns", "20").status == 0


def test_own_verilog(macsmith: Program, tmp_path: Path) -> None:
    file = tmp_path / "mine.v"
    file.write_text(verilog("multiply5"))
    ended = macsmith(
        "synthesize", "--verilog", file, "--top", "multiply5", "--noise", "2", "--json"
    )
    assert ended.status == 0
    answer = json.loads(ended.out)
    assert answer["area_noise_percent"] > 0
    assert "kept/either/ripple/booth/area" in answer["tried"]


@pytest.mark.parametrize(
    "top", ["x; exec -- touch {0}", "x;exec -- touch {0};", "x\nexec -- touch {0}"]
)
def test_names_run_no_command(macsmith: Program, tmp_path: Path, top: str) -> None:
    """A tool's command language never sees what comes from outside."""
    folder = tmp_path / "a b;c"
    folder.mkdir()
    file = folder / "x;y.v"
    file.write_text("module \\x;y (input a, output y); assign y = ~a; endmodule\n")
    touched = tmp_path / "touched"
    ended = macsmith("synthesize", "--verilog", file, "--top", top.format(touched))
    assert ended.status == 2
    assert macsmith("synthesize", "--verilog", file, "--top", "x;y").status == 0
    assert not touched.exists()


@pytest.mark.parametrize(
    "name", ["display_in_always", "gate_names", "star_names", "rom_file", "parallel_case"]
)
def test_verilog_from_outside(macsmith: Program, name: str) -> None:
    ended = macsmith("synthesize", "--verilog", _VERILOG / f"{name}.v", "--top", name, "--json")
    assert ended.status == 0, ended.err
    answer = json.loads(ended.out)
    assert answer["warnings"] == []
    assert answer["top"] == name
    parts = {"star_names": {"star_names", "axxb", "a*b"}}
    # what is mapped in one piece has lost its parts, but for the top module
    assert {name} <= set(answer["parts"]) <= parts.get(name, {name})
    registers = sum(count for cell, count in answer["cells"].items() if cell.startswith("DFF"))
    wanted = {"display_in_always": 4, "gate_names": 4, "star_names": 72, "parallel_case": 10}
    assert registers == wanted.get(name, 0)


@pytest.mark.parametrize("name", ["sv_logic", "sv_package", "rom_file"])
def test_the_reader_is_told(macsmith: Program, name: str) -> None:
    """In the report and in JSON."""
    arguments = ("synthesize", "--verilog", _VERILOG / f"{name}.v", "--top", name)
    reader = json.loads(macsmith(*arguments, "--json").out)["reader"]
    assert reader == ("yosys" if name == "rom_file" else "slang")
    words = {"yosys": "read by Yosys, as Verilog", "slang": "read by slang, as SystemVerilog"}
    assert words[reader] in macsmith(*arguments).out


@pytest.mark.parametrize("way", ["repeated", "following", "list"])
def test_several_files(macsmith: Program, tmp_path: Path, way: str) -> None:
    """Each of them is read, and what belongs to them; the text itself agrees."""
    folder = _VERILOG.parent / "systemverilog"
    files = [folder / name for name in ("files_out_of_order.sv", "inc/adder.sv", "inc/types.sv")]
    (tmp_path / "all.f").write_text("".join(f"{file}\n" for file in files))
    given = {
        "repeated": [word for file in files for word in ("--verilog", file)],
        "following": ["--verilog", *files],
        "list": ["-f", tmp_path / "all.f"],
    }
    prove = ("--prove",) if way == "list" else ()
    top = ("--top", "files_out_of_order")
    ended = macsmith("synthesize", *given[way], *top, *prove, "--json")
    assert ended.status == 0, ended.err
    answer = json.loads(ended.out)
    assert answer["area_um2"] > 0
    assert answer["warnings"] == []
    assert (answer["proof"]["text_steps"] or 0) > 100 or not prove


def test_parameters_and_macros(macsmith: Program) -> None:
    """They decide what is mapped, by either reader, also of the text that is run beside it."""
    folder = _VERILOG.parent / "systemverilog"
    wanted = ("--verilog", folder / "param_values.sv", "--top", "param_values", "--prove", "--json")
    areas = []
    for width in (2, 9):
        ended = macsmith(
            "synthesize",
            *wanted,
            "--param",
            f"W={width}",
            "--param",
            "MASK='1",
            "--param",
            'NAME="fast"',
        )
        assert ended.status == 0, ended.err
        answer = json.loads(ended.out)
        assert answer["proof"]["text_steps"] > 100
        areas.append(answer["area_um2"] + sum(answer["cells"].values()))
    assert areas[0] <= areas[1]
    plain = ("--verilog", _VERILOG / "needs_parameter.v", "--top", "needs_parameter")
    ended = macsmith("synthesize", *plain, "--param", "W=7", "--json")
    assert ended.status == 0, ended.err
    assert json.loads(ended.out)["cells"] == {"INV_X1": 7}
    plain = ("--verilog", _VERILOG / "needs_define.v", "--top", "needs_define")
    ended = macsmith("synthesize", *plain, "-D", "WIDTH=5", "--json")
    assert json.loads(ended.out)["cells"] == {"INV_X1": 5}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--set", "group=2"), "--set is for a DESIGN"),
        (("--verilog", _VERILOG / "rom_file.v"), "is named twice"),
        ((_VERILOG / "nowhere.v",), "nowhere.v is no file"),
        (("--include", _VERILOG / "rom.hex"), "is no folder"),
        (("--param", "W=1", "--param", "W=2"), "--param sets W twice"),
        (("--param", "W=1"), "W is set, which"),
        (("-f", _VERILOG / "nowhere.f"), "nowhere.f cannot be read"),
        (("-D", "a b"), "defines no macro"),
        (("--netlist", "/nowhere/x.v"), "its folder is not there"),
    ],
)
def test_no_argument_is_ignored(
    macsmith: Program, arguments: tuple[object, ...], sentence: str
) -> None:
    wanted = ("--verilog", _VERILOG / "rom_file.v", "--top", "rom_file")
    ended = macsmith("synthesize", *wanted, *arguments)
    assert ended.status == 2
    assert sentence in ended.err
    assert len(ended.err.strip().splitlines()) == 1


def test_what_engineers_look_for(macsmith: Program, tmp_path: Path) -> None:
    """Critical path, registers, kinds of cells, energy and the netlist of their own Verilog."""
    file, netlist = _VERILOG.parent / "systemverilog" / "enum_machine.sv", tmp_path / "netlist.v"
    wanted = ("synthesize", "--verilog", file, "--top", "enum_machine", "--effort", "quick")
    ended = macsmith(*wanted, "--vectorless", "--netlist", netlist, "--json")
    assert ended.status == 0, ended.err
    assert ended.err == ""  # quiet where there is no terminal
    answer = json.loads(ended.out)
    assert answer["registers"] == 6
    assert answer["kinds"]["register"]["cells"] == 6
    areas = [kind["area_um2"] for kind in answer["kinds"].values()]
    assert sum(areas) == pytest.approx(answer["area_um2"])
    path = answer["critical_path"]
    assert path["steps"][-1]["arrival_ps"] + path["setup_ps"] == pytest.approx(answer["delay_ps"])
    assert answer["energy"]["source"] == "vectorless"
    assert answer["energy"]["steady"] == {"rst_n": 1}
    assert sum(answer["energy"]["by_part"].values()) == pytest.approx(answer["energy_fj_per_cycle"])
    assert "energy_fj_per_operation" not in answer
    assert set(answer["tried"]) == {"kept/either/ripple/array/quick-area", "synth"}
    text = netlist.read_text()
    assert text.count("\nmodule ") == 1 + len(answer["cells"])
    printed = macsmith(*wanted, "--vectorless").out
    for words in ("registers", "kind of cell", "critical path", "fJ/cycle", "rst_n at 1"):
        assert words in printed
    again = json.loads(
        macsmith(
            "synthesize",
            "--verilog",
            netlist,
            "--top",
            "enum_machine",
            "--effort",
            "quick",
            "--json",
        ).out
    )
    assert again["registers"] == 6


def test_quick_is_never_larger_than_the_plain_script(macsmith: Program, tmp_path: Path) -> None:
    file = tmp_path / "mine.v"
    file.write_text(verilog("multiply5"))
    wanted = ("synthesize", "--verilog", file, "--top", "multiply5", "--json")
    quick = json.loads(macsmith(*wanted, "--effort", "quick").out)
    best = json.loads(macsmith(*wanted).out)
    assert len(quick["tried"]) == 2
    assert best["area_um2"] <= quick["area_um2"] <= quick["tried"]["synth"]["area_um2"]


@pytest.mark.parametrize(
    "arguments", [("--top", "x"), ("--param", "W=1"), ("-D", "A"), ("-I", "."), ("second",)]
)
def test_what_belongs_to_verilog_wants_it(macsmith: Program, arguments: tuple[str, ...]) -> None:
    ended = macsmith("synthesize", "ternary-int8-8x8", *arguments)
    assert ended.status == 2
    assert "--verilog" in ended.err


@pytest.mark.parametrize(
    ("name", "cells", "warnings"),
    [("typo_net", 0, 2), ("nothing", 0, 0), ("only_wires", None, 0), ("undriven_input", None, 1)],
)
def test_doubts_are_told(macsmith: Program, name: str, cells: int | None, warnings: int) -> None:
    """In the report and in JSON, also where nothing is left of a design."""
    arguments = ("synthesize", "--verilog", _VERILOG / f"{name}.v", "--top", name)
    answer = json.loads(macsmith(*arguments, "--json").out)
    assert len(answer["warnings"]) == warnings
    assert cells is None or sum(answer["cells"].values()) == cells
    ended = macsmith(*arguments)
    assert ended.status == 0
    for warning in answer["warnings"]:
        assert f"warning {warning}" in ended.out


@pytest.mark.parametrize("name", ["two_always", "tristate", "itself"])
def test_what_is_no_circuit_is_refused(macsmith: Program, name: str) -> None:
    ended = macsmith("synthesize", "--verilog", _VERILOG / f"{name}.v", "--top", name)
    assert ended.status == 2
    assert len(ended.err.strip().splitlines()) == 1
    assert ended.err.startswith(f"macsmith: {name}.v:")


def test_sweep(macsmith: Program, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    varied = ("--sweep", "group=1,2", "--sweep", "columns=2,3")
    ended = macsmith("synthesize", "ternary-int8-8x8", "--set", "luts=2", *varied, "-o", table)
    assert ended.status == 0
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["group"], row["columns"]) for row in rows] == [
        ("1", "2"),
        ("1", "3"),
        ("2", "2"),
        ("2", "3"),
    ]
    areas = [float(row["area_um2"]) for row in rows]
    assert areas[0] < areas[1]
    assert areas[2] < areas[3]
    assert not any(row["failure"] for row in rows)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "name a DESIGN"),
        (("digits", "--verilog", "a.v", "--top", "a"), "digits is no file: with --verilog"),
        (("--verilog", "there-is-none.v", "--top", "a"), "there-is-none.v is not there"),
        (("--verilog", "there-is-none.v"), "--top"),
        (("digits", "-t", "nangate54"), "did you mean nangate45?"),
        (("digits", "-t", "there-is-none.lib"), "there-is-none.lib"),
        (("digits", "--clock-ns", "-1"), "from 0.001 to 1000000 ns"),
        (("digits", "--clock-ns", "nan"), "from 0.001 to 1000000 ns"),
        (("digits", "--activity", "--vectorless"), "choose one"),
        (("digits", "--vectors", "5"), "--activity"),
        (("digits", "--sweep", "group"), "key=value,value"),
        (("digits", "--sweep", "group=1,9"), "must be a whole number from 1 to 7"),
        (("digits", "--sweep", "group=1,2", "--noise", "3"), "--sweep goes with"),
        (("digits", "-o", "x.csv"), "--sweep"),
        (("no-such-design",), "there is no design"),
    ],
)
def test_refusals(macsmith: Program, arguments: tuple[str, ...], sentence: str) -> None:
    ended = macsmith("synthesize", *arguments)
    assert ended.status == 2
    assert sentence in ended.err
    assert "Traceback" not in ended.err
    assert len(ended.err.strip().splitlines()) == 1


def test_verilog_has_no_measured_energy(macsmith: Program, tmp_path: Path) -> None:
    file = tmp_path / "mine.v"
    file.write_text(verilog("crc8"))
    ended = macsmith("synthesize", "--verilog", file, "--top", "crc8", "--activity")
    assert ended.status == 2
    assert "use --vcd, --saif or --vectorless" in ended.err


def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    """The program ends soon, without a traceback or a half-written table; what was done stays."""
    environment = os.environ | {"MACSMITH_CACHE": str(tmp_path / "cache")}
    table = tmp_path / "table.csv"
    varied = ("--sweep", "columns=2,3,4,5,6,7,8,9", "-o", str(table))
    command = [sys.executable, "-m", "macsmith", "synthesize", "ternary-int8-8x8", *varied]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, env=environment, cwd=root, stderr=subprocess.PIPE) as process:
        finished = tmp_path / "cache" / "synthesis"
        deadline = time.monotonic() + 120
        while not list(finished.glob("*.json")) and time.monotonic() < deadline:
            time.sleep(0.1)
        kept = len(list(finished.glob("*.json")))
        process.send_signal(signal.SIGINT)
        _, printed = process.communicate(timeout=30)
        assert process.returncode == 130
    assert kept >= 1
    assert b"Traceback" not in printed
    assert not table.exists()
    assert len(list(finished.glob("*.json"))) >= kept


def test_work_that_fails_is_a_sentence(macsmith: Program, tmp_path: Path) -> None:
    """Limits of memory and time end the tools, not the program."""
    tight = ("--minutes", "0.01", "--memory-gib", "0.5")
    file = tmp_path / "large.v"
    file.write_text(
        "module large(input [511:0] a, b, output [1023:0] y); assign y = a * b; endmodule\n"
    )
    ended = macsmith("synthesize", "--verilog", file, "--top", "large", *tight)
    assert ended.status == 2
    assert "large" in ended.err
    assert "took longer than 1 s" in ended.err or "GiB of memory" in ended.err
    assert len(ended.err.strip().splitlines()) == 1
