"""Measurements: what to synthesize, answered once; and many of them at a time.

The question that a cached answer belongs to holds the netlist's digest, the technology's, the
flow's and the options. Elaborating a design takes longer than looking an answer up, so its netlist
is kept too, by its parameters and the generators' sources.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hw
from costmodel.cache import cached, look_up
from costmodel.liberty_writer import to_liberty
from costmodel.mapping import Source
from costmodel.synthesis import Synthesis, flow_identity, synthesize
from costmodel.technology import Technology
from costmodel.worker import Limits
from hw.errors import RequestError
from hw.modules import to_rtlil
from hw.ternary import TernaryConfiguration, component
from sim.simulator import cache_folder

__all__ = ["Failure", "Point", "design_source", "liberty_file", "measure", "sweep"]

TOP = "dut"  # of every design: its name must not change its figures


@dataclass(frozen=True)
class Point:
    """Something to be synthesized.

    Attributes:
        source: the design, as `design_source` makes it, or a user's Verilog.
        technology: the cells.
        clock_ps: the asked clock period; None asks for the least area.
        noise_runs: repetitions with other names.
    """

    source: Source
    technology: Technology
    clock_ps: float | None = None
    noise_runs: int = 0

    @property
    def question(self) -> dict[str, Any]:
        """All that its figures depend on."""
        source = self.source
        return {
            "source": hashlib.sha256(source.text.encode()).hexdigest(),
            "language": source.language,
            "top": source.top,
            "rows": source.rows,
            "technology": self.technology.digest,
            "flow": flow_identity(self.technology),
            "clock_ps": self.clock_ps,
            "noise_runs": self.noise_runs,
        }


@dataclass(frozen=True)
class Failure:
    """A point that has no figures, and why."""

    reason: str


def design_source(configuration: TernaryConfiguration) -> Source:
    """The netlist of a configuration's circuit, before synthesis."""
    question = {
        "unit": configuration.unit,
        "parameters": configuration.parameters(),
        "workload": asdict(configuration.workload),
        "generators": _generators(),
    }
    text = cached("netlists", question, lambda: to_rtlil(component(configuration), TOP))
    return Source(text, "rtlil", TOP, rows=True)


def measure(point: Point, *, limits: Limits = Limits(), parallel: int = 1) -> dict[str, Any]:
    """Figures of a point (the fields of `Synthesis`), from the cache or by synthesis.

    Args:
        point: what is asked.
        limits: of each recipe.
        parallel: recipes at a time.

    Raises:
        RequestError: it cannot be synthesized.
    """

    def ask() -> dict[str, Any]:
        liberty = liberty_file(point.technology)
        return asdict(
            synthesize(
                point.source,
                point.technology,
                liberty,
                clock_ps=point.clock_ps,
                noise_runs=point.noise_runs,
                limits=limits,
                parallel=parallel,
            )
        )

    return cached("synthesis", point.question, ask)


def sweep(
    points: Sequence[Callable[[], Point]], *, jobs: int | None = None, limits: Limits = Limits()
) -> Iterator[tuple[int, dict[str, Any] | Failure]]:
    """Measure many points, several at a time; yields each with its number as soon as it is done.

    What was finished before an interruption is in the cache, so the same sweep goes on from there.

    Args:
        points: each makes one point (elaboration takes time too, and is done in its turn).
        jobs: how many at a time; by default one a core.
        limits: of each recipe of each point.
    """
    jobs = jobs or os.cpu_count() or 1

    def work(make: Callable[[], Point]) -> dict[str, Any] | Failure:
        try:
            return measure(make(), limits=limits)
        except RequestError as error:
            return Failure(str(error))

    pool = ThreadPoolExecutor(jobs)
    try:
        waiting: dict[Future[dict[str, Any] | Failure], int] = {}
        numbers = iter(range(len(points)))
        while True:
            for number in numbers:
                waiting[pool.submit(work, points[number])] = number
                if len(waiting) >= 2 * jobs:
                    break
            if not waiting:
                return
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def liberty_file(technology: Technology) -> Path:
    """A Liberty file of a technology's cells for Yosys and ABC, made once."""
    path = cache_folder() / "liberty" / f"{technology.digest[:32]}.lib"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(to_liberty(technology))
        Path(temporary).replace(path)
    return path


@cache
def _generators() -> str:
    """sha256 of the generators' sources and of Amaranth's version."""
    folder = Path(hw.__file__).parent
    texts = [path.read_bytes() for path in sorted(folder.rglob("*.py"))]
    return hashlib.sha256(b"\0".join([*texts, version("amaranth").encode()])).hexdigest()
