"""Synthesis: the area, the delay and the leakage of a design on a technology.

`synthesize` maps a design by several recipes (`costmodel.flow.mapped`): each result is made legal
and as fast as asked (`costmodel.flow.sizing`) and timed (`costmodel.flow.timing`). It keeps the
best: the smallest that meets the asked clock, or the fastest where none does; without a clock, the
smallest.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from costmodel.flow.clock_report import ClockUse, Crossing
from costmodel.flow.critical_path import CriticalPath
from costmodel.flow.identity import flow_identity
from costmodel.flow.mapped import Mapped, map_once
from costmodel.flow.recipes import Recipe, portfolio, quick_portfolio, ways_for_sums
from costmodel.library.technology import Technology
from costmodel.netlist.source import Source
from costmodel.proof.proof import Effort, Proof, prove
from costmodel.work.worker import DEFAULT_LIMITS, Limits
from hw.errors import CheckError, RequestError

__all__ = ["Noise", "Progress", "Synthesis", "synthesize"]

_FLAT_SAVES = 1.03  # a design in one piece is kept if it is smaller by this factor
_LARGEST_FLAT = 8_000  # cells; above it ABC takes long for a netlist in one piece


#: Is told what is done, a sentence each.
Progress = Callable[[str], None]


def _silent(_sentence: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Noise:
    """What renaming and reordering alone change.

    Attributes:
        runs: how many.
        area_median_um2: median area.
        area_percent: half of the range of the areas, in percent of the median.
        delay_median_ps: median delay.
        delay_percent: likewise for delays.
    """

    runs: int
    area_median_um2: float
    area_percent: float
    delay_median_ps: float
    delay_percent: float


@dataclass(frozen=True)
class Synthesis:
    """What a design costs on a technology.

    Attributes:
        top: the design's top module.
        technology: its name.
        clock_ps: the asked clock period; None asks for the least area.
        recipe: the one that was kept.
        tried: for each recipe its area in um2 and delay in ps, or why it failed.
        area_um2: of all cells, no wires, no clock tree.
        delay_ps: the least clock period (`Delays.longest_ps`).
        delays: the same by kind of path, in ps; None where there is no such path.
        slack_ps: the least of all paths: what is left of a period, of half a one on paths between a
            rising and a falling edge; None without a clock.
        critical_path: what decides `delay_ps`, cell by cell; None without paths.
        registers: how many.
        clocks: those that registers answer to, and what each needs (`ClockUse`).
        crossings: paths between unrelated clocks, which are not timed.
        leakage_uw: of all cells.
        cells: how many of each.
        parts: area by module (`Mapped.parts`).
        flat_area_percent: how much larger (or smaller, below 0) the design is when it is mapped
            flat; None if that was not tried.
        noise: None if it was not asked for.
        flow: what made these figures: digests of flow and technology, versions of the tools.
        proof: that the netlist does what the source says (`costmodel.proof.proof.Proof`); None if
            it was not asked for.
        discarded: recipes that would have been better and gave a wrong netlist, and what shows it.
        seconds: what it took.
    """

    top: str
    technology: str
    clock_ps: float | None
    recipe: str
    tried: dict[str, dict[str, float] | str]
    area_um2: float
    delay_ps: float
    delays: dict[str, float | None]
    slack_ps: float | None
    critical_path: CriticalPath | None
    registers: int
    clocks: list[ClockUse]
    crossings: list[Crossing]
    leakage_uw: float
    cells: dict[str, int]
    parts: dict[str, float]
    flat_area_percent: float | None
    noise: Noise | None
    flow: dict[str, str]
    proof: Proof | None
    discarded: dict[str, str]
    seconds: float = field(compare=False)


def synthesize(
    source: Source,
    technology: Technology,
    *,
    clock_ps: float | None = None,
    noise_runs: int = 0,
    limits: Limits = DEFAULT_LIMITS,
    parallel: int = 1,
    effort: Effort | None = None,
    quick: bool = False,
    progress: Progress = _silent,
) -> Synthesis:
    """Find out what a design costs.

    Args:
        source: the design.
        technology: the cells.
        clock_ps: the asked clock period; None asks for the least area.
        noise_runs: how often to repeat the best recipe with everything renamed.
        limits: of each recipe.
        parallel: recipes at a time.
        effort: of the proof of what is kept; None does without.
        quick: try the most promising recipe only, and for a design of others the plain script.
        progress: is told a sentence of each step when it is done; from several threads.

    Raises:
        RequestError: no recipe could map the design; the sentence says why the first one failed.
        CheckError: every recipe gives a wrong netlist.
    """
    start = time.perf_counter()
    outside = not source.rows
    first = quick_portfolio if quick else portfolio
    recipes = first(technology, clock_ps, outside=outside)
    attempt = partial(_attempt, source, technology, clock_ps, limits, progress)
    results = _each(attempt, recipes, parallel)
    for vary in () if quick else (_other_sums, _variations) if outside else (_variations,):
        more = vary(results, clock_ps)
        results += _each(attempt, more, parallel)
        recipes += more
    if all(isinstance(result, str) for result in results):
        recipes.append(Recipe(adders=recipes[0].adders, aim="plain"))
        results += _each(attempt, recipes[-1:], 1)
    good = [result for result in results if isinstance(result, Mapped)]
    if not good:
        raise RequestError(f"{source.top} cannot be synthesized: {results[0]}")
    best, proof, discarded = _proved(source, good, clock_ps, effort, limits)
    if proof is not None:
        progress(f"compared with the source in {proof.seconds:.1f} s")
    noise = None
    if noise_runs:
        scrambled = [replace(source, scramble=seed) for seed in range(1, noise_runs + 1)]
        again = [
            partial(_attempt, copy, technology, clock_ps, limits, progress) for copy in scrambled
        ]
        noise = _noise(_each(lambda run: run(best.recipe), again, parallel))
    return Synthesis(
        top=source.top,
        technology=technology.name,
        clock_ps=clock_ps,
        recipe=str(best.recipe),
        tried={str(r): _figures(result) for r, result in zip(recipes, results, strict=True)},
        area_um2=best.area_um2,
        delay_ps=best.delays.longest_ps,
        delays={
            name: None if value != value else value for name, value in asdict(best.delays).items()
        },
        slack_ps=None if clock_ps is None else best.slack_ps,
        critical_path=best.path,
        registers=best.registers,
        clocks=best.clocks,
        crossings=best.crossings,
        leakage_uw=best.leakage_nw / 1e3,
        cells=best.cells,
        parts=best.parts,
        flat_area_percent=_flat_difference(good),
        noise=noise,
        flow=flow_identity(technology),
        proof=proof,
        discarded=discarded,
        seconds=time.perf_counter() - start,
    )


def _proved(
    source: Source,
    good: list[Mapped],
    clock_ps: float | None,
    effort: Effort | None,
    limits: Limits,
) -> tuple[Mapped, Proof | None, dict[str, str]]:
    """The best that is not wrong, its proof, and what was better and wrong."""
    discarded: dict[str, str] = {}
    left = list(good)
    while left:
        best = _best(left, clock_ps, parts_count=source.rows)
        proof = None if effort is None else prove(source, best.netlist, effort, limits)
        if proof is None or proof.mismatch is None:
            return best, proof, discarded
        discarded[str(best.recipe)] = proof.mismatch
        left = [mapped for mapped in left if mapped is not best]
    recipe, mismatch = next(iter(discarded.items()))
    raise CheckError(f"{source.top} is mapped wrongly by every recipe; by {recipe}, {mismatch}")


def _other_sums(results: list[Mapped | str], clock_ps: float | None) -> list[Recipe]:
    """The best recipe again, with the other ways for sums, where the design has such."""
    own = _of_ours(results)
    if not own:
        return []
    best = _best(own, clock_ps)
    return ways_for_sums(best.recipe) if best.sums else []


def _variations(results: list[Mapped | str], clock_ps: float | None) -> list[Recipe]:
    """The best recipe again, in one piece and with Booth's recoding, where that may help."""
    own = _of_ours(results)
    if not own:
        return []
    best = _best(own, clock_ps)
    more = []
    if len(best.netlist.scopes) > 1 and len(best.netlist.kinds) <= _LARGEST_FLAT:
        more.append(replace(best.recipe, hierarchy="flat"))
    if best.multiplies:
        more.append(replace(best.recipe, multiplier="booth"))
    return more


