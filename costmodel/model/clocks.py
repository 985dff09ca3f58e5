"""Designs at an asked clock: what they cost there, and the fastest clock that they can reach.

Synthesis has several recipes for a clock (`costmodel.flow.recipes.portfolio`), and takes the one
that meets it with the least area. So does the model. Of each recipe it knows two circuits, the
smallest and the fastest, by what is known of the circuit of least area, whose period and area the
model's other parts tell:

* A period is the longest of the same paths, each made of four steps only: what readers of nets take
  and what gates take, of which a share is left; carry chains by their bits, where chains stay, and
  by the levels of prefix adders, log2(1 + bits), where these take their place.
* An area is that of each regression, and a share more.
* At a clock T between the periods T0 of the smallest and T1 of the fastest, the area is
  ((T0 - T) / (T0 - T1)) ** bend of the way from one to the other.
* Leakage and dynamic energy grow with the area, in a proportion each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.broadcast import total
from costmodel.model.model import COARSE_STEPS, Clocks
from costmodel.model.paths import Path, Steps, longest

__all__ = ["BITS", "GATES", "LEVELS", "LOADS", "Ends", "at_clock", "coarse_paths", "ends_of"]

Array = NDArray[Any]

#: The steps of a coarse path.
GATES, LOADS, BITS, LEVELS = COARSE_STEPS


@dataclass(frozen=True)
class Ends:
    """The two circuits of a recipe for some designs.

    Attributes:
        slow_ps, fast_ps: periods of the smallest and of the fastest.
        area, most: their areas over the least one.
    """

    slow_ps: Array
    fast_ps: Array
    area: Array
    most: Array


def coarse_paths(
    paths: Sequence[Path], delay: Mapping[str, float], chains: frozenset[str], loads: frozenset[str]
) -> list[Path]:
    """The paths of designs, told by four steps each.

    Args:
        paths: of the designs.
        delay: ps of each of their steps in the circuit of least area.
        chains: steps that count bits of carry chains.
        loads: steps that count readers.
    """
    return [
        Path(
            _coarse(path.steps, delay, chains, loads),
            path.exists,
            path.from_input,
            path.from_register,
            path.to_output,
        )
        for path in paths
    ]


def _coarse(
    steps: Steps, delay: Mapping[str, float], chains: frozenset[str], loads: frozenset[str]
) -> Steps:
    known = {name: delay[name] for name in steps if delay.get(name)}
    others = known.keys() - chains - loads
    return {
        GATES: total(known[name] * steps[name] for name in sorted(others)),
        LOADS: total(ps * steps[name] for name, ps in known.items() if name in loads),
        BITS: total(ps * steps[name] for name, ps in known.items() if name in chains),
        LEVELS: total(np.log2(1.0 + steps[name]) for name in steps if name in chains),
    }


def ends_of(
    clocks: Clocks, paths: Sequence[Path], shares: Mapping[str, Array], least_ps: Array
) -> dict[str, Ends]:
    """The circuits that each recipe makes of designs.

    Args:
        clocks: of a model.
        paths: coarse ones.
        shares: by regression, its share of the least area.
        least_ps: period of the circuit of least area; no recipe's fastest circuit is slower.
    """
    ends = {}
    for recipe, way in clocks.ways.items():
        slow_ps = longest(paths, way.smallest.gains)
        fast_ps = np.minimum(np.minimum(longest(paths, way.fastest.gains), slow_ps), least_ps)
        area = 1 + total(way.smallest.prices[name] * shares[name] for name in way.smallest.prices)
        most = 1 + total(way.fastest.prices[name] * shares[name] for name in way.fastest.prices)
        ends[recipe] = Ends(slow_ps, fast_ps, area, np.maximum(area, most))
    return ends


def at_clock(
    clocks: Clocks, ends: Mapping[str, Ends], period_ps: Array
) -> tuple[Array, Array, Array]:
    """Designs at a period, each by the recipe that meets it with the least area.

    Args:
        clocks: of a model.
        ends: of the designs.
        period_ps: one that some recipe meets.

    Returns:
        Area, dynamic energy and leakage over those of the circuit of least area.
    """
    area = np.full(np.shape(period_ps), np.inf)
    energy, leakage = np.ones(area.shape), np.ones(area.shape)
    for recipe, end in ends.items():
        way = clocks.ways[recipe]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (end.slow_ps - period_ps) / np.maximum(end.slow_ps - end.fast_ps, 1e-9)
            share = np.clip(share, 0.0, 1.0) ** way.bend
        own = end.area + (end.most - end.area) * share
        better = (end.fast_ps <= period_ps) & (own < area)
        area = np.where(better, own, area)
        energy = np.where(better, 1 + way.energy * (own - 1), energy)
        leakage = np.where(better, 1 + way.leakage * (own - 1), leakage)
    return area, energy, leakage
