"""Number formats as data: what a code of so many bits means.

A format is a definition that the circuits and the golden models share; the arithmetic on it is
written twice, once on each side. `parse_format` reads a format's name, as design files give it.
A further kind is a class that meets `Format`, in `KINDS`. A block format is elements of one format
that share a scale of another (`Block`, `parse_block`).
"""

from hw.formats.block import NAMED_BLOCKS, Block, ScaleRounding, block_meanings, parse_block
from hw.formats.fixed import Fixed
from hw.formats.floating import FLOAT_ORIGINS, NAMED_FLOATS, Float
from hw.formats.format import Format
from hw.formats.integer import Integer
from hw.formats.names import KINDS, format_meanings, parse_format
from hw.formats.nan_codes import NanCodes
from hw.formats.posit import NAMED_POSITS, Posit
from hw.formats.rounding import Rounding
from hw.formats.scale import NAMED_SCALES, Scale

__all__ = [
    "FLOAT_ORIGINS",
    "KINDS",
    "NAMED_BLOCKS",
    "NAMED_FLOATS",
    "NAMED_POSITS",
    "NAMED_SCALES",
    "Block",
    "Fixed",
    "Float",
    "Format",
    "Integer",
    "NanCodes",
    "Posit",
    "Rounding",
    "Scale",
    "ScaleRounding",
    "block_meanings",
    "format_meanings",
    "parse_block",
    "parse_format",
]
