"""Points of a space as real circuits: built, synthesized and, where asked, run on data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from costmodel.explore.space import CLOCK
from costmodel.family import basis_of
from costmodel.flow.measure import Failure, Point, sweep
from costmodel.netlist.source import Source
from costmodel.technologies import load_technology
from costmodel.work.cache import cached
from costmodel.work.worker import DEFAULT_LIMITS
from hw.errors import RequestError
from hw.families import find_unit
from hw.unit import Unit

__all__ = ["MEASURED", "Measured", "Oracle", "configuration_of"]

#: Figures that can be measured; the energy only where it is asked for.
MEASURED = ("area_um2", "delay_ps", "leakage_uw", "energy_fj_per_operation", "throughput_gops")

Sweep = Callable[[Sequence[Point]], Iterator[tuple[int, dict[str, Any] | Failure]]]


@dataclass(frozen=True)
class Measured:
    """What was found of a point: its figures, or why there are none."""

    figures: dict[str, float]
    failure: str = ""


def configuration_of(point: dict[str, Any]) -> Unit:
    """The configuration of a point (`costmodel.explore.space.Space.point`).

    Raises:
        RequestError: it cannot exist; the sentence says why.
    """
    return basis_of(find_unit(point["unit"])).configuration(point)


@dataclass(frozen=True)
class Oracle:
    """Measures points.

    Attributes:
        energy: whether energy is measured too, on random data; a second each.
        synthesize: `costmodel.flow.measure.sweep`, or that of a `costmodel.flow.cluster.Cluster`.
        parallel: points that it measures at a time.
    """

    energy: bool = False
    synthesize: Sweep = sweep
    parallel: int = os.cpu_count() or 1

    def measure(self, points: Sequence[dict[str, Any]]) -> Iterator[tuple[int, Measured]]:
        """Synthesize points for their clocks, or the least area; each as soon as it is done.

        Yields the number of each with what was found.

        What is measured is kept in the cache, so an interrupted run goes on from there.

        Args:
            points: with ``technology`` and parameters.
        """
        names = {point["technology"] for point in points}
        technologies = {name: load_technology(name) for name in names}
        circuits: list[Point] = []
        numbers: list[int] = []
        for number, point in enumerate(points):
            try:
                configuration = configuration_of(point)
            except RequestError as error:
                yield number, Measured({}, str(error))
            else:
                clock_ps = 1e3 * point[CLOCK] if CLOCK in point else None
                cells = technologies[point["technology"]]
                circuits.append(Point(configuration, cells, clock_ps))
                numbers.append(number)
        for place, answer in self.synthesize(circuits):
            yield numbers[place], self._measured(circuits[place], answer)

    def _measured(self, point: Point, answer: dict[str, Any] | Failure) -> Measured:
        if isinstance(answer, Failure):
            return Measured({}, answer.reason)
        assert not isinstance(point.design, Source)
        operations = point.design.operations_per_cycle
        figures = {name: float(answer[name]) for name in ("area_um2", "delay_ps", "leakage_uw")}
        figures["operations_per_cycle"] = float(operations)
        figures["throughput_gops"] = operations * 1e3 / _period_ps(point, answer)
        if self.energy:
            try:
                figures["energy_fj_per_operation"] = _energy(point, answer)
            except RequestError as error:
                return Measured({}, str(error))
        return Measured(figures)


def _period_ps(point: Point, figures: dict[str, Any]) -> float:
    """The period that a circuit runs at: the asked one if it meets it, else its own."""
    return max(figures["delay_ps"], point.clock_ps or 0.0)


def _energy(point: Point, figures: dict[str, Any]) -> float:
    """Energy an operation on random data, at the design's own clock, as the estimate has it."""
    from costmodel.energy.power import random_energy
    from costmodel.flow.mapped import map_once
    from costmodel.flow.recipes import Recipe

    design, cells = point.design, point.technology
    assert not isinstance(design, Source)

    def ask() -> float:
        recipe = Recipe.parse(figures["recipe"])
        mapped = map_once(point.source, recipe, cells, point.clock_ps, DEFAULT_LIMITS)
        consumption = random_energy(design, mapped, cells, _period_ps(point, figures))
        return consumption.energy_fj_per_operation

    question = point.question | {"data": "random", "limits": asdict(design.workload)}
    return cached("energy", question | {"recipe": figures["recipe"]}, ask)
