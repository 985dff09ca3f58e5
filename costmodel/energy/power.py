"""Energy of a design: its mapped netlist at work on data, or an estimate without."""

from __future__ import annotations

import hashlib
import math
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from costmodel.energy.activity import read_saif
from costmodel.energy.netlist_energy import Energy, energy
from costmodel.energy.netlist_simulation import to_simulation
from costmodel.energy.vectorless import estimate_activity
from costmodel.family import basis_of
from costmodel.flow.measure import Point, liberty_file, measure
from costmodel.flow.recipes import Recipe
from costmodel.flow.synthesis import Mapped, map_once
from costmodel.library.technology import Technology
from costmodel.ternary.data_activity import data_activity
from costmodel.work.cache import cached
from costmodel.work.worker import DEFAULT_LIMITS, Limits
from hw.errors import RequestError
from hw.ternary import TernaryConfiguration
from hw.unit import Unit
from sim.simulate import simulate
from sim.ternary.product import Product

__all__ = ["data_energy", "estimated_energy", "measured_energy", "random_energy"]


def measured_energy(
    point: Point, products: Sequence[Product], *, limits: Limits = DEFAULT_LIMITS
) -> dict[str, Any]:
    """Energy of a design on given data; its netlist's every result is compared with the golden one.

    Leakage is counted over the asked clock period, or without one over the least that the design
    can run at.

    Args:
        point: of a configuration, not of a user's Verilog: that has no bench.
        products: the data, run back to back without stalls.
        limits: of the mapping.

    Returns:
        The fields of `Energy`, its energies a cycle and an operation, and what was checked.

    Raises:
        RequestError: the core does not carry the data, or a result was wrong.
    """
    design = _design(point)
    figures = measure(point, limits=limits)

    def ask() -> dict[str, Any]:
        mapped = _map(point, figures, limits)
        with tempfile.TemporaryDirectory(prefix="macsmith-") as folder:
            path = Path(folder, "activity.saif")
            verilog = to_simulation(mapped.netlist)
            run = simulate(design, products, verilog=verilog, activity=path)
            if run.faults:
                raise RequestError(
                    f"the mapped netlist does not do what it should: {run.faults[0]}"
                )
            activity = read_saif(path, mapped.netlist, run.cycles)
        operations = sum(math.prod(product.shape) for product in products)
        found = energy(
            mapped.netlist, point.technology, activity, operations, _period_ps(point, figures)
        )
        return _figures(found) | {"vectors": run.vectors, "words_checked": run.checked}

    question = point.question | {"data": _digest(products), "recipe": figures["recipe"]}
    return cached("energy", question, ask)


def data_energy(
    point: Point, product: Product, *, lanes: int = 64, limits: Limits = DEFAULT_LIMITS
) -> dict[str, Any]:
    """As `measured_energy` for a large design: no simulator to build, many lanes share the data.

    A netlist of 100,000 cells takes seconds. Counted are whole vectors in steady state, and not how
    a stream starts and ends; padding is idle work of the hardware here too.

    Args:
        point: of a configuration.
        product: the data; its vectors are shared out (`costmodel.ternary.data_activity`).
        lanes: a multiple of 64 that divides the vectors.
        limits: of the mapping.

    Returns:
        The fields of `Energy`, its energies a cycle and an operation, and how many vectors there
        were.

    Raises:
        RequestError: the core does not carry the data or the lanes cannot share it, or a result was
            wrong.
    """
    design = _design(point)
    figures = measure(point, limits=limits)
    inputs, outputs, vectors = product.shape

    def ask() -> dict[str, Any]:
        mapped = _map(point, figures, limits)
        activity = data_activity(design, mapped.netlist, product, lanes=lanes)
        operations = _operations_per_cycle(design, inputs, outputs) * activity.cycles
        found = energy(
            mapped.netlist, point.technology, activity, operations, _period_ps(point, figures)
        )
        return _figures(found) | {"vectors": vectors}

    question = point.question | {"data": _digest([product]), "recipe": figures["recipe"]}
    return cached("energy", question | {"lanes": lanes}, ask)


def _digest(products: Sequence[Product]) -> str:
    data = hashlib.sha256()
    for product in products:
        scales = () if product.scales is None else (product.scales,)
        for array in (product.activations, product.weights, product.bias, *scales):
            data.update(repr((array.shape, array.dtype.str)).encode() + array.tobytes())
    return data.hexdigest()


def _operations_per_cycle(design: TernaryConfiguration, inputs: int, outputs: int) -> float:
    """Weights of a product for each tile, padding not counted."""
    tiles = design.tiles(inputs) * design.blocks(outputs)
    return inputs * outputs / (tiles * design.planes)


def random_energy(
    configuration: Unit,
    mapped: Mapped,
    technology: Technology,
    clock_ps: float | None = None,
    *,
    cycles: int = 4096,
    seed: int = 1,
) -> Energy:
    """Energy of a mapped design on random data, in a fraction of a second.

    As `measured_energy` on `sim.simulate.random_products`, every result compared too, but without a
    simulator to build: many short streams at once, in steady state, instead of a long one.

    Args:
        configuration: the design's.
        mapped: the design mapped.
        technology: of its cells.
        clock_ps: the clock period, over which leakage counts.
        cycles: to be counted at least about.
        seed: of the data.

    Raises:
        RequestError: a result was wrong.
    """
    activity, operations = basis_of(configuration).random_activity(
        configuration, mapped.netlist, cycles=cycles, seed=seed
    )
    return energy(mapped.netlist, technology, activity, operations, clock_ps)


def estimated_energy(
    point: Point, input_toggles: float, *, limits: Limits = DEFAULT_LIMITS
) -> dict[str, Any]:
    """Energy of a design without data, labelled ``vectorless``: inputs toggle at a given rate.

    Args:
        point: of a configuration.
        input_toggles: of each input, a cycle; 0 to 1.
        limits: of the mapping.
    """
    design = _design(point)
    figures = measure(point, limits=limits)
    mapped = _map(point, figures, limits)
    activity = estimate_activity(mapped.netlist, input_toggles)
    operations = design.tile_inputs * design.columns * activity.cycles
    period_ps = _period_ps(point, figures)
    return _figures(energy(mapped.netlist, point.technology, activity, operations, period_ps))


def _design(point: Point) -> TernaryConfiguration:
    if not isinstance(point.design, TernaryConfiguration):
        raise RequestError(
            "the energy of a Verilog file cannot be measured: only designs have a bench and data"
        )
    return point.design


def _map(point: Point, figures: dict[str, Any], limits: Limits) -> Mapped:
    recipe, liberty = Recipe.parse(figures["recipe"]), liberty_file(point.technology)
    return map_once(point.source, recipe, point.technology, liberty, point.clock_ps, limits)


def _period_ps(point: Point, figures: dict[str, Any]) -> float:
    return figures["delay_ps"] if point.clock_ps is None else point.clock_ps


def _figures(found: Energy) -> dict[str, Any]:
    return asdict(found) | {
        "leakage_fj_per_cycle": found.leakage_fj_per_cycle,
        "energy_fj_per_cycle": found.energy_fj_per_cycle,
        "energy_fj_per_operation": found.energy_fj_per_operation,
    }
