"""What fused multiply-add units hold, step by step: counted from their circuits' widths."""

from __future__ import annotations

from functools import lru_cache

from costmodel.inventory.codecs import count_bits
from hw.bitheap import Plan, plan
from hw.codec.shapes import signed_range
from hw.fma import Cut, Difference, Fma, Multiplier, Product
from hw.fma.alignment import CUTS, Window
from hw.fma.ports import results_shape, sum_shape
from hw.fma.products import correction_place
from hw.fma.rounded_sum import window_of

__all__ = [
    "Counts",
    "counts",
    "distance_bits",
    "near_stages",
    "normalizing_stages",
    "product_plan",
    "register_bits",
    "window",
]

#: Quantities by step of the unit.
Counts = dict[str, dict[str, int]]

_KEPT = 4096  # designs whose counts are remembered


@lru_cache(_KEPT)
def counts(unit: Fma) -> Counts:
    """The quantities of a unit's steps (`costmodel.fma.regressions.QUANTITIES`)."""
    return {
        "unpack": _unpack(unit),
        "multiply": _multiply(unit),
        "align": _align(unit),
        "add": _add(unit),
        "normalize": _normalize(unit),
        "round": _round(unit),
        "core": {"register_bits": sum(register_bits(unit).values())},
    }


@lru_cache(_KEPT)
def window(unit: Fma) -> Window:
    """Where products and sums are added."""
    if unit.sum_format is not None:
        return window_of(unit)
    return Window(
        width=unit.window_bits,
        jam=unit.cut is Cut.JAM,
        offset=unit.exponent_offset,
        normalized=unit.product is Product.NORMALIZED,
        inverted=unit.difference is Difference.INVERTED,
        exponents=(0, (1 << unit.raw.exponent_bits) - 1),
    )


@lru_cache(_KEPT)
def product_plan(unit: Fma) -> Plan:
    """The compressor tree of the partial products, or of fractions."""
    return plan([[0] * height for height in _heights(unit)])


def _heights(unit: Fma) -> list[int]:
    """Bits of each weight that are summed up for a product."""
    a, b = unit.factors
    if unit.multiplier is Multiplier.EXACT:
        heights = [0] * unit.product_bits
        for i in range(a.significand_bits):
            for j in range(b.significand_bits):
                heights[i + j] += 1
        return heights
    if unit.multiplier is Multiplier.POWER_OF_TWO:
        return [1] * a.significand_bits
    bits = max(a.fraction_bits, b.fraction_bits)
    fractions = [sum(bits - i <= form.fraction_bits for form in (a, b)) for i in range(bits)]
    if unit.multiplier is Multiplier.L_MUL:
        fractions[bits - correction_place(bits)] += 1
    return fractions + [0] * unit.product_form.zeros


def distance_bits(unit: Fma) -> int:
    """Width of the distance that the smaller operand is shifted by."""
    low, high = window(unit).exponents
    return signed_range(low - high, high - low).width - 1


def near_stages(unit: Fma) -> int:
    """Multiplexers in a row of the shifter that aligns."""
    return min(distance_bits(unit), (window(unit).width - 1).bit_length())


def normalizing_stages(unit: Fma) -> int:
    """Multiplexers in a row of the shifter that normalises."""
    if unit.sum_format is None and unit.normalizing.groups is not None:
        return len(unit.normalizing.groups)
    return (window(unit).width - 1).bit_length()


def _unpack(unit: Fma) -> dict[str, int]:
    bits = sum(form.bits for form in unit.factors)
    return {"code_bits": bits + (unit.sum_format.bits if unit.sum_format else 0)}


def _multiply(unit: Fma) -> dict[str, int]:
    tree = product_plan(unit)
    return {
        "full_adders": tree.full_adders,
        "half_adders": tree.half_adders,
        "and_bits": _and_bits(unit),
        "carry_bits": sum(len(column) > 1 for column in tree.columns[:-1]),
    }


def _and_bits(unit: Fma) -> int:
    """AND gates, or what is as large: multiplexers of a product's normalizer, shifter or table."""
    form, normalized = unit.product_form, window(unit).normalized
    if unit.multiplier is Multiplier.EXACT:
        a, b = (factor.significand_bits for factor in unit.factors)
        return a * b + (form.bits if normalized else 0)
    shifter = 0 if normalized else form.zeros * form.bits
    if unit.multiplier is not Multiplier.LNS:
        return shifter
    entries = 1 << max(factor.fraction_bits for factor in unit.factors)
    return shifter + (entries - 1) * (form.fraction_bits + 1)


def _align(unit: Fma) -> dict[str, int]:
    width, stages = window(unit).width, near_stages(unit)
    return {
        "mux_bits": width * (2 + stages),
        "sticky_bits": width if window(unit).jam else 0,
        "exponent_bits": 2 * distance_bits(unit) + window(unit).exponent_shape.width,
    }


def _add(unit: Fma) -> dict[str, int]:
    width = window(unit).width
    return {"sum_bits": width, "negate_bits": 0 if window(unit).inverted else width}


def _normalize(unit: Fma) -> dict[str, int]:
    width, stages = window(unit).width, normalizing_stages(unit)
    exact = unit.sum_format is not None or unit.normalizing.groups is None
    return {
        "mux_bits": width * stages + (width if unit.sum_format is None else 0),
        "count_bits": count_bits(width) if exact else 0,
        "exponent_bits": window(unit).exponent_shape.width,
    }


def _round(unit: Fma) -> dict[str, int]:
    form = unit.sum_format
    if form is None:
        return {"rounding_bits": 0, "code_bits": 0}
    field = signed_range(-1, window(unit).exponents[1] + 2).width
    return {"rounding_bits": form.fraction_bits + field, "code_bits": form.bits}


def register_bits(unit: Fma) -> dict[str, int]:
    """Flip-flops of each cut (`hw.fma.alignment.CUTS`), the bit that says what counts included."""
    place = window(unit)
    tree = product_plan(unit)
    raw = unit.sum_format is None
    a, b = unit.factors
    total = sum_shape(unit).size
    notes = len(unit.specials)
    met = 3 if notes else 0  # a NaN came in, the product is NaN, it is infinite
    exponent = place.exponent_shape.width
    start = tree.carry_propagate_from
    rows = len(tree.columns) + sum(len(column) > 1 for column in tree.columns[start:-1])
    ready = place.normalized and unit.multiplier is not Multiplier.EXACT
    product = min(place.width, unit.product_bits - ready * unit.product_form.zeros)
    # What a float's sum is besides a number is told of both operands together from here on.
    told = notes + 1 if raw else (3 + unit.flags) * _tells(unit)
    added = exponent + 1 + told  # and a sign
    widths = {
        "given": a.bits + b.bits + total,
        "compressed": rows + a.exponent_bits + b.exponent_bits + 2 + met + total,
        "multiplied": product + exponent + 2 + met + total,
        "aligned": 2 * place.width + 1 + added,
        "added": place.width + 1 + (not raw) + added,
        "result": results_shape(unit).size,
    }
    return {cut: widths[cut] + 1 for cut in CUTS[unit.depth]}


def _tells(unit: Fma) -> bool:
    """Whether sums of a float can be special."""
    form = unit.sum_format
    return form is not None and (bool(unit.specials) or form.nan != "none")
