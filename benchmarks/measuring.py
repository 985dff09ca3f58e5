"""What benchmarks are made of: rows, the fastest of several calls, programs, an empty cache."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Row", "best", "fresh_cache", "idle_and_all", "program", "synthesize"]


@dataclass(frozen=True)
class Row:
    """One measurement: what, how much, its target, and what it is compared with."""

    what: str
    value: str
    target: str
    met: bool
    beside: str = ""


def best(
    function: Callable[[], object],
    repeats: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Seconds of the fastest of several calls."""
    seconds = []
    for _ in range(repeats):
        start = clock()
        function()
        seconds.append(clock() - start)
    return min(seconds)


def program(*arguments: str) -> None:
    """Run the command line in a process of its own."""
    command = [sys.executable, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def idle_and_all() -> tuple[int, int]:
    """Ticks that the machine's cores have been idle, and all that there were (Linux)."""
    ticks = list(map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:9]))
    return ticks[3] + ticks[4], sum(ticks)


def synthesize(file: Path, top: str) -> None:
    """Synthesize a Verilog file, not from the cache."""
    program("-m", "macsmith", "synthesize", "--verilog", str(file), "--top", top)


@contextmanager
def fresh_cache(folder: str) -> Iterator[None]:
    """An empty cache for a while."""
    before = os.environ.get("MACSMITH_CACHE")
    os.environ["MACSMITH_CACHE"] = str(Path(folder, "cache"))
    try:
        yield
    finally:
        if before is None:
            del os.environ["MACSMITH_CACHE"]
        else:
            os.environ["MACSMITH_CACHE"] = before
