"""Systolic matrix engines: arrays of multiply-adds that keep weights and pass on all else."""

from hw.engine.configuration import EngineLimits, MatrixEngine

#: The units of the family.
UNITS = (MatrixEngine,)

__all__ = ["UNITS", "EngineLimits", "MatrixEngine"]
