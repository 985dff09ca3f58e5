"""How the command line speaks of matrix engines (`macsmith.family.Words`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hw.engine import MatrixEngine
from hw.unit import Unit
from macsmith.family import further_words

__all__ = ["WORDS"]


class EngineWords:
    """The array, what it multiplies, and what becomes of sums."""

    bases: Mapping[str, str] = {"matrix_engine": "engine-bf16-exact-8x8"}
    published: Mapping[str, str] = {}
    axes: tuple[str, ...] = ("rows", "columns", "a", "accumulator", "normalization")
    unsaid: Mapping[str, Any] = {"b": "", "accumulator": "", "result": ""}
    grid: tuple[str, str] = ("columns", "rows")

    def summary(self, unit: Unit) -> list[str]:
        """See `macsmith.family.Words.summary`."""
        assert isinstance(unit, MatrixEngine)
        fused = unit.fused
        if fused is None:
            sums = f"exact sums of {unit.sum_bits} bits"
        elif fused.sum_format is None:
            sums = f"sums {unit.accumulator}, normalization {unit.normalization}"
        else:
            sums = f"sums normalised and rounded to {unit.accumulator}"
        leave = f", rounded to {unit.result} at the foot" if unit.result else ""
        enter = ", sums enter at the top" if unit.initial else ""
        return [
            f"{unit.rows} x {unit.columns} elements, {unit.a} x {unit.b}, {sums}{leave}{enter}",
            f"latency {unit.latency}, a tile of weights every {unit.tile_cycles} cycles or later",
        ]

    def label(self, point: Mapping[str, Any], varied: Collection[str] = ()) -> str:
        """The array, formats and sums, and what else varies."""
        words = [f"{point['rows']} x {point['columns']}"]
        sums = f" into {point['accumulator']}" if point.get("accumulator") else ""
        words += [f"{point['a']}{sums}"]
        words += [str(point["normalization"])] if "normalization" in point else []
        told = {"unit", "rows", "columns", "a", "accumulator", "normalization"}
        return ", ".join(words + further_words(point, set(varied) - told))

    def findings(self, answer: Mapping[str, Any]) -> list[str]:
        """See `macsmith.family.Words.findings`."""
        return [f"elements busy {100 * answer['utilisation']:.1f} % of the cycles"]


WORDS = EngineWords()
