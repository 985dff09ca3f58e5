"""What the cost model is fitted to and tested on: designs mapped, timed and at work on random data.

A design is mapped by the flow's first recipe (`costmodel.flow.synthesis.portfolio`), for the least
area, its modules kept. A row holds its figures as a whole and by part.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import Any

from costmodel.energy.power import random_energy
from costmodel.family import basis_of
from costmodel.flow.identity import flow_identity
from costmodel.flow.mapped import map_here
from costmodel.flow.measure import TOP, source_here
from costmodel.flow.recipes import portfolio
from costmodel.library.technology import Technology
from costmodel.work.cache import cached
from costmodel.work.pool import Failure, finished
from costmodel.work.worker import Limits, run_limited
from hw.unit import Unit

__all__ = ["characterise", "characterise_all", "energy_digest"]

#: What an energy is made by, and the data that it is measured on.
_SOURCES = (
    *(f"costmodel/energy/{name}" for name in ("activity", "bit_parallel", "netlist_energy")),
    "costmodel/netlist/evaluation",
    "sim/simulate",
)
_LIMITS = Limits(memory_gib=6.0, seconds=900.0)


def characterise(
    configuration: Unit, technology: Technology, *, limits: Limits = _LIMITS
) -> dict[str, Any]:
    """Figures of a design, from the cache or anew, in a process of its own.

    Returns:
        ``area_um2``, ``leakage_uw``, ``delays_ps`` by kind of path
        (`costmodel.flow.timing.Delays`), the dynamic ``energy_fj_per_cycle`` under random data
        without stalls, ``area_parts`` and ``energy_parts`` by module, and the ``flow``.

    Raises:
        RequestError: it cannot be mapped within the limits.
    """
    work = partial(_characterise, configuration, technology)
    return run_limited(work, limits, f"{configuration.unit} on {technology.name}")


def _characterise(configuration: Unit, technology: Technology, folder: Path) -> dict[str, Any]:
    source = source_here(configuration)
    basis = basis_of(configuration)
    filled, way = basis.filled(configuration)
    question = {
        "source": hashlib.sha256(source.text.encode()).hexdigest(),
        "limits": asdict(configuration.workload),
        "flow": flow_identity(technology),
        "energy": energy_digest(basis.sources),
        "parts": f"by module, {way}",
    }

    def measure() -> dict[str, Any]:
        (recipe,) = portfolio(technology, None)
        mapped = map_here(source, recipe, technology, None, folder)
        work = random_energy(filled, mapped, technology)
        return {
            "area_um2": mapped.area_um2,
            "leakage_uw": mapped.leakage_nw / 1e3,
            "delays_ps": {
                kind: None if value != value else value
                for kind, value in asdict(mapped.delays).items()
            },
            "energy_fj_per_cycle": work.dynamic_fj_per_cycle,
            "area_parts": _by_module(mapped.parts),
            "energy_parts": _by_module(work.by_part),
            "flow": flow_identity(technology),
        }

    return cached("characterisation", question, measure)


def characterise_all(
    points: Iterable[tuple[Unit, Technology]],
    *,
    jobs: int | None = None,
    deadline: float = math.inf,
) -> Iterator[tuple[int, dict[str, Any] | Failure]]:
    """Figures of many designs, several at a time; yields each with its number when it is done.

    Those that are finished are in the cache, so an interrupted run goes on from there.

    Args:
        points: in the order in which they are begun.
        jobs: how many at a time; by default one a core.
        deadline: on the monotonic clock; none is begun after it.
    """
    return finished(lambda point: characterise(*point), points, jobs=jobs, deadline=deadline)


def _by_module(parts: Mapping[str, float]) -> dict[str, float]:
    return {name.removeprefix(TOP).removeprefix("_"): value for name, value in parts.items()}


@cache
def energy_digest(of_family: tuple[str, ...]) -> str:
    """Of the modules that energy is measured by, a family's own ones (`Basis.sources`) too."""
    root = Path(__file__).parents[2]
    texts = [(root / f"{name}.py").read_text(encoding="utf-8") for name in (*_SOURCES, *of_family)]
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()
