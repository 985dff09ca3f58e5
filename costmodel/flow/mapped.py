"""A design mapped by one recipe: netlist, area, timing."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from costmodel.flow.clock_report import ClockUse, Crossing, clocks_in_use, crossings
from costmodel.flow.critical_path import CriticalPath, critical_path
from costmodel.flow.mapping import map_design
from costmodel.flow.recipes import Recipe
from costmodel.flow.sizing import legalise, speed_up
from costmodel.flow.timing import Delays
from costmodel.flow.timing_tables import TimingTables
from costmodel.library.plain_names import PlainNames
from costmodel.library.technology import Technology
from costmodel.netlist.netlist import Netlist, flatten, read_modules
from costmodel.netlist.source import Source
from costmodel.work.worker import DEFAULT_LIMITS, Limits, run_limited

__all__ = ["Mapped", "map_here", "map_once"]


@dataclass(frozen=True)
class Mapped:
    """A design mapped by one recipe, legal and sized.

    Attributes:
        recipe: by which it was mapped.
        netlist: flat, with the drive strengths and buffers that sizing chose.
        verilog: hierarchical, with the drive strengths of the mapping and without buffers: the
            same function. A module that is called like a cell of the library has another name.
        multiplies: the source has multiplications.
        sums: the source has sums of three and more operands, or of products.
        area_um2: of all cells.
        leakage_nw: of all cells.
        delays: the least periods by kind of path.
        slack_ps: the least slack at the asked clock period.
        path: the one that needs the longest period; None without paths.
        registers: how many.
        clocks: those that registers answer to.
        crossings: what lies between unrelated ones.
        cells: how many of each.
        parts: area of each part (`Netlist.parts`), all instances of a module together.
        seconds: what it took.
    """

    recipe: Recipe
    netlist: Netlist
    verilog: str
    multiplies: bool
    sums: bool
    area_um2: float
    leakage_nw: float
    delays: Delays
    slack_ps: float
    path: CriticalPath | None
    registers: int
    clocks: list[ClockUse]
    crossings: list[Crossing]
    cells: dict[str, int]
    parts: dict[str, float]
    seconds: float


def map_once(
    source: Source,
    recipe: Recipe,
    technology: Technology,
    clock_ps: float | None,
    limits: Limits = DEFAULT_LIMITS,
) -> Mapped:
    """Map a design by one recipe, in a process of its own.

    Raises:
        RequestError: it broke a limit, Yosys or ABC could not, or it is no circuit of these cells.
    """
    work = partial(map_here, source, recipe, technology, clock_ps)
    return run_limited(work, limits, "its mapping")


def map_here(
    source: Source,
    recipe: Recipe,
    technology: Technology,
    clock_ps: float | None,
    folder: Path,
) -> Mapped:
    """As `map_once`, but in this process, which ends if Yosys or ABC cannot."""
    start = time.perf_counter()
    mapped = map_design(source, recipe, technology, folder, clock_ps)
    plain = PlainNames.of(technology).technology
    netlist = flatten(read_modules(json.loads(mapped.json), plain), source.top, technology)
    tables = TimingTables.of(technology)
    graph = legalise(netlist, technology, tables, clock_ps)
    timing = graph.analyse() if clock_ps is None else speed_up(netlist, technology, graph, clock_ps)
    leakages = np.array([cell.leakage_nw for cell in netlist.library])
    counts = Counter(netlist.kinds.tolist())
    return Mapped(
        recipe=recipe,
        netlist=netlist,
        verilog=mapped.verilog,
        multiplies=mapped.multiplies,
        sums=mapped.sums,
        area_um2=netlist.area_um2,
        leakage_nw=float(leakages[netlist.kinds].sum()),
        delays=timing.delays,
        slack_ps=timing.worst_slack_ps,
        path=critical_path(netlist, graph, timing),
        registers=len(graph.clocks.registers),
        clocks=clocks_in_use(netlist, graph, timing),
        crossings=crossings(netlist, graph, timing),
        cells={netlist.library[kind].name: count for kind, count in counts.most_common()},
        parts=_parts(netlist),
        seconds=time.perf_counter() - start,
    )


def _parts(netlist: Netlist) -> dict[str, float]:
    """Area by part, the largest first."""
    names, numbers = netlist.parts()
    areas = np.bincount(numbers, netlist.areas_um2[netlist.kinds], minlength=len(names))
    parts = zip(names, areas.tolist(), strict=True)
    return dict(sorted(parts, key=lambda part: -part[1]))
