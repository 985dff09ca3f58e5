"""From a front to verified Verilog, with the commands that the report shows and nothing else."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.macsmith.program import Program

_SPACE = """
description = "Tiles so small that their simulators are built in seconds"
technologies = ["asap7"]
minimize = ["area_um2"]
maximize = ["throughput_gops"]
[space]
unit = "ternary_lut"
inputs = 24
activation = "int3"
group = [2, 3]
luts = [1, 2]
columns = [2, 3]
reduce_register = [false, true]
"""


def _commands(page: str, row: int) -> dict[str, list[str]]:
    """What the page's script shows of a design of the front, from the same data."""
    (text,) = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL
    )
    data: dict[str, Any] = json.loads(text)
    front = data["front"]
    unit = front["texts"]["unit"][front["columns"]["unit"][row]]
    technology = front["texts"]["technology"][front["columns"]["technology"][row]]
    settings = [f" --set {setting}" for setting in front["settings"][row].split()]
    design = data["bases"][unit]["design"] + "".join(settings)
    return {
        title: shlex.split(command.format(design=design, technology=f" --technology {technology}"))
        for title, command in data["commands"]
    }


def test_from_the_front_to_verified_verilog(
    macsmith: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Explored, reported, the first design's commands run: Verilog that passes its bench."""
    monkeypatch.chdir(tmp_path)
    Path("tiny.toml").write_text(_SPACE)
    status, _, err = macsmith("explore", "tiny.toml", "-o", "out")
    assert (status, err) == (0, "")
    commands = _commands(Path("out/report.html").read_text(encoding="utf-8"), 0)
    made, simulated, synthesized = commands.values()
    for command in commands.values():
        assert command[0] == "macsmith"
    assert synthesized[-3:] == ["--technology", "asap7", "--activity"]

    assert macsmith(*made[1:]).status == 0
    (manifest,) = Path("build").glob("*.json")
    contents = json.loads(manifest.read_text(encoding="utf-8"))
    front = json.loads(Path("out/front.json").read_text(encoding="utf-8"))["front"][0]
    for name in ("group", "luts", "columns", "activation", "reduce_register"):
        assert contents["parameters"][name] == front[name], name
    assert f"module {manifest.stem.replace('-', '_')}" in manifest.with_suffix(".v").read_text()

    status, out, err = macsmith(*simulated[1:], "--json")
    assert (status, err) == (0, "")
    answer = json.loads(out)
    assert answer["mismatches"] == 0
    assert answer["words_checked"] > 0
