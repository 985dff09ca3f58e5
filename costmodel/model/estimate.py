"""Estimates: what designs cost, from their inventory and a technology's fitted model.

Closed forms over columns that broadcast (`costmodel.model.columns`): what depends on few parameters
is computed for their combinations only, so that a product space of ten million designs takes about
a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.explore.broadcast import joined, total
from costmodel.model.columns import Coded, Columns, combine, encode
from costmodel.model.model import FIGURES, Model, design_kind, energy_kind, load_model
from costmodel.model.terms import cost
from costmodel.ternary.inventory import Inventory, inventory
from costmodel.ternary.parts import PARTS
from costmodel.ternary.paths import longest, paths
from costmodel.ternary.quantities import Terms, modules_of

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
        inside: whether all its quantities are within what was measured for its kind.
        errors: by figure, its expected relative error in percent: the mean held-out one of its kind
            (`costmodel.model.model.design_kind`).
        style: of the designs.
        modules: what they hold.
        model: by which they were estimated.
    """

    area_um2: Array
    delay_ps: Array
    leakage_uw: Array
    energy_fj_per_operation: Array
    operations_per_cycle: Array
    valid: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    errors: dict[str, Array]
    style: Coded[str] = field(repr=False)
    modules: Mapping[str, Terms] = field(repr=False)
    model: Model = field(repr=False)

    @cached_property
    def area_parts(self) -> dict[str, Array]:
        """Area in um2 by part (`costmodel.ternary.parts.PARTS`)."""
        found = {part: cost({part: 1.0}, self.modules, self.model.area) for part in PARTS}
        return {part: um2 for part, um2 in found.items() if np.any(um2)}

    @cached_property
    def energy_parts(self) -> dict[str, Array]:
        """Dynamic energy in fJ an operation by part."""
        found = {part: _energy({part: 1.0}, self.modules, self.style, self.model) for part in PARTS}
        with np.errstate(divide="ignore", invalid="ignore"):  # of designs that cannot exist
            return {
                part: fj / self.operations_per_cycle for part, fj in found.items() if np.any(fj)
            }


def estimate(columns: Columns, model: Model) -> Estimates:
    """What designs cost.

    Args:
        columns: parameters by name, arrays that broadcast; see
        `costmodel.ternary.inventory.inventory`.
        model: of the technology.

    Raises:
        RequestError: a column is missing, unknown, or has a value that the model does not know.
    """
    held = inventory(columns)
    style = encode(columns.get("style", ""))
    told = {"packing": "keys", "scale": "none", "result": ""}
    given = (encode(columns.get(name, absent)) for name, absent in told.items())
    kind = combine(design_kind, style, *given)
    if not held.valid.any():  # it lacks modules that costs are made of
        return _nothing(held, style, kind, model)
    modules = modules_of(held)
    all_parts = dict.fromkeys(PARTS, 1.0)
    leakage_uw = cost(model.leakage, modules, model.area)
    delay_ps = longest(paths(columns, held), model.delay)
    operations = held.sizes["tile_inputs"] * np.asarray(columns["columns"]).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        leaked = 1e-3 * leakage_uw * delay_ps
        energy = total([_energy(all_parts, modules, style, model), leaked]) / operations
    return Estimates(
        area_um2=cost(all_parts, modules, model.area),
        delay_ps=delay_ps,
        leakage_uw=leakage_uw,
        energy_fj_per_operation=energy,
        operations_per_cycle=operations,
        valid=held.valid,
        inside=_inside(kind, held, columns, model),
        errors=_errors(kind, model),
        style=style,
        modules=modules,
        model=model,
    )


def _nothing(held: Inventory, style: Coded[Any], kind: Coded[Any], model: Model) -> Estimates:
    unknown = np.full((), np.nan)
    return Estimates(
        area_um2=unknown,
        delay_ps=unknown,
        leakage_uw=unknown,
        energy_fj_per_operation=unknown,
        operations_per_cycle=unknown,
        valid=held.valid,
        inside=np.zeros((), dtype=bool),
        errors=_errors(kind, model),
        style=style,
        modules={},
        model=model,
    )


def _energy(
    shares: Mapping[str, float], modules: Mapping[str, Terms], style: Coded[Any], model: Model
) -> Array:
    """Dynamic energy a cycle: what toggles how often depends on the kind of arithmetic."""
    kinds = sorted({energy_kind(each) for each in style.levels})
    found = []
    for kind in kinds:
        known = model.energy.get(kind)
        fj = np.asarray(np.nan) if known is None else cost(shares, modules, known, working=True)
        there = style.flags(lambda each, kind=kind: energy_kind(each) == kind)
        found.append(fj if len(kinds) == 1 else np.where(there, fj, 0.0))
    return total(found)


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
        "converts": sizes["converts"],
    }


def _inside(
    kinds: Coded[str], held: Inventory, columns: Columns, model: Model
) -> NDArray[np.bool_]:
    within: list[NDArray[np.bool_]] = []
    for name, values in quantities_of_region(columns, held).items():
        bounds = [model.region.get(each, {}).get(name) for each in kinds.levels]
        low = np.array([bound[0] if bound else np.inf for bound in bounds])[kinds.codes]
        high = np.array([bound[1] if bound else -np.inf for bound in bounds])[kinds.codes]
        within.append((values >= low) & (values <= high))
    return joined(np.logical_and, within)


def _errors(kinds: Coded[str], model: Model) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for figure in FIGURES:
        told = [_error(model.accuracy, each, figure) for each in kinds.levels]
        found[figure] = np.array(told)[kinds.codes]
    return found


def _error(accuracy: Mapping[str, Any], kind: str, figure: str) -> float:
    """NaN where nothing of the kind was measured: `inside` is False there too."""
    there = accuracy.get(kind, {}).get(figure)
    return there.mean_percent if there else float("nan")
