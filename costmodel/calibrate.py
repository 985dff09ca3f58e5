"""Calibration: from a technology to its cost model, by measuring the designs of an experiment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from costmodel.characterise import characterise_all
from costmodel.experiment import DRAWS, SETS, Set, designs
from costmodel.fit import fit, kind_of
from costmodel.flow import flow_identity
from costmodel.measure import Failure
from costmodel.model import Model
from costmodel.technology import Technology
from hw.ternary import TernaryConfiguration

__all__ = ["Campaign", "calibrated", "measure", "row_of"]

#: Of each draw, designs of both sets in a round; rounds follow each other until time is up.
_ROUND = {
    "integer": (24, 24),
    "float": (8, 6),
    "aligned": (3, 3),
    "exact": (3, 3),
    "packed": (3, 2),
    "scaled": (3, 2),
}
_ROUNDS = 16


@dataclass
class Campaign:
    """What was measured.

    Attributes:
        rows: as `costmodel.fit.fit` takes them.
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
        "designs": {
            f"{draw}, {which}": sum((kind_of(row), row["set"]) == (draw, which) for row in rows)
            for draw in DRAWS
            for which in SETS
        }
    }
    return fit(rows, technology.name, provenance)


def _plan() -> Iterator[tuple[TernaryConfiguration, Set]]:
    streams = {(draw, which): designs(draw, which) for draw in DRAWS for which in SETS}
    for _ in range(_ROUNDS):
        for draw, counts in _ROUND.items():
            for which, count in zip(SETS, counts, strict=True):
                for configuration in islice(streams[draw, which], count):
                    yield configuration, which


def row_of(configuration: TernaryConfiguration, which: Set) -> dict[str, Any]:
    """What a row tells of a design besides its figures."""
    told = {"set": which, "unit": configuration.unit, "inputs": configuration.workload.inputs}
    return told | configuration.parameters() | {"style": configuration.style}
