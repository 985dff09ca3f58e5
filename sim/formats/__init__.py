"""Golden models of number formats: codes to values and back, sums and products, blocks."""

from sim.formats.arithmetic import add, multiply
from sim.formats.blocks import Blocks, dequantize, quantize, tensor_scale
from sim.formats.codes import code_type, decode, encode

__all__ = [
    "Blocks",
    "add",
    "code_type",
    "decode",
    "dequantize",
    "encode",
    "multiply",
    "quantize",
    "tensor_scale",
]
