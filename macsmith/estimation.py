"""Estimates of a single design, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hw.unit import Unit

__all__ = ["figures"]


def figures(configuration: Unit, technology: str) -> dict[str, Any]:
    """Estimates of a design, as numbers.

    Returns:
        The figures of `costmodel.model.estimate.Estimates` by name, ``expected_error_percent`` of
        each and the ``held_out_designs`` that it is of, ``throughput_gops``, ``inside``,
        ``left_out`` (what the model does not know), ``area_um2_parts`` and ``energy_fj_parts``.

    Raises:
        RequestError: there is no model of the technology, or it does not know such a design.
    """
    from costmodel.family import basis_of
    from costmodel.model.estimate import estimate as estimate_columns
    from costmodel.model.model import FIGURES, load_model

    basis = basis_of(configuration)
    model = load_model(technology, basis.family)
    estimates = estimate_columns(basis.columns_of(configuration), model)
    answer: dict[str, Any] = {name: float(getattr(estimates, name)) for name in FIGURES}
    answer["throughput_gops"] = float(estimates.operations_per_cycle) * 1e3 / answer["delay_ps"]
    answer["expected_error_percent"] = {name: float(estimates.errors[name]) for name in FIGURES}
    errors = model.accuracy.get(basis.kind_of(basis.row_of(configuration)), {})
    answer["held_out_designs"] = max((error.points for error in errors.values()), default=0)
    answer["inside"] = bool(estimates.inside)
    answer["left_out"] = [name for name in basis.unknown if getattr(configuration, name)]
    answer["area_um2_parts"] = _numbers(estimates.area_parts)
    answer["energy_fj_parts"] = _numbers(estimates.energy_parts)
    return answer


def _numbers(parts: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in parts.items() if float(value)}
