"""What pictures call the parameters and parts of matrix engines."""

from __future__ import annotations

from costmodel.plots.vocabulary import Vocabulary

__all__ = ["VOCABULARY"]

VOCABULARY = Vocabulary(
    labels={
        "rows": "rows",
        "columns": "columns",
        "a": "activations",
        "b": "weights",
        "accumulator": "sums",
        "result": "results",
        "initial": "sums that enter",
        "normalization": "normalization",
        "guard_bits": "guard bits",
        "terms": "products of a sum",
    },
    symbols={"rows": "R", "columns": "C", "guard_bits": "G"},
    # the values of `hw.engine.parts.PARTS`
    parts={
        "elements": ("#882255", "||"),
        "skew": ("#88CCEE", ".."),
        "foot": ("#DDCC77", "//"),
        "control": ("#555555", ""),
        "buffers": ("#CC79A7", "xx"),
    },
)
