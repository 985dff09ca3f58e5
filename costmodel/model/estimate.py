"""Estimates: what designs cost, from their inventory and a technology's fitted model.

Closed forms over columns that broadcast (`costmodel.model.columns`): what depends on few parameters
is computed for their combinations only, so that a product space of ten million designs takes about
a second. A column ``clock_ns`` asks for each design at a clock (`costmodel.model.clocks`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.family import Basis, Held, basis_of_columns
from costmodel.model.broadcast import joined, total
from costmodel.model.clocks import Ends, at_clock, coarse_paths, ends_of
from costmodel.model.columns import Coded, Columns
from costmodel.model.model import FIGURES, Model
from costmodel.model.paths import longest
from costmodel.model.regressions import Regression, by_part
from costmodel.model.terms import cost
from hw.errors import RequestError

__all__ = ["CLOCK", "Estimates", "estimate"]

Array = NDArray[Any]

#: The column that asks for a clock period, in ns.
CLOCK = "clock_ns"


@dataclass(frozen=True)
class Estimates:
    """What designs cost; arrays that broadcast to the columns' shape.

    Where ``valid`` is False there is no such design, and the figures mean nothing.

    Attributes:
        area_um2: of all cells; no wires, no clock tree. Of the smallest circuit, or of the smallest
            one that meets the asked clock; of the fastest where none does.
        delay_ps: the least period of that circuit: without a clock that of the circuit of least
            area, with one the asked period unless the smallest circuit is faster or the fastest
            slower.
        leakage_uw: of all cells.
        energy_fj_per_operation: at random data and `period_ps`, leakage included.
        operations_per_cycle: that the design does (`hw.unit.Unit.operation`).
        valid: whether the design can exist.
        inside: whether all its quantities are within what was measured for its kind.
        errors: by figure, its expected relative error in percent: the mean held-out one of its
            kind, or at a clock that of all kinds.
        held: what the designs hold.
        basis: of their family.
        model: by which they were estimated.
        clock_ps: the asked clock period; None asks for the least area.
        growth: area, dynamic energy and leakage over those of the least area.
        least: the same designs without the clock, where one is asked for.
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
    clock_ps: Array | None = None
    growth: tuple[Array, Array, Array] = (np.ones(()), np.ones(()), np.ones(()))
    least: Estimates | None = field(default=None, repr=False)

    @cached_property
    def fastest_clock_ps(self) -> Array:
        """The shortest clock period that a design can be made for; NaN if the model has no clocks.

        It is a guess where designs of its kind were measured at no clock: those are `inside` at
        none.
        """
        if self.least is not None:
            return self.least.fastest_clock_ps
        return joined(np.minimum, [1.0 * np.asarray(end.fast_ps) for end in self._ends.values()])

    @cached_property
    def _ends(self) -> Mapping[str, Ends]:
        """Of the designs without a clock: what each recipe makes of them."""
        clocks, basis, held = self.model.clocks, self.basis, self.held
        if clocks is None or not held.modules:
            unknown = np.full((), np.nan)
            return {"": Ends(unknown, unknown, unknown, unknown)}
        paths = coarse_paths(held.paths, self.model.delay, basis.chains, basis.loads)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = {
                name: cost(basis.regressions, held.modules, self.model.area, shares={name: 1.0})
                / self.area_um2
                for name in basis.regressions
            }
        return ends_of(clocks, paths, shares, self.delay_ps)

    @property
    def period_ps(self) -> Array:
        """The clock period that a design runs at: the asked one, or the least that it can."""
        if self.clock_ps is None:
            return self.delay_ps
        return np.maximum(self.clock_ps, self.fastest_clock_ps)

    def at_clock(self, clock_ps: Array) -> Estimates:
        """Designs of least area as those at a clock.

        Raises:
            RequestError: the model has no clocks.
        """
        clocks, held = self.model.clocks, self.held
        if clocks is None:
            raise RequestError(
                f"the {self.model.family} model of {self.model.technology} has no clocks, since no"
                " design was measured at one: leave the clock out, or ask `macsmith synthesize"
                " --clock-ns`"
            )
        if not held.modules:
            return replace(self, clock_ps=clock_ps, least=self)
        fastest_ps = self.fastest_clock_ps
        period_ps = np.maximum(clock_ps, fastest_ps)
        growth = at_clock(clocks, self._ends, period_ps)
        sized = clock_ps < self.delay_ps
        leakage_uw = growth[2] * self.leakage_uw
        with np.errstate(divide="ignore", invalid="ignore"):
            leaked = 1e-3 * self.leakage_uw * self.delay_ps / held.operations
            dynamic = growth[1] * (self.energy_fj_per_operation - leaked)
            leaked = 1e-3 * leakage_uw * period_ps / held.operations
        known = {name: error.mean_percent for name, error in clocks.accuracy.items()}
        known["delay_ps"] = known.get("fastest_clock_ps", np.nan)
        errors = {
            name: np.where(sized, known.get(name, np.nan), error)
            for name, error in self.errors.items()
        }
        fastest_error = np.asarray(known["delay_ps"])
        return replace(
            self,
            area_um2=growth[0] * self.area_um2,
            delay_ps=np.clip(clock_ps, fastest_ps, self.delay_ps),
            leakage_uw=leakage_uw,
            energy_fj_per_operation=dynamic + leaked,
            inside=self.inside & (~sized | _inside(held, clocks.region)),
            errors=errors | {"fastest_clock_ps": fastest_error},
            clock_ps=clock_ps,
            growth=growth,
            least=self,
        )

    @cached_property
    def area_parts(self) -> dict[str, Array]:
        """Area in um2 by part (`hw.unit.Unit.parts`)."""
        areas = {
            part: self.growth[0] * cost(regressions, self.held.modules, self.model.area)
            for part, regressions in self._by_part(working=False).items()
        }
        return {part: um2 for part, um2 in areas.items() if np.any(um2)}

    @cached_property
    def energy_parts(self) -> dict[str, Array]:
        """Dynamic energy in fJ an operation by part; that of buffers is with what drives them."""
        energies = {
            part: self.growth[1] * _energy(regressions, self.held, self.model)
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
            one family. `CLOCK` is none of them: with it the designs are those at that clock.
        model: of that family, on the technology.

    Raises:
        RequestError: a column is missing, unknown, or has a value that the model does not know; or
            the model is that of another family, or has no clocks and one is asked for.
    """
    if CLOCK in columns:
        others = {name: values for name, values in columns.items() if name != CLOCK}
        return estimate(others, model).at_clock(1e3 * np.asarray(columns[CLOCK], float))
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
        inside=_inside(held, model.region),
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


def _inside(
    held: Held, region: Mapping[str, Mapping[str, tuple[float, float]]]
) -> NDArray[np.bool_]:
    kinds = held.kind
    within: list[NDArray[np.bool_]] = []
    for name, values in held.region.items():
        bounds = [region.get(kind, {}).get(name) for kind in kinds.levels]
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
