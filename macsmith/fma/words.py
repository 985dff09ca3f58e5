"""How the command line speaks of fused multiply-add units (`macsmith.family.Words`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hw.fma import Fma, Multiplier
from hw.unit import Unit
from macsmith.family import counted, further_words

__all__ = ["WORDS"]


class FmaWords:
    """Factors, sums, and what becomes of leading zeros."""

    bases: Mapping[str, str] = {"fma": "pe-bf16-exact"}
    published: Mapping[str, str] = {"approximate normalization, an-1-2": "pe-bf16-an-1-2"}
    axes: tuple[str, ...] = ("a", "accumulator", "normalization", "depth")
    unsaid: Mapping[str, Any] = {"b": ""}
    grid: tuple[str, str] = ("accumulator", "normalization")

    def summary(self, unit: Unit) -> list[str]:
        """See `macsmith.family.Words.summary`."""
        assert isinstance(unit, Fma)
        rounded = f"normalised and rounded to {unit.accumulator}"
        raw = f"{unit.accumulator}, normalization {unit.normalization}, product {unit.product}"
        sums = raw if unit.sum_format is None else rounded
        exact = unit.multiplier is Multiplier.EXACT
        products = "" if exact else f" (multiplier {unit.multiplier})"
        return [f"{unit.a} x {unit.b}{products} + {sums}, latency {unit.latency}"]

    def label(self, point: Mapping[str, Any], varied: Collection[str] = ()) -> str:
        """Factors and sums, normalization, stages, and what else varies."""
        words = [f"{point['a']} into {point['accumulator']}"]
        words += [str(point["normalization"])] if "normalization" in point else []
        words += [counted(point["depth"], "stage")] if "depth" in point else []
        told = {"unit", "a", "accumulator", "normalization", "depth"}
        return ", ".join(words + further_words(point, set(varied) - told))

    def findings(self, answer: Mapping[str, Any]) -> list[str]:
        """See `macsmith.family.Words.findings`."""
        del answer
        return []


WORDS = FmaWords()
