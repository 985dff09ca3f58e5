"""Synthesis as a whole: what is kept, what is told, what is answered from the cache."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from costmodel.flow import measure as measuring
from costmodel.flow.mapped import map_once
from costmodel.flow.measure import Failure, Point, design_source, measure, sweep
from costmodel.flow.recipes import PLAIN, Recipe, portfolio, ways_for_sums
from costmodel.flow.synthesis import Synthesis, synthesize
from costmodel.netlist.source import Source
from costmodel.technologies import load_technology
from costmodel.work.worker import Limits, WorkFailedError
from hw.errors import RequestError
from tests.costmodel.circuits import verilog
from tests.support import small_core

_NANGATE = load_technology("nangate45")


def _source(name: str) -> Source:
    return Source(verilog(name), "verilog", name, rows=False)


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path))
    return tmp_path


def test_keeps_the_best() -> None:
    synthesis = synthesize(_source("multiply5"), _NANGATE)
    areas = [tried["area_um2"] for tried in synthesis.tried.values() if not isinstance(tried, str)]
    assert len(areas) >= 2  # an array and Booth's
    assert synthesis.area_um2 == min(areas)
    assert sum(synthesis.parts.values()) == pytest.approx(synthesis.area_um2)
    cells = sum(_NANGATE.cells[name].area_um2 * n for name, n in synthesis.cells.items())
    assert cells == pytest.approx(synthesis.area_um2)
    assert synthesis.slack_ps is None
    assert synthesis.noise is None


def test_clock_is_met_by_the_smallest_that_meets_it() -> None:
    slow = synthesize(_source("add16"), _NANGATE)
    clock_ps = slow.delay_ps / 2
    fast = synthesize(_source("add16"), _NANGATE, clock_ps=clock_ps)
    assert fast.slack_ps is not None
    assert fast.slack_ps >= 0
    assert fast.area_um2 > slow.area_um2
    good = [t for t in fast.tried.values() if not isinstance(t, str) and t["delay_ps"] <= clock_ps]
    assert fast.area_um2 == min(t["area_um2"] for t in good)


def test_noise_is_measured() -> None:
    synthesis = synthesize(_source("multiply5"), _NANGATE, noise_runs=3)
    assert synthesis.noise is not None
    assert synthesis.noise.runs == 3
    assert 0 < synthesis.noise.area_percent < 10
    assert synthesis.noise.area_median_um2 == pytest.approx(synthesis.area_um2, rel=0.1)


def test_parts_of_a_core_are_told() -> None:
    core = small_core(luts=4, columns=4)
    figures = measure(Point(core, _NANGATE))
    parts = measuring.module_parts(core, figures["parts"])
    assert {"table", "select", "reduce", "accumulate", "control"} <= set(parts)
    assert sum(parts.values()) == pytest.approx(figures["area_um2"])
    assert figures["flat_area_percent"] is not None


def test_verilog_with_an_error_is_a_sentence() -> None:
    source = Source("module broken(input a, output y);\nassign y = a +;\nendmodule\n", *_BROKEN)
    with pytest.raises(RequestError, match=r"^broken cannot be synthesized: .*source\.v:2: ERROR"):
        synthesize(source, _NANGATE)


_BROKEN = ("verilog", "broken", False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("module other; endmodule", "broken"),
        ("", "broken"),
        ("module broken(input a, output y); missing m(a, y); endmodule", "missing"),
        ("module broken(input a, output y); wire b = ~(b & a); assign y = b; endmodule", "loop"),
        (
            (
                "(* blackbox *) module ip(input a, output y); endmodule\n"
                "module broken(input a, output y); ip ip(a, y); endmodule"
            ),
            "black box",
        ),
    ],
    ids=["other top", "empty", "missing module", "loop", "black box"],
)
def test_hostile_verilog(text: str, reason: str) -> None:
    with pytest.raises(RequestError, match="cannot be synthesized") as error_info:
        synthesize(Source(text, *_BROKEN), _NANGATE)
    assert reason in str(error_info.value)
    assert "Traceback" not in str(error_info.value)


def test_a_design_that_breaks_its_limits_is_a_recorded_failure() -> None:
    source = _source("multiply5")
    with pytest.raises(WorkFailedError, match="longer than 0 s"):
        map_once(source, Recipe(), _NANGATE, None, Limits(seconds=0.05))
    huge = "module huge(input [2047:0] a, b, output [4095:0] y); assign y = a * b; endmodule"
    point = Point(Source(huge, "verilog", "huge", rows=False), _NANGATE)
    ((number, result),) = sweep([point], limits=Limits(memory_gib=1, seconds=20))
    assert number == 0
    assert isinstance(result, Failure)
    assert "GiB of memory" in result.reason or "longer than 20 s" in result.reason


def test_portfolio_suits_the_library() -> None:
    assert {recipe.adders for recipe in portfolio(_NANGATE, None)} == {"either"}
    assert {r.adders for r in portfolio(load_technology("sg13g2"), None)} == {"logic"}
    assert len(portfolio(_NANGATE, 1000.0)) > len(portfolio(_NANGATE, None))
    outside = portfolio(_NANGATE, 1000.0, outside=True)
    assert outside == [*portfolio(_NANGATE, 1000.0), PLAIN]
    for recipe in outside + ways_for_sums(Recipe()):
        assert Recipe.parse(str(recipe)) == recipe
    with pytest.raises(ValueError, match="is no recipe"):
        Recipe.parse("kept/either/ripple/array/area/other")


def test_answers_are_kept(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By content: another clock, another netlist, another technology is another question."""
    asked: list[str] = []
    real = measuring.synthesize

    def counted(source: Source, *arguments: Any, **options: Any) -> Synthesis:
        asked.append(source.top)
        return real(source, *arguments, **options)

    monkeypatch.setattr(measuring, "synthesize", counted)
    point = Point(_source("compare10"), _NANGATE)
    first = measure(point)
    assert measure(Point(_source("compare10"), _NANGATE)) == first
    assert len(asked) == 1
    measure(replace(point, clock_ps=10_000.0))
    measure(Point(_source("compare10"), load_technology("sg13g2")))
    assert len(asked) == 3
    for entry in (empty_cache / "synthesis").iterdir():
        entry.write_text(entry.read_text()[:-20])
    assert measure(point)["area_um2"] == first["area_um2"]
    assert len(asked) == 4
    measure(point, limits=Limits(seconds=60))  # in which other recipes may fail
    assert len(asked) == 5


