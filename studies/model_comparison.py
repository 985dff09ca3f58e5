"""Comparisons of tiles by the cost model, which know what the model expects to err."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from studies.model_tiles import SIZES, CostedTile

__all__ = [
    "WORDS",
    "Tiles",
    "Verdict",
    "best_mus",
    "compared",
    "cost_of",
    "density_steps",
    "least",
    "shapes",
]

#: Figures of a tile, and what they are called.
WORDS = {"area_um2": "area", "energy_fj": "energy"}


@dataclass(frozen=True)
class Verdict:
    """A comparison of two costs.

    Attributes:
        percent: by how much the first is less than the second; below 0 by how much the second is
            less than the first. So it is the same whichever is asked first.
        error_percent: what the model expects to err.
        inside: whether both tiles lie within what was measured.
    """

    percent: float
    error_percent: float
    inside: bool

    @property
    def told(self) -> bool:
        """Whether the difference is larger than the error."""
        return abs(self.percent) > self.error_percent

    @property
    def mark(self) -> str:
        """A dagger beside what was not measured."""
        return "" if self.inside else " †"


def compared(tile: CostedTile, other: CostedTile, figure: str) -> Verdict:
    """How much less one tile costs than another one, or how much less the other one costs."""
    own, others = getattr(tile, figure), getattr(other, figure)
    percent = 100 * (1 - min(own, others) / max(own, others)) * (1 if own <= others else -1)
    error = max(tile.error(figure), other.error(figure))
    return Verdict(percent, error, tile.inside and other.inside)


class Tiles:
    """The tiles, asked for by what they are."""

    def __init__(self, tiles: Sequence[CostedTile]) -> None:
        self.all = tuple(tiles)

    def of(self, role: str, technology: str, arithmetic: str) -> list[CostedTile]:
        """All in a role."""
        wanted = (role, technology, arithmetic)
        return [t for t in self.all if (t.role, t.technology, t.arithmetic) == wanted]

    def squares(self, technology: str, arithmetic: str, size: int) -> list[CostedTile]:
        """Square tiles of a size, by mu."""
        return [t for t in self.of("square", technology, arithmetic) if t.inputs == size]

    def design(self, role: str, technology: str, design: str) -> CostedTile:
        """A published design, or its rival."""
        wanted = (role, technology, design)
        (tile,) = (t for t in self.all if (t.role, t.technology, t.design) == wanted)
        return tile


def least(tiles: Iterable[CostedTile], figure: str) -> CostedTile:
    """The cheapest."""
    return min(tiles, key=lambda tile: getattr(tile, figure))


def best_mus(tiles: Sequence[CostedTile], figure: str) -> tuple[list[int], Verdict]:
    """The mu that may be best, the best estimate first, and it against mu = 1."""
    ordered = sorted(tiles, key=lambda tile: getattr(tile, figure))
    close = [t.mu for t in ordered if not compared(ordered[0], t, figure).told]
    (one,) = (t for t in tiles if t.mu == 1)
    return close, compared(ordered[0], one, figure)


def density_steps(
    tiles: Tiles, technology: str, arithmetic: str, figure: str
) -> tuple[Verdict, list[Verdict]]:
    """The largest square tile against the smallest one, and each doubling; mu the best one."""
    best = [least(tiles.squares(technology, arithmetic, size), figure) for size in SIZES]
    steps = [compared(large, small, figure) for small, large in pairwise(best)]
    return compared(best[-1], best[0], figure), steps


def shapes(
    tiles: Tiles, technology: str, arithmetic: str, figure: str
) -> tuple[CostedTile, CostedTile, Verdict]:
    """The best tile with more columns than activations, the best with fewer, and their verdict."""
    among = tiles.of("map", technology, arithmetic)
    wide = least((t for t in among if t.columns > t.inputs), figure)
    long = least((t for t in among if t.columns < t.inputs), figure)
    return wide, long, compared(wide, long, figure)


def cost_of(tiles: Tiles, design: str, technology: str, figure: str) -> tuple[CostedTile, float]:
    """The best tile of as many weights a cycle, and the published one's cost over its cost."""
    own = tiles.design("published", technology, design)
    rival = tiles.design(f"rival_{WORDS[figure]}", technology, design)
    return rival, getattr(own, figure) / getattr(rival, figure)
