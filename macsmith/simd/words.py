"""How the command line speaks of SIMD units (`macsmith.family.Words`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hw.simd import SimdMac
from hw.unit import Unit
from macsmith.family import counted, further_words

__all__ = ["WORDS"]


class SimdWords:
    """Formats, lanes and accumulators."""

    bases: Mapping[str, str] = {"simd_mac": "simd-int"}
    published: Mapping[str, str] = {"XR-NPE": "simd-xr"}
    axes: tuple[str, ...] = ("pairs", "port", "depth", "sums")
    unsaid: Mapping[str, Any] = {"accumulator_bits": 0}
    grid: tuple[str, str] = ("depth", "port")

    def summary(self, unit: Unit) -> list[str]:
        """See `macsmith.family.Words.summary`."""
        assert isinstance(unit, SimdMac)
        lanes = ", ".join(f"{unit.lanes(pair)} x {pair.name}" for pair in unit.modes)
        kinds = {"lanes": "a sum a lane", "dot": "dot products", "both": "a sum a lane or of all"}
        sums = f"{unit.accumulation} sums of {unit.accumulators} x {unit.accumulator_bits} bits"
        return [lanes, f"{sums} ({kinds[unit.sums]}), latency {unit.latency}"]

    def label(self, point: Mapping[str, Any], varied: Collection[str] = ()) -> str:
        """The formats, the port, stages, and what else varies."""
        words = [str(point["pairs"]).replace(",", " ")]
        words += [f"{point['port']} bits"] if "port" in point else []
        words += [counted(point["depth"], "stage")] if "depth" in point else []
        words += further_words(point, set(varied) - {"unit", "pairs", "port", "depth"})
        return ", ".join(words)

    def findings(self, answer: Mapping[str, Any]) -> list[str]:
        """See `macsmith.family.Words.findings`."""
        return [f"{answer['sums']:,} sums"]


WORDS = SimdWords()
