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
    "scales": "unpack",
    "scale_decoder": "unpack",
    "dot": "sum",
    "dot/heap": "sum",
    "scaler": "sum",
    "scaler/heap": "sum",
    "scales/heap": "unpack",
    "operand": "accumulate",
    "operand_2": "accumulate",
    "accumulator": "accumulate",
    "exit": "convert",
    "normalizer": "convert",
    "encoder": "convert",
    "adder": "accumulate",
    "buffers": "buffers",
    # further ones of a name: decoders of several formats, shifters of several lanes; the second
    # kind of operand is that of slices without dot products
    **{f"decoder_{number}": "unpack" for number in range(2, 129)},
    **{f"scale_decoder_{number}": "unpack" for number in range(2, 9)},
    **{f"shifter_{number}": "shift" for number in range(2, 5)},
}
