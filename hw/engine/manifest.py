"""What a stranger must know to drive a matrix engine, besides its ports and streams."""

from __future__ import annotations

from typing import Any

from hw.engine.configuration import MatrixEngine
from hw.fma.manifest import manifest_of as fused_manifest
from hw.fma.ports import sum_shape

__all__ = ["manifest_of"]


def manifest_of(configuration: MatrixEngine) -> dict[str, Any]:
    """The family's part of the manifest (`hw.unit.Unit.manifest`); JSON."""
    c = configuration
    a, b = c.factors
    combinational = (
        "weights_ready and activations_ready depend on results_ready in the same cycle,"
        " activations_ready on first"
    )
    if c.initial:
        combinational += (
            "; activations_ready depends on initial_valid, initial_ready on activations_valid and"
            " first: both are taken in the same cycle"
        )
    return {
        "protocol": {
            "tile": f"{c.rows} rows of weights, then any number of activations, the first of which"
            " has first; it waits for the tile's last row. Rows of the next tile are taken from"
            f" {c.columns} cycles after the start of this one on, behind it",
            "product": "result n of column j is the sum over rows i of activation i of word n times"
            " weight i, j" + (", added to word n of initial" if c.initial else ""),
            "order": "a word of results for each word of activations, in their order",
            "reset": "keep the valid of all inputs low while reset is high",
            "combinational": combinational,
            "cycles": "rows + sum of max(words, rows + columns) over all tiles but the last one +"
            " words of the last one + latency, from the first transfer of weights to the last one"
            " of results, both included, while no stream stalls and weights are there in time",
        },
        "tile_cycles": c.tile_cycles,
        "a": a.encoding(),
        "b": b.encoding(),
        "sum": _sum(c) | {"bits": c.sum_bits, "terms": c.terms},
        **({"result": c.result_format.encoding()} if c.result_format else {}),
        "result_bits": c.result_bits,
    }


def _sum(c: MatrixEngine) -> dict[str, Any]:
    """The encoding of a sum."""
    if c.fused is None:
        return c.integer_sums.encoding()
    encoding = fused_manifest(c.fused)["accumulator"]
    if c.fused.sum_format is not None:
        return encoding
    places = {
        name: {"lowest_bit": field.offset, "bits": field.width}
        for name, field in sum_shape(c.fused)
    }
    return encoding | {"fields": places}