def test_sweep_goes_on_after_a_kill(empty_cache: Path) -> None:
    """Nothing that was finished is done again; nothing half-written is believed."""
    names = ("add16", "crc8", "shift16", "compare10", "count12", "select16")
    code = (
        "from tests.costmodel.test_synthesis import _source, _NANGATE\n"
        "from costmodel.flow.measure import Point, sweep\n"
        f"for number, _ in sweep([Point(_source(n), _NANGATE) for n in {names!r}], jobs=2):\n"
        "    print(number, flush=True)\n"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        done = [process.stdout.readline() for _ in range(2)]
        process.send_signal(signal.SIGKILL)
    kept = {path: path.stat().st_mtime_ns for path in (empty_cache / "synthesis").glob("*.json")}
    assert len(kept) >= len(done)
    results = dict(sweep([Point(_source(name), _NANGATE) for name in names], jobs=2))
    assert len(results) == len(names)
    assert not any(isinstance(result, Failure) for result in results.values())
    for path, changed in kept.items():
        assert path.stat().st_mtime_ns == changed
    assert len(list((empty_cache / "synthesis").glob("*.json"))) == len(names)


def test_elaboration_is_kept(empty_cache: Path) -> None:
    source = design_source(small_core())
    assert design_source(small_core()) == source
    assert len(list((empty_cache / "netlists").iterdir())) == 1
    assert design_source(small_core(columns=4)) != source


def test_sums_from_outside_get_adders() -> None:
    """A sum of eight words: chains of full adders, and less than a plain script makes of it."""
    words = ", ".join(f"x{i}" for i in range(8))
    text = f"module total(input [7:0] {words}, output [10:0] y); assign y = "
    text += f"{words.replace(', ', ' + ')}; endmodule\n"
    source = Source(text, "verilog", "total", rows=False)
    answer = synthesize(source, _NANGATE, parallel=2)
    assert answer.cells["FA_X1"] > 40
    plain = answer.tried["synth"]
    assert isinstance(plain, dict)
    assert answer.area_um2 < plain["area_um2"]
