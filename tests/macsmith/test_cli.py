"""The command line: what it writes, what it prints, and how it refuses."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hw import __version__
from hw.formats import NAMED_FLOATS
from macsmith.design import committed_designs, load_design
from macsmith.manifest import manifest, verilog
from sim.family import bench_of
from sim.lint import lint
from sim.ternary.keys import pack_keys
from tests.macsmith.program import Program

#: Verilator takes a minute for the 1024 multipliers; their 8 x 8 tile is linted. The large tables
#: are linted in the long tests, designs of FP16 activations as small tiles
#: (tests/macsmith/test_float_designs.py).
SLOW_TO_LINT = {"multiplier-int8-32x32", "platinum-int8-40x8"} | {
    name for name in committed_designs() if "-fp16-" in name
}


def test_help_teaches(macsmith: Program) -> None:
    ended = macsmith("--help")
    assert ended.status == 0
    for command in ("list", "generate", "simulate", "doctor"):
        assert command in ended.out
    assert "macsmith simulate digits" in ended.out


def test_version(macsmith: Program) -> None:
    assert macsmith("--version").out == f"macsmith {__version__}\n"


def test_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "macsmith", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == f"macsmith {__version__}\n"


def test_list(macsmith: Program) -> None:
    listed = json.loads(macsmith("list", "--json").out)
    assert set(listed["units"]) == {
        "ternary_lut",
        "ternary_signflip",
        "ternary_multiplier",
        "complex_lut",
        "simd_mac",
        "fma",
        "matrix_engine",
    }
    assert {"ternary-int8-8x8", "ternary-int8-32x32", "digits"} <= set(listed["designs"])
    assert "bitnet-2b4t" in listed["workloads"]
    assert all(listed["designs"].values())
    assert {"intN", "uintN", "eXmY", *NAMED_FLOATS} <= set(listed["formats"])
    assert "448, one NaN, no infinities" in listed["formats"]["fp8_e4m3"]
    assert listed["block_formats"]["mxint8"].startswith(
        "OCP MX, 32 elements (int8), a scale (ue8m0)"
    )
    plain = macsmith("list").out
    assert "block formats\n  mxfp8_e4m3" in plain
    assert "ternary_lut" in plain
    assert "digits" in plain


def test_doctor_finds_what_the_tests_run_with(macsmith: Program) -> None:
    ended = macsmith("doctor", "--json")
    assert ended.status == 0
    assert all(check["ok"] and check["remedy"] for check in json.loads(ended.out)["checks"])


def test_doctor_says_what_is_missing(macsmith: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("macsmith.doctor.search_path", lambda: "/nonexistent")
    ended = macsmith("doctor")
    assert ended.status == 1
    assert "missing  C++ compiler" in ended.out
    assert "g++" in ended.out


@pytest.mark.parametrize("name", committed_designs())
def test_committed_designs_generate(name: str, macsmith: Program, tmp_path: Path) -> None:
    """Each design gives three files whose digests the manifest states."""
    ended = macsmith("generate", name, "-o", tmp_path, "--json")
    assert ended.status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        f"{name}.{ending}" for ending in ("v", "json", "core")
    )
    written = json.loads((tmp_path / f"{name}.json").read_text())
    for file, digest in written["files"].items():
        assert hashlib.sha256((tmp_path / file).read_bytes()).hexdigest() == digest
    answer = json.loads(ended.out)
    configuration = load_design(name).configuration
    assert answer["latency_cycles"] == written["latency_cycles"] == configuration.latency
    assert answer["initiation_interval"] == 1
    text = (tmp_path / f"{name}.v").read_text()
    waivers = bench_of(configuration).waivers
    assert name in SLOW_TO_LINT or lint(text, written["top"], waivers) == []
    assert f"macsmith {__version__}" in text
    assert f"module {written['top']} (" in text
    assert max(map(len, text.splitlines())) <= 200


@pytest.mark.long
def test_the_largest_tables_are_clean() -> None:
    """Of five weights a key: 121 entries each."""
    design = load_design("platinum-int8-40x8")
    assert lint(verilog(design), design.top, bench_of(design.configuration).waivers) == []


def test_generation_is_byte_identical_and_has_no_paths() -> None:
    """Another process, with another hash seed, writes the same bytes; none names the machine."""
    design = load_design("ternary-int8-8x8")
    code = (
        "from macsmith.design import load_design; from macsmith.manifest import verilog;"
        "print(verilog(load_design('ternary-int8-8x8')), end='')"
    )
    command = [sys.executable, "-c", code]
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    root = Path(__file__).parents[2]
    other = subprocess.run(
        command, capture_output=True, text=True, check=True, env=environment, cwd=root
    )
    text = verilog(design)
    assert other.stdout == text
    assert str(Path.home()) not in text
    assert "/tmp" not in text


@pytest.mark.parametrize("name", ["ternary-int8-8x8", "bitserial-int8-8x8", "complex-int8-16x16"])
def test_manifest_describes_every_bit(name: str) -> None:
    """The fields of a stream cover its payload; the ports are those of the Verilog."""
    design = load_design(name)
    contents = manifest(design, {})
    head, _ = verilog(design).split("\n);", 1)
    declared = re.findall(
        r"^ *(?:in|out)put +(?:wire|reg) +(?:\[\d+:0\] +)?(\w+),?$", head, re.MULTILINE
    )
    assert [port["name"] for port in contents["ports"]] == declared
    bits = {port["name"]: port["bits"] for port in contents["ports"]}

    def width(field: dict[str, Any]) -> int:
        if "fields" in field:
            return max(f["lowest_bit"] + width(f) for f in field["fields"].values())
        return field["elements"] * width(field["element"]) if "elements" in field else field["bits"]

    for stream in contents["streams"]:
        assert width(stream["payload"]) == bits[f"{stream['name']}_payload"]
    if design.configuration.unit == "complex_lut":
        return
    weights = np.array([key["weights"] for key in contents["keys"]["table"]]).T
    codes = [pack_keys(weights[:, [i]], 2)[0, 0] for i in range(weights.shape[1])]
    assert codes == [key["code"] for key in contents["keys"]["table"]]


def test_settings_override_the_file(macsmith: Program, tmp_path: Path) -> None:
    settings = ("--set", "group=3", "--set", "activation=uint4", "--set", "workload.inputs=24")
    assert macsmith("generate", "ternary-int8-8x8", "-o", tmp_path, *settings).status == 0
    written = json.loads((tmp_path / "ternary-int8-8x8.json").read_text())
    assert written["parameters"]["group"] == 3
    assert written["parameters"]["activation"] == "uint4"
    assert written["workload"]["inputs"] == 24


@pytest.fixture
def digits() -> dict[str, np.ndarray]:
    """Good arrays for the 8 x 8 design, to be spoilt."""
    return {
        "activations": np.ones((2, 32), np.int8),
        "weights": np.ones((32, 16), np.int8),
        "bias": np.arange(16),
    }


def save(path: Path, arrays: dict[str, Any]) -> None:
    """Write a data file."""
    np.savez(path, allow_pickle=True, **arrays)


def test_own_data(macsmith: Program, digits: dict[str, np.ndarray], tmp_path: Path) -> None:
    save(tmp_path / "own.npz", digits | {"labels": np.full(2, 15)})
    ended = macsmith("simulate", "ternary-int8-8x8", "--data", tmp_path / "own.npz", "--json")
    answer = json.loads(ended.out)
    assert (ended.status, answer["mismatches"], answer["vectors"]) == (0, 0, 2)
    assert answer["accuracy"] == 1.0
    assert answer["accumulator"] == {
        "bits": 14,  # 32 * 128 + 1000
        "worst_case_bits": 14,
        "needed_bits": 14,  # 32 * 128 + 15
        "most_nonzeros": 32,
    }
    sparse = digits | {"weights": np.eye(32, 16, dtype=np.int8)}
    save(tmp_path / "own.npz", sparse)
    plain = macsmith(
        "simulate", "ternary-int8-8x8", "--skip-zero-tiles", "--data", tmp_path / "own.npz"
    )
    assert "need 9 (1 of an output are not 0), the workload at most 14" in plain.out
    assert "4 words checked, 0 mismatches, 5 cycles" in plain.out  # one of four tiles has weights


def test_failed_check_is_status_1(macsmith: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hw.ternary.TernaryLut.cycles", lambda *_: 1)
    ended = macsmith("simulate", "ternary-int8-8x8", "--vectors", "2")
    assert ended.status == 1
    assert "FAILED" in ended.out


def test_core_without_results_is_reported(
    macsmith: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = re.sub(
        r"else results_valid <= [^;]*;",
        "else results_valid <= 1'b0;",
        verilog(load_design("ternary-int8-8x8")),
    ).replace("ternary_int8_8x8", "dut")
    monkeypatch.setattr("sim.simulate.to_verilog", lambda *_, **__: dead)
    ended = macsmith("simulate", "ternary-int8-8x8", "--vectors", "2", "--stall", "0.5")
    assert ended.status == 1
    assert "words of results are missing" in ended.out
    assert "FAILED" in ended.out


_BAD = {
    "no such design": (["nonsense"], "there is no design 'nonsense'"),
    "nearly a design": (["ternary-int8-8x9"], "did you mean 'ternary-int8-8x8'?"),
    "no identifier": (["9 lives"], "'9 lives' is no name for a design"),
    "a word of Verilog": (["module"], "'module' is no name for a design"),
    "leaves the folder": (["../designs"], "it must end in .toml"),
    "file not there": (["/nonexistent/x.toml"], "the design file /nonexistent/x.toml is not there"),
    "mu = 9": (["digits", "--set", "group=9"], "group = 9 is not allowed: it must be a whole"),
    "baseline with a table": (["signflip-int8-8x8", "--set", "group=2"], "it must be 1"),
    "unknown key": (
        ["digits", "--set", "lutts=4"],
        "lutts is unknown; did you mean 'luts'?",
    ),
    "unknown limit": (["digits", "--set", "workload.size=4"], "workload.size is unknown"),
    "no value": (["digits", "--set", "group"], "is not of the form key=value"),
    "overflow": (["digits", "--set", "accumulator_bits=12"], "which takes 15 to 64 bits"),
    "text for a number": (["digits", "--set", "luts=many"], "luts = 'many' is not allowed"),
    "fraction": (["digits", "--set", "luts=2.5"], "luts = 2.5 is not allowed"),
    "not a number": (["digits", "--set", "luts=nan"], "--set luts: value is nan, and not a finite"),
    "format": (["digits", "--set", "activation=fp64"], "'fp64' is not a number format"),
    "flag": (["digits", "--set", "table_register=1"], "table_register = 1 is not true or false"),
    "too wide": (["digits", "--set", "luts=1000", "--set", "columns=1000"], "are too many"),
    "injection": (["digits", "--set", "luts=1\ngroup=3"], "luts = '1\\ngroup=3' is not allowed"),
}


@pytest.mark.parametrize("case", _BAD)
@pytest.mark.parametrize("command", ["generate", "simulate"])
def test_wrong_request(case: str, command: str, macsmith: Program, tmp_path: Path) -> None:
    """One sentence, status 2, nothing left behind."""
    arguments, sentence = _BAD[case]
    output = ["-o", tmp_path / "out"] if command == "generate" else []
    ended = macsmith(command, *arguments, *output)
    assert ended.status == 2
    assert sentence in ended.err
    assert ended.err.count("\n") == 1
    assert ended.out == ""
    assert not list(tmp_path.iterdir())


_SPOILT = {
    "a weight of 2": ({"weights": np.full((32, 16), 2)}, "weights[0, 0] = 2 is outside -1 to 1"),
    "activation too large": ({"activations": np.full((1, 32), 128)}, "is outside -128 to 127"),
    "fractions": ({"weights": np.ones((32, 16))}, "weights holds float64 where integers"),
    "one dimension": ({"weights": np.ones(32, int)}, "weights has shape (32,)"),
    "no rows": ({"activations": np.ones((0, 32), int)}, "activations has shape (0, 32)"),
    "inputs differ": ({"activations": np.ones((2, 31), int)}, "31 columns where weights"),
    "bias of another length": ({"bias": np.ones(15, int)}, "bias has 15 elements"),
    "bias too large": ({"bias": np.full(16, 1001)}, "is outside -1000 to 1000"),
    "labels that are no classes": ({"labels": np.array([1, 16])}, "outside 0 to 15"),
    "labels that are no numbers": ({"labels": np.array(["a", "b"])}, "labels holds <U1: integers"),
    "labels of another length": ({"labels": np.ones(3, int)}, "want one label each"),
    "unknown array": ({"factors": np.ones(3)}, "and not factors"),
    "scales for a core without": ({"scales": np.ones(3, int)}, "the core takes none"),
    "objects": ({"weights": np.array([{}])}, "weights holds object: integers or floats"),
    "too many inputs": (
        {"activations": np.ones((1, 33), int), "weights": np.ones((33, 16), int)},
        "--set workload.inputs=33",
    ),
}


@pytest.mark.parametrize("case", _SPOILT)
def test_wrong_data(
    case: str, digits: dict[str, np.ndarray], macsmith: Program, tmp_path: Path
) -> None:
    """A data file that cannot be used is refused with the array, the place and the range."""
    changes, sentence = _SPOILT[case]
    save(tmp_path / "bad.npz", digits | changes)
    ended = macsmith("simulate", "ternary-int8-8x8", "--data", tmp_path / "bad.npz")
    assert ended.status == 2
    assert sentence in ended.err
    assert ended.err.count("\n") == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"no archive at all"])
def test_broken_data_file(content: bytes, macsmith: Program, tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(content)
    ended = macsmith("simulate", "ternary-int8-8x8", "--data", tmp_path / "x.npz")
    assert ended.status == 2
    assert "is not an .npz archive" in ended.err


_BAD_FILES = {
    "not TOML": ("unit = ", "is not TOML"),
    "no unit": ("", "unit = None is not one of ternary_lut"),
    "unknown unit": ('unit = "gemm"', "unit = 'gemm' is not one of"),
    "unknown table": ('unit = "ternary_lut"\n[params]', "params is unknown"),
    "parameters missing": ('unit = "ternary_lut"', "parameter luts is missing"),
    "no table": ('unit = "ternary_lut"\nparameters = 3', "parameters is not a table"),
    "data outside": (
        'unit = "ternary_lut"\ndata = {file = "../x.npz"}',
        "is not a file in the design's folder",
    ),
}


@pytest.mark.parametrize("case", _BAD_FILES)
def test_wrong_design_file(case: str, macsmith: Program, tmp_path: Path) -> None:
    text, sentence = _BAD_FILES[case]
    (tmp_path / "mine.toml").write_text(text)
    ended = macsmith("generate", tmp_path / "mine.toml", "-o", tmp_path / "out")
    assert ended.status == 2
    assert sentence in ended.err
    assert not (tmp_path / "out").exists()


def test_output_that_is_a_file(macsmith: Program, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    ended = macsmith("generate", "ternary-int8-8x8", "-o", tmp_path / "out")
    assert ended.status == 2
    assert "out: File exists" in ended.err
    assert (tmp_path / "out").read_text() == "mine"
