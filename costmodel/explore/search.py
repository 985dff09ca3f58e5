"""Search: where each point must be synthesized to be known, an optimiser chooses which ones.

Optuna's multi-objective TPE proposes points over the axes of a space, a batch at a time; they are
measured side by side and told in the order in which they were asked for. So the same space and seed
ask for the same points again, and an interrupted search goes on from the cache of what was
measured. For a model of closed form enumeration is faster and exact
(`costmodel.explore.exploration`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray

from costmodel.explore.exploration import figures_of
from costmodel.explore.pareto import Front, front_of
from costmodel.explore.space import CLOCK, ESTIMATED, FASTEST, Space

__all__ = ["Measure", "Tried", "best", "search"]

_CONSTRAINTS = "constraints"
_MOST_REPEATS = 10  # of points that are known; then a random one takes their place

#: Measures points side by side; yields each one's number, figures, and why there are none.
Measure = Callable[[Sequence[dict[str, Any]]], Iterator[tuple[int, Mapping[str, float], str]]]


@dataclass(frozen=True)
class Tried:
    """A point that was measured.

    Attributes:
        number: in its space.
        figures: measured, and what follows from them; empty if it failed.
        values: of the objectives, to be minimized.
        excess: by how much each constraint is broken, relative to its sides; 0 or less if it is
            not.
        failure: why there are no figures.
    """

    number: int
    figures: dict[str, float] = field(default_factory=dict)
    values: tuple[float, ...] = ()
    excess: tuple[float, ...] = ()
    failure: str = ""

    @property
    def feasible(self) -> bool:
        """Whether it has values and meets all constraints."""
        return bool(self.values) and all(violation <= 0 for violation in self.excess)


def search(
    space: Space,
    count: int,
    measure: Measure,
    exists: Callable[[dict[str, Any]], bool],
    *,
    batch: int,
    seed: int = 0,
) -> Iterator[Tried]:
    """Measure points that an optimiser chooses.

    Args:
        space: the axes, objectives and constraints.
        count: points to measure, fewer if the space has fewer.
        measure: the oracle.
        exists: whether a point can exist; one that cannot is not measured.
        batch: points that are measured side by side.
        seed: of the optimiser.

    Yields:
        Each point once, with what was measured.
    """
    study, known = _study(space, seed), dict[int, Tried | None]()  # None: it cannot exist
    generator = np.random.default_rng(seed)
    left = count
    while left and len(known) < space.size:
        asked: dict[int, optuna.Trial] = {}
        repeats = 0
        while len(asked) < min(batch, left) and len(known) + len(asked) < space.size:
            if repeats >= _MOST_REPEATS:
                study.enqueue_trial(_proposal(space, _unknown(space, generator, known, asked)))
            trial = study.ask()
            number = _choose(trial, space)
            if number in asked or number in known:
                repeats += 1
                _tell(study, trial, known.get(number))
            elif exists(space.point(number)):
                repeats = 0
                asked[number] = trial
            else:
                known[number] = None
                _tell(study, trial, None)
        numbers = list(asked)
        answers: dict[int, Tried] = {}
        for place, figures, failure in measure([space.point(number) for number in numbers]):
            answers[numbers[place]] = _tried(space, numbers[place], figures, failure)
        for number, trial in asked.items():
            known[number] = answers[number]
            _tell(study, trial, answers[number])
            left -= 1
            yield answers[number]


def _unknown(
    space: Space,
    generator: np.random.Generator,
    known: Mapping[int, Any],
    asked: Mapping[int, Any],
) -> int:
    """Any point that was neither measured nor asked for; there is one."""
    while True:
        first = int(generator.integers(space.size))
        for number in range(first, min(first + len(known) + len(asked) + 1, space.size)):
            if number not in known and number not in asked:
                return number


def best(space: Space, tried: Sequence[Tried]) -> Front:
    """The front of the feasible points that were tried."""
    feasible = [point for point in tried if point.feasible]
    values = np.array([point.values for point in feasible]).reshape(-1, len(space.objectives))
    return front_of(values, np.array([point.number for point in feasible], np.int64))


def _study(space: Space, seed: int) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Each axis by itself: the joint model took longer and found less, on a toy of six axes.
    sampler = optuna.samplers.TPESampler(seed=seed)
    directions = [optuna.study.StudyDirection.MINIMIZE] * len(space.objectives)
    study = optuna.create_study(sampler=sampler, directions=directions)
    study.set_user_attr(_CONSTRAINTS, [constraint.text for constraint in space.constraints])
    return study


def _axes(space: Space, block: int) -> dict[str, tuple[int, bool]]:
    """Number of values of each choice within a block, and whether they have an order."""
    outer = {
        "technology": (len(space.technologies), False),
        "workload": (max(1, len(space.workloads)), False),
    }
    return outer | {
        f"{block}.{name}": (len(values), values.dtype.kind in "if")
        for name, values in space.blocks[block].axes.items()
    }


def _choose(trial: optuna.Trial, space: Space) -> int:
    """The number of the point that a trial proposes; an axis is named with its block."""

    def one_of(name: str, count: int, ordered: bool) -> int:
        if ordered:
            return trial.suggest_int(name, 0, count - 1)
        return trial.suggest_categorical(name, list(range(count)))

    block = one_of("block", len(space.blocks), ordered=False)
    axes = _axes(space, block).items()
    technology, workload, *places = (one_of(name, *sizes) for name, sizes in axes)
    return space.number(block, technology, workload, places)


def _proposal(space: Space, number: int) -> dict[str, Any]:
    """What a trial must choose to propose a point."""
    block, places = space.places(number)
    return {"block": block, **dict(zip(_axes(space, block), places, strict=True))}


def _tell(study: optuna.Study, trial: optuna.Trial, tried: Tried | None) -> None:
    """Tell the optimiser of a point; one without figures as of one that breaks a constraint."""
    figures = tried is not None and bool(tried.values)
    trial.set_constraint("figures", 0.0 if figures else 1.0)
    for number, _ in enumerate(study.user_attrs[_CONSTRAINTS]):
        trial.set_constraint(str(number), tried.excess[number] if tried and figures else 1.0)
    study.tell(trial, tried.values if tried and figures else [0.0] * len(study.directions))


def _tried(space: Space, number: int, measured: Mapping[str, float], failure: str) -> Tried:
    if failure:
        return Tried(number, failure=failure)
    point = space.point(number)
    columns: dict[str, NDArray[Any]] = {name: np.array(value) for name, value in point.items()}
    known = {name: np.array(measured.get(name, np.nan)) for name in ESTIMATED}
    # A circuit that was sized for a clock tells whether it is met, not how much faster it could be.
    known[FASTEST] = known["delay_ps"]
    known["period_ps"] = np.maximum(known["delay_ps"], 1e3 * point.get(CLOCK, 0.0))
    models = {model.name: model for model in space.workloads}
    workload = models[point["workload"]] if models else None
    figures = figures_of(SimpleNamespace(**known), columns, space, workload, point["technology"])
    values = columns | figures
    objectives = [float(objective.formula(values)) for objective in space.objectives]
    outcome = {name: float(figure) for name, figure in figures.items() if np.isfinite(figure)}
    outcome |= {
        objective.name: v for objective, v in zip(space.objectives, objectives, strict=True)
    }
    if not np.isfinite(objectives).all():
        return Tried(number, outcome, failure="an objective has no finite value")
    signs = [-1 if objective.maximize else 1 for objective in space.objectives]
    excess = []
    for constraint in space.constraints:
        met, amount = bool(constraint(values)), 1.0
        if sides := constraint.sides(values):
            small, large = map(float, sides)
            amount = (small - large) / (max(abs(small), abs(large)) or 1.0)
        excess.append(min(amount, 0.0) if met else max(amount, 1e-9))
    signed = tuple(s * v for s, v in zip(signs, objectives, strict=True))
    return Tried(number, outcome, signed, tuple(excess))
