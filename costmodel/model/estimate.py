"""Estimates: what designs cost, from their inventory and a technology's fitted model.

Closed forms over columns that broadcast (`costmodel.model.columns`): what depends on few parameters
is computed for their combinations only, so that a product space of ten million designs takes about
a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.family import Basis, Held, basis_of_columns
from costmodel.model.broadcast import joined, total
from costmodel.model.columns import Coded, Columns
from costmodel.model.model import FIGURES, Model
from costmodel.model.paths import longest
from costmodel.model.regressions import Regression, by_part
from costmodel.model.terms import cost
from hw.errors import RequestError

__all__ = ["Estimates", "estimate"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Estimates:
    """What designs cost; arrays that broadcast to the columns' shape.

    Where ``valid`` is False there is no such design, and the figures mean nothing.

    Attributes:
        area_um2: of all cells, mapped for the least area; no wires, no clock tree.
        delay_ps: the clock period of the circuit of least area.
        leakage_uw: of all cells.
        energy_fj_per_operation: at random data and that clock period, leakage included.
        operations_per_cycle: that the design does (`hw.unit.Unit.operation`).
        valid: whether the design can exist.
        inside: whether all its quantities are within what was measured for its kind.
        errors: by figure, its expected relative error in percent: the mean held-out one of its
            kind.
        held: what the designs hold.
        basis: of their family.
        model: by which they were estimated.
    """

    area_um2: Array
    delay_ps: Array
    leakage_uw: Array
    energy_fj_per_operation: Array
    operations_per_cycle: Array
    valid: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    errors: dict[str, Array]
    held: Held = field(repr=False)
    basis: Basis = field(repr=False)
    model: Model = field(repr=False)

    @cached_property
    def area_parts(self) -> dict[str, Array]:
        """Area in um2 by part (`hw.unit.Unit.parts`)."""
        areas = {
            part: cost(regressions, self.held.modules, self.model.area)
            for part, regressions in self._by_part(working=False).items()
        }
        return {part: um2 for part, um2 in areas.items() if np.any(um2)}

    @cached_property
    def energy_parts(self) -> dict[str, Array]:
        """Dynamic energy in fJ an operation by part; that of buffers is with what drives them."""
        energies = {
            part: _energy(regressions, self.held, self.model)
            for part, regressions in self._by_part(working=True).items()
        }
        with np.errstate(divide="ignore", invalid="ignore"):  # of designs that cannot exist
            return {
                part: fj / self.operations_per_cycle for part, fj in energies.items() if np.any(fj)
            }

    def _by_part(self, *, working: bool) -> dict[str, dict[str, Regression]]:
        basis = self.basis
        return by_part(basis.regressions, basis.parts, basis.stand_ins, working=working)


def estimate(columns: Columns, model: Model) -> Estimates:
    """What designs cost.

    Args:
        columns: parameters by name, arrays that broadcast (`costmodel.family.Basis.held`); units of
            one family.
        model: of that family, on the technology.

    Raises:
        RequestError: a column is missing, unknown, or has a value that the model does not know; or
            the model is that of another family.
    """
    basis = basis_of_columns(columns)
    if model.family != basis.family:
        raise RequestError(
            f"the cost model is of the {model.family} family, and the units are of {basis.family}"
        )
    held = basis.held(columns)
    if not held.modules:
        return _nothing(held, basis, model)
    regressions, modules = basis.regressions, held.modules
    leakage_uw = cost(regressions, modules, model.area, shares=model.leakage)
    delay_ps = longest(held.paths, model.delay)
    with np.errstate(divide="ignore", invalid="ignore"):
        leaked = 1e-3 * leakage_uw * delay_ps
        energy = total([_energy(regressions, held, model), leaked]) / held.operations
    return Estimates(
        area_um2=cost(regressions, modules, model.area),
        delay_ps=delay_ps,
        leakage_uw=leakage_uw,
        energy_fj_per_operation=energy,
        operations_per_cycle=held.operations,
        valid=held.valid,
        inside=_inside(held, model),
        errors=_errors(held.kind, model),
        held=held,
        basis=basis,
        model=model,
    )


def _nothing(held: Held, basis: Basis, model: Model) -> Estimates:
    unknown = np.full((), np.nan)
    return Estimates(
        area_um2=unknown,
        delay_ps=unknown,
        leakage_uw=unknown,
        energy_fj_per_operation=unknown,
        operations_per_cycle=unknown,
        valid=held.valid,
        inside=np.zeros((), dtype=bool),
        errors=_errors(held.kind, model),
        held=held,
        basis=basis,
        model=model,
    )


def _energy(regressions: Mapping[str, Regression], held: Held, model: Model) -> Array:
    """Dynamic energy a cycle: what toggles how often depends on the kind."""
    kinds = sorted(held.energy_kind.levels)
    energies = []
    for kind in kinds:
        known = model.energy.get(kind)
        fj = np.asarray(np.nan)
        if known is not None:
            fj = cost(regressions, held.modules, known, working=True)
        of_kind = held.energy_kind.flags(lambda level, kind=kind: level == kind)
        energies.append(fj if len(kinds) == 1 else np.where(of_kind, fj, 0.0))
    return total(energies)


def _inside(held: Held, model: Model) -> NDArray[np.bool_]:
    kinds = held.kind
    within: list[NDArray[np.bool_]] = []
    for name, values in held.region.items():
        bounds = [model.region.get(kind, {}).get(name) for kind in kinds.levels]
        low = np.array([bound[0] if bound else np.inf for bound in bounds])[kinds.codes]
        high = np.array([bound[1] if bound else -np.inf for bound in bounds])[kinds.codes]
        within.append((values >= low) & (values <= high))
    return joined(np.logical_and, within)


def _errors(kinds: Coded[str], model: Model) -> dict[str, Array]:
    return {
        figure: np.array([_error(model.accuracy, kind, figure) for kind in kinds.levels])[
            kinds.codes
        ]
        for figure in FIGURES
    }


def _error(accuracy: Mapping[str, Any], kind: str, figure: str) -> float:
    """NaN where nothing of the kind was measured: `inside` is False there too."""
    known = accuracy.get(kind, {}).get(figure)
    return known.mean_percent if known else float("nan")
