"""What pictures call the parameters and parts of fused multiply-add units."""

from __future__ import annotations

from costmodel.plots.vocabulary import Vocabulary

__all__ = ["VOCABULARY"]

VOCABULARY = Vocabulary(
    labels={
        "a": "first factor",
        "b": "second factor",
        "accumulator": "sums",
        "normalization": "normalization",
        "depth": "pipeline stages",
        "guard_bits": "guard bits",
        "terms": "products of a sum",
    },
    symbols={"depth": "D", "guard_bits": "G"},
    # the values of `hw.fma.parts.PARTS`
    parts={
        "unpack": ("#CC6677", ".."),
        "multiply": ("#882255", "||"),
        "control": ("#555555", ""),
        "buffers": ("#CC79A7", "xx"),
    },
)
