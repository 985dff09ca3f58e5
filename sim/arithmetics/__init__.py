"""Matrix products of real numbers as some arithmetic computes them, for models to be run with."""

from sim.arithmetics.arithmetic import Arithmetic, Matrix
from sim.arithmetics.exact_sums import BlockSums, ExactSums, Single

__all__ = ["Arithmetic", "BlockSums", "ExactSums", "Matrix", "Single"]
