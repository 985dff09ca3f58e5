"""What area, energy and leakage are made of: the inventory's quantities, by regression.

What the modules of a regression (`costmodel.model.regressions`) cost together is a sum over them of
their number times what one of them costs, and that is linear in what it holds: a coefficient a full
adder, a flip-flop, a selected bit.

Which quantities those are is a family's to say (`costmodel.family.Basis.regressions`);
`costmodel.model.fit` finds the coefficients, `costmodel.model.estimate` applies them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.broadcast import total
from costmodel.model.regressions import IDLE, ONE, Regression, Terms

__all__ = ["cost", "terms"]

Array = NDArray[np.float64]
Coefficients = Mapping[str, float]

_FEW = 1 << 16  # counts, that are compared with others


def terms(
    name: str, regression: Regression, modules: Mapping[str, Terms], *, working: bool = False
) -> Iterator[Terms]:
    """The terms of a regression, without those of which there is none.

    Args:
        name: of the regression; coefficients are called ``<name>.<kind>.<quantity>``.
        regression: what it is made of.
        modules: of the configurations, `costmodel.family.Held.modules`.
        working: of its energy, not of its area.
    """
    content = regression
    for term in content.working if working and content.working else content.terms:
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
    regressions: Mapping[str, Regression],
    modules: Mapping[str, Terms],
    coefficients: Coefficients,
    *,
    shares: Mapping[str, float] | None = None,
    working: bool = False,
) -> NDArray[Any]:
    """What regressions come to together: coefficients times quantities times counts, summed.

    Args:
        regressions: by name, which ones.
        modules: of the configurations, `costmodel.family.Held.modules`.
        coefficients: by name; absent ones are 0.
        shares: by regression, what its cost is multiplied by, those of the others being left out;
            all count once without it.
        working: their energy, not their area.
    """
    # What is there equally often is summed before it is multiplied: a column's share of everything,
    # say, and then once by the number of columns.
    alike: dict[tuple[Any, ...], tuple[NDArray[Any], list[NDArray[Any]]]] = {}
    for name, share in (dict.fromkeys(regressions, 1.0) if shares is None else shares).items():
        for term in terms(name, regressions[name], modules, working=working):
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
