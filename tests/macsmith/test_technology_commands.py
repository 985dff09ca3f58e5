"""The commands `technology import` and `technology show`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costmodel.technologies import load_technology, shipped
from tests.costmodel.tiny import HEADER, library, write
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
    assert ended.err.startswith("macsmith: mine has no gate of two inputs that may be used")
    assert not (tmp_path / "mine.json").exists()


def test_import_writes_into_the_current_folder(
    macsmith: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, library())
    monkeypatch.chdir(tmp_path)
    ended = macsmith("technology", "import", "mine", file)
    assert ended.status == 0
    assert ended.out == "wrote mine.json: 5 cells (1 of them flip-flops), 2 excluded, 5 left out\n"
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
