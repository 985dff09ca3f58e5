"""Accelerators as points of a space: axes of what is around a core, and the figures of all of it.

The figures are those of `costmodel.system.accelerator.evaluate`, which ``macsmith system`` prints
for a single design, for whole meshes of designs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.explore.space import CLOCK, Columns, Products
from costmodel.system.accelerator import CoreCost, SystemCost, evaluate
from costmodel.system.dataflow import Platform
from costmodel.system.dram import load_dram
from costmodel.system.gemm import Gemm
from costmodel.system.memory import Sram, load_sram

__all__ = ["SYSTEM_AXES", "SYSTEM_FIGURES", "check_axes", "core_columns", "system_figures"]

#: What is around a core, and its type: see `costmodel.system.dataflow.Platform`; ``vectors`` are
#: activation vectors at a time.
SYSTEM_AXES: Mapping[str, type] = {
    "cores": int,
    "memory": str,
    "bandwidth_gb_per_s": float,
    "vectors": int,
    "weight_bits": float,
    "weight_kib": float,
    "activation_kib": float,
}
#: Figures of the whole: throughput, energy and area with buffers and memory, the period of its
#: clock, and the share of the time that the cores wait for the memory.
SYSTEM_FIGURES = (
    *("tokens_per_second", "energy_uj_per_token", "chip_area_mm2"),
    *("system_clock_ps", "memory_wait_percent"),
)

_DEFAULTS = {"memory": "lpddr5", "bandwidth_gb_per_s": 0.0, "vectors": 1}
#: Those that a product or a memory is made of, one at a time; all others are arrays.
_OF_SCENARIOS = tuple(_DEFAULTS)
_OF_PLATFORMS = ("cores", "weight_bits", "weight_kib", "activation_kib")


def core_columns(columns: Columns) -> Columns:
    """The columns that are of the cores themselves, and their clock."""
    return {name: values for name, values in columns.items() if name not in SYSTEM_AXES}


class _AtClock:
    """Cores as they run: `CoreCost` by the period that they have at the asked clock."""

    def __init__(self, costs: Any) -> None:
        self.area_um2, self.leakage_uw = costs.area_um2, costs.leakage_uw
        self.energy_fj_per_operation = costs.energy_fj_per_operation
        self.delay_ps = costs.period_ps


def check_axes(axes: Columns, technology: str, node_nm: int | None) -> None:
    """See that accelerators can be made of some axes on a technology.

    Raises:
        RequestError: a value is not allowed, or nothing is known of the technology's SRAM.
    """
    for kind in axes.get("memory", np.array([_DEFAULTS["memory"]])).tolist():
        for bandwidth in axes.get("bandwidth_gb_per_s", np.array([0.0])).tolist():
            load_dram(kind, bandwidth if "bandwidth_gb_per_s" in axes else None)
            Platform(_sram(technology, node_nm), load_dram(kind), **_platform(axes))
    for vectors in axes.get("vectors", np.array([1])).tolist():
        Gemm("vectors", 1, 1, vectors)


def system_figures(
    columns: Columns,
    costs: CoreCost,
    workload: Products,
    technology: str,
    node_nm: int | None = None,
) -> dict[str, NDArray[Any]]:
    """`SYSTEM_FIGURES` of accelerators at a workload, arrays that broadcast with the columns.

    Args:
        columns: of the cores and around them (`SYSTEM_AXES`).
        costs: of the cores.
        workload: its products.
        technology: of cores and buffers.
        node_nm: its node, for one that is not shipped.
    """
    cores, sram = core_columns(columns), _sram(technology, node_nm)
    if cores.pop(CLOCK, None) is not None:
        costs = _AtClock(costs)
    scenario = [np.asarray(columns.get(name, _DEFAULTS[name])) for name in _OF_SCENARIOS]
    figures: dict[str, NDArray[Any]] = {}
    for kind, bandwidth, vectors in _combinations(scenario):
        dram = load_dram(kind, bandwidth or None)
        gemms = _gemms(workload, vectors)
        platform = Platform(sram, dram, **_platform(columns))
        with np.errstate(all="ignore"):  # designs that cannot exist have figures that mean nothing
            mine = _figures(evaluate(cores, costs, gemms, platform))
        here = np.ones((), bool)
        for values, wanted in zip(scenario, (kind, bandwidth, vectors), strict=True):
            here = here & (values == wanted)
        for name, values in mine.items():
            figures[name] = np.where(here, values, figures.get(name, np.nan))
    return figures


def _gemms(workload: Products, vectors: int) -> list[Gemm]:
    """The products of a workload, of so many vectors where they have none of their own."""
    nothing = (0,) * len(workload.layers)
    rows = zip(
        workload.layers, workload.vectors or nothing, workload.weight_bits or nothing, strict=True
    )
    return [
        Gemm(f"product {number}", outputs, inputs, own or vectors, count, bits)
        for number, ((inputs, outputs, count), own, bits) in enumerate(rows)
    ]


def _platform(columns: Columns) -> dict[str, Any]:
    return {name: columns[name] for name in _OF_PLATFORMS if name in columns}


def _combinations(columns: list[NDArray[Any]]) -> list[tuple[Any, ...]]:
    """Combinations of values that occur, whether the columns are a mesh or a table."""
    rows = zip(*(array.reshape(-1) for array in np.broadcast_arrays(*columns)), strict=True)
    return list(dict.fromkeys(tuple(value.item() for value in row) for row in rows))


def _figures(system: SystemCost) -> dict[str, NDArray[Any]]:
    waiting = sum(np.maximum(layer.off_chip_us - layer.compute_us, 0.0) for layer in system.layers)
    values = (
        *(system.tokens_per_s, system.energy_per_token_uj, system.area_mm2),
        *(system.clock_ps, 100 * waiting / system.time_us),
    )
    return {name: np.asarray(figure) for name, figure in zip(SYSTEM_FIGURES, values, strict=True)}


@lru_cache(32)
def _sram(technology: str, node_nm: int | None) -> Sram:
    return load_sram(technology, node_nm)
