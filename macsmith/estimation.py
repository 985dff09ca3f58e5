"""Estimates of a single design, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hw.unit import Unit

__all__ = ["figures", "meets"]


def figures(configuration: Unit, technology: str, clock_ps: float | None = None) -> dict[str, Any]:
    """Estimates of a design, as numbers.

    Args:
        configuration: the design's.
        technology: one with a cost model, or a model's file.
        clock_ps: the asked clock period; None asks for the least area.

    Returns:
        The figures of `costmodel.model.estimate.Estimates` by name, ``expected_error_percent`` of
        each and the ``held_out_designs`` that it is of, ``throughput_gops``, ``inside``,
        ``left_out`` (what the model does not know), ``area_um2_parts`` and ``energy_fj_parts``; and
        ``fastest_clock_ps`` (None if the model has no clocks), ``held_out_at_clocks``,
        ``clock_ps``, ``period_ps`` and ``meets_clock`` (`meets`).

    Raises:
        RequestError: there is no model of the technology, or it does not know such a design, or has
            no clocks and one is asked for.
    """
    from costmodel.family import basis_of
    from costmodel.model.estimate import CLOCK
    from costmodel.model.estimate import estimate as estimate_columns
    from costmodel.model.model import CLOCKED, FIGURES, load_model

    basis = basis_of(configuration)
    model = load_model(technology, basis.family)
    columns = basis.columns_of(configuration)
    if clock_ps is not None:
        columns |= {CLOCK: np.asarray(clock_ps / 1e3)}
    estimates = estimate_columns(columns, model)
    answer: dict[str, Any] = {name: float(getattr(estimates, name)) for name in FIGURES}
    period_ps, fastest_ps = float(estimates.period_ps), float(estimates.fastest_clock_ps)
    answer["throughput_gops"] = float(estimates.operations_per_cycle) * 1e3 / period_ps
    answer["clock_ps"], answer["period_ps"] = clock_ps, period_ps
    answer["fastest_clock_ps"] = None if model.clocks is None else fastest_ps
    expected = {name: float(estimates.errors[name]) for name in FIGURES}
    if model.clocks is not None:
        expected |= {
            n: e.mean_percent for n, e in model.clocks.accuracy.items() if n not in FIGURES
        }
    answer["expected_error_percent"] = expected
    tested = {} if model.clocks is None else model.clocks.designs
    answer["held_out_at_clocks"] = sum(count for name, count in tested.items() if name != "fit")
    answer["meets_clock"] = meets(clock_ps, fastest_ps, expected.get(CLOCKED[0], float("nan")))
    errors = model.accuracy.get(basis.kind_of(basis.row_of(configuration)), {})
    answer["held_out_designs"] = max((error.points for error in errors.values()), default=0)
    answer["inside"] = bool(estimates.inside)
    answer["left_out"] = [name for name in basis.unknown if getattr(configuration, name)]
    answer["area_um2_parts"] = _numbers(estimates.area_parts)
    answer["energy_fj_parts"] = _numbers(estimates.energy_parts)
    return answer


def meets(clock_ps: float | None, fastest_ps: float, error_percent: float) -> str | None:
    """Whether a clock is met: ``yes``, ``no``, or ``uncertain`` within the expected error.

    None without a clock.
    """
    if clock_ps is None:
        return None
    if abs(clock_ps / fastest_ps - 1) * 100 <= error_percent:
        return "uncertain"
    return "yes" if clock_ps > fastest_ps else "no"


def _numbers(parts: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in parts.items() if float(value)}
