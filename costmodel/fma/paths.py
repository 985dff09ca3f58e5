"""Paths of fused multiply-add units: from factors to sums, cut by the registers between."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from costmodel.counted import added
from costmodel.fma.inventory import (
    counts,
    distance_bits,
    near_stages,
    normalizing_stages,
    product_plan,
    window,
)
from hw.fma import Fma
from hw.fma.alignment import CUTS

__all__ = ["GATES", "MOST_STRETCHES", "stretches", "through"]

#: Gates in a row that a step takes, roughly (`costmodel.family.Basis.gates`).
GATES: Mapping[str, float] = {
    "control.one": 6,
    "unpack.one": 4,
    "multiply.levels": 4,
    "multiply.carry_bits": 1,
    "exponent.carry_bits": 1,
    "align.one": 4,
    "align.stages": 2,
    "add.one": 4,
    "add.carry_bits": 1,
    "add.negate_carry_bits": 1,
    "add.negate_raw_carry_bits": 1,
    "normalize.count_stages": 3,
    "normalize.stages": 2,
    "round.carry_bits": 1,
    "register.one": 3,
}

#: Stretches between registers, at most: one more than there are registers.
MOST_STRETCHES = 7


def _steps(unit: Fma) -> list[tuple[str, dict[str, int]]]:
    """What is done up to each cut."""
    tree, place = product_plan(unit), window(unit)
    rounded = unit.sum_format is not None
    exact = rounded or unit.normalizing.groups is None
    negated = 0 if place.inverted else place.width  # by a second adder
    stages = normalizing_stages(unit)
    return [
        ("given", {}),
        ("compressed", {"unpack.one": 1, "multiply.levels": tree.depth}),
        ("multiplied", {"multiply.carry_bits": len(tree.columns) - tree.carry_propagate_from}),
        (
            "aligned",
            {
                "align.one": 1,
                "exponent.carry_bits": distance_bits(unit),
                "align.stages": near_stages(unit),
            },
        ),
        (
            "added",
            {
                "add.one": 1,
                "add.carry_bits": place.width,
                "add.negate_raw_carry_bits": 0 if rounded else negated,
                "add.negate_carry_bits": negated if rounded else 0,
            },
        ),
        (
            "result",
            {
                "control.one": 1,
                "normalize.count_stages": stages if exact else 0,
                "normalize.stages": stages,
                "round.carry_bits": counts(unit)["round"]["rounding_bits"],
            },
        ),
    ]


@lru_cache(4096)
def stretches(unit: Fma) -> tuple[dict[str, int], ...]:
    """Steps of each stretch between registers (`MOST_STRETCHES`), none of those it has not got.

    The first one starts at the inputs, the last one ends at the outputs. Exponents are added while
    significands are multiplied, so they count only where a register stands before their difference.
    """
    cuts = CUTS[unit.depth]
    if not cuts:
        return ({},) * MOST_STRETCHES
    passed: list[dict[str, int]] = [{}]
    for name, steps in _steps(unit):
        at_once = name == "aligned" and "multiplied" not in cuts
        passed[-1] = added(passed[-1], steps | {"exponent.carry_bits": 0} if at_once else steps)
        if name in cuts:
            passed[-1] = added(passed[-1], {"register.one": 1})
            passed.append({})
    output = added(passed.pop(), {"register.one": 1})  # which it comes out of
    return (*passed, *({},) * (MOST_STRETCHES - len(passed) - 1), output)


def through(unit: Fma) -> dict[str, int]:
    """Steps from inputs to outputs of a unit without registers; none of others."""
    if unit.depth:
        return {}
    steps = added(*(steps for _, steps in _steps(unit)))
    return steps | {"exponent.carry_bits": 0}
