"""The documentation's commands, snippets, testbench and links do what the pages say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from macsmith.design import load_design
from macsmith.manifest import generate
from sim.simulator import search_path, verilator

_ROOT = Path(__file__).parents[2]
_PAGES = sorted((_ROOT / "docs").rglob("*.md"))
_BLOCK = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
_COMMAND = re.compile(r"^\$ (.*?(?:\\\n.*?)*)\n((?:(?!\$ ).*\n?)*)", re.MULTILINE)


def _masked(text: str) -> str:
    """Text without what differs from run to run: speeds."""
    return re.sub(r'(at |per_second": )[\d,]+', r"\1#", text).rstrip()


def _ended(command: list[str] | str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder / "bin"), search_path()])
    return subprocess.run(
        command,
        shell=isinstance(command, str),
        cwd=folder,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(_ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A user's folder: the pages' files in docs/, the program on the path."""
    shutil.copytree(_ROOT / "docs", tmp_path / "docs")
    program = tmp_path / "bin" / "macsmith"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m macsmith "$@"\n')
    program.chmod(0o755)
    return tmp_path


@pytest.mark.long
@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.stem)
def test_page(page: Path, folder: Path) -> None:
    """Every console and Python block prints what stands below it."""
    text = page.read_text()
    if page.stem == "design_files":
        (folder / "core.toml").write_text(_BLOCK.findall(text)[0][1])
    blocks = _BLOCK.findall(text)
    for i, (language, body) in enumerate(blocks):
        if language == "python":
            below = blocks[i + 1] if i + 1 < len(blocks) else ("", "")
            printed = below[1] if below[0] == "text" else ""
            assert _masked(_ended([sys.executable, "-c", body], folder).stdout) == _masked(printed)
        elif language == "console":
            for command, printed in _COMMAND.findall(body):
                assert _masked(_ended(command, folder).stdout) == _masked(printed), command
        elif language == "verilog":
            assert body.strip() in (folder / "build/ternary-int8-8x8.v").read_text()


@pytest.mark.parametrize("page", [*_PAGES, _ROOT / "README.md"], ids=lambda page: page.stem)
def test_links(page: Path) -> None:
    """Every file that a page links to is there."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert targets or page.stem != "index"
    for target in targets:
        assert (page.parent / target).exists(), target


def test_testbench_in_plain_verilog(tmp_path: Path) -> None:
    """A stranger's testbench, written from manifest and pages alone, passes."""
    generate(load_design("ternary-int8-8x8"), tmp_path)
    sources = [str(tmp_path / "ternary-int8-8x8.v"), str(_ROOT / "docs" / "example_tb.v")]
    flags = ("--binary", "--timing", "-CFLAGS", "-std=c++20", "--Mdir", str(tmp_path))
    verilator().call(*flags, "--top-module", "example_tb", "-o", "bench", *sources)
    done = subprocess.run([tmp_path / "bench"], capture_output=True, text=True, check=True)
    assert "PASS" in done.stdout


def test_every_figure_is_on_a_page_and_in_one_format() -> None:
    """What no page shows is not kept, and nothing is kept twice."""
    texts = [page.read_text(encoding="utf-8") for page in [*_PAGES, _ROOT / "README.md"]]
    figures = sorted((_ROOT / "docs" / "figures").iterdir())
    assert len({figure.stem for figure in figures}) == len(figures) > 10
    for figure in figures:
        assert any(f"figures/{figure.name})" in text for text in texts), figure.name
