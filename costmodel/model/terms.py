"""What area, energy and leakage are made of: the inventory's quantities, part by part.

What a part costs is a sum over its modules of their number times what one of them costs, and that
is linear in what it holds: a coefficient a full adder, a flip-flop, a selected bit.

Which quantities those are is in `costmodel.ternary.parts`; `costmodel.model.fit` finds the
coefficients, `costmodel.model.estimate` applies them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.explore.broadcast import total
from costmodel.ternary.parts import ONE, PARTS
from costmodel.ternary.quantities import IDLE, Terms

__all__ = ["cost", "terms"]

Array = NDArray[np.float64]
Coefficients = Mapping[str, float]

_FEW = 1 << 16  # counts, that are compared with others


def terms(part: str, modules: Mapping[str, Terms], *, working: bool = False) -> Iterator[Terms]:
    """The terms of a part, without those of which there is none.

    Args:
        part: one of `PARTS`.
        modules: of the configurations, `modules_of`.
        working: of its energy, not of its area.
    """
    chosen = PARTS[part]
    for term in chosen.working if working and chosen.working else chosen.terms:
        module = modules.get(term.module)
        if module is None:
            continue
        held = {ONE: np.ones(())} | dict(module.quantities)
        quantities = {
            f"{part}.{term.kind}.{quantity}": held[quantity]
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
    shares: Mapping[str, float],
    modules: Mapping[str, Terms],
    coefficients: Coefficients,
    *,
    working: bool = False,
) -> NDArray[Any]:
    """What parts cost together: coefficients times quantities times counts, summed.

    Args:
        shares: by part (`PARTS`), what its cost is multiplied by.
        modules: of the configurations, `modules_of`.
        coefficients: by name; absent ones are 0.
        working: their energy, not their area.
    """
    # What is there equally often is summed before it is multiplied: a column's share of everything,
    # say, and then once by the number of columns.
    alike: dict[tuple[Any, ...], tuple[NDArray[Any], list[NDArray[Any]]]] = {}
    for part, share in shares.items():
        for term in terms(part, modules, working=working):
            each = [
                share * weight * quantity
                for name, quantity in term.quantities.items()
                if (weight := coefficients.get(name, 0.0))
            ]
            if each:
                count = np.asarray(term.count)
                key = (count.shape, count.tobytes() if count.size <= _FEW else id(term.count))
                alike.setdefault(key, (count, []))[1].extend(each)
    return total(count * total(each) for count, each in alike.values())
