"""Off-chip memories: what a bit costs that is fetched or stored, and how many come in a second.

The numbers, each with its source, are in ``costmodel/system/memories/dram.csv``. An energy stands
for the memory, its interface and the row activations of its source's access pattern; refresh and
the controller are in it only where the source had them.
"""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from hw.errors import RequestError

__all__ = ["Dram", "dram_kinds", "load_dram"]

_LEAST_BANDWIDTH, _MOST_BANDWIDTH = 1e-3, 1e6  # GB/s

_TABLE = Path(__file__).with_name("memories") / "dram.csv"


@dataclass(frozen=True)
class Dram:
    """An off-chip memory.

    Attributes:
        kind: its name.
        pj_per_bit: energy of a bit that is read or written.
        low_pj_per_bit: the least that a source says of this kind.
        high_pj_per_bit: the most.
        bandwidth_gb_per_s: peak, in 1e9 bytes a second.
        energy_source: where the energies come from.
        bandwidth_source: the speed grade and width, and its standard.
    """

    kind: str
    pj_per_bit: float
    low_pj_per_bit: float
    high_pj_per_bit: float
    bandwidth_gb_per_s: float
    energy_source: str
    bandwidth_source: str

    @property
    def bits_per_ps(self) -> float:
        """The bandwidth in the units of clock periods."""
        return 8 * self.bandwidth_gb_per_s * 1e-3


def dram_kinds() -> list[str]:
    """The names of the memories."""
    return sorted(_table())


def load_dram(kind: str, bandwidth_gb_per_s: float | None = None) -> Dram:
    """A memory by its name.

    Args:
        kind: one of `dram_kinds`.
        bandwidth_gb_per_s: in place of the table's, for another width, grade or efficiency.

    Raises:
        RequestError: there is no such kind, or the bandwidth is none.
    """
    if kind not in _table():
        near = difflib.get_close_matches(kind, dram_kinds(), 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise RequestError(
            f"there is no memory {kind!r}: it must be one of {', '.join(dram_kinds())}{hint}"
        )
    if bandwidth_gb_per_s is None:
        return _table()[kind]
    if not _LEAST_BANDWIDTH <= bandwidth_gb_per_s <= _MOST_BANDWIDTH:
        raise RequestError(
            f"a bandwidth of {bandwidth_gb_per_s} GB/s is not allowed: it must be from"
            f" {_LEAST_BANDWIDTH} to {_MOST_BANDWIDTH:.0f}"
        )
    source = "as given"
    return replace(_table()[kind], bandwidth_gb_per_s=bandwidth_gb_per_s, bandwidth_source=source)


@cache
def _table() -> dict[str, Dram]:
    lines = _TABLE.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    texts = ("kind", "energy_source", "bandwidth_source")
    memories = {}
    for row in rows:
        fields: dict[str, Any] = {
            name: value if name in texts else float(value) for name, value in row.items()
        }
        memories[row["kind"]] = Dram(**fields)
    return memories
