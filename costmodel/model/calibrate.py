"""Calibration: from a technology to its cost model, by measuring the designs of an experiment."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from costmodel.flow.identity import flow_identity
from costmodel.flow.measure import Failure
from costmodel.library.technology import Technology
from costmodel.model.characterise import characterise_all
from costmodel.model.fit import fit, kind_of
from costmodel.model.model import Model
from costmodel.ternary.experiment import SET_OF, Draw, Set, designs
from hw.ternary import TernaryConfiguration

__all__ = ["Campaign", "calibrated", "measure", "row_of"]

#: Of each kind and draw, designs in a round; rounds follow each other until time is up.
_ROUND: Mapping[tuple[str, Draw], int] = {
    ("integer", "fit"): 24,
    ("integer", "test"): 24,
    ("integer", "narrow"): 4,
    ("float", "fit"): 8,
    ("float", "test"): 6,
    ("aligned", "fit"): 3,
    ("aligned", "test"): 3,
    ("exact", "fit"): 3,
    ("exact", "test"): 3,
    ("packed", "fit"): 3,
    ("packed", "test"): 2,
    ("scaled", "fit"): 3,
    ("scaled", "test"): 2,
}
_ROUNDS = 16


@dataclass
class Campaign:
    """What was measured.

    Attributes:
        rows: as `costmodel.model.fit.fit` takes them.
        failures: reasons of designs without figures.
        planned: designs of the whole experiment.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    planned: int = 0


def measure(
    technology: Technology,
    seconds: float,
    *,
    jobs: int | None = None,
    progress: Callable[[Campaign], None] | None = None,
) -> Campaign:
    """Measure designs of the experiment, in its order, until the time is up.

    Those that were measured before come from the cache, so what was interrupted, or had too little
    time, goes on from there. The rows are in the experiment's order, whatever was done first.

    Args:
        technology: the cells.
        seconds: after which no further design is begun.
        jobs: at a time; by default one a core.
        progress: is told after each design.
    """
    plan = list(_plan())
    campaign = Campaign(planned=len(plan))
    deadline = time.monotonic() + seconds
    found: dict[int, dict[str, Any]] = {}
    points = ((configuration, technology) for configuration, _ in plan)
    for number, figures in characterise_all(points, jobs=jobs, deadline=deadline):
        configuration, which = plan[number]
        if isinstance(figures, Failure):
            campaign.failures.append(figures.reason)
        else:
            found[number] = row_of(configuration, which) | figures
        campaign.rows = [found[each] for each in sorted(found)]
        if progress:
            progress(campaign)
    return campaign


def calibrated(technology: Technology, rows: list[dict[str, Any]]) -> Model:
    """The model that measured designs give.

    Raises:
        RequestError: there are too few.
    """
    provenance = flow_identity(technology) | {
        "designs": dict(Counter(f"{kind_of(row)}, {row['set']}" for row in rows))
    }
    return fit(rows, technology.name, provenance)


def _plan() -> Iterator[tuple[TernaryConfiguration, Set]]:
    streams = {(kind, draw): designs(kind, draw) for kind, draw in _ROUND}
    for _ in range(_ROUNDS):
        for (kind, draw), count in _ROUND.items():
            for configuration in islice(streams[kind, draw], count):
                yield configuration, SET_OF[draw]


def row_of(configuration: TernaryConfiguration, which: Set) -> dict[str, Any]:
    """What a row tells of a design besides its figures."""
    told = {"set": which, "unit": configuration.unit, "inputs": configuration.workload.inputs}
    return told | configuration.parameters() | {"style": configuration.style}
