"""Fitting the clocked part of a cost model: to designs measured at several clocks.

Each design is measured at the two ends of each recipe, and at clocks between as synthesis chooses
(`costmodel.model.clocked`). Few designs suffice, because few numbers are fitted, and each to what
tells of it alone: gains to the periods of an end, prices to its areas; the bend to the areas
between, relative to the ends that the design itself has.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from costmodel.family import Basis, value_of
from costmodel.flow.recipes import Recipe
from costmodel.model.clocked import FASTEST_PS
from costmodel.model.clocks import BITS, GATES, LEVELS, LOADS, coarse_paths
from costmodel.model.estimate import CLOCK, estimate
from costmodel.model.fit_delay import fit_delay
from costmodel.model.model import CLOCKED, Accuracy, Clocks, End, Model, Way
from costmodel.model.paths import Path
from costmodel.model.terms import cost

__all__ = ["clocked_errors", "fit_clocks", "period_of"]

Array = NDArray[np.float64]
Row = Mapping[str, Any]

_FEWEST = 3  # designs to fit to: what is fitted is drawn to what is expected
_PULL = 1.0  # of the prices to their mean, as a share of the weight of all designs
_BENDS = np.arange(0.5, 4.01, 0.05)
_LONG = 0.97  # of the longest path, from where on another one is as good
_LEVEL = 2.0  # gates that a level of a prefix adder takes, roughly
_SAME = 1 + 1e-9


@dataclass(frozen=True)
class _Measured:
    """A design's rows.

    Attributes:
        smallest, fastest: by recipe, in the order of synthesis.
        between: the rows of clocks.
    """

    smallest: dict[str, Row]
    fastest: dict[str, Row]
    between: list[Row]

    @property
    def least(self) -> Row:
        """The circuit of least area: that of the first recipe."""
        return next(iter(self.smallest.values()))

    @property
    def quickest(self) -> Row:
        """The fastest circuit of all."""
        return min(self.fastest.values(), key=period_of)


def fit_clocks(rows: Sequence[Row], model: Model, basis: Basis) -> Model:
    """A model with its clocked part; without one where too few designs were measured at clocks.

    Args:
        rows: of designs at clocks, both sets (`costmodel.model.clocked.characterise_clocked`).
        model: of the same technology, fitted to designs of least area.
        basis: of the designs' family.
    """
    designs = _designs(rows, basis)
    fitted = [design for design in designs if design.least["set"] == "fit"]
    if len(fitted) < _FEWEST:
        return model
    recipes = list(fitted[0].smallest)
    ways = {recipe: _way(fitted, recipe, recipe == recipes[0], model, basis) for recipe in recipes}
    clocks = Clocks(
        ways=ways,
        region=_region([design.least for design in designs], basis),
        accuracy={},
        designs=dict(Counter(design.least["set"] for design in designs)),
    )
    clocked = replace(model, clocks=clocks)
    errors = clocked_errors([row for row in rows if row["set"] != "fit"], clocked, basis)
    accuracy = {figure: _accuracy(errors[figure]) for figure in CLOCKED if len(errors[figure])}
    return replace(model, clocks=replace(clocks, accuracy=accuracy))


def period_of(row: Row) -> float:
    """The least period of a measured circuit."""
    return max(ps or 0.0 for ps in row["delays_ps"].values())


def clocked_errors(rows: Sequence[Row], model: Model, basis: Basis) -> dict[str, Array]:
    """Relative errors of estimates in percent, by figure of `CLOCKED`, and ``met`` besides.

    Those of the fastest clock are one a design; the others one a clock that synthesis meets: the
    fastest circuit counts at the period that it has. ``met`` has for each clock how far it is from
    the estimated fastest one, in percent; below 0 where the estimate is wrong on which side.
    """
    errors: dict[str, list[float]] = {name: [] for name in (*CLOCKED, "met")}
    for design in _designs(rows, basis):
        quickest = design.quickest
        asked = [(period_of(quickest), quickest)]
        asked += [(row["clock_ps"], row) for row in design.between]
        for clock_ps, row in asked:
            columns = dict(basis.columns_of_rows([row])) | {CLOCK: np.array([clock_ps / 1e3])}
            estimates = estimate(columns, model)
            fastest_ps = float(np.squeeze(estimates.fastest_clock_ps))
            is_met, room = period_of(row) <= clock_ps * _SAME, clock_ps / fastest_ps - 1
            if row is quickest:
                errors["fastest_clock_ps"].append(fastest_ps / clock_ps - 1)
            else:
                errors["met"].append(abs(room) * (1 if is_met == (room >= 0) else -1))
            if not is_met:
                continue
            operations = float(np.squeeze(estimates.operations_per_cycle))
            leaked = 1e-3 * row["leakage_uw"] * clock_ps
            figures = {
                "area_um2": row["area_um2"],
                "leakage_uw": row["leakage_uw"],
                "energy_fj_per_operation": (row["energy_fj_per_cycle"] + leaked) / operations,
            }
            for name, measured in figures.items():
                if math.isnan(measured):
                    continue
                errors[name].append(float(np.squeeze(getattr(estimates, name))) / measured - 1)
    return {name: 100 * np.array(values) for name, values in errors.items()}


def _designs(rows: Iterable[Row], basis: Basis) -> list[_Measured]:
    """Rows of each design."""
    designs: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        key = tuple(str(value_of(row, name, basis.defaults)) for name in basis.parameters)
        designs.setdefault(key, []).append(row)
    return [
        _Measured(
            smallest={row["recipe"]: row for row in own if math.isinf(row["clock_ps"])},
            fastest={row["recipe"]: row for row in own if row["clock_ps"] <= FASTEST_PS},
            between=[row for row in own if FASTEST_PS < row["clock_ps"] < math.inf],
        )
        for own in designs.values()
    ]


def _way(
    designs: Sequence[_Measured], recipe: str, is_first: bool, model: Model, basis: Basis
) -> Way:
    """A recipe; the smallest circuit of the first one is that of the least area."""
    least = [design.least for design in designs]
    ends = {
        "smallest": [design.smallest[recipe] for design in designs],
        "fastest": [design.fastest[recipe] for design in designs],
    }
    fitted = {name: _end(rows, least, recipe, model, basis) for name, rows in ends.items()}
    if is_first:
        fitted["smallest"] = End({GATES: 1.0, LOADS: 1.0, BITS: 1.0}, {})
    pairs = [pair for rows in ends.values() for pair in zip(rows, least, strict=True)]
    pairs += [(r, d.least) for d in designs for r in d.between if r["recipe"] == recipe]
    return Way(
        **fitted,
        bend=_bend(designs, recipe),
        energy=_proportion(pairs, "energy_fj_per_cycle"),
        leakage=_proportion(pairs, "leakage_uw"),
    )


def _end(rows: Sequence[Row], least: Sequence[Row], recipe: str, model: Model, basis: Basis) -> End:
    held = basis.held(basis.columns_of_rows(rows))
    paths = coarse_paths(held.paths, model.delay, basis.chains, basis.loads)
    gate_ps = float(np.median([ps / basis.gates[step] for step, ps in model.delay.items()]))
    ripples = Recipe.parse(recipe).carry == "ripple"
    return End(
        gains=_gains(rows, paths, gate_ps, ripples=ripples),
        prices=_prices(rows, least, model, basis),
    )


def _gains(
    rows: Sequence[Row], paths: Sequence[Path], gate_ps: float, *, ripples: bool
) -> dict[str, float]:
    """By the longest paths alone: nothing else is made faster than it has to be."""
    told = []
    for row in rows:
        needed = _LONG * period_of(row)
        delays = {
            kind: ps if ps and ps >= needed else None for kind, ps in row["delays_ps"].items()
        }
        told.append({"delays_ps": delays})
    expected = {GATES: 1.0, LOADS: 0.7}
    expected |= {BITS: 1.0, LEVELS: 0.0} if ripples else {BITS: 0.0, LEVELS: _LEVEL * gate_ps}
    return fit_delay(paths, expected, told)


def _prices(
    rows: Sequence[Row], least: Sequence[Row], model: Model, basis: Basis
) -> dict[str, float]:
    """Non-negative least squares, drawn to one price for all parts."""
    more = np.array(
        [
            row["area_um2"] / smallest["area_um2"] - 1
            for row, smallest in zip(rows, least, strict=True)
        ]
    )
    modules = basis.held(basis.columns_of_rows(rows)).modules
    costs = {
        name: np.broadcast_to(
            cost(basis.regressions, modules, model.area, shares={name: 1.0}), len(rows)
        )
        for name in basis.regressions
    }
    names = [name for name, um2 in costs.items() if um2.any()]
    shares = np.array([costs[name] for name in names]).T
    shares = shares / shares.sum(axis=1, keepdims=True)
    weights = _PULL * np.linalg.norm(shares, axis=0)
    solution, _ = nnls(
        np.concatenate([shares, np.diag(weights)]),
        np.concatenate([more, weights * max(0.0, more.mean())]),
    )
    return {name: float(price) for name, price in zip(names, solution, strict=True) if price}


def _bend(designs: Sequence[_Measured], recipe: str) -> float:
    """By which the areas between the two ends are least off; 1 where nothing tells."""
    shares, grown = [], []
    for design in designs:
        small, fast = design.smallest[recipe], design.fastest[recipe]
        slow_ps, fast_ps = period_of(small), period_of(fast)
        more = fast["area_um2"] / small["area_um2"] - 1
        for row in design.between:
            if row["recipe"] == recipe and fast_ps < row["clock_ps"] < slow_ps and more > 0:
                shares.append(((slow_ps - row["clock_ps"]) / (slow_ps - fast_ps), more))
                grown.append(row["area_um2"] / small["area_um2"] - 1)
    if not shares:
        return 1.0
    share, most = np.array(shares).T
    off = [np.abs(most * share**bend - np.array(grown)).mean() for bend in _BENDS]
    return round(float(_BENDS[int(np.argmin(off))]), 2)


def _proportion(pairs: Sequence[tuple[Row, Row]], figure: str) -> float:
    """Growth of a figure over that of the area, where it was measured."""
    pairs = [pair for pair in pairs if not math.isnan(pair[0][figure])]
    areas = np.array([row["area_um2"] / least["area_um2"] - 1 for row, least in pairs])
    grown = np.array([row[figure] / least[figure] - 1 for row, least in pairs])
    return max(0.0, float(areas @ grown / max(areas @ areas, 1e-12)))


def _region(rows: Sequence[Row], basis: Basis) -> dict[str, dict[str, tuple[float, float]]]:
    """As `costmodel.model.fit` has that of the least area."""
    region = {}
    for kind in sorted({basis.kind_of(row) for row in rows}):
        columns = basis.columns_of_rows([row for row in rows if basis.kind_of(row) == kind])
        region[kind] = {
            name: (float(values.min()), float(values.max()))
            for name, values in basis.held(columns).region.items()
        }
    return region


def _accuracy(errors: Array) -> Accuracy:
    return Accuracy(
        points=len(errors),
        mean_percent=round(float(np.abs(errors).mean()), 3),
        worst_percent=round(float(np.abs(errors).max()), 3),
        bias_percent=round(float(errors.mean()), 3),
    )
