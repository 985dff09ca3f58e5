"""Designs of the experiment as rows, with figures that a known model gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from costmodel.flow.timing import Delays
from costmodel.model.terms import cost, terms
from costmodel.ternary.basis import BASIS
from costmodel.ternary.experiment import KINDS, STYLES, designs
from costmodel.ternary.inventory import inventory
from costmodel.ternary.kinds import energy_kind
from costmodel.ternary.paths import paths
from costmodel.ternary.quantities import modules_of
from costmodel.ternary.regressions import REGRESSIONS
from costmodel.ternary.steps import GATES

Row = dict[str, Any]
Coefficients = dict[str, float]

ROOT = Path(__file__).parents[2]
CALIBRATION = ROOT / "designs" / "measured" / "calibration"
DESIGNS = 60  # of each set
SETS: tuple[Literal["fit", "test"], ...] = ("fit", "test")  # that every kind of designs has


@cache
def drawn() -> tuple[Row, ...]:
    """The first designs of all sets, without figures."""
    return tuple(
        {"set": set_name, "unit": c.unit, "inputs": c.workload.inputs}
        | c.parameters()
        | {"style": c.style}
        for draw in KINDS
        for set_name in SETS
        for c in islice(designs(draw, set_name), DESIGNS)
    )


def planted(seed: int = 0) -> tuple[Coefficients, dict[str, Coefficients], Coefficients]:
    """Coefficients of area, of energy by kind, and of delay, drawn at random."""
    rng = np.random.default_rng(seed)
    columns = BASIS.columns_of_rows(drawn())
    held = inventory(columns)

    def drawn_for(working: bool) -> Coefficients:
        modules = modules_of(held)
        names = {
            quantity
            for name, content in REGRESSIONS.items()
            for term in terms(name, content, modules, working=working)
            for quantity in term.quantities
        }
        return {name: rng.uniform(1, 3) for name in sorted(names)}

    steps = sorted({name for path in paths(columns, held) for name in path.steps})
    energy = {energy_kind(style): drawn_for(working=True) for style in STYLES}
    delay = {name: GATES[name] * rng.uniform(10, 30) for name in steps}
    return drawn_for(working=False), energy, delay


def with_figures(
    area: Mapping[str, float], energy: Mapping[str, Mapping[str, float]], delay: Mapping[str, float]
) -> list[Row]:
    """The rows with what the coefficients give, a regression's cost all in its first module."""
    rows = [dict(row) for row in drawn()]
    columns = BASIS.columns_of_rows(rows)
    held = inventory(columns)
    modules = modules_of(held)
    kinds = np.array([energy_kind(row["style"]) for row in rows])

    def by_module(price: Callable[[str], NDArray[Any]]) -> list[dict[str, float]]:
        costs = {name: np.broadcast_to(price(name), len(rows)) for name in REGRESSIONS}
        return [
            {REGRESSIONS[name].measured[0]: float(values[i]) for name, values in costs.items()}
            for i in range(len(rows))
        ]

    def worked(name: str) -> NDArray[Any]:
        prices = [
            (kinds == kind) * cost({name: REGRESSIONS[name]}, modules, prices_of_kind, working=True)
            for kind, prices_of_kind in energy.items()
        ]
        return np.sum(prices, axis=0) * (name != "buffers")

    areas = by_module(lambda name: cost({name: REGRESSIONS[name]}, modules, area))
    energies = by_module(worked)
    delays = delays_of(rows, delay)
    for row, um2, fj, ps in zip(rows, areas, energies, delays, strict=True):
        row |= {"area_um2": sum(um2.values()), "leakage_uw": 1e-3 * sum(um2.values())}
        row |= {"area_parts": um2, "energy_parts": fj, "energy_fj_per_cycle": sum(fj.values())}
        row["delays_ps"] = ps
    return rows


def delays_of(rows: Sequence[Row], delay: Mapping[str, float]) -> list[dict[str, float | None]]:
    """The longest path of each design by kind, None where it has none."""
    columns = BASIS.columns_of_rows(rows)
    longest = {kind: np.zeros(len(rows)) for kind in Delays.__dataclass_fields__}
    for path in paths(columns, inventory(columns)):
        ps = path.length(delay)
        end = "output" if path.to_output else "register"
        for start, starts_there in (("input", path.from_input), ("register", path.from_register)):
            kind = f"{start}_to_{end}_ps"
            longest[kind] = np.maximum(longest[kind], ps * starts_there)
    return [{kind: float(ps[i]) or None for kind, ps in longest.items()} for i in range(len(rows))]
