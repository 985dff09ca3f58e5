"""Runs a bench: starts the simulator with a job, reads what it found."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cocotb_tools.config
import find_libpython

from sim.bench import Job, Outcome
from sim.simulator import SimulatorError
from sim.writing import atomic_move

__all__ = ["run_job", "run_jobs"]


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
    return run_jobs(simulator, top, [job], trace)[0]


def run_jobs(
    simulator: Path, top: str, jobs: Sequence[Job], trace: Path | None = None
) -> list[Outcome]:
    """Run jobs at once, each on streams of its own; else as `run_job`.

    The first job's seed is that of what registers start from.
    """
    with tempfile.TemporaryDirectory(prefix="macsmith-") as name:
        folder = Path(name)
        path = folder / "bench.jobs"
        path.write_bytes(pickle.dumps(list(jobs)))
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
            "COCOTB_RESULTS_FILE": str(folder / "results.xml"),
            "MACSMITH_JOBS": str(path),
        }
        record = ["--trace", "--trace-file", str(folder / "trace")] if trace else []
        seed = jobs[0].seed % (1 << 31 - 1) + 1  # Verilator's seeds are positive
        try:
            done = subprocess.run(
                # registers without a reset start from random values: nothing may read them
                [str(simulator), *record, "+verilator+rand+reset+2", f"+verilator+seed+{seed}"],
                env=environment,
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
        except OSError as error:
            raise SimulatorError(
                f"the simulator {simulator} cannot be run ({error.strerror}): remove it, and it"
                " will be built anew"
            ) from error
        out = path.with_suffix(".out")
        if not out.exists():
            tail = "\n".join(done.stdout.strip().splitlines()[-20:])
            raise SimulatorError(f"the simulator ended without an outcome:\n{tail}")
        if trace:
            atomic_move(folder / "trace", trace)
        return pickle.loads(out.read_bytes())
