"""Whatever is asked, and whatever is in the files: an answer or a sentence, soon, no traceback."""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from costmodel.work.worker import WorkFailedError
from macsmith.cli import main
from sim.simulator import SimulatorError
from tests import explored
from tests.macsmith.hostile import GOOD, contents, make_special, numbers, spoilt_json, texts

pytestmark = pytest.mark.timeout(300)  # for what waits; what computes is limited below

_SECONDS = 10  # of processor time that a request may take
_MANY = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)

Ask = Callable[[Sequence[object]], tuple[int, str]]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Call the program in this process, without the tools that take minutes."""

    def no_tool(*_: object, **__: object) -> NoReturn:
        raise SimulatorError("no simulator is built here")

    def no_work(*_: object, **__: object) -> NoReturn:
        raise WorkFailedError("nothing is mapped here")

    monkeypatch.setattr("sim.simulate.build_simulator", no_tool)
    monkeypatch.setattr("costmodel.flow.mapped.run_limited", no_work)
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def call(arguments: Sequence[object]) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["macsmith", *map(str, arguments)])
        started = time.process_time()
        with pytest.raises(SystemExit) as ended:
            main()
        seconds = time.process_time() - started
        printed = capsys.readouterr()
        status = ended.value.code
        report = f"{arguments} -> {status} in {seconds:.1f} s: {printed.err[-2000:]}"
        assert status in (0, 1, 2), report
        assert seconds < _SECONDS, report
        assert "Traceback" not in printed.err, report
        assert "no sentence was written for" not in printed.err, report
        assert len(printed.err) < 2000, report
        if status == 2:
            assert printed.err.startswith("macsmith: "), report
            assert printed.err.count("\n") - printed.err.count("\n ") <= 4, report
        return int(status or 0), printed.err

    return call


#: Every command with places for what is drawn.
_VALUES: dict[str, list[str]] = {
    "generate": ["NAME", "-o", "out", "--set", "SETTING"],
    "estimate": ["ternary-int8-8x8", "--set", "SETTING", "-t", "TECHNOLOGY"],
    "simulate": [
        "ternary-int8-8x8",
        "--vectors",
        "NUMBER",
        "--seed",
        "NUMBER",
        "--stall",
        "NUMBER",
    ],
    "synthesize": ["ternary-int8-8x8", "-t", "TECHNOLOGY", "--clock-ns", "NUMBER"],
    "synthesize limits": ["NAME", "--minutes", "NUMBER", "--memory-gib", "NUMBER"],
    "synthesize sweep": ["ternary-int8-8x8", "--sweep", "SETTING", "--sweep", "SETTING"],
    "schedule": ["NAME", "-w", "WORKLOAD", "--batch", "NUMBER"],
    "system": ["ternary-int8-8x8", "-w", "WORKLOAD", "--bandwidth", "NUMBER"],
    "system platform": ["digits", "--cores", "NUMBER", "--weight-buffer", "NUMBER"],
    "system memory": ["digits", "--memory", "NAME", "--activation-buffer", "NUMBER"],
    "system node": ["digits", "--weight-bits", "NUMBER", "--node-nm", "NUMBER"],
    "system clock": ["digits", "--clock-ns", "NUMBER", "-t", "TECHNOLOGY"],
    "explore": ["NAME", "-t", "TECHNOLOGY", "--limit", "NUMBER"],
    "plot": ["NAME", "explored", "-o", "x.svg", "--x", "NAME"],
    "plot roofline": ["roofline", "explored", "-o", "x.svg", "--bandwidth", "NUMBER"],
    "plot breakdown": ["breakdown", "explored", "-o", "x.svg", "--point", "NUMBER"],
    "plot front": ["front", "explored", "-o", "NAME", "--by", "NAME"],
    "report": ["explored", "-o", "NAME"],
    "calibrate": ["-t", "TECHNOLOGY", "--from", "NAME", "-o", "NAME"],
    "technology show": ["TECHNOLOGY"],
    "technology import": ["NAME", "NAME", "-o", "x.json", "--output-load", "NUMBER"],
    "list": ["NAME"],
    "doctor": ["NAME"],
}
_KEYS = ("luts", "columns", "group", "activation", "workload.inputs", "workload.batch", "bias")
_DRAWN: dict[str, st.SearchStrategy[str]] = {
    "NUMBER": numbers,
    "NAME": texts,
    "SETTING": texts | st.builds("{}={}".format, st.sampled_from(_KEYS), texts),
    "TECHNOLOGY": texts | st.just("nangate45"),
    "WORKLOAD": texts | st.builds("{},{}".format, numbers, numbers) | st.just("bitnet-0.7b"),
}


@pytest.mark.parametrize("command", _VALUES)
@pytest.mark.parametrize("more", [1, pytest.param(5, marks=pytest.mark.long)])
def test_arguments(command: str, more: int, ask: Ask, tmp_path: Path) -> None:
    """Numbers of thousands of digits, NaN, brackets without end, odd characters, no text at all."""
    explored.write_results(tmp_path / "explored")
    words = command.split()[: 2 if command.startswith("technology") else 1]

    examples = {"plot": 4, "report": 2}.get(words[0], 12) * more  # pictures take a second

    @settings(_MANY, max_examples=examples)
    @given(st.tuples(*(_DRAWN.get(word, st.just(word)) for word in _VALUES[command])))
    def drawn(arguments: tuple[str, ...]) -> None:
        ask([*words, *arguments])

    drawn()


#: Every command that reads a file, with its place, and the good file that it is made from.
_READERS: dict[str, tuple[str, list[str]]] = {
    "generate": (".toml", ["FILE", "-o", "out"]),
    "estimate": (".toml", ["FILE", "-t", "nangate45"]),
    "simulate": (".toml", ["FILE", "--vectors", "1"]),
    "simulate data": (".npz", ["digits", "--data", "FILE"]),
    "synthesize": (".json", ["ternary-int8-8x8", "-t", "FILE"]),
    "synthesize data": (".npz", ["digits", "--activity", "--data", "FILE"]),
    "schedule": (".workload.toml", ["ternary-int8-8x8", "-w", "FILE"]),
    "system": (".model.json", ["ternary-int8-8x8", "-t", "FILE", "--node-nm", "45"]),
    "estimate model": (".model.json", ["ternary-int8-8x8", "-t", "FILE"]),
    "explore": (".space.toml", ["FILE", "--limit", "1000"]),
    "technology show": (".json", ["FILE"]),
}


@pytest.mark.parametrize("command", _READERS)
@pytest.mark.parametrize("more", [1, pytest.param(5, marks=pytest.mark.long)])
def test_files(command: str, more: int, ask: Ask, tmp_path: Path) -> None:
    """Garbage, and good files with a few bytes changed; pipes, devices, folders, links of links."""
    kind, pattern = _READERS[command]
    words = command.split()[: 2 if command.startswith("technology") else 1]
    good = GOOD[kind].read_bytes()
    ending = f".{kind.rpartition('.')[2]}"

    def request(path: Path) -> list[object]:
        return [*words, *(path if word == "FILE" else word for word in pattern)]

    for path in make_special(tmp_path, ending):
        status, _ = ask(request(path))
        assert status == 2, path
    counter = itertools.count()
    held = contents(good)
    if kind.endswith(".json"):
        held |= spoilt_json(good.decode()).map(str.encode)

    @settings(_MANY, max_examples=10 * more)
    @given(held)
    def drawn(content: bytes) -> None:
        path = tmp_path / f"drawn-{next(counter)}{ending}"
        path.write_bytes(content)
        ask(request(path))

    drawn()


_OF_EXPLORED = ("front.parquet", "points.parquet", "published.parquet", "verify.csv", "front.json")


@pytest.mark.parametrize("name", _OF_EXPLORED)
@pytest.mark.parametrize("examples", [2, pytest.param(15, marks=pytest.mark.long)])
def test_explored_folders(name: str, examples: int, ask: Ask, tmp_path: Path) -> None:
    """Each file of an exploration cut, changed, or something else: a picture, or a sentence."""
    folder = explored.write_results(tmp_path / "explored")
    good = (folder / name).read_bytes()
    held = contents(good)
    if name.endswith(".json"):
        held |= spoilt_json(good.decode()).map(str.encode)
    kinds = itertools.cycle(("front", "parity", "breakdown"))

    @settings(_MANY, max_examples=examples)
    @given(held)
    def drawn(content: bytes) -> None:
        (folder / name).write_bytes(content)
        ask(["plot", next(kinds), folder, "-o", tmp_path / "x.svg"])
        ask(["report", folder, "-o", tmp_path / "x.html"])

    drawn()
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert ask(["report", folder])[0] == 2
