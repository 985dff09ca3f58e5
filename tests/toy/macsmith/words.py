"""How the command line speaks of the adder (`macsmith.family.Words`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from hw.unit import Unit

__all__ = ["WORDS"]

_DESIGN = Path(__file__).parents[1] / "toy-8.toml"


class ToyWords:
    """Bits, and whether there is a register."""

    bases: Mapping[str, str] = {"toy_adder": str(_DESIGN)}
    published: Mapping[str, str] = {}
    axes: tuple[str, ...] = ("bits", "register")
    unsaid: Mapping[str, Any] = {}
    grid: tuple[str, str] = ("bits", "register")

    def summary(self, unit: Unit) -> list[str]:
        """See `macsmith.family.Words.summary`."""
        return [self.label(unit.parameters())]

    def label(self, point: Mapping[str, Any], varied: Collection[str] = ()) -> str:
        """See `macsmith.family.Words.label`."""
        further = [f"{name} {point[name]}" for name in varied if name not in self.axes]
        register = ["reg."] if point.get("register") else []
        return ", ".join([f"adder of {point['bits']} bits", *register, *further])

    def findings(self, answer: Mapping[str, Any]) -> list[str]:
        """See `macsmith.family.Words.findings`."""
        return [f"the largest sum was {answer['largest_sum']:,}"]


WORDS = ToyWords()
