"""Work for `run_limited` to do: what goes well and what does not. It is imported by name there."""

from __future__ import annotations

import os
import subprocess
import time
from importlib import import_module
from pathlib import Path

from hw.errors import RequestError


def answer(folder: Path) -> int:
    (folder / "scratch").write_text("something")
    return 42


def cache_folder_there(_folder: Path) -> str:
    return os.environ["MACSMITH_CACHE"]


def sleep(pid: Path, _folder: Path) -> None:
    """Start something that sleeps, too, and write down its number."""
    child = subprocess.Popen(["sleep", "60"])
    pid.write_text(str(child.pid))
    time.sleep(60)


def take_memory(_folder: Path) -> int:
    return len(bytearray(3 << 30))


def crash(_folder: Path) -> None:
    os.abort()


def leave(_folder: Path) -> None:
    os._exit(3)


def fail(_folder: Path) -> None:
    raise ValueError("there is no 17th bit")


def end_yosys(_folder: Path) -> None:
    yosys = import_module("pyosys.libyosys")
    yosys.Pass.call(yosys.Design(), "read_verilog there-is-no-such-file.v")


def refuse(_folder: Path) -> None:
    """Raises what the request is told."""
    raise RequestError("this cannot be")
