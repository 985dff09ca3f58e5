"""Paths of SIMD units: from operands to the accumulators, cut by the registers between."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from costmodel.counted import added
from costmodel.inventory.codecs import encoder_counts
from costmodel.inventory.floats import adder_counts
from costmodel.simd.inventory import dot_plan, multiplier_plan, scaler_plan, sides
from hw.bitheap import Plan
from hw.formats import Float, Integer, Posit
from hw.simd import SimdMac
from hw.simd.dot import dot_bits
from hw.simd.normalizer import exponents, kept_bits
from hw.simd.scales import scaled_modes, shift_bits
from hw.simd.shifter import distance_bits, quarters
from hw.simd.stages import cuts

__all__ = ["GATES", "MOST_SEGMENTS", "segments"]

#: Gates in a row that a step takes, roughly (`costmodel.family.Basis.gates`).
GATES: Mapping[str, float] = {
    "control.one": 6,
    "unpack.one": 4,
    "unpack.posit_stages": 2,
    "unpack.carry_bits": 1,
    "exponent.carry_bits": 1,
    "multiply.levels": 4,
    "multiply.carry_bits": 1,
    "shift.stages": 2,
    "dot.levels": 4,
    "dot.carry_bits": 1,
    "scale.levels": 4,
    "scale.carry_bits": 1,
    "scale.stages": 2,
    "accumulate.carry_bits": 1,
    "add.stages": 2,
    "add.carry_bits": 1,
    "normalise.stages": 3,
    "encode.one": 4,
    "encode.stages": 2,
    "encode.carry_bits": 1,
    "register.one": 3,
}

#: Stretches between registers, at most.
MOST_SEGMENTS = 9


@lru_cache(4096)
def segments(unit: SimdMac) -> tuple[dict[str, int], ...]:
    """Steps of each stretch between registers, in the order of the pipeline; see `MOST_SEGMENTS`.

    Stretches that a unit has not got are empty. The last one ends at the outputs.
    """
    tree, summed = multiplier_plan(unit), dot_plan(unit)
    longest = max(unit.lane_bits(pair) for pair in unit.modes)
    steps: list[tuple[str, dict[str, int]]] = [
        ("given", {}),
        ("unpacked", _unpack(unit)),
        ("rows", {"multiply.levels": tree.depth}),
        ("multiplied", {"multiply.carry_bits": _product_carry(unit)}),
        ("shifted", {"shift.stages": max(distance_bits(unit, q) for q in quarters(unit))}),
        ("summed", _summed(unit, summed)),
    ]
    accumulated = {"control.one": 1, "accumulate.carry_bits": longest}
    if unit.sum_format is not None:
        steps += [("normalised", _normalised(unit)), ("rounded", _encoded(unit))]
        steps += [("accumulated", _added(unit.sum_format)), ("left", {})]
    else:
        steps += [("accumulated", accumulated)]
        steps += [("normalised", _normalised(unit)), ("left", _encoded(unit))]
    registers = (*cuts(unit), "accumulated")
    stretches: list[dict[str, int]] = [{}]
    for name, passed in steps:
        stretches[-1] = added(stretches[-1], passed)
        if name in registers:
            stretches[-1]["register.one"] = 1
            stretches.append({})
    output = added(stretches.pop(), {"register.one": 1})  # which it comes out of
    return (*stretches, *({},) * (MOST_SEGMENTS - len(stretches) - 1), output)


def _summed(unit: SimdMac, tree: Plan | None) -> dict[str, int]:
    """The sum of all lanes, times scales; products that have sums of their own wait for it."""
    if tree is None:
        return {}
    steps = {
        "dot.levels": tree.depth,
        "dot.carry_bits": dot_bits(unit) - tree.carry_propagate_from,
    }
    if scaled_modes(unit):
        factors = scaler_plan(unit)
        steps["scale.stages"] = shift_bits(unit)
        steps["scale.levels"] = factors.depth if factors else 0
        steps["scale.carry_bits"] = dot_bits(unit) if factors else 0
    return steps


def _normalised(unit: SimdMac) -> dict[str, int]:
    if unit.result_format is None:
        return {}
    return {"normalise.stages": (unit.accumulator_bits - 1).bit_length()}


def _encoded(unit: SimdMac) -> dict[str, int]:
    form = unit.result_format
    if form is None:
        return {}
    if isinstance(form, Posit):
        stages, carry = (form.bits - 2).bit_length(), form.bits - 1
    else:
        kept = kept_bits(form)
        counts = encoder_counts(form, kept, exponents(unit, kept))
        stages, carry = counts["shift_stages"], counts["rounding_bits"]
    return {"encode.one": 1, "encode.stages": stages, "encode.carry_bits": carry}


def _added(form: Float) -> dict[str, int]:
    """An adder of floats: both shifters, the count of zeros, and three carries."""
    counts = adder_counts(form, 0)
    carries = counts["compare_bits"] + counts["adder_bits"] + counts["rounding_bits"]
    stages = counts["align_stages"] + 2 * counts["normalise_stages"]
    return {"control.one": 1, "add.stages": stages, "add.carry_bits": carries}


def _unpack(unit: SimdMac) -> dict[str, int]:
    """The slowest of the decoders, and the sum of the exponents."""
    forms = {side.number(pair).form for side in sides(unit) for pair in unit.modes}
    posits = [(form.bits - 1).bit_length() for form in forms if isinstance(form, Posit)]
    integers = [form.bits for form in forms if isinstance(form, Integer) and form.signed]
    return {
        "unpack.one": 1,
        "unpack.posit_stages": max(posits, default=0),
        "unpack.carry_bits": 0 if posits else max(integers, default=0),
        "exponent.carry_bits": max(distance_bits(unit, quarter) for quarter in quarters(unit)),
    }


def _product_carry(unit: SimdMac) -> int:
    """Places that a carry of a product passes: those of the widest lane that has a sum to make."""
    tree = multiplier_plan(unit)
    if all(len(column) < 2 for column in tree.columns):
        return 0
    return max(pair.product_bits for pair in unit.modes)
