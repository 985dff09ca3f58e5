"""A cost model of a few lines, to explore spaces with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.explore.space import Columns


@dataclass(frozen=True)
class ToyEstimates:
    """What `costmodel.model.estimate` gives, of the toy."""

    area_um2: NDArray[Any]
    delay_ps: NDArray[Any]
    leakage_uw: NDArray[Any]
    energy_fj_per_operation: NDArray[Any]
    operations_per_cycle: NDArray[Any]
    valid: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    area_parts: dict[str, NDArray[Any]]
    energy_parts: dict[str, NDArray[Any]]
    errors: dict[str, NDArray[Any]]


def toy_estimate(columns: Columns, scale: float = 1.0) -> ToyEstimates:
    """Tables that double with the group, lanes that widen with it, sums that deepen with the luts.

    As in the real one, only the last sums are as large as the mesh.
    """
    one = np.array(1)
    group, luts, wide = (columns.get(name, one) for name in ("group", "luts", "columns"))
    bits = np.where(columns["activation"] == "int8", 8.0, 16.0)
    table = scale * 4.0 * bits * 3.0**group
    lane = scale * (6.0 * bits + 2.0 * group**2)
    accumulator = scale * 9.0 * (bits + np.log2(columns.get("inputs", np.array(1024))))
    area_table, area_lane, area_out = table * luts, lane * luts * wide, accumulator * wide
    area = area_table + area_lane + area_out
    operations = group * luts * wide
    delay = 120.0 + 35.0 * np.log2(luts * 1.0 + 1) + 20.0 * group
    if "table_register" in columns:
        delay = delay * np.where(columns["table_register"], 0.8, 1.0)
    valid = (columns["unit"] == "ternary_lut") | (group == 1)
    return ToyEstimates(
        area_um2=area,
        delay_ps=delay,
        leakage_uw=area * 1e-3,
        energy_fj_per_operation=area / operations * 0.7 + delay * 0.01,
        operations_per_cycle=operations,
        valid=valid,
        inside=luts <= 64,
        area_parts={"table": area_table, "lane": area_lane, "column": area_out},
        energy_parts={},
        errors={"area_um2": np.array(2.5)},
    )
