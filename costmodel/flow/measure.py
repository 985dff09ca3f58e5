"""Measurements: what to synthesize, answered once; and many of them at a time.

The question that a cached answer belongs to holds the netlist's digest, the technology's, the
flow's and the options. Elaborating a design takes longer than looking an answer up, so its netlist
is kept too, by its parameters and the generators' sources.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hw
from costmodel.flow.identity import flow_identity
from costmodel.flow.synthesis import Progress, synthesize
from costmodel.library.technology import Technology
from costmodel.netlist.source import Source
from costmodel.proof.proof import Effort
from costmodel.work.cache import cached
from costmodel.work.pool import Failure, finished
from costmodel.work.worker import DEFAULT_LIMITS, Limits, run_limited
from hw.modules import to_rtlil
from hw.unit import Unit

__all__ = [
    "Failure",
    "Point",
    "design_source",
    "measure",
    "module_parts",
    "source_here",
    "sweep",
]

TOP = "dut"  # of every design: its name must not change its figures


@dataclass(frozen=True)
class Point:
    """Something to be synthesized.

    Attributes:
        design: a configuration of this project, or a user's Verilog as a `Source`.
        technology: the cells.
        clock_ps: the asked clock period; None asks for the least area.
        noise_runs: repetitions with other names.
        effort: of the proof of its netlist; None does without.
        quick: try little (`costmodel.flow.recipes.quick_portfolio`).
    """

    design: Unit | Source
    technology: Technology
    clock_ps: float | None = None
    noise_runs: int = 0
    effort: Effort | None = None
    quick: bool = False

    @cached_property
    def source(self) -> Source:
        """The netlist before synthesis."""
        return self.design if isinstance(self.design, Source) else design_source(self.design)

    @property
    def question(self) -> dict[str, Any]:
        """All that its figures depend on."""
        source = self.source
        return {
            "source": hashlib.sha256(source.text.encode()).hexdigest(),
            "language": source.language,
            "top": source.top,
            "rows": source.rows,
            "flow": flow_identity(self.technology),
            "clock_ps": self.clock_ps,
            "noise_runs": self.noise_runs,
            **({"quick": True} if self.quick else {}),
            **({} if self.effort is None else self.effort.question),
        }


def design_source(configuration: Unit) -> Source:
    """The netlist of a configuration's circuit before synthesis, from the cache or made anew.

    It is made in a process of its own, so that a sweep's points are elaborated side by side.
    """
    work = partial(_elaborate, configuration)
    text = cached(
        "netlists",
        _question(configuration),
        lambda: run_limited(work, DEFAULT_LIMITS, "its elaboration"),
    )
    return Source(text, "rtlil", TOP, rows=True)


def source_here(configuration: Unit) -> Source:
    """As `design_source`, but made in this process."""
    text = cached("netlists", _question(configuration), lambda: _elaborate(configuration))
    return Source(text, "rtlil", TOP, rows=True)


def _question(configuration: Unit) -> dict[str, Any]:
    return {
        "unit": configuration.unit,
        "parameters": configuration.parameters(),
        "workload": asdict(configuration.workload),
        "generators": _generators(),
    }


def _elaborate(configuration: Unit, _folder: Path | None = None) -> str:
    return to_rtlil(configuration.component(), TOP, clocked=True)


def measure(
    point: Point,
    *,
    limits: Limits = DEFAULT_LIMITS,
    parallel: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Figures of a point (fields of `costmodel.flow.synthesis.Synthesis`), from the cache or anew.

    Args:
        point: what is asked.
        limits: of each recipe.
        parallel: recipes at a time.
        progress: is told what is done, if anything is.

    Raises:
        RequestError: it cannot be synthesized.
    """

    def ask() -> dict[str, Any]:
        return asdict(
            synthesize(
                point.source,
                point.technology,
                clock_ps=point.clock_ps,
                noise_runs=point.noise_runs,
                limits=limits,
                parallel=parallel,
                effort=point.effort,
                quick=point.quick,
                **({} if progress is None else {"progress": progress}),
            )
        )

    # With other limits other recipes may fail, and another one may be the best that is left.
    return cached("synthesis", point.question | asdict(limits), ask)


def sweep(
    points: Sequence[Point], *, jobs: int | None = None, limits: Limits = DEFAULT_LIMITS
) -> Iterator[tuple[int, dict[str, Any] | Failure]]:
    """Measure many points, several at a time; yields each with its number as soon as it is done.

    What was finished before an interruption is in the cache, so the same sweep goes on from there.

    Args:
        points: in the order in which they are begun.
        jobs: how many at a time; by default one a core.
        limits: of each recipe of each point.
    """
    return finished(partial(measure, limits=limits), points, jobs=jobs)


def module_parts(design: Unit, areas: dict[str, float]) -> dict[str, float]:
    """Area or energy by what it is for (`hw.unit.Unit.parts`), the largest first."""
    parts: defaultdict[str, float] = defaultdict(float)
    for module, area in areas.items():
        parts[design.parts[module.removeprefix(TOP).removeprefix("_")]] += area
    return dict(sorted(parts.items(), key=lambda part: -part[1]))


@cache
def _generators() -> str:
    """sha256 of the generators' sources and of Amaranth's version."""
    folder = Path(hw.__file__).parent
    texts = [path.read_bytes() for path in sorted(folder.rglob("*.py"))]
    return hashlib.sha256(b"\0".join([*texts, version("amaranth").encode()])).hexdigest()
