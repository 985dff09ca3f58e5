"""Runs a bench: starts the simulator with a job, reads what it found."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cocotb_tools.config
import find_libpython

from sim.job import Job, Outcome
from sim.simulator import SimulatorError
from sim.writing import atomic_move

__all__ = ["ended", "no_outcome", "run_job", "run_rounds", "starting_values"]

_SILENCE_S = 300  # without a cycle: a simulator that hangs


def run_job(simulator: Path, top: str, job: Job, trace: Path | None = None) -> Outcome:
    """Run a job in a simulator built by `sim.simulator`.

    Args:
        simulator: the executable.
        top: the design's top module.
        job: what to drive and to expect.
        trace: where to leave what the run records, in the format that the simulator was built for.

    Returns:
        The outcome.

    Raises:
        SimulatorError: the simulator ended without an outcome.
    """
    return run_rounds(simulator, top, [[job]], trace)[0][0]


def run_rounds(
    simulator: Path, top: str, rounds: Sequence[Sequence[Job]], trace: Path | None = None
) -> list[list[Outcome]]:
    """Run rounds of jobs, each after a reset; the jobs of a round at once, on streams of their own.

    Else as `run_job`. The first job's seed is that of what registers start from.
    """
    with tempfile.TemporaryDirectory(prefix="macsmith-") as name:
        folder = Path(name)
        path = folder / "bench.jobs"
        path.write_bytes(pickle.dumps([list(jobs) for jobs in rounds]))
        python = find_libpython.find_libpython()
        if python is None:
            raise SimulatorError("this Python has no shared library, which the simulator loads")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYGPI_PYTHON_BIN": sys.executable,
            "GPI_USERS": f"{python};{cocotb_tools.config.pygpi_entry_point()}",
            "COCOTB_TOPLEVEL": top,
            "COCOTB_TEST_MODULES": "sim.bench",
            "TOPLEVEL_LANG": "verilog",
            "COCOTB_TRUST_INERTIAL_WRITES": "1",
            "COCOTB_LOG_LEVEL": "WARNING",
            "COCOTB_REWRITE_ASSERTION_FILES": "",  # pytest's plugins take a third of the start
            "COCOTB_RESULTS_FILE": str(folder / "results.xml"),
            "MACSMITH_JOBS": str(path),
        }
        record = ["--trace", "--trace-file", str(folder / "trace")] if trace else []
        start = starting_values(rounds[0][0].seed)
        printed = ended([str(simulator), *record, *start], environment, path.with_suffix(".alive"))
        out = path.with_suffix(".out")
        if not out.exists():
            raise no_outcome(printed)
        if trace:
            atomic_move(folder / "trace", trace)
        return pickle.loads(out.read_bytes())


def starting_values(seed: int) -> list[str]:
    """Arguments with which registers without a reset start from random values.

    Nothing may read them.
    """
    positive = seed % (1 << 31 - 1) + 1  # as Verilator's seeds are
    return ["+verilator+rand+reset+2", f"+verilator+seed+{positive}"]


def no_outcome(printed: str) -> SimulatorError:
    """What is raised of a simulator that broke off, with the end of what it printed."""
    tail = "\n".join(printed.strip().splitlines()[-20:])
    return SimulatorError(f"the simulator ended without an outcome:\n{tail}")


def ended(command: list[str], environment: dict[str, str], alive: Path) -> str:
    """Run a simulator to its end; returns what it printed.

    Args:
        command: the program and its arguments.
        environment: its variables.
        alive: a file in the folder in which it runs, touched while cycles pass.

    Raises:
        SimulatorError: it cannot be run, or no cycle passed for a long time.
    """
    alive.touch()
    try:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=alive.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise SimulatorError(
            f"the simulator {command[0]} cannot be run ({error.strerror}): remove it, and it will"
            " be built anew"
        ) from error
    with process:
        try:
            while True:
                try:
                    return process.communicate(timeout=_SILENCE_S)[0]
                except subprocess.TimeoutExpired:
                    if time.time() - alive.stat().st_mtime > _SILENCE_S:
                        raise SimulatorError(
                            f"the simulator has made no progress for {_SILENCE_S} s"
                        ) from None
        finally:
            process.kill()
