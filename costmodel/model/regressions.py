"""Regressions: what is fitted to what, and by which parts of a circuit the result is told.

A regression is a linear function of counted quantities, fitted to the measured area (or energy) of
one or several modules that synthesis tells apart. Modules that are alike (the adders of table, tree
and accumulator, say) share a regression, hence coefficients. Which regressions there are is a
family's to say (`costmodel.family.Basis.regressions`); nothing here is about technologies.

What a module is for, and so how its cost is told, is the circuit's to say (`hw.unit.Unit.parts`):
estimates and synthesis speak of the same parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

__all__ = ["IDLE", "ONE", "Regression", "Term", "Terms", "by_part", "regression_of"]

ONE = "one"  # the module itself, whatever it holds
IDLE = "idle"  # no module: its count is the share of operands that are idle


@dataclass(frozen=True)
class Term:
    """A module's share of a regression.

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
class Regression:
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


def regression_of(regressions: Mapping[str, Regression], module: str) -> str:
    """The regression that a module of a synthesized design belongs to.

    Args:
        regressions: of the design's family.
        module: its name without the design's in front, such as ``lane`` or ``column/heap``.

    Raises:
        LookupError: it belongs to none.
    """
    owners = {stem: name for name, content in regressions.items() for stem in content.measured}
    stem = module.partition("/")[0]
    while stem not in owners and "_" in stem:
        stem = stem.rpartition("_")[0]
    if stem not in owners:
        raise LookupError(f"no regression of the cost model has a module {module!r}")
    return owners[stem]


def by_part(
    regressions: Mapping[str, Regression],
    parts: Mapping[str, str],
    stand_ins: Mapping[str, str],
    *,
    working: bool,
) -> dict[str, dict[str, Regression]]:
    """Of each part of a circuit the regressions with those terms that are told by it.

    A regression whose modules are all of one part is all that part's. Of any other one, a term is
    of its module's part.

    Args:
        regressions: of a family.
        parts: of its circuits, `hw.unit.Unit.parts`; the result has their order.
        stand_ins: for terms whose module is none of the circuit's, the module that they are of.
        working: of the energy, not of the area.

    Raises:
        LookupError: a term has a module that no circuit has and that stands for none.
    """
    of_regression: defaultdict[str, set[str]] = defaultdict(set)
    for module, part in parts.items():
        of_regression[regression_of(regressions, module)].add(part)
    split: dict[str, dict[str, Regression]] = {part: {} for part in parts.values()}
    for name, content in regressions.items():
        only = of_regression[name].pop() if len(of_regression[name]) == 1 else ""
        terms: defaultdict[str, list[Term]] = defaultdict(list)
        for term in content.working if working and content.working else content.terms:
            terms[only or _part(term.module, parts, stand_ins)].append(term)
        for part, chosen in terms.items():
            split[part][name] = Regression(content.measured, tuple(chosen))
    return {part: chosen for part, chosen in split.items() if chosen}


def _part(module: str, parts: Mapping[str, str], stand_ins: Mapping[str, str]) -> str:
    name = stand_ins.get(module, module)
    if name not in parts:
        raise LookupError(f"nothing tells which part of a circuit {module!r} is of")
    return parts[name]
