"""Calibration: from a technology to its cost model, by measuring the designs of an experiment."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from costmodel.family import Basis
from costmodel.flow.identity import flow_identity
from costmodel.flow.measure import Failure
from costmodel.library.technology import Technology
from costmodel.model.characterise import characterise_all
from costmodel.model.clocked import characterise_clocked_all
from costmodel.model.fit import fit
from costmodel.model.fit_clocks import fit_clocks
from costmodel.model.model import Model

__all__ = ["Campaign", "calibrated", "measure"]


_CLOCKED = 0.4  # of the time, for designs at clocks


@dataclass
class Campaign:
    """What was measured.

    Attributes:
        rows: as `costmodel.model.fit.fit` takes them.
        clocked: as `costmodel.model.fit_clocks.fit_clocks` takes them.
        failures: reasons of designs without figures.
        planned: designs of the whole experiment.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    clocked: list[dict[str, Any]] = field(default_factory=list)
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
    """Measure designs of the experiment, in its order, until the time is up; some at clocks too.

    Those that were measured before come from the cache, so what was interrupted, or had too little
    time, goes on from there. The rows are in the experiment's order, whatever was done first.

    Args:
        technology: the cells.
        basis: of the family whose designs these are.
        seconds: after which no further design is begun.
        jobs: at a time; by default one a core.
        progress: is told after each design.
    """
    plan, clock_plan = list(basis.plan()), list(basis.clock_plan())
    campaign = Campaign(planned=len(plan) + len(clock_plan))
    start = time.monotonic()
    deadline = start + (1 - _CLOCKED) * seconds
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
    clocked: dict[int, list[dict[str, Any]]] = {}
    points = ((configuration, technology) for configuration, _ in clock_plan)
    for number, sized in characterise_clocked_all(points, jobs=jobs, deadline=start + seconds):
        configuration, which = clock_plan[number]
        if isinstance(sized, Failure):
            campaign.failures.append(sized.reason)
        else:
            stated = {"set": which} | basis.row_of(configuration)
            clocked[number] = [stated | figures for figures in sized]
        campaign.clocked = [row for place in sorted(clocked) for row in clocked[place]]
        if progress:
            progress(campaign)
    return campaign


def calibrated(
    technology: Technology,
    basis: Basis,
    rows: list[dict[str, Any]],
    clocked: Sequence[dict[str, Any]] = (),
) -> Model:
    """The model that measured designs give; without clocks where too few were measured at them.

    Args:
        technology: whose cells they are made of.
        basis: of their family.
        rows: of designs of least area.
        clocked: of designs at clocks.

    Raises:
        RequestError: there are too few.
    """
    provenance = flow_identity(technology) | {
        "designs": dict(Counter(f"{basis.kind_of(row)}, {row['set']}" for row in rows))
    }
    return fit_clocks(clocked, fit(rows, technology.name, basis, provenance), basis)
