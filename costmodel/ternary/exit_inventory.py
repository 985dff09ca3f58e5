"""What an exit holds, in figures: its buffer, and each unit that scales and rounds."""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

from costmodel.inventory.codecs import decoder_counts, encoder_counts
from costmodel.inventory.heaps import count_heaps
from hw.codec.shapes import signed_range
from hw.formats import Float, Integer
from hw.ternary.exit_plan import ExitPlan
from hw.ternary.scaling import product_shape

__all__ = [
    "buffer_counts",
    "encoder_of_exit_counts",
    "rounding_counts",
    "scale_decoder_counts",
    "scaling_counts",
    "scaling_heap_counts",
]

Counts = dict[str, int]


def buffer_counts(plan: ExitPlan) -> Counts:
    """Flip-flops of an exit by what there is how often of them.

    Returns:
        ``sum_bits`` (held for each column), ``note_bits`` (held beside them), ``product_bits``
        (for each unit, by its register), ``total_bits`` (of groups, for each unit and beat),
        ``group_bits`` (of groups, for all).
    """
    low, high = plan.exponents
    product = product_shape(plan)
    kept = {name: field.width for name, field in product if name != "value" or not plan.grouped}
    return {
        "sum_bits": plan.sum_bits,
        "note_bits": plan.invalid + (signed_range(low, high).width if low != high else 0),
        "product_bits": sum(kept.values()),
        "total_bits": plan.value_bits if plan.grouped else 0,
        "group_bits": plan.grouped * (1 + plan.invalid),
    }


def scaling_counts(plan: ExitPlan) -> Counts:
    """What a `Scaling` holds beside its heap and its decoder.

    Returns:
        ``xor_bits`` and ``adder_bits`` (of the magnitude; it is negated only without a scale),
        ``and_bits`` (partial products), ``carry_bits`` and ``parity_bits`` (of the adder behind the
        heap), ``exponent_adder_bits``.
    """
    width = plan.sum_bits - (not plan.two_complement)
    factor = plan.significand_bits
    heap = _heap(plan)
    low, high = plan.product_exponents
    variable = low != high and (isinstance(plan.scale_format, Float) or plan.shift > 0)
    return {
        "xor_bits": 0 if plan.two_complement else plan.sum_bits - 1,
        "adder_bits": 0 if plan.two_complement or plan.scaled else plan.product_bits,
        "and_bits": factor * (width + (not plan.two_complement)),
        "carry_bits": heap["carry_bits"],
        "parity_bits": heap["parity_bits"],
        "exponent_adder_bits": signed_range(low, high).width if variable else 0,
    }


def scaling_heap_counts(plan: ExitPlan) -> Counts:
    """What the tree of partial products holds: full_adders, half_adders, levels."""
    return {name: n for name, n in _heap(plan).items() if not name.endswith("_bits")}


@lru_cache(maxsize=1 << 16)
def _heap(plan: ExitPlan) -> Counts:
    names = ("full_adders", "half_adders", "levels", "carry_bits", "parity_bits")
    if not plan.scaled:
        return dict.fromkeys(names, 0)
    factor, two_complement = plan.significand_bits, plan.two_complement
    width = plan.value_bits if two_complement else plan.product_bits
    row = plan.sum_bits if two_complement else plan.sum_bits - 1
    heights = [0] * width

    def add(bits: int, lsb: int) -> None:
        for weight in range(lsb, min(lsb + bits, width)):
            heights[weight] += 1

    for j in range(factor):
        add(row, j)
    if not two_complement:
        add(factor, 0)  # the one that each row of a complement lacks
    else:
        constant = -((1 << factor) - 1 << row - 1)
        if plan.grouped:
            add(width, 0)
        else:
            constant += plan.half
        for weight in range(width):
            add(constant >> weight & 1, weight)
    tree = count_heaps([heights])
    return {
        "full_adders": int(tree.full_adders[0]),
        "half_adders": int(tree.half_adders[0]),
        "levels": int(tree.levels[0]),
        "carry_bits": width - 1 - int(tree.carry_propagate_from[0]),
        "parity_bits": int(tree.top_bits[0]),
    }


def scale_decoder_counts(plan: ExitPlan) -> Counts | None:
    """What the decoder of a scale holds, if it is a float; see `costmodel.inventory.codecs`."""
    return decoder_counts(plan.scale_format) if isinstance(plan.scale_format, Float) else None


def encoder_of_exit_counts(plan: ExitPlan) -> Counts | None:
    """What the encoder of a result holds, if it is a float; see `costmodel.inventory.codecs`."""
    match plan.result:
        case Float() as form:
            return encoder_counts(form, plan.product_bits, plan.product_exponents)
        case Integer():
            return None
        case form:
            assert_never(form)


def rounding_counts(plan: ExitPlan) -> Counts:
    """What a `Rounding` holds beside its encoder.

    Returns:
        ``xor_bits`` and ``adder_bits`` (of the magnitude of a total of groups), ``sticky_bits``
        (that only tell a tie), ``overflow_bits`` (that only tell whether an integer saturates),
        ``mux_bits`` (of results that do).
    """
    if isinstance(plan.result, Float):
        bits = plan.value_bits - 1 if plan.two_complement else 0
        return {
            "xor_bits": bits,
            "adder_bits": bits,
            "sticky_bits": 0,
            "overflow_bits": 0,
            "mux_bits": 0,
        }
    above = max(0, plan.value_bits - plan.shift - plan.result_bits) if plan.scaled else 0
    return {
        "xor_bits": 0,
        "adder_bits": 0,
        "sticky_bits": plan.shift,
        "overflow_bits": above,
        "mux_bits": plan.result_bits if above else 0,
    }
