"""Floating-point arithmetic units of any `hw.formats.Float`."""

from hw.float.adder import FloatAdder
from hw.float.multiplier import FloatMultiplier
from hw.float.pipeline import MOST_STAGES
from hw.float.widen import FloatWiden, holds

__all__ = ["MOST_STAGES", "FloatAdder", "FloatMultiplier", "FloatWiden", "holds"]
