"""Paths of matrix engines: into the array, through an element, through a foot, and out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from costmodel.counted import added
from costmodel.engine.inventory import foot_counts, heap_plan
from costmodel.fma.paths import GATES as FUSED
from costmodel.fma.paths import through
from hw.engine import MatrixEngine

__all__ = ["GATES", "MOST_STRETCHES", "stretches"]

#: Gates in a row that a step takes, roughly (`costmodel.family.Basis.gates`).
GATES: Mapping[str, float] = {
    **FUSED,
    "foot.carry_bits": 1,
    "foot.count_stages": 3,
    "foot.stages": 2,
}

#: From the inputs, through an element, through a foot, to the outputs.
MOST_STRETCHES = 4


@lru_cache(4096)
def stretches(unit: MatrixEngine) -> tuple[dict[str, int], ...]:
    """Steps of each stretch between registers (`MOST_STRETCHES`), none of those it has not got."""
    register = {"register.one": 1}
    offset = unit.sum_bits if unit.integers and unit.initial else 0
    element = through(unit.fused) if unit.fused else _of_integers(unit)
    return (
        {"control.one": 1, "add.carry_bits": offset, **register},
        added(element, register),
        added(_foot(unit), register) if unit.result else {},
        register,
    )


def _of_integers(unit: MatrixEngine) -> dict[str, int]:
    tree = heap_plan(unit)
    return {
        "unpack.one": 1,
        "multiply.levels": tree.depth,
        "multiply.carry_bits": len(tree.columns) - tree.carry_propagate_from,
    }


def _foot(unit: MatrixEngine) -> dict[str, int]:
    """Count, shift and round; an integer's magnitude before."""
    width = unit.sum_bits if unit.fused is None else _significand_bits(unit)
    stages = (width - 1).bit_length()
    rounding = foot_counts(unit)["rounding_bits"] // unit.columns
    magnitude = unit.sum_bits if unit.fused is None else 0
    return {
        "foot.count_stages": stages,
        "foot.stages": stages,
        "foot.carry_bits": rounding + magnitude,
    }


def _significand_bits(unit: MatrixEngine) -> int:
    assert unit.fused is not None
    form = unit.fused.sum_format
    return unit.fused.raw.bits if form is None else form.significand_bits
