"""What the modules of a SIMD unit are for."""

from __future__ import annotations

__all__ = ["PARTS"]

#: What each module is for, by its name without the design's prefix; for tables of area and energy.
#: ``/heap`` stands for the adders of a bit heap in a module, ``buffers`` for what synthesis adds.
PARTS = {
    "": "control",
    "unpack_a": "unpack",
    "unpack_b": "unpack",
    "decoder": "unpack",
    "multiplier": "multiply",
    "multiplier/heap": "multiply",
    "shifter": "shift",
    "dot": "sum",
    "dot/heap": "sum",
    "accumulator": "accumulate",
    "exit": "convert",
    "normalizer": "convert",
    "encoder": "convert",
    "buffers": "buffers",
}
