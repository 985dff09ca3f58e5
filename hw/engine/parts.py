"""What the modules of a matrix engine are for."""

from __future__ import annotations

__all__ = ["PARTS"]

#: What each module is for, by its name without the design's prefix; for tables of area and energy.
#: ``/heap`` stands for the adders of a bit heap in a module, ``buffers`` for what synthesis adds.
PARTS = {
    "": "control",
    "element": "elements",
    "element/heap": "elements",
    "activation_skew": "skew",
    "sum_skew": "skew",
    "result_skew": "skew",
    "foot": "foot",
    "encoder": "foot",
    "buffers": "buffers",
}
