"""What area, energy and leakage are made of: the inventory's quantities, part by part.

What a part costs is a sum over its modules of their number times what one of them costs, and that
is linear in what it holds: a coefficient a full adder, a flip-flop, a selected bit.

Which quantities those are is a family's to say (`costmodel.family.Basis.parts`);
`costmodel.model.fit` finds the coefficients, `costmodel.model.estimate` applies them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.broadcast import total
from costmodel.model.parts import IDLE, ONE, Part, Terms

__all__ = ["cost", "terms"]

Array = NDArray[np.float64]
Coefficients = Mapping[str, float]

_FEW = 1 << 16  # counts, that are compared with others


def terms(
    name: str, part: Part, modules: Mapping[str, Terms], *, working: bool = False
) -> Iterator[Terms]:
    """The terms of a part, without those of which there is none.

    Args:
        name: of the part; coefficients are called ``<name>.<kind>.<quantity>``.
        part: what it is made of.
        modules: of the configurations, `costmodel.family.Held.modules`.
        working: of its energy, not of its area.
    """
    chosen = part
    for term in chosen.working if working and chosen.working else chosen.terms:
        module = modules.get(term.module)
        if module is None:
            continue
        held = {ONE: np.ones(())} | dict(module.quantities)
        quantities = {
            f"{name}.{term.kind}.{quantity}": held[quantity]
            for quantity in term.quantities
            if quantity in held
        }
        if term.lively:
            quantities = _parted(quantities, modules[IDLE].count)
        yield Terms(module.count, quantities)


def _parted(quantities: Mapping[str, Array], idle: Array) -> Mapping[str, Array]:
    """Bits that are at work, and those that are idle, which have costs of their own."""
    if not idle.any():
        return quantities
    working = {name: (1 - idle) * number for name, number in quantities.items()}
    return working | {f"{name}.idle": idle * number for name, number in quantities.items()}


def cost(
    parts: Mapping[str, Part],
    modules: Mapping[str, Terms],
    coefficients: Coefficients,
    *,
    shares: Mapping[str, float] | None = None,
    working: bool = False,
) -> NDArray[Any]:
    """What parts cost together: coefficients times quantities times counts, summed.

    Args:
        parts: by name, which ones.
        modules: of the configurations, `costmodel.family.Held.modules`.
        coefficients: by name; absent ones are 0.
        shares: by part, what its cost is multiplied by, those of the others being left out; all
            parts count once without it.
        working: their energy, not their area.
    """
    # What is there equally often is summed before it is multiplied: a column's share of everything,
    # say, and then once by the number of columns.
    alike: dict[tuple[Any, ...], tuple[NDArray[Any], list[NDArray[Any]]]] = {}
    for name, share in (dict.fromkeys(parts, 1.0) if shares is None else shares).items():
        for term in terms(name, parts[name], modules, working=working):
            costs = [
                share * weight * quantity
                for coefficient, quantity in term.quantities.items()
                if (weight := coefficients.get(coefficient, 0.0))
            ]
            if costs:
                count = np.asarray(term.count)
                key = (count.shape, count.tobytes() if count.size <= _FEW else id(term.count))
                alike.setdefault(key, (count, []))[1].extend(costs)
    return total(count * total(costs) for count, costs in alike.values())
