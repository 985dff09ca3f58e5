"""A distilled technology against its Liberty files: the same flow gives the same circuits."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from costmodel.library.liberty_writer import to_liberty
from costmodel.technologies import load_technology
from tests.costmodel import plain_flow

FLOW = Path(plain_flow.__file__)
LIBERTY = Path(__file__).parents[3] / "shared" / "liberty"

needs_liberty = pytest.mark.skipif(
    not LIBERTY.is_dir(), reason="the libraries' own Liberty files are not beside this checkout"
)


def both(name: str, script: str, folder: Path) -> list[dict[str, dict[str, float]]]:
    """What the plain flow makes of the circuits with the library's own files, and the distilled."""
    technology = load_technology(name)
    excluded = [cell.name for cell in technology.cells.values() if cell.excluded]
    left_out = [cell for cells in technology.left_out.values() for cell in cells]
    own = []
    for file in sorted((LIBERTY / name).glob("*.lib.gz")):
        own.append(folder / file.stem)
        own[-1].write_bytes(gzip.decompress(file.read_bytes()))
    distilled = folder / "distilled.lib"
    distilled.write_text(to_liberty(technology))
    answers = []
    for files, dont_use in ((own, excluded + left_out), ([distilled], excluded)):
        request = {
            "liberty": [str(file) for file in files],
            "dont_use": dont_use,
            "script": script,
            "folder": str(folder),
        }
        subprocess.run(
            [sys.executable, FLOW],
            input=json.dumps(request),
            text=True,
            check=True,
            capture_output=True,
            timeout=500,
        )
        answers.append(json.loads((folder / "answer.json").read_text()))
    return answers


def errors(answers: list[dict[str, dict[str, float]]], figure: str) -> dict[str, float]:
    """By how many percent the distilled technology is off, of each circuit."""
    own, distilled = answers
    assert len(own) >= 12
    return {name: 100 * (distilled[name][figure] / own[name][figure] - 1) for name in own}


def summary(percents: dict[str, float]) -> str:
    """For ``--junitxml``, where the documentation's figures come from."""
    worst = max(percents.values(), key=abs)
    return f"mean {sum(percents.values()) / len(percents):+.2f} %, worst {worst:+.2f} %"


@needs_liberty
@pytest.mark.parametrize(
    "name",
    [
        "nangate45",
        "sg13g2",
        *(pytest.param(n, marks=pytest.mark.long) for n in ("asap7", "sky130hd")),
    ],
)
def test_same_circuits(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    answers = both(name, plain_flow.AREA_SCRIPT, tmp_path)
    for figure, most in (("area_um2", 0.5), ("delay_ps", 5.0)):
        percents = errors(answers, figure)
        record_property(figure, summary(percents))
        assert max(map(abs, percents.values())) <= most, percents


@needs_liberty
@pytest.mark.long
@pytest.mark.parametrize("name", ["nangate45", "sg13g2", "asap7", "sky130hd"])
def test_sized_circuits_are_as_fast(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Sizing answers to small differences with other cells; the delays agree on the whole."""
    percents = errors(both(name, plain_flow.DELAY_SCRIPT, tmp_path), "delay_ps")
    record_property("delay_ps", summary(percents))
    assert abs(sum(percents.values())) / len(percents) <= 3.5, percents
    assert max(map(abs, percents.values())) <= 15, percents
