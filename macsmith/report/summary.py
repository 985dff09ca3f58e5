"""The report's summary: which design is best for what, what binds it, what a change would buy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from costmodel.explore.results import Results
from costmodel.plots import label, spoken, symbol
from macsmith.labels import design_label, varied_in
from macsmith.steps import Step, steps_of

__all__ = ["Trade", "Winner", "better", "winners"]

_WORTH = 1.0  # percent that a figure must gain for a change to be told of
_SEEN = 0.05  # percent that are not told as 0.0
_TIGHT = 5.0  # percent of room below which a constraint is said to bind
_PERCENT = "\u00a0%"  # never alone on a line


@dataclass(frozen=True)
class Trade:
    """What the cheapest change of one parameter buys.

    Attributes:
        figure: what gains.
        change: the parameter with its values.
        gain_percent: by how much it gains.
        cost_percent: what the design is best in loses by it.
        doubtful: whether the gain is smaller than the expected error of the figure.
    """

    figure: str
    change: str
    gain_percent: float
    cost_percent: float
    doubtful: bool


@dataclass(frozen=True)
class Winner:
    """A best design.

    Attributes:
        title: what it is best in.
        name: the design in a few words.
        index: of the design in the front.
        technology: where it is made.
        figures: label, value and expected error in percent (nan: none) of each objective.
        binds: sentences on what keeps it from being better still.
        trades: the cheapest change for each other objective.
        steps: all single changes.
        objective: column that it is best in.
    """

    title: str
    name: str
    index: int
    technology: str
    figures: list[tuple[str, float, float]]
    binds: list[str]
    trades: list[Trade]
    steps: list[Step]
    objective: str


def winners(results: Results) -> list[Winner]:
    """The best design for each objective; of equal ones the best in the others."""
    front, objectives = results.front, results.objectives
    costs = {name: front[name] * (-1 if rises else 1) for name, rises in objectives.items()}
    best = []
    for objective, own in costs.items():
        others = [cost for name, cost in costs.items() if name != objective]
        best.append(int(np.lexsort((*others, own))[0]))
    # An objective that is an expression is told of the front only, not of all points.
    objective_columns = [name for name in objectives if name in results.names]
    steps = steps_of(results, front, best, objective_columns)
    return [
        _winner(results, objective, index, mine if objective in objective_columns else [])
        for objective, index, mine in zip(objectives, best, steps, strict=True)
    ]


def _winner(results: Results, objective: str, index: int, steps: list[Step]) -> Winner:
    front = results.front
    noun = label(objective).split(" (")[0]
    return Winner(
        title=f"{'Most' if results.objectives[objective] else 'Least'} {noun}",
        name=design_label(front, index, varied_in(front)),
        index=index,
        technology=str(front["technology"][index]) if "technology" in front else "",
        figures=[
            (name, float(front[name][index]), expected_error(results, name, index))
            for name in results.objectives
        ],
        binds=_binds(results, objective, index, steps),
        trades=_trades(results, objective, index, steps),
        steps=steps,
        objective=objective,
    )


def expected_error(results: Results, figure: str, index: int) -> float:
    """What the model expects of itself for a design of the front, in percent; nan: not known."""
    column = results.error_column(figure)
    return float("nan") if column is None else float(results.front[column][index])


def better(percent: float, *, rises: bool) -> float:
    """A change as a gain."""
    return percent if rises else -percent


def _binds(results: Results, objective: str, index: int, steps: list[Step]) -> list[str]:
    """What keeps a design from being better: constraints, ends of axes, else its own optimum."""
    front, rises = results.front, results.objectives[objective]
    noun = label(objective).split(" (")[0]
    sentences = []
    beyond = [
        s for s in steps if not s.feasible and better(s.percent[objective], rises=rises) > _SEEN
    ]
    if "tightest_constraint" in front:
        room = float(front["room_percent"][index])
        text = front["tightest_constraint"][index]
        if room <= _TIGHT or beyond:
            sentences.append(f"A constraint binds: {text} has {room:.1f}{_PERCENT} of room left.")
        else:
            sentences.append(
                f"No constraint binds: the nearest one, {text}, has {room:.0f}{_PERCENT} of room"
                " left."
            )
    beyond.sort(key=lambda s: -better(s.percent[objective], rises=rises))
    sentences += [
        f"{_move(step)} would change {noun} by {step.percent[objective]:+.1f}{_PERCENT}, and is not"
        " allowed."
        for step in beyond[:2]
    ]
    ends = [s for s in steps if _at_end(s, steps) and better(s.percent[objective], rises=rises) < 0]
    if ends:
        listed = ", ".join(
            f"{symbol(s.parameter)} = {spoken(s.before)}"
            f" ({s.percent[objective]:+.1f}{_PERCENT} one step back)"
            for s in sorted(ends, key=lambda s: better(s.percent[objective], rises=rises))
        )
        sentences.append(
            f"It stands at the end of {'an axis' if len(ends) == 1 else 'axes'} of the space:"
            f" {listed}; a wider space may hold a better one."
        )
    inner = sorted(
        {s.parameter for s in steps if _is_number(s.after) and not _at_end(s, steps)}
        - {s.parameter for s in beyond}
    )
    if inner:
        shown = " and ".join(f"{symbol(n)} = {spoken(_of(steps, n).before)}" for n in inner)
        sentences.append(f"Inside its axis, where a step either way is worse: {shown}.")
    return sentences


def _at_end(step: Step, steps: list[Step]) -> bool:
    """Whether a number can move one way only."""
    return _is_number(step.after) and sum(other.parameter == step.parameter for other in steps) == 1


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of(steps: list[Step], parameter: str) -> Step:
    return next(step for step in steps if step.parameter == parameter)


def _trades(results: Results, objective: str, index: int, steps: list[Step]) -> list[Trade]:
    """For each other objective the feasible step that gains, at the least loss."""
    trades = []
    for figure, rises in results.objectives.items():
        gaining = [
            step
            for step in steps
            if step.feasible
            and figure in step.percent
            and better(step.percent[figure], rises=rises) >= _WORTH
            and np.isfinite(step.percent[objective])
        ]
        if figure == objective or not gaining:
            continue
        best = results.objectives[objective]
        cheapest = min(
            gaining,
            key=lambda s: (
                -better(s.percent[objective], rises=best),
                -abs(s.percent[figure]),
            ),
        )
        gain = cheapest.percent[figure]
        error = expected_error(results, figure, index)
        trades.append(
            Trade(figure, _move(cheapest), gain, cheapest.percent[objective], abs(gain) < error)
        )
    return trades


def _move(step: Step) -> str:
    name = symbol(step.parameter)
    return f"{name} {spoken(step.before)} → {spoken(step.after)}"
