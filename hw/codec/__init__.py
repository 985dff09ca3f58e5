"""Circuits between codes of number formats and numbers in parts.

Inside a unit a number is a sign, an integer and the weight of its last bit. `Decoder` takes a code
apart; `Encoder` rounds an integer of any width, normalised or not, back to a code, once. They are
for floats; those for posits have the same ports.
"""

from hw.codec.decoder import Decoder
from hw.codec.encoder import Encoder
from hw.codec.fields import float_fields
from hw.codec.posit import PositDecoder, PositEncoder
from hw.codec.scale import ScaleDecoder

__all__ = ["Decoder", "Encoder", "PositDecoder", "PositEncoder", "ScaleDecoder", "float_fields"]
