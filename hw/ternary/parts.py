"""What the modules of a core are for: the parts that area and energy are told by.

Synthesis and estimates speak of the same parts. Synthesis does not always tell modules apart: where
a library's full adders are not used, a column's heap is mapped with the column, so that ``reduce``
is in ``accumulate``, and an exit of one or two units is mapped with the core, in ``control``.
"""

from __future__ import annotations

__all__ = ["PARTS"]

#: What each module is for, by its name without the design's prefix; for tables of area and energy.
#: ``/heap`` stands for the adders of a bit heap in a module, ``buffers`` for what synthesis adds.
PARTS = {
    "": "control",
    "core": "control",
    "converter": "convert",
    "decoder": "convert",
    "table": "table",
    "table_adder": "table",
    "widen": "table",
    "widen_decoder": "table",
    "widen_encoder": "table",
    "bank": "table",
    "unpack": "unpack",
    "unpack_word": "unpack",
    "unpack_group": "unpack",
    "lane": "select",
    "lane/heap": "select",
    "multiplier": "select",
    "multiplier/heap": "select",
    "multiplier_decoder": "select",
    "multiplier_encoder": "select",
    "reduce_adder": "reduce",
    "accumulate_adder": "accumulate",
    "widen_sum": "accumulate",
    "widen_sum_decoder": "accumulate",
    "widen_sum_encoder": "accumulate",
    "column": "accumulate",
    "sums": "accumulate",
    "column/heap": "reduce",
    "sequencer": "control",
    "exit": "exit",
    "exit_scaling": "exit",
    "exit_scaling/heap": "exit",
    "exit_decoder": "exit",
    "exit_sum_decoder": "exit",
    "exit_rounding": "exit",
    "exit_encoder": "exit",
    "buffers": "buffers",
}
