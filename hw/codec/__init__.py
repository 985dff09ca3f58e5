"""Circuits between codes of a floating-point format and numbers in parts.

Inside a unit a number is a sign, an integer and the weight of its last bit. `Decoder` takes a code
apart; `Encoder` rounds an integer of any width, normalised or not, back to a code, once.
"""

from hw.codec.decoder import Decoder
from hw.codec.encoder import Encoder

__all__ = ["Decoder", "Encoder"]
