"""Energy of a large ternary core on data, without a simulator to build."""

from __future__ import annotations

from typing import Any

from costmodel.energy.netlist_energy import energy
from costmodel.energy.power import (
    clock_period_ps,
    data_digest,
    designed_unit,
    energy_figures,
    mapped_again,
)
from costmodel.flow.measure import Point, measure
from costmodel.ternary.basis import operations_of_product
from costmodel.ternary.data_activity import data_activity
from costmodel.work.cache import cached
from costmodel.work.worker import DEFAULT_LIMITS, Limits
from sim.ternary.product import Product

__all__ = ["data_energy"]


def data_energy(
    point: Point, product: Product, *, lanes: int = 64, limits: Limits = DEFAULT_LIMITS
) -> dict[str, Any]:
    """As `costmodel.energy.power.measured_energy`, without a simulator to build.

    Many lanes share the data, so that a netlist of 100,000 cells takes seconds. Counted are whole
    vectors in steady state, and not how a stream starts and ends; padding is idle work of the
    hardware here too.

    Args:
        point: of a ternary configuration.
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
    design: Any = designed_unit(point)
    figures = measure(point, limits=limits)
    inputs, outputs, vectors = product.shape

    def ask() -> dict[str, Any]:
        mapped = mapped_again(point, figures, limits)
        activity = data_activity(design, mapped.netlist, product, lanes=lanes)
        operations = operations_of_product(design, inputs, outputs) * activity.cycles
        consumption = energy(
            mapped.netlist, point.technology, activity, operations, clock_period_ps(point, figures)
        )
        return energy_figures(consumption) | {"vectors": vectors}

    question = point.question | {"data": data_digest([product]), "recipe": figures["recipe"]}
    return cached("energy", question | {"lanes": lanes}, ask)
