"""A cost model with clocks that are made up, and designs as that model would measure them."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from costmodel.model.clocks import BITS, GATES, LEVELS, LOADS, coarse_paths
from costmodel.model.estimate import CLOCK, estimate
from costmodel.model.model import CLOCKED, Accuracy, Clocks, End, Model, Way, load_model
from costmodel.ternary.basis import BASIS
from costmodel.ternary.regressions import REGRESSIONS
from tests.costmodel.measured_designs import drawn

RIPPLE, PREFIX = "kept/either/ripple/array/area", "kept/either/kogge-stone/array/delay"


@cache
def clocked_model(technology: str = "nangate45") -> Model:
    """Its chains stay, or cost a fifth more area and take ten gates; either can be sped up."""
    flat = dict.fromkeys(REGRESSIONS, 0.2)
    model = load_model(technology, "ternary")
    ways = {
        RIPPLE: Way(
            smallest=End({GATES: 1.0, LOADS: 1.0, BITS: 1.0}, {}),
            fastest=End({GATES: 0.9, LOADS: 0.7, BITS: 0.95}, dict.fromkeys(flat, 0.03)),
            bend=2.0,
            energy=1.5,
            leakage=2.5,
        ),
        PREFIX: Way(
            smallest=End({GATES: 0.8, LOADS: 0.6, LEVELS: 30.0}, flat),
            fastest=End({GATES: 0.7, LOADS: 0.5, LEVELS: 25.0}, dict.fromkeys(flat, 0.3)),
            bend=1.5,
            energy=1.2,
            leakage=1.6,
        ),
    }
    error = Accuracy(points=9, mean_percent=4.0, worst_percent=9.0, bias_percent=1.0)
    return replace(
        model,
        clocks=Clocks(ways, model.region, dict.fromkeys(CLOCKED, error), {"fit": 9, "test": 9}),
    )


def clocked_rows(model: Model, count: int = 24) -> list[dict[str, Any]]:
    """Rows of designs, half of them of the set ``fit``, with the figures that a model gives."""
    rows = []
    for design in drawn()[:: len(drawn()) // count][:count]:
        columns = dict(BASIS.columns_of_rows([design]))
        least = estimate(columns, model)
        stated = dict(design) | {"set": "test" if len(rows) // 7 % 2 else "fit"}
        clocks = model.clocks
        assert clocks is not None
        for recipe, way in clocks.ways.items():
            # A model of this recipe alone has both its ends at the two extreme clocks.
            for clock_ps, end in ((math.inf, way.smallest), (1.0, way.fastest)):
                only = replace(clocks, ways={recipe: replace(way, smallest=end, fastest=end)})
                one = estimate(columns | {CLOCK: np.array([1e-3])}, replace(model, clocks=only))
                rows.append(stated | _figures(one, end.gains, model, recipe, clock_ps))
        slow, fast = (float(np.squeeze(ps)) for ps in (least.delay_ps, least.fastest_clock_ps))
        for share in (0.1, 0.5, 0.8):
            clock_ps = fast + share * (slow - fast)
            at = estimate(columns | {CLOCK: np.array([clock_ps / 1e3])}, model)
            rows.append(stated | _figures(at, None, model, RIPPLE, clock_ps))
    return rows


def _figures(
    estimates: Any, gains: Any, model: Model, recipe: str, clock_ps: float
) -> dict[str, Any]:
    """What would have been measured; without gains of all paths as long as the clock."""
    delays: dict[str, float | None] = dict.fromkeys(
        f"{start}_to_{end}_ps" for start in ("input", "register") for end in ("register", "output")
    )
    if gains is None:
        delays["register_to_register_ps"] = clock_ps
    else:
        for path in coarse_paths(estimates.held.paths, model.delay, BASIS.chains, BASIS.loads):
            ps = float(np.squeeze(path.length(gains)))
            end = "output" if path.to_output else "register"
            for start, starts in (("input", path.from_input), ("register", path.from_register)):
                kind = f"{start}_to_{end}_ps"
                if np.all(starts) and ps:
                    delays[kind] = max(ps, delays[kind] or 0.0)
    figures = [estimates.energy_fj_per_operation, estimates.operations_per_cycle]
    figures += [estimates.leakage_uw, estimates.period_ps, estimates.area_um2]
    energy, operations, leakage, period, area = (float(np.squeeze(figure)) for figure in figures)
    return {
        "clock_ps": clock_ps,
        "recipe": recipe,
        "area_um2": area,
        "leakage_uw": leakage,
        "energy_fj_per_cycle": energy * operations - 1e-3 * leakage * period,
        "delays_ps": delays,
        "area_parts": {"core": area},
    }
