"""What pictures call the parameters and parts of ternary cores."""

from __future__ import annotations

from costmodel.plots.vocabulary import Vocabulary

__all__ = ["VOCABULARY"]

VOCABULARY = Vocabulary(
    labels={
        "group": "µ, activations a table",
        "luts": "L, tables",
        "columns": "K, columns",
        "inputs": "inputs of a sum",
        "accumulator_bits": "accumulator (bits)",
        "adder_stages": "stages of an adder",
        "aligned_bits": "aligned width (bits)",
    },
    symbols={"group": "µ", "columns": "K", "luts": "L"},
    parts={
        "convert": ("#F0E442", ""),
        "unpack": ("#CC6677", ".."),
        "table": ("#0072B2", ""),
        "select": ("#56B4E9", "//"),
        "reduce": ("#009E73", ""),
        "accumulate": ("#E69F00", "\\\\"),
        "exit": ("#000000", ""),
        "control": ("#555555", ""),
        "buffers": ("#CC79A7", "xx"),
    },
)
