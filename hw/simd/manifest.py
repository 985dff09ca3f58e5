"""What a stranger must know to drive a SIMD unit, besides its ports and streams."""

from __future__ import annotations

from typing import Any

from hw.simd.configuration import SimdMac
from hw.simd.pairs import Pair

__all__ = ["manifest_of"]


def manifest_of(configuration: SimdMac) -> dict[str, Any]:
    """The family's part of the manifest (`hw.unit.Unit.manifest`); JSON."""
    c = configuration
    return {
        "protocol": {
            "sum": "the operations from one with first to the next one with last, both included;"
            " all of one pair and, where there is dot, of one kind",
            "order": "sums come one after the other, and their results in the same order",
            "reset": "keep operations_valid low while reset is high",
            "combinational": "operations_ready depends on results_ready in the same cycle",
            "cycles": "operations + latency, from the first transfer of operations to the last one"
            " of results, both included, while no stream stalls; and, where results have a format,"
            " one more for each further word of results that a sum leaves in",
        },
        "pairs": [
            {
                "number": number,
                "a": a.encoding(),
                "b": b.encoding(),
                "lane_bits": pair.lane,
                "lanes": c.lanes(pair),
                "unit_exponent": pair.unit,
                "sum_bits": c.lane_bits(pair),
                **_scales(pair),
            }
            for number, pair in enumerate(c.modes)
            for a, b in [pair.blocks or (pair.a.form, pair.b.form)]
        ],
        **({"result": c.result_format.encoding()} if c.result_format else {}),
        "sums": {
            "kind": str(c.sums),
            "terms": c.workload.terms,
            "accumulator_bits": c.accumulator_bits,
            "accumulators": c.accumulators,
            "place": "the sum of lane i of a pair is the signed integer in sum_bits bits of sums"
            " from bit i * sum_bits on, a dot product that of lane 0, in units of"
            " 2**unit_exponent; the other sums of a dot product are 0",
            "flags": "of a sum, at the lowest of its fields of"
            f" {c.field_bits} bits: nan, if it met a NaN or zero times infinity; positive and"
            " negative, if it met an infinity of that sign; what raises a flag adds nothing",
        },
    }


def _scales(pair: Pair) -> dict[str, Any]:
    """What is said of a pair of block formats besides their encodings."""
    if pair.scaling is None:
        return {}
    low, high = pair.scaling.exponents
    return {
        "scales": "scale_a and scale_b, codes in the lowest bits, multiply the sum of the"
        " operation's products; all products of an operation are of one block of each operand, and"
        " dot, where there is one, is 1",
        "scale_exponents": [low, high],
        "outside": "where a scale is NaN, or the exponents of both (of the last bits of their"
        " significands) add up to none of scale_exponents and the products to no 0, the operation"
        " counts as NaN: it adds nothing, and the sum is NaN",
    }
