"""Shipped models are what the committed measurements give."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from costmodel.model.calibrate import calibrated
from costmodel.model.model import load_model, shipped_models
from costmodel.model.rows import clocks_file, read_rows
from costmodel.technologies import load_technology
from costmodel.ternary.basis import BASIS
from tests.costmodel.measured_designs import CALIBRATION

#: Of who fitted it, and by which programs.
_VERSIONS = ("flow", "macsmith", "pyosys")


@pytest.mark.parametrize("technology", shipped_models("ternary"))
def test_shipped_models_are_those_of_the_measured_designs(technology: str) -> None:
    """To the last digit, apart from versions; `macsmith calibrate --from` writes them anew."""
    rows = read_rows(CALIBRATION / f"{technology}.csv", BASIS)
    shipped = asdict(load_model(technology, "ternary"))
    clocked = clocks_file(CALIBRATION / f"{technology}.csv")
    at_clocks = read_rows(clocked, BASIS) if clocked.exists() else []
    refitted = asdict(calibrated(load_technology(technology), BASIS, rows, at_clocks))
    for model in (shipped, refitted):
        for name in _VERSIONS:
            assert model["provenance"].pop(name)
    assert refitted["accuracy"] == shipped["accuracy"]
    assert bool(at_clocks) == bool(shipped["clocks"])
    assert rounded(refitted.pop("clocks")) == rounded(shipped.pop("clocks"))
    for name in ("area", "energy", "leakage", "delay"):  # coefficients: as near as solvers come
        assert refitted.pop(name) == approx(shipped.pop(name)), name
    assert refitted == shipped
    counts = refitted["provenance"]["designs"]
    assert sum(counts.values()) == len(rows)
    assert set(counts) == {f"{BASIS.kind_of(row)}, {row['set']}" for row in rows}


def rounded(part: object) -> object:
    """Numbers of any depth to four digits."""
    if isinstance(part, dict):
        return {name: rounded(value) for name, value in part.items()}
    return float(f"{part:.4g}") if isinstance(part, float) else part


def approx(fields: dict[str, object]) -> object:
    """Equal but for rounding, at any depth."""
    flat = {k: approx(v) if isinstance(v, dict) else v for k, v in fields.items()}
    if any(isinstance(value, dict) for value in fields.values()):
        return flat
    return pytest.approx(fields, rel=1e-6)
