"""Work in a process of its own, with limits: what goes wrong there is a sentence here.

Yosys ends the process that it runs in when something is wrong, ABC may crash, and either may ask
for all memory of the machine. `run_limited` calls a function in a fresh process that may take so
much memory and so much time, with everything that it starts, and no more.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import re
import resource
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TypeVar

from hw.errors import RequestError
from hw.families import FAMILIES, Family

__all__ = ["DEFAULT_LIMITS", "Limits", "WorkFailedError", "interrupt", "run_limited"]

Result = TypeVar("Result")

_POLL_S = 0.01
_TAIL_LINES = 6
_PLAIN_PATH = re.compile(r"[\w./+@%=:,~-]+", re.ASCII)  # ABC is run through a shell


@dataclass(frozen=True)
class Limits:
    """What a piece of work may take.

    Attributes:
        memory_gib: address space of each of its processes.
        seconds: wall-clock time.
    """

    memory_gib: float = 4.0
    seconds: float = 600.0


DEFAULT_LIMITS = Limits()

#: Set to end all work that is under way, as if it had broken a limit: what was finished is kept.
interrupt = threading.Event()


class WorkFailedError(RequestError):
    """A piece of work ended without a result; the message says why, in one sentence."""


def run_limited(function: Callable[[Path], Result], limits: Limits, name: str) -> Result:
    """Call a function in a process of its own.

    Args:
        function: takes a folder for its temporary files, which is removed afterwards; it and its
            result can be pickled.
        limits: what it may take.
        name: of the work, for the sentence that tells of its failure.

    Raises:
        WorkFailedError: it broke a limit, or ended without a result.
        RequestError: the function raised it, or no folder for its files suits the tools.
    """
    # Pieces of work run side by side, so each has one thread; numpy's would wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["costmodel.work.worker", "costmodel.flow.mapping", "costmodel.flow.sizing"]
    )
    if not _PLAIN_PATH.fullmatch(tempfile.gettempdir()):
        raise RequestError(
            f"the folder for temporary files, {tempfile.gettempdir()}, has characters in its name"
            " that the tools cannot take: set TMPDIR to another one"
        )
    with tempfile.TemporaryDirectory(prefix="macsmith-") as folder:
        arguments = function, limits, folder, dict(os.environ), dict(FAMILIES)
        process = context.Process(target=_work, args=arguments, daemon=False)
        process.start()
        deadline = time.monotonic() + limits.seconds
        try:
            while process.is_alive() and time.monotonic() < deadline and not interrupt.is_set():
                process.join(min(_POLL_S, limits.seconds))
            late = process.is_alive()
        finally:
            _end(process)
        result = Path(folder, "result")
        if interrupt.is_set():
            raise WorkFailedError(f"{name} was interrupted")
        if late:
            raise WorkFailedError(f"{name} took longer than {limits.seconds:.0f} s")
        if result.exists():
            answer = pickle.loads(result.read_bytes())
            if isinstance(answer, RequestError):
                raise answer
            return answer
        raise WorkFailedError(f"{name} failed: {_reason(Path(folder), process.exitcode, limits)}")


def _work(
    function: Callable[[Path], Result],
    limits: Limits,
    folder: str,
    environment: dict[str, str],
    families: dict[str, Family],
) -> None:
    """In the process: what the caller's process knows, the limits, the work, the result."""
    FAMILIES.update(families)
    os.setsid()
    os.environ.clear()  # it is that of the time when the first piece of work began
    os.environ.update(environment)
    size = int(limits.memory_gib * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    cpu = int(limits.seconds) + 60  # ends it even where nobody is left to watch it
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 10))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    log = os.open(Path(folder, "output.log"), os.O_CREAT | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        result = function(Path(folder))
    except RequestError as error:  # is told as it is
        result = error
    partial = Path(folder, "result.partial")
    partial.write_bytes(pickle.dumps(result))
    partial.rename(Path(folder, "result"))


def _end(process: BaseProcess) -> None:
    """End the process and everything that it started.

    Once it has been waited for, its number may be another process's; it is not while others of its
    group are left.
    """
    running = process.is_alive()
    if process.pid is not None and (running or not _is_there(process.pid)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if running:
        process.kill()  # it may not have a group yet
    process.join()


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _reason(folder: Path, exitcode: int | None, limits: Limits) -> str:
    """Why there is no result, from what stands in the logs."""
    printed = "\n".join(log.read_text(errors="replace") for log in sorted(folder.glob("*.log")))
    lines = printed.replace(f"{folder}/", "").splitlines()
    messages = [line.strip() for line in lines if line.strip()]
    text = "\n".join(messages)
    memory = ("std::bad_alloc", "MemoryError", "Cannot allocate memory", "out of memory")
    if any(word in text for word in memory) or exitcode == -signal.SIGKILL:
        return f"it wanted more than {limits.memory_gib:g} GiB of memory"
    errors = [line for line in messages if "ERROR:" in line or "Error" in line]
    if errors:
        return errors[-1].removeprefix("ERROR: ")
    tail = " / ".join(messages[-_TAIL_LINES:])
    return f"it ended with status {exitcode}{': ' + tail if tail else ''}"
