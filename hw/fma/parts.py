"""What the modules of a fused multiply-add unit are for."""

from __future__ import annotations

__all__ = ["PARTS"]

#: What each module is for, by its name without the design's prefix; for tables of area and energy.
#: ``/heap`` stands for the adders of a bit heap in a module, ``buffers`` for what synthesis adds.
PARTS = {
    "": "control",
    "decoder": "unpack",
    "decoder_2": "unpack",
    "multiplier": "multiply",
    "multiplier/heap": "multiply",
    "buffers": "buffers",
}
