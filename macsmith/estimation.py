"""Estimates of a single design, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hw.ternary import TernaryConfiguration

__all__ = ["columns_of_design", "figures"]

_LEFT_OUT = ("sequencer",)  # a few gates and a counter, which the inventory does not have


def columns_of_design(configuration: TernaryConfiguration) -> dict[str, Any]:
    """A configuration's parameters and limits as columns of a single design."""
    c = configuration
    limits = {name: getattr(c.workload, name) for name in ("inputs", "bias_limit", "nonzeros")}
    told = {"unit": c.unit} | c.parameters() | limits
    if c.style == "float":
        del told["accumulator_bits"]  # it follows from the format
    return {name: np.asarray(value) for name, value in told.items() if name not in _LEFT_OUT}


def figures(configuration: TernaryConfiguration, technology: str) -> dict[str, Any]:
    """Estimates of a design, as numbers.

    Returns:
        The figures of `costmodel.model.estimate.Estimates` by name, ``expected_error_percent`` of
        each, ``throughput_gops``, ``inside``, ``left_out`` (what the model does not know),
        ``area_um2_parts`` and ``energy_fj_parts``.

    Raises:
        RequestError: there is no model of the technology, or it does not know such a design.
    """
    from costmodel.model.estimate import estimate as estimate_columns
    from costmodel.model.model import FIGURES, load_model

    found = estimate_columns(columns_of_design(configuration), load_model(technology))
    answer: dict[str, Any] = {name: float(getattr(found, name)) for name in FIGURES}
    answer["throughput_gops"] = float(found.operations_per_cycle) * 1e3 / answer["delay_ps"]
    answer["expected_error_percent"] = {name: float(found.errors[name]) for name in FIGURES}
    answer["inside"] = bool(found.inside)
    answer["left_out"] = [name for name in _LEFT_OUT if getattr(configuration, name)]
    answer["area_um2_parts"] = _numbers(found.area_parts)
    answer["energy_fj_parts"] = _numbers(found.energy_parts)
    return answer


def _numbers(parts: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in parts.items() if float(value)}
