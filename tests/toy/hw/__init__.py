"""The toy family: an adder of two unsigned numbers, one stream in and one out."""

from tests.toy.hw.adder import ToyAdder

UNITS = (ToyAdder,)

__all__ = ["UNITS", "ToyAdder"]
