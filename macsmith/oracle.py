"""Points of a space as real circuits: built, synthesized and, where asked, run on data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from costmodel.measure import Failure, Point, sweep
from costmodel.technology import load_technology
from hw.errors import RequestError
from hw.ternary import TernaryConfiguration, Workload
from macsmith.design import UNITS, Design

__all__ = ["MEASURED", "Measured", "Oracle", "configuration_of"]

#: Figures that can be measured; the energy only where it is asked for.
MEASURED = ("area_um2", "delay_ps", "leakage_uw", "energy_fj_per_operation", "throughput_gops")

Sweep = Callable[[Sequence[Point]], Iterator[tuple[int, dict[str, Any] | Failure]]]


@dataclass(frozen=True)
class Measured:
    """What was found of a point: its figures, or why there are none."""

    figures: dict[str, float]
    failure: str = ""


def configuration_of(point: dict[str, Any]) -> TernaryConfiguration:
    """The configuration of a point (`costmodel.space.Space.point`).

    Outputs, which size counters only, are those of one tile.

    Raises:
        RequestError: it cannot exist; the sentence says why.
    """
    unit = UNITS[point["unit"]]
    names = {each.name for each in fields(unit)} - {"workload"}
    parameters = {name: value for name, value in point.items() if name in names}
    return unit(**parameters, workload=Workload(inputs=point["inputs"], outputs=point["columns"]))


@dataclass(frozen=True)
class Oracle:
    """Measures points.

    Attributes:
        energy: whether energy is measured too, on random data; that takes a simulation each.
        synthesize: `costmodel.measure.sweep`, or that of a `costmodel.cluster.Cluster`.
    """

    energy: bool = False
    synthesize: Sweep = sweep

    def measure(self, points: Sequence[dict[str, Any]]) -> Iterator[tuple[int, Measured]]:
        """Synthesize points for the least area; each as soon as it is done, with its number.

        What is measured is kept in the cache, so an interrupted run goes on from there.

        Args:
            points: with ``technology`` and parameters.
        """
        names = {each["technology"] for each in points}
        technologies = {name: load_technology(name) for name in names}
        circuits: list[Point] = []
        numbers: list[int] = []
        for number, each in enumerate(points):
            try:
                configuration = configuration_of(each)
            except RequestError as error:
                yield number, Measured({}, str(error))
            else:
                circuits.append(Point(configuration, technologies[each["technology"]]))
                numbers.append(number)
        for place, answer in self.synthesize(circuits):
            yield numbers[place], self._measured(circuits[place], answer)

    def _measured(self, point: Point, answer: dict[str, Any] | Failure) -> Measured:
        if isinstance(answer, Failure):
            return Measured({}, answer.reason)
        assert isinstance(point.design, TernaryConfiguration)
        operations = point.design.tile_inputs * point.design.columns
        figures = {name: float(answer[name]) for name in ("area_um2", "delay_ps", "leakage_uw")}
        figures["operations_per_cycle"] = float(operations)
        figures["throughput_gops"] = operations * 1e3 / figures["delay_ps"]
        if self.energy:
            try:
                figures["energy_fj_per_operation"] = _energy(point)
            except RequestError as error:
                return Measured({}, str(error))
        return Measured(figures)


def _energy(point: Point) -> float:
    """Energy an operation, on as many random vectors as `macsmith synthesize --activity` takes."""
    from costmodel.power import measured_energy
    from macsmith.synthesis import Data, products_of

    assert isinstance(point.design, TernaryConfiguration)
    design = Design("point", "", point.design, None)
    found = measured_energy(point, products_of(design, Data(None, None, 0)))
    return float(found["energy_fj_per_operation"])
