"""Designs measured at clocks: what the clocked part of a cost model is fitted to.

A design is mapped by each recipe that `costmodel.flow.synthesis` begins with for a clock, its
modules kept, and each of these netlists is sized for each clock. What is kept of them at a clock is
chosen as synthesis does: the least late one, and of those the smallest. (Synthesis then tries the
best one again in one piece, which takes it longer than all the rest: these rows do without.)
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from costmodel.energy.netlist_energy import energy
from costmodel.family import basis_of
from costmodel.flow.identity import flow_identity
from costmodel.flow.mapping import map_design
from costmodel.flow.measure import TOP, source_here
from costmodel.flow.recipes import Recipe, portfolio
from costmodel.flow.sizing import legalise, speed_up
from costmodel.flow.timing import Delays
from costmodel.flow.timing_tables import TimingTables
from costmodel.library.plain_names import PlainNames
from costmodel.library.technology import Technology
from costmodel.model.characterise import energy_digest
from costmodel.netlist.netlist import Netlist, flatten, read_modules
from costmodel.netlist.source import Source
from costmodel.work.cache import cached
from costmodel.work.pool import Failure, finished
from costmodel.work.worker import Limits, run_limited
from hw.unit import Unit

__all__ = ["BETWEEN", "FASTEST_PS", "characterise_clocked", "characterise_clocked_all"]

#: Clocks between the fastest and that of the least area, as shares of the way to the latter.
BETWEEN = (0.2, 0.6)
#: A period that nothing meets: what is sized for it is as fast as it can be.
FASTEST_PS = 1.0
_CYCLES = 2048
_LIMITS = Limits(memory_gib=6.0, seconds=1800.0)


@dataclass(frozen=True, eq=False)
class _Sized:
    """A netlist sized for a clock."""

    recipe: Recipe
    netlist: Netlist
    delays: Delays

    @property
    def delay_ps(self) -> float:
        return self.delays.longest_ps

    @property
    def area_um2(self) -> float:
        return self.netlist.area_um2


def characterise_clocked(
    configuration: Unit, technology: Technology, *, limits: Limits = _LIMITS
) -> list[dict[str, Any]]:
    """Figures of a design at clocks, from the cache or anew, in a process of its own.

    Returns:
        A row for the smallest circuit of each recipe, for its fastest one, and for what synthesis
        keeps at clocks between the fastest of all and that of the least area: ``clock_ps`` (asked;
        infinite for the smallest, `FASTEST_PS` for the fastest), ``recipe``, ``area_um2``,
        ``delays_ps`` (reached, by kind of path), ``leakage_uw``, the dynamic
        ``energy_fj_per_cycle`` under random data (NaN where it was not measured), and
        ``area_parts`` by module.

    Raises:
        RequestError: it cannot be mapped within the limits.
    """
    work = partial(_characterise, configuration, technology)
    return run_limited(work, limits, f"{configuration.unit} on {technology.name}")


def characterise_clocked_all(
    points: Iterable[tuple[Unit, Technology]],
    *,
    jobs: int | None = None,
    deadline: float = math.inf,
) -> Iterator[tuple[int, list[dict[str, Any]] | Failure]]:
    """Rows of many designs, as `costmodel.model.characterise.characterise_all`."""
    return finished(
        lambda point: characterise_clocked(*point), points, jobs=jobs, deadline=deadline
    )


def _characterise(
    configuration: Unit, technology: Technology, folder: Path
) -> list[dict[str, Any]]:
    source = source_here(configuration)
    basis = basis_of(configuration)
    question = {
        "source": hashlib.sha256(source.text.encode()).hexdigest(),
        "limits": asdict(configuration.workload),
        "flow": flow_identity(technology),
        "energy": energy_digest(basis.sources),
        "clocks": BETWEEN,
    }
    return cached("clocked", question, lambda: _rows(configuration, source, technology, folder))


def _rows(
    configuration: Unit, source: Source, technology: Technology, folder: Path
) -> list[dict[str, Any]]:
    mapped: dict[Recipe, Netlist] = {}
    plain = PlainNames.of(technology).technology
    for recipe in portfolio(technology, FASTEST_PS):
        text = map_design(source, recipe, technology, folder).json
        modules = read_modules(json.loads(text), plain)
        mapped[recipe] = flatten(modules, source.top, technology)
    row = partial(_row, configuration, technology)
    least = [_sized(recipe, netlist, technology, None) for recipe, netlist in mapped.items()]
    fast = [_sized(recipe, netlist, technology, FASTEST_PS) for recipe, netlist in mapped.items()]
    # Energy takes longer than all else, and grows with the area: two ends tell of a design's.
    told = least[0], min(fast, key=lambda sized: sized.delay_ps)
    slowest_ps, fastest_ps = (sized.delay_ps for sized in told)
    rows = [
        row(sized, clock_ps, works=sized in told)
        for ends, clock_ps in ((least, math.inf), (fast, FASTEST_PS))
        for sized in ends
    ]
    for share in BETWEEN:
        clock_ps = fastest_ps + share * (slowest_ps - fastest_ps)
        rows.append(row(_at_clock(mapped, technology, clock_ps), clock_ps, works=True))
    return rows


def _at_clock(mapped: Mapping[Recipe, Netlist], technology: Technology, clock_ps: float) -> _Sized:
    """The least late, and of those the smallest.

    Sizing only adds area: recipes that begin larger than one that meets the clock are not tried.
    """
    tried: list[_Sized] = []
    for recipe, netlist in sorted(mapped.items(), key=lambda item: item[1].area_um2):
        met = [sized.area_um2 for sized in tried if sized.delay_ps <= clock_ps]
        if met and netlist.area_um2 >= min(met):
            break
        tried.append(_sized(recipe, netlist, technology, clock_ps))
    return min(tried, key=lambda sized: (max(0.0, sized.delay_ps - clock_ps), sized.area_um2))


def _sized(
    recipe: Recipe, netlist: Netlist, technology: Technology, clock_ps: float | None
) -> _Sized:
    own = deepcopy(netlist)
    graph = legalise(own, technology, TimingTables.of(technology), clock_ps)
    timing = graph.analyse() if clock_ps is None else speed_up(own, technology, graph, clock_ps)
    return _Sized(recipe, own, timing.delays)


def _row(
    configuration: Unit, technology: Technology, sized: _Sized, clock_ps: float, *, works: bool
) -> dict[str, Any]:
    netlist = sized.netlist
    leakages = np.array([cell.leakage_nw for cell in netlist.library])
    names, numbers = netlist.parts()
    areas = np.bincount(numbers, netlist.areas_um2[netlist.kinds], minlength=len(names))
    return {
        "clock_ps": clock_ps,
        "recipe": str(sized.recipe),
        "area_um2": sized.area_um2,
        "delays_ps": {
            kind: None if value != value else value for kind, value in asdict(sized.delays).items()
        },
        "leakage_uw": float(leakages[netlist.kinds].sum()) / 1e3,
        "energy_fj_per_cycle": _energy(configuration, technology, netlist) if works else math.nan,
        "area_parts": {
            name.removeprefix(TOP).removeprefix("_"): float(area)
            for name, area in zip(names, areas, strict=True)
        },
    }


def _energy(configuration: Unit, technology: Technology, netlist: Netlist) -> float:
    basis = basis_of(configuration)
    filled, _ = basis.filled(configuration)
    activity, operations = basis.random_activity(filled, netlist, cycles=_CYCLES, seed=1)
    return energy(netlist, technology, activity, operations, None).dynamic_fj_per_cycle
