"""Speed of what is done with fused multiply-add units: the golden columns."""

from __future__ import annotations

from benchmarks.fma.columns import columns

__all__ = ["MEASURES"]

MEASURES = (columns,)
