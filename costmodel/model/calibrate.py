"""Calibration: from a technology to its cost model, by measuring the designs of an experiment."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from costmodel.family import Basis
from costmodel.flow.identity import flow_identity
from costmodel.flow.measure import Failure
from costmodel.library.technology import Technology
from costmodel.model.characterise import characterise_all
from costmodel.model.fit import fit
from costmodel.model.model import Model

__all__ = ["Campaign", "calibrated", "measure"]


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
    basis: Basis,
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
        basis: of the family whose designs these are.
        seconds: after which no further design is begun.
        jobs: at a time; by default one a core.
        progress: is told after each design.
    """
    plan = list(basis.plan())
    campaign = Campaign(planned=len(plan))
    deadline = time.monotonic() + seconds
    rows: dict[int, dict[str, Any]] = {}
    points = ((configuration, technology) for configuration, _ in plan)
    for number, figures in characterise_all(points, jobs=jobs, deadline=deadline):
        configuration, which = plan[number]
        if isinstance(figures, Failure):
            campaign.failures.append(figures.reason)
        else:
            rows[number] = {"set": which} | basis.row_of(configuration) | figures
        campaign.rows = [rows[place] for place in sorted(rows)]
        if progress:
            progress(campaign)
    return campaign


def calibrated(technology: Technology, basis: Basis, rows: list[dict[str, Any]]) -> Model:
    """The model that measured designs give.

    Raises:
        RequestError: there are too few.
    """
    provenance = flow_identity(technology) | {
        "designs": dict(Counter(f"{basis.kind_of(row)}, {row['set']}" for row in rows))
    }
    return fit(rows, technology.name, basis, provenance)