def _of_ours(results: list[Mapped | str]) -> list[Mapped]:
    """What there is by recipes of ours, which can be varied."""
    return [m for m in results if isinstance(m, Mapped) and not m.recipe.plain]


def _attempt(
    source: Source,
    technology: Technology,
    clock_ps: float | None,
    limits: Limits,
    progress: Progress,
    recipe: Recipe,
) -> Mapped | str:
    try:
        mapped = map_once(source, recipe, technology, clock_ps, limits)
    except RequestError as error:
        progress(f"{recipe}: {error}")
        return str(error)
    area, delay = mapped.area_um2, mapped.delays.longest_ps
    progress(f"{recipe}: {area:,.0f} um2, {delay:,.0f} ps, in {mapped.seconds:.1f} s")
    return mapped


def _each(function: Callable[[Any], Any], items: Sequence[Any], parallel: int) -> list[Any]:
    with ThreadPoolExecutor(parallel) as pool:
        return list(pool.map(function, items))


def _best(good: list[Mapped], clock_ps: float | None, *, parts_count: bool = True) -> Mapped:
    """The least late, and of those the smallest.

    A design in one piece has lost its parts: no area and no energy can be told apart in it. Where
    ``parts_count``, it is taken only if it saves much.
    """
    handicaps = {"flat": _FLAT_SAVES if parts_count else 1.0}

    def merit(mapped: Mapped) -> tuple[float, float]:
        late = 0.0 if clock_ps is None else max(0.0, mapped.delays.longest_ps - clock_ps)
        return late, mapped.area_um2 * handicaps.get(mapped.recipe.hierarchy, 1.0)

    return min(good, key=merit)


def _figures(result: Mapped | str) -> dict[str, float] | str:
    if isinstance(result, str):
        return result
    return {"area_um2": result.area_um2, "delay_ps": result.delays.longest_ps}


def _flat_difference(good: list[Mapped]) -> float | None:
    areas = {
        way: min((m.area_um2 for m in good if m.recipe.hierarchy == way), default=None)
        for way in ("kept", "flat")
    }
    if areas["kept"] is None or areas["flat"] is None:
        return None
    return 100 * (areas["flat"] / areas["kept"] - 1) if areas["kept"] else 0.0


def _noise(results: list[Mapped | str]) -> Noise:
    failed = [result for result in results if isinstance(result, str)]
    if failed:
        raise RequestError(f"a run with other names failed where the design did not: {failed[0]}")
    areas = [result.area_um2 for result in results if isinstance(result, Mapped)]
    delays = [result.delays.longest_ps for result in results if isinstance(result, Mapped)]
    return Noise(
        runs=len(areas),
        area_median_um2=statistics.median(areas),
        area_percent=50 * (max(areas) - min(areas)) / max(statistics.median(areas), 1e-9),
        delay_median_ps=statistics.median(delays),
        delay_percent=50 * (max(delays) - min(delays)) / max(statistics.median(delays), 1e-9),
    )
