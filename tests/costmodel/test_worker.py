"""Work in a process of its own: limits hold, and what goes wrong is a sentence."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from costmodel.work import worker
from costmodel.work.worker import Limits, WorkFailedError, interrupt, run_limited
from hw.errors import RequestError
from tests.costmodel import chores


def test_result_comes_back() -> None:
    assert run_limited(chores.answer, Limits(), "the work") == 42


@pytest.mark.parametrize("name", ["a b", "a;b", "a$(b)", "a'b"])
def test_folders_that_a_shell_would_take_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """ABC is run through a shell, with the folder for temporary files in its command."""
    (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / name))
    with pytest.raises(RequestError, match="set TMPDIR to another one"):
        run_limited(chores.answer, Limits(), "the work")


def test_request_errors_come_back() -> None:
    with pytest.raises(RequestError, match=r"^this cannot be$") as error_info:
        run_limited(chores.refuse, Limits(), "the work")
    assert type(error_info.value) is RequestError


def test_time_limit_ends_everything(tmp_path: Path) -> None:
    """Also what the work has started."""
    pid = tmp_path / "pid"
    start = time.monotonic()
    with pytest.raises(WorkFailedError, match=r"^the nap took longer than 2 s$"):
        run_limited(partial(chores.sleep, pid), Limits(seconds=2), "the nap")
    assert time.monotonic() - start < 10
    deadline = time.monotonic() + 5
    while _alive(int(pid.read_text())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(int(pid.read_text()))


def test_what_has_hardly_begun_is_ended(tmp_path: Path) -> None:
    """Before the process leads a group of its own."""
    start = time.monotonic()
    with pytest.raises(WorkFailedError, match="took longer than 0 s"):
        run_limited(partial(chores.sleep, tmp_path / "pid"), Limits(seconds=0), "the nap")
    assert time.monotonic() - start < 30  # it sleeps for a minute


class _Ended(BaseProcess):
    """A process that was waited for."""

    def __init__(self, pid: int) -> None:
        self._number = pid

    @property
    def pid(self) -> int:
        return self._number

    def is_alive(self) -> bool:
        return False

    def join(self, timeout: float | None = None) -> None:
        pass


def test_a_number_that_was_given_away_is_nobody_of_ours() -> None:
    """What else leads a group of the same number stays; what is left of a group is ended."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as other:
        worker._end(_Ended(other.pid))
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.5)
        other.kill()
    leader = subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo $!"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert leader.stdout is not None
    left = int(leader.stdout.readline())
    leader.wait()
    assert _alive(left)
    worker._end(_Ended(leader.pid))
    deadline = time.monotonic() + 5
    while _alive(left) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _alive(left)
    leader.stdout.close()


def test_interruption_ends_it(tmp_path: Path) -> None:
    timer = threading.Timer(1, interrupt.set)
    timer.start()
    try:
        with pytest.raises(WorkFailedError, match=r"^the nap was interrupted$"):
            run_limited(partial(chores.sleep, tmp_path / "pid"), Limits(), "the nap")
    finally:
        timer.join()
        interrupt.clear()


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (chores.take_memory, "it wanted more than 1 GiB of memory"),
        (chores.crash, "status -6"),
        (chores.leave, "status 3"),
        (chores.fail, "there is no 17th bit"),
        (chores.end_yosys, "there-is-no-such-file.v"),
    ],
)
def test_failure_is_a_sentence(work: Callable[[Path], object], reason: str) -> None:
    with pytest.raises(WorkFailedError, match=r"^the work failed: ") as error_info:
        run_limited(work, Limits(memory_gib=1), "the work")
    assert reason in str(error_info.value)
    assert "\n" not in str(error_info.value)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_work_sees_the_environment_of_its_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not that of the time when the first piece of work began."""
    for value in ("one", "two"):
        monkeypatch.setenv("MACSMITH_CACHE", value)
        assert run_limited(chores.cache_folder_there, Limits(), "the work") == value
