"""Work on a real Dask cluster of two worker processes, one of which is killed on the way."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from distributed import Client

from costmodel.explore.exploration import Exploration, Task, parts
from costmodel.flow.cluster import Cluster
from costmodel.flow.measure import Failure, Point, sweep
from costmodel.technologies import load_technology
from hw.errors import RequestError
from hw.ternary import TernarySignflip, Workload
from tests.costmodel.test_explore import ESTIMATORS, space

__all__ = ["space"]  # a fixture

_ROOT = Path(__file__).parents[2]


@dataclass
class Running:
    """A scheduler and its workers, processes of their own."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture(params=[2])
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """As a user starts them, with a cache of their own for each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"

    def start(task: str, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "PYTHONPATH": str(_ROOT),
            "MACSMITH_CACHE": str(tmp_path / name),
        }
        command = [sys.executable, "-m", "distributed.cli." + task, *arguments]
        with (tmp_path / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                command, cwd=tmp_path, env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    local = ("--host", "127.0.0.1", "--no-dashboard")
    scheduler = start("dask_scheduler", "scheduler", *local, "--port", str(port))
    options = ("--no-nanny", "--nthreads", "1", *local)
    workers = [start("dask_worker", f"w{i}", address, *options) for i in range(request.param)]
    try:
        with Client(address, timeout=30, set_as_default=False) as client:
            client.wait_for_workers(request.param, timeout=60)
        yield Running(address, scheduler, workers)
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def _slow_square(number: int) -> tuple[int, int]:
    time.sleep(0.05)
    return number * number, os.getpid()


def _marked(folder: Path, number: int) -> tuple[int, int]:
    """As `_slow_square`; leaves a mark each time that it was done."""
    time.sleep(0.05)
    with (folder / f"{number}").open("a") as file:
        file.write("x")
    return number * number, os.getpid()


def test_front_is_that_of_one_process(running: Running, space: object) -> None:
    """While a worker dies, too: every part comes, in order, with its points."""
    task = Task(space, ESTIMATORS, keep_points=True)  # type: ignore[arg-type]
    alone, together = Exploration(task.space), Exploration(task.space)
    expected = list(parts(task, alone, 20))
    places = []
    with Cluster(running.address) as cluster:
        for part in parts(task, together, 20, cluster.ordered):
            places.append(part)
            if len(places) == 5:
                running.workers[0].send_signal(signal.SIGKILL)
    assert len(places) == len(expected) > 40
    for one, other in zip(places, expected, strict=True):
        assert one.counts == other.counts
        assert one.points is not None
        assert one.points.equals(other.points)
    assert together.counts == alone.counts
    front, same = together.front(), alone.front()
    assert front.numbers.tolist() == same.numbers.tolist()
    assert front.values.tolist() == same.values.tolist()
    assert front.equals.tolist() == same.equals.tolist()


def test_worker_dies_on_the_way(running: Running, tmp_path: Path) -> None:
    """All results come, those that had come are not made again, and the other worker goes on."""
    marks = tmp_path / "marks"
    marks.mkdir()
    places: dict[int, int] = {}
    before: set[int] = set()
    processes: list[int] = []
    with Cluster(running.address) as cluster:
        for number, (square, process) in cluster.finished(partial(_marked, marks), range(60)):
            places[number] = square
            processes.append(process)
            if len(places) == 20:
                before = set(places) - {number}  # of this one the scheduler may not have heard yet
                assert len(set(processes)) == 2
                running.workers[0].send_signal(signal.SIGKILL)
    assert places == {number: number * number for number in range(60)}
    assert running.workers[0].wait() == -signal.SIGKILL
    assert set(processes[-20:]) == {running.workers[1].pid}
    done = {number: len((marks / f"{number}").read_text()) for number in range(60)}
    assert all(done[number] == 1 for number in before)
    assert sum(done.values()) <= 60 + 8  # what was under way, at most


def test_order_and_exceptions(running: Running) -> None:
    """Results come in order, arguments are asked for as they are needed, exceptions come back."""
    asked = []

    def arguments() -> Iterator[int]:
        for number in range(30):
            asked.append(number)
            yield number

    with Cluster(running.address) as cluster:
        results = cluster.ordered(_slow_square, arguments())
        assert next(results)[0] == 0
        assert len(asked) <= 6
        assert [square for square, _ in results] == [n * n for n in range(1, 30)]
        with pytest.raises(ZeroDivisionError):
            list(cluster.ordered(partial(divmod, 1), [1, 0]))


@pytest.mark.long
def test_no_worker_is_left(running: Running) -> None:
    """The work waits a while for new ones, then ends with a sentence."""
    with Cluster(running.address, patience=2) as cluster:
        results = cluster.finished(_slow_square, range(100))
        next(results)
        for worker in running.workers:
            worker.send_signal(signal.SIGKILL)
        with pytest.raises(RequestError, match="no worker is left at tcp://"):
            list(results)


@pytest.mark.long
def test_synthesis(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures of a local sweep, kept in the cache of who asked, though a worker died."""
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "mine"))
    cells = load_technology("nangate45")
    workload = Workload(inputs=16, outputs=4)
    points = [
        Point(TernarySignflip(luts=n, columns=2, activation="int4", workload=workload), cells)  # type: ignore[arg-type]
        for n in (1, 2, 3, 4)
    ]
    far: dict[int, object] = {}
    with Cluster(running.address) as cluster:
        for number, figures in cluster.sweep(points):
            assert not isinstance(figures, Failure)
            far[number] = {k: v for k, v in figures.items() if k != "seconds"}
            if len(far) == 1:
                running.workers[0].send_signal(signal.SIGKILL)
    assert sorted(far) == [0, 1, 2, 3]
    kept = len(list((tmp_path / "mine" / "synthesis").iterdir()))
    assert kept == 4
    for number, figures in sweep(points, jobs=1):
        assert not isinstance(figures, Failure)
        assert far[number] == {k: v for k, v in figures.items() if k != "seconds"}
    assert len(list((tmp_path / "mine" / "synthesis").iterdir())) == kept
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "anew"))
    alone = dict(sweep([replace(points[0])], jobs=1))[0]
    assert not isinstance(alone, Failure)
    assert far[0] == {k: v for k, v in alone.items() if k != "seconds"}
