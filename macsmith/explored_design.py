"""Designs of an explored space: as settings of committed designs, and as configurations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING
from functools import cache
from typing import Any

import numpy as np

from costmodel.explore.results import Columns
from costmodel.family import basis_of
from costmodel.plots import Run
from hw.errors import RequestError
from hw.families import find_unit
from hw.unit import GemmUnit, Unit, limit_defaults, parameter_defaults
from macsmith.design import design_path, load_design
from macsmith.family import words_of_unit
from macsmith.toml_file import read_toml
from macsmith.workload import load_workload

__all__ = ["base_design", "configuration_of", "runs_of", "settings_of"]


def settings_of(point: Mapping[str, Any]) -> list[str]:
    """What makes the point's design of its unit's base: texts for ``--set``.

    Args:
        point: its parameters and limits; others are ignored, and absent ones have their defaults.
    """
    base = _base(str(point["unit"]))
    settings = []
    for name, standard in _parameters(str(point["unit"])).items():
        value = _stated(point, name, standard)
        if value != base["parameters"].get(name, standard):
            settings.append(f"{name}={_text(value)}")
    unit = find_unit(str(point["unit"]))
    standards = limit_defaults(unit)
    for name in basis_of(unit).limits:
        value = _plain(point.get(name, standards[name]))
        if value is not MISSING and value != base["workload"].get(name, standards[name]):
            settings.append(f"workload.{name}={value}")
    return settings


def configuration_of(point: Mapping[str, Any]) -> Unit:
    """The point's configuration.

    Raises:
        RequestError: it cannot be.
    """
    return load_design(base_design(str(point["unit"])), settings_of(point)).configuration


def runs_of(front: Columns, indices: Sequence[int], workload: str, batch: int) -> list[Run]:
    """What a workload takes on designs of the front, for a roofline.

    Raises:
        RequestError: there is no such workload, or a design does not carry it.
    """
    from macsmith.labels import design_label, varied_in

    varied = varied_in(front)
    model = load_workload(workload)
    products = [layer.product(batch) for layer in model.layers for _ in range(layer.count)]
    runs = []
    for index in indices:
        point = {name: values[index] for name, values in front.items()}
        settings = [*settings_of(point | {"accumulator_bits": 0}), *model.limits(batch)]
        core = load_design(base_design(str(point["unit"])), settings).configuration
        if not isinstance(core, GemmUnit):
            raise RequestError(f"a {core.unit} runs no matrix products: it has no roofline")
        taken = core.schedule(products)
        runs.append(
            Run(
                design_label(front, index, varied),
                float(point["throughput_gops"]),
                float(taken.weights),
                sum(stream.bytes for stream in taken.traffic.values()),
                taken.cycles * float(point["delay_ps"]) * 1e-12,
            )
        )
    return runs


def base_design(unit: str) -> str:
    """The committed design that a unit's settings are said relative to.

    Raises:
        RequestError: there is no such unit.
    """
    return words_of_unit(unit).bases[unit]


@cache
def _base(unit: str) -> dict[str, Any]:
    return read_toml(design_path(base_design(unit)), "design")


@cache
def _parameters(unit: str) -> dict[str, Any]:
    """The parameters of a unit and their defaults."""
    plain = {MISSING: None, None: ""}
    return {
        name: plain.get(default, default)
        for name, default in parameter_defaults(find_unit(unit)).items()
    }


def _stated(point: Mapping[str, Any], name: str, standard: Any) -> Any:
    """A value as Python's own, or the standard one where it goes without saying."""
    value = _plain(point.get(name, standard))
    unsaid = words_of_unit(str(point["unit"])).unsaid
    return standard if name in unsaid and value == unsaid[name] else value


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
