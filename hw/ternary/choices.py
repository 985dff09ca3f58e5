"""What a ternary core may be of: styles of arithmetic, loop orders, scales, packings.

What they mean for the circuit is in `hw.ternary.style`, `loop`, `exit_plan` and `packing`.
"""

from __future__ import annotations

from hw.choices import Choice

__all__ = ["Loop", "PackingName", "Scale", "Style"]


class Style(Choice):
    """What a core makes of its activations before it sums them.

    Attributes:
        INTEGER: integers, summed exactly.
        FLOAT: floats, summed by floating-point adders.
        EXACT: floats turned into integers of the format's smallest number.
        ALIGNED: floats turned into integers of a unit that a block's largest exponent sets.
    """

    INTEGER = "integer"
    FLOAT = "float"
    EXACT = "exact"
    ALIGNED = "aligned"


class Loop(Choice):
    """The order of a product's tiles, by what the innermost loop runs over.

    Attributes:
        REDUCTION: the tiles of a sum one after the other.
        TABLE: all blocks of outputs while a tile's tables stay.
    """

    REDUCTION = "reduction"
    TABLE = "table"


class Scale(Choice):
    """What one scale belongs to: nothing, all columns of a sum, a column, or a group of inputs."""

    NONE = "none"
    TENSOR = "tensor"
    COLUMN = "column"
    GROUP = "group"


class PackingName(Choice):
    """How the weight stream writes weights; each has a `hw.ternary.packing.Packing`."""

    KEYS = "keys"
    CODES = "codes"
    TRITS5 = "trits5"
    TL2 = "tl2"
    SPARSE34 = "sparse34"
