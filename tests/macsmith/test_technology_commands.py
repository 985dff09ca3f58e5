"""The commands `technology import` and `technology show`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costmodel.technologies import load_technology, shipped
from tests.costmodel.tiny import FLOP, HEADER, gate, library, write
from tests.macsmith.program import Program


def test_import(macsmith: Program, tmp_path: Path) -> None:
    file = write(tmp_path, library())
    output = tmp_path / "mine.json"
    ended = macsmith(
        *("technology", "import", "mine", file, "-o", output, "--json"),
        *("--description", "my process", "--source", "my foundry", "--licence", "secret"),
        *("--exclude", "DLY*", "--exclude", "XOR*", "--driver", "INV", "--output-load", "7"),
    )
    assert ended.status == 0
    answer = json.loads(ended.out)
    technology = load_technology(str(output))
    assert answer["file"] == str(output)
    assert answer["units"]["capacitance"] == "fF"
    assert answer["digest"] == technology.digest
    assert (answer["usable"], answer["flip_flops"], answer["excluded"]) == (4, 1, 3)
    assert technology.name == "mine"
    assert technology.description == "my process"
    assert (technology.source, technology.licence) == ("my foundry", "secret")
    assert (technology.driver, technology.output_load_ff) == ("INV", 7.0)
    assert technology.cells["XOR2"].excluded == "excluded by XOR*"


def test_import_without_a_gate(macsmith: Program, tmp_path: Path) -> None:
    file = write(tmp_path, library())
    excluded = ("--exclude", "NAND*", "--exclude", "XOR*")
    ended = macsmith("technology", "import", "mine", file, "-o", tmp_path / "mine.json", *excluded)
    assert ended.status == 2
    needed = "a technology needs a gate of two inputs such as a NAND that may be used"
    assert ended.err.startswith(f"macsmith: {file}: {needed}; the library has ")
    for reason in ("NAND2 (excluded by NAND*)", "BUF, DFF, INV (of another kind)", "BUS (pins are"):
        assert reason in ended.err
    assert not (tmp_path / "mine.json").exists()


def test_import_tells_what_a_library_lacks(macsmith: Program, tmp_path: Path) -> None:
    text = library(
        header=HEADER.replace('leakage_power_unit : "1nW";', ""),
        BUF=gate("BUF", "A", area="-1"),
        DFF=FLOP.replace("value :", "value : 0; figure :"),
    )
    file = write(tmp_path, text.replace("cell_leakage_power : 3;", ""))
    output = tmp_path / "mine.json"
    arguments = ("technology", "import", "mine", file, "-o", output, "--exclude", "ODD*")
    unit = "the library states no leakage_power_unit: 1nW is taken, as timers take it"
    area = "area = -1 of cell BUF is not allowed: it must be 0 to 1e+09; the cell BUF is left out"
    warnings = [
        f"{file}, line 1: {unit}",
        f"{file}, line {text[: text.index('  cell (BUF)')].count(chr(10)) + 1}: {area}",
        "the pattern ODD* excludes nothing: no cell of the library matches it",
    ]
    lacks = [
        "no cell states leakage: leakage will be 0",
        "cells without internal power, which counts as 0: INV, NAND2, XOR2",
    ]
    answer = json.loads(macsmith(*arguments, "--json").out)
    assert (answer["warnings"], answer["lacks"]) == (warnings, lacks)
    assert answer["left_out"]["broken"] == 1
    lines = macsmith(*arguments).out.splitlines()
    assert lines[-5:] == [f"warning: {sentence}" for sentence in (*warnings, *lacks)]
    assert "left out (broken): 1 (BUF)" in lines
    assert lacks[0] in macsmith("technology", "show", output).out


def test_import_writes_into_the_current_folder(
    macsmith: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, library())
    monkeypatch.chdir(tmp_path)
    ended = macsmith("technology", "import", "mine", file)
    assert ended.status == 0
    assert ended.out.splitlines() == [
        "wrote mine.json: 5 cells (1 of them flip-flops), 2 excluded, 5 left out",
        "left out (latch): 1 (LATCH)",
        "left out (no output): 1 (FILL)",
        "left out (pins are buses): 1 (BUS)",
        "left out (scan, enable or multiplexer flip-flop): 1 (SCAN)",
        "left out (three-state): 1 (TRI)",
        "warning: cells without internal power, which counts as 0: BUF, INV, NAND2 and 1 more",
    ]
    assert load_technology("mine.json").name == "mine"


def test_broken_library_leaves_nothing(macsmith: Program, tmp_path: Path) -> None:
    file = write(tmp_path, library(header=HEADER.replace("time_unit", "tempo")))
    ended = macsmith("technology", "import", "mine", file, "-o", tmp_path / "mine.json")
    assert ended.status == 2
    assert ended.err.startswith(f"macsmith: {file}, line 1: the library states no time_unit")
    assert "Traceback" not in ended.err
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_show(macsmith: Program) -> None:
    ended = macsmith("technology", "show", "nangate45", "--json")
    answer = json.loads(ended.out)
    assert answer["cells"]["NAND2_X1"]["area_um2"] == 0.798
    assert answer["cells"]["NAND2_X1"]["function"] == "ZN = ~(A1 & A2)"
    assert answer["cells"]["DFF_X1"]["flip_flop"]
    assert answer["cells"]["AOI211_X1"]["excluded"] == "excluded by AOI211_X1"
    assert answer["left_out"]["latch"] == 5
    plain = macsmith("technology", "show", "nangate45").out
    for part in ("NanGate", "BUF_X1", "NAND2_X1", "left out (latch): 5"):
        assert part in plain


def test_show_all(macsmith: Program) -> None:
    assert [
        technology["name"]
        for technology in json.loads(macsmith("technology", "show", "--json").out)
    ] == (shipped())
    plain = macsmith("technology", "show").out
    assert all(name in plain for name in shipped())


def test_list_shows_technologies(macsmith: Program) -> None:
    listed = json.loads(macsmith("list", "--json").out)["technologies"]
    assert list(listed) == shipped()
    assert all(listed.values())
    assert "sky130hd" in macsmith("list").out


def test_unknown_technology(macsmith: Program) -> None:
    ended = macsmith("technology", "show", "sky130")
    assert ended.status == 2
    assert "did you mean sky130hd?" in ended.err
