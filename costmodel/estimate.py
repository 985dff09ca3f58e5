"""Estimates: what designs cost, from their inventory and a technology's fitted model.

Closed forms over columns that broadcast (`hw.columns`): what depends on few parameters is computed
for their combinations only, so that a product space of ten million designs takes about a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model import FIGURES, Model, energy_kind, load_model
from costmodel.paths import longest, paths
from costmodel.terms import PARTS, cost
from hw.columns import Columns, encode
from hw.ternary.inventory import Inventory, inventory

__all__ = ["Estimates", "estimate", "load_model", "quantities_of_region"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Estimates:
    """What designs cost; arrays that broadcast to the columns' shape.

    Where ``valid`` is False there is no such design, and the figures mean nothing.

    Attributes:
        area_um2: of all cells, mapped for the least area; no wires, no clock tree.
        delay_ps: the least clock period.
        leakage_uw: of all cells.
        energy_fj_per_operation: for each weight at random data and the least clock period, leakage
            included.
        operations_per_cycle: weights that a tile has.
        valid: whether the design can exist.
        inside: whether all its quantities are within what was measured for its style.
        area_parts: um2 by part (`costmodel.terms.PARTS`).
        energy_parts: dynamic energy in fJ an operation by part.
        errors: by figure, its expected relative error in percent: the mean held-out one of the
            style.
    """

    area_um2: Array
    delay_ps: Array
    leakage_uw: Array
    energy_fj_per_operation: Array
    operations_per_cycle: Array
    valid: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    area_parts: dict[str, Array]
    energy_parts: dict[str, Array]
    errors: dict[str, Array]


def estimate(columns: Columns, model: Model) -> Estimates:
    """What designs cost.

    Args:
        columns: parameters by name, arrays that broadcast; see `hw.ternary.inventory.inventory`.
        model: of the technology.

    Raises:
        RequestError: a column is missing, unknown, or has a value that the model does not know.
    """
    held = inventory(columns)
    area = {part: cost(part, held, model.area) for part in PARTS}
    energy = _energy(np.asarray(columns.get("style", "")), held, model)
    leakage_uw = _sum(
        model.leakage.get(part, 0.0) * um2 for part, um2 in area.items() if np.any(um2)
    )
    delay_ps = longest(paths(columns, held), model.delay)
    operations = held.sizes["tile_inputs"] * np.asarray(columns["columns"]).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        leaked = leakage_uw * delay_ps
        leaked *= 1e-3
        total = _sum(energy.values()) + leaked
        each = total / operations
    style = np.asarray(columns.get("style", ""))
    return Estimates(
        area_um2=_sum(area.values()),
        delay_ps=delay_ps,
        leakage_uw=leakage_uw,
        energy_fj_per_operation=each,
        operations_per_cycle=operations,
        valid=held.valid,
        inside=_inside(style, held, columns, model),
        area_parts={part: um2 for part, um2 in area.items() if np.any(um2)},
        energy_parts={part: fj / operations for part, fj in energy.items() if np.any(fj)},
        errors=_errors(style, model),
    )


def _energy(style: NDArray[Any], held: Inventory, model: Model) -> dict[str, Array]:
    """Dynamic energy a cycle by part: what toggles how often depends on the kind of arithmetic."""
    styles = encode(style)
    kinds = {energy_kind(each) for each in styles.levels}
    found: dict[str, Array] = {}
    for kind in sorted(kinds):
        there = styles.flags(lambda each, kind=kind: energy_kind(each) == kind)
        for part in PARTS:
            fj = cost(part, held, model.energy.get(kind, {}), working=True)
            fj = fj * there if len(kinds) > 1 else fj
            found[part] = found[part] + fj if part in found else fj
    return found


def _sum(arrays: Any) -> Array:
    """Their sum, small ones first: they meet before anything is of full size."""
    ordered = sorted(arrays, key=np.size)
    total: Array = np.zeros(())
    for array in ordered:
        total = total + array
    return total


def quantities_of_region(columns: Columns, held: Inventory) -> dict[str, NDArray[Any]]:
    """What tells whether a design is like those that were measured."""
    sizes = held.sizes
    return {
        "group": sizes["group"],
        "luts": np.asarray(columns["luts"]),
        "columns": np.asarray(columns["columns"]),
        "operand_bits": sizes["operand_bits"],
        "activation_bits": sizes["activation_bits"],
        "accumulator_bits": sizes["accumulator_bits"],
        "adder_stages": sizes["adder_stages"],
    }


def _inside(
    style: NDArray[Any], held: Inventory, columns: Columns, model: Model
) -> NDArray[np.bool_]:
    styles = encode(style)
    inside: NDArray[np.bool_] = np.ones((), dtype=bool)
    for name, values in quantities_of_region(columns, held).items():
        bounds = [model.region.get(each or "integer", {}).get(name) for each in styles.levels]
        low = np.array([bound[0] if bound else np.inf for bound in bounds])[styles.codes]
        high = np.array([bound[1] if bound else -np.inf for bound in bounds])[styles.codes]
        inside = inside & ((values >= low) & (values <= high))
    return inside


def _errors(style: NDArray[Any], model: Model) -> dict[str, Array]:
    styles = encode(style)
    found: dict[str, Array] = {}
    for figure in FIGURES:
        told = [_error(model.accuracy, each or "integer", figure) for each in styles.levels]
        found[figure] = np.array(told)[styles.codes]
    return found


def _error(accuracy: Mapping[str, Any], style: str, figure: str) -> float:
    """NaN where nothing of the style was measured: `inside` is False there too."""
    there = accuracy.get(style, {}).get(figure)
    return there.mean_percent if there else float("nan")
