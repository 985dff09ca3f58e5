"""The picture of SIMD units' densities: its figures by hand, and all designs in it."""

from __future__ import annotations

from typing import Any

import pytest

from studies.simd_costs import measured
from studies.simd_pictures import density, simd_density


def test_density_counts_leakage_and_lanes() -> None:
    row: dict[str, Any] = {
        "area_um2": 1e6,  # one square millimetre
        "delay_ps": 1000.0,
        "leakage_uw": 1000.0,  # a pJ in each cycle
        "modes": {"int4": {"lanes": 4, "dynamic_fj_per_cycle": 3000.0}},
    }
    per_area, per_joule = density(row, "int4")
    assert per_area == pytest.approx(4e9)
    assert per_joule == pytest.approx(1e12)


def test_every_mode_of_every_design_is_drawn() -> None:
    modes = sum(
        len(row["modes"])
        for row in measured()
        if "modes" in row and not row["design"].endswith(" alone")
    )
    assert sum(len(axes.lines) for axes in simd_density().axes) == modes
