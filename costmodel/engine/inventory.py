"""What matrix engines hold: their multiply-adds, and the registers in and around the elements."""

from __future__ import annotations

from functools import lru_cache

from costmodel.fma.inventory import counts as fused_counts
from costmodel.inventory.codecs import encoder_counts
from hw.bitheap import Plan, plan
from hw.engine import MatrixEngine

__all__ = ["Counts", "counts", "foot_counts", "heap_plan", "register_bits"]

#: Quantities by part of the engine, of all of them together.
Counts = dict[str, dict[str, int]]

_KEPT = 4096  # designs whose counts are remembered
_STEPS = ("unpack", "multiply", "align", "add", "normalize", "round")


@lru_cache(_KEPT)
def counts(unit: MatrixEngine) -> Counts:
    """The quantities of an engine (`costmodel.engine.regressions.QUANTITIES`)."""
    elements = unit.rows * unit.columns
    registers = register_bits(unit)
    steps = fused_counts(unit.fused) if unit.fused else {"multiply": _integer_counts(unit)}
    a, b = unit.factors
    held = {
        step: {name: elements * number for name, number in steps.get(step, {}).items()}
        for step in _STEPS
    }
    return held | {
        "element": {
            "elements": elements,
            "register_bits": registers["elements"],
            # what stands still: next weights, weights, and all others
            "enable_bits": registers["elements"] - elements,
        },
        "skew": {"register_bits": registers["skew"]},
        "foot": foot_counts(unit),
        "core": {
            "register_bits": registers["control"],
            "code_bits": unit.rows * a.bits + unit.columns * b.bits,
            "offset_bits": unit.columns * unit.sum_bits if unit.integers and unit.initial else 0,
        },
    }


@lru_cache(_KEPT)
def heap_plan(unit: MatrixEngine) -> Plan:
    """The compressor tree of an element of integers: partial products, and the sum so far."""
    assert unit.integers is not None
    a, b = unit.integers
    columns: list[list[int]] = [[] for _ in range(unit.sum_bits)]
    for j in range(b.bits):
        for i in range(a.bits):
            if i + j < unit.sum_bits:
                columns[i + j].append(0)
    for column in columns:
        column.append(0)
    return plan(columns)


def _integer_counts(unit: MatrixEngine) -> dict[str, int]:
    """Of an element, in the words of a float's product."""
    tree = heap_plan(unit)
    a, b = unit.factors
    return {
        "full_adders": tree.full_adders,
        "half_adders": tree.half_adders,
        "and_bits": a.bits * b.bits,
        "carry_bits": sum(len(column) > 1 for column in tree.columns[:-1]),
    }


def foot_counts(unit: MatrixEngine) -> dict[str, int]:
    """Of all feet: encoders, multiplexers of sums that are not finished, and what precedes."""
    form = unit.result_format
    names = ("shifter_bits", "count_bits", "rounding_bits", "exponent_bits")
    if form is None:
        return dict.fromkeys((*names, "mux_bits"), 0)
    if unit.fused is None:
        width, exponents, before = unit.integer_sums.bits, (0, 0), unit.integer_sums.bits
    elif unit.fused.sum_format is None:
        raw = unit.fused.raw
        width, before = raw.bits, raw.exponent_bits
        exponents = (raw.unit, raw.unit + (1 << raw.exponent_bits) - 1)
    else:
        source = unit.fused.sum_format
        width, exponents, before = source.significand_bits, source.exponents, source.exponent_bits
    encoder = encoder_counts(form, width, exponents)
    held = {name: encoder[name] for name in names}
    held["exponent_bits"] += before
    held["mux_bits"] = encoder["mux_bits"] + unit.keeps_sums * unit.result_bits
    return {name: unit.columns * number for name, number in held.items()}


def register_bits(unit: MatrixEngine) -> dict[str, int]:
    """Flip-flops in the elements, in the triangles around them, and in the control."""
    rows, columns = unit.rows, unit.columns
    a, b = unit.factors
    element = a.bits + 2 * b.bits + unit.sum_bits + 1
    behind = unit.result != ""
    triangles = {
        "activations": rows * (rows - 1) // 2 * a.bits,
        "sums": unit.initial * columns * (columns + 1) // 2 * unit.sum_bits,
        "results": sum(range(behind, columns + behind)) * unit.result_bits,
    }
    control = {
        "on the way": unit.latency,
        "finished": unit.keeps_sums * (rows + columns),
        "starts": rows - 1,
        "loading": 2 + (rows - 1).bit_length(),
    }
    return {
        "elements": rows * columns * element,
        "skew": sum(triangles.values()),
        "control": sum(control.values()),
    }
