"""What a stranger must know to drive a fused multiply-add unit, besides its ports and streams."""

from __future__ import annotations

from typing import Any

from hw.fma.configuration import Fma

__all__ = ["manifest_of"]


def manifest_of(configuration: Fma) -> dict[str, Any]:
    """The family's part of the manifest (`hw.unit.Unit.manifest`); JSON."""
    c = configuration
    a, b = c.factors
    return {
        "protocol": {
            "order": "a result for each operation, in their order",
            "reset": "keep operations_valid low while reset is high",
            "combinational": "operations_ready depends on results_ready in the same cycle",
            "cycles": "operations + latency, from the first transfer of operations to the last one"
            " of results, both included, while no stream stalls",
        },
        "a": a.encoding(),
        "b": b.encoding(),
        "accumulator": _float(c) if c.sum_format is not None else _raw(c),
    }


def _float(c: Fma) -> dict[str, Any]:
    """Of an accumulator that is rounded."""
    assert c.sum_format is not None
    flags = {
        "invalid": "zero times infinity, or infinities of opposite signs; a NaN that comes in"
        " raises nothing",
        "overflow": "the rounded sum exceeds the largest number of the format",
        "underflow": "the exact sum is not 0 and below the smallest normal number before it is"
        " rounded, and the result is inexact",
        "inexact": "the result is not the exact sum",
    }
    return c.sum_format.encoding() | ({"flags": flags} if c.flags else {})


def _raw(c: Fma) -> dict[str, Any]:
    """Of one that is not."""
    return c.raw.encoding() | {
        "start": "a sum starts with zeros in all fields",
        "terms": c.workload.terms,
        "specials": "a product that is NaN or infinite adds nothing and raises nan, positive or"
        " negative, which stay; both infinities are NaN",
    }
