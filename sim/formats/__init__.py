"""Golden models of number formats: codes to values and back, sums and products of codes."""

from sim.formats.arithmetic import add, multiply
from sim.formats.codes import code_type, decode, encode

__all__ = ["add", "code_type", "decode", "encode", "multiply"]
