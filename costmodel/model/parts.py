"""Parts: what a unit's cost is told by, and the quantities of its modules that a part is made of.

A part is one or several modules that synthesis tells apart. Modules that are alike (the adders of
table, tree and accumulator, say) share coefficients. Which parts there are is a family's to say
(`costmodel.family.Basis.parts`); nothing here is about technologies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["IDLE", "ONE", "Part", "Term", "Terms", "part_of"]

ONE = "one"  # the module itself, whatever it holds
IDLE = "idle"  # no module: its count is the share of operands that are idle


@dataclass(frozen=True)
class Term:
    """A module's share of a part.

    Attributes:
        module: of the inventory, or one that the family adds to it.
        kind: of the coefficients; modules of a kind share them.
        quantities: what it is made of.
        lively: what toggles in it is operands, which may in part be idle
        (`IDLE`).
    """

    module: str
    kind: str
    quantities: tuple[str, ...]
    lively: bool = False


@dataclass(frozen=True)
class Part:
    """Modules that are measured and fitted together.

    Attributes:
        measured: how the modules of a synthesized design begin, without the design's name.
        terms: of which its area is made.
        working: of which its energy is made, where that is something else.
    """

    measured: tuple[str, ...]
    terms: tuple[Term, ...]
    working: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Terms:
    """A module's terms for some configurations; arrays of the least shape that tells all.

    Attributes:
        count: how many of a module there are.
        quantities: of one of them, by the name of their coefficient.
    """

    count: NDArray[Any]
    quantities: Mapping[str, NDArray[Any]]


def part_of(parts: Mapping[str, Part], module: str) -> str:
    """The part that a module of a synthesized design belongs to.

    Args:
        parts: of the design's family.
        module: its name without the design's in front, such as ``lane`` or ``column/heap``.

    Raises:
        LookupError: it belongs to none.
    """
    whole = {name: part for part, content in parts.items() for name in content.measured}
    stem = module.partition("/")[0]
    while stem not in whole and "_" in stem:
        stem = stem.rpartition("_")[0]
    if stem not in whole:
        raise LookupError(f"no part of the cost model has a module {module!r}")
    return whole[stem]
