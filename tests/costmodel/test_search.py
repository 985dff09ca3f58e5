"""Search with a toy for an oracle: no point twice, the same again, and better than chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import moocore
import numpy as np
import pytest

from costmodel.explore.formula import NUMBER, TRUTH, parse_formula
from costmodel.explore.search import Tried, _tried, best, search
from costmodel.explore.space import FIGURES, Block, Objective, Space
from tests.costmodel.toy import toy_estimate

_NAMES: tuple[str, ...] = ("luts", "group", *FIGURES)
_KINDS: dict[str, str] = dict.fromkeys(_NAMES, NUMBER)


def number(text: str) -> Any:
    return parse_formula(text, "minimize", _KINDS, NUMBER)


THROUGHPUT = Objective(number("throughput_gops"), maximize=True)


@pytest.fixture
def space() -> Space:
    first = {
        "unit": np.array(["ternary_lut"]),
        "activation": np.array(["int8", "fp16"]),
        "group": np.arange(1, 6),
        "luts": np.arange(1, 33),
        "columns": np.arange(1, 65),
        "inputs": np.array([1024]),
    }
    second = first | {"unit": np.array(["ternary_signflip"]), "group": np.array([1, 2])}
    return Space(
        name="toy",
        description="",
        technologies=("a", "b"),
        blocks=(Block(first), Block(second)),
        objectives=(Objective(number("energy_fj_per_operation")),),
        constraints=(parse_formula("area_um2 <= 50000", "constraints", _KINDS, TRUTH),),
    )


class Oracle:
    """The toy, point by point, the last one first; it counts."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(
        self, points: Sequence[dict[str, Any]]
    ) -> Iterator[tuple[int, Mapping[str, float], str]]:
        for place in reversed(range(len(points))):
            point = points[place]
            self.asked.append(point)
            if point["luts"] == 13:
                yield place, {}, "it crashed"
                continue
            e = toy_estimate({k: np.array(v) for k, v in point.items()})
            yield place, {name: float(getattr(e, name)) for name in FIGURES[:5]}, ""


def exists(point: dict[str, Any]) -> bool:
    return point["unit"] == "ternary_lut" or point["group"] == 1


def found(space: Space, count: int, seed: int = 0) -> tuple[list[Tried], Oracle]:
    oracle = Oracle()
    return list(search(space, count, oracle, exists, batch=3, seed=seed)), oracle


def test_each_point_once_and_as_many_as_asked(space: Space) -> None:
    tried, oracle = found(space, 40)
    assert len(tried) == len({trial.number for trial in tried}) == 40
    assert len(oracle.asked) == 40
    assert all(exists(point) for point in oracle.asked)
    for trial in tried:
        point = space.point(trial.number)
        assert bool(trial.failure) == (point["luts"] == 13)
        if not trial.failure:
            e = toy_estimate({k: np.array(v) for k, v in point.items()})
            assert trial.figures["area_um2"] == float(e.area_um2)
            assert trial.values == (float(e.energy_fj_per_operation),)
            assert trial.feasible == (e.area_um2 <= 50000)


def test_same_seed_asks_for_the_same(space: Space) -> None:
    """Which is what lets an interrupted search go on from the cache; a prefix, if it was cut."""
    numbers = [trial.number for trial in found(space, 20)[0]]
    assert [trial.number for trial in found(space, 20)[0]] == numbers
    assert [trial.number for trial in found(space, 9)[0]] == numbers[:9]
    assert [trial.number for trial in found(space, 20, seed=1)[0]] != numbers


def test_better_than_chance(space: Space) -> None:
    """In the area under the front of 80 points, on logarithmic axes, mean of three seeds."""
    space = replace(space, objectives=(*space.objectives, THROUGHPUT))

    def area(tried: list[Tried]) -> float:
        energy, throughput = best(space, tried).values.T
        rows = np.stack([np.log(energy), -np.log(-throughput)], axis=1)
        return moocore.hypervolume(rows, ref=[np.log(400), 0])

    seeds = range(3)
    chosen = [area(found(space, 80, seed)[0]) for seed in seeds]
    generator = np.random.default_rng(0)
    chance = []
    for _ in range(30):
        numbers = generator.permutation(space.size).tolist()
        points = [n for n in numbers[:200] if exists(space.point(n))][:80]
        rows = Oracle()([space.point(n) for n in points])
        chance.append(area([_tried(space, points[i], figures, why) for i, figures, why in rows]))
    assert np.mean(chosen) > np.quantile(chance, 0.9)


def test_small_spaces_are_gone_through(space: Space) -> None:
    """And the search ends there."""
    axes = dict(space.blocks[1].axes) | {"luts": np.array([1, 2]), "columns": np.array([1, 2])}
    space = replace(space, blocks=(Block(axes),), technologies=("a",))
    tried, _ = found(space, 100)
    assert space.size == 16
    assert len(tried) == 8


def test_maximized_objectives(space: Space) -> None:
    space = replace(space, objectives=(Objective(number("area_um2")), THROUGHPUT))
    tried, _ = found(space, 30)
    front = best(space, tried)
    numbers = {trial.number: trial for trial in tried}
    assert len(front) > 1
    fastest = max(trial.figures["throughput_gops"] for trial in tried if trial.feasible)
    assert -front.values[:, 1].min() == fastest
    assert all(numbers[n].feasible for n in front.numbers.tolist())


def test_objective_without_a_value_is_a_failure(space: Space) -> None:
    space = replace(space, objectives=(Objective(number("log2(-luts)")),))
    tried, _ = found(space, 5)
    assert all("no finite value" in trial.failure or "crashed" in trial.failure for trial in tried)
    assert len(best(space, tried)) == 0
