"""Steps of Yosys in processes of their own.

Yosys ends its process when something is wrong with a design. So each step that may find something
runs in a fork: the process around it keeps its design as it was, and reads in the log why the step
ended.
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from hw.errors import RequestError

__all__ = ["StepEndedError", "Yosys", "run_step"]

Result = TypeVar("Result")

_WATCH_S = 0.05  # between two looks at a step that goes on


class Yosys:
    """Yosys with a design in it, and a log of what its commands say."""

    def __init__(self, log: Path) -> None:
        self._library = import_module("pyosys.libyosys")
        self.design = self._library.Design()
        self.log = log

    def run(self, *words: str | Path) -> None:
        """Run a command, given as its words: nothing in them is taken apart."""
        command = ["tee", "-q", "-a", str(self.log), *map(str, words)]
        self._library.Pass.call(self.design, command)

    def identifier(self, name: str) -> Any:
        """Yosys' object of a name, which has a mark before it or is public."""
        return self._library.IdString(name if name[0] in "$\\" else f"\\{name}")

    def module(self, name: str) -> Any:
        """A module by its name; None if there is none."""
        return self.design.module(self.identifier(name))

    def said(self) -> str:
        """What stands in the log."""
        return (
            self.log.read_text(encoding="utf-8", errors="surrogateescape")
            if self.log.exists()
            else ""
        )


class StepEndedError(RuntimeError):
    """A step ended its process; `status` is the exit status, or a signal's number below 0."""

    def __init__(self, status: int) -> None:
        super().__init__(f"ended with status {status}")
        self.status = status


def run_step(
    step: Callable[[], Result], seconds: float, watch: Callable[[], None] = lambda: None
) -> Result:
    """Run a step in a fork.

    Args:
        step: its result can be pickled.
        seconds: of processor time that it may take.
        watch: is called while it runs, and may raise an error that ends it.

    Raises:
        RequestError: the step raised it.
        StepEndedError: it ended without a result.
    """
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(read)
        _run(step, seconds, write)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        os.set_blocking(read, False)
        answer, status = b"", None
        try:
            while status is None:
                select.select([pipe], [], [], _WATCH_S)
                part = pipe.read()
                answer += part or b""
                watch()
                # where nothing more can come, it is at its end
                ended, waited = os.waitpid(process, 0 if part == b"" else os.WNOHANG)
                if ended:
                    status = os.waitstatus_to_exitcode(waited)
        finally:
            if status is None:
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
        answer += pipe.read() or b""
    if status:
        raise StepEndedError(status)
    result = pickle.loads(answer)
    if isinstance(result, RequestError):
        raise result
    return result


def _run(step: Callable[[], Any], seconds: float, pipe: int) -> None:
    """In the fork."""
    status = 70
    try:
        limit = int(seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        try:
            result = step()
        except RequestError as error:
            result = error
        except UnicodeError:  # Yosys takes them, its names in Python are text
            result = RequestError("its names have characters that are not in UTF-8")
        with os.fdopen(pipe, "wb") as file:
            file.write(pickle.dumps(result))
        status = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(status)
