"""What pictures call the parameters and parts of SIMD units."""

from __future__ import annotations

from costmodel.plots.vocabulary import Vocabulary

__all__ = ["VOCABULARY"]

VOCABULARY = Vocabulary(
    labels={
        "pairs": "pairs of formats",
        "port": "port (bits)",
        "depth": "pipeline stages",
        "sums": "sums",
        "terms": "operations of a sum",
    },
    symbols={"port": "P", "depth": "D"},
    # the values of `hw.simd.parts.PARTS`
    parts={
        "unpack": ("#CC6677", ".."),
        "multiply": ("#882255", "||"),
        "shift": ("#56B4E9", "//"),
        "sum": ("#009E73", ""),
        "accumulate": ("#E69F00", "\\\\"),
        "control": ("#555555", ""),
        "buffers": ("#CC79A7", "xx"),
    },
)
