"""The shares of shifts that docs/fma.md states are those of the golden model."""

from __future__ import annotations

import json

import numpy as np
import pytest

from studies import fma_shifts
from studies.fma import ELEMENTS, unit

_EXACT = unit(ELEMENTS["exact, normalized product, W = 16"])


def test_shares_are_measured_again() -> None:
    rows = {row.pop("data"): row for row in json.loads(fma_shifts.SHIFTS.read_text("utf-8"))}
    assert len(rows) == 5
    assert fma_shifts.shares(_EXACT, "outlier") == pytest.approx(list(rows["outlier"].values()))


def test_shifts_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """1 + 1 carries; 2 - 1.5 leaves 0.5, two places; 0.5 - 0.5 is 0 and does not count."""
    products = np.array([[1.0], [1.0], [-1.5], [-0.5]])
    monkeypatch.setattr(fma_shifts, "factors_of", lambda _: (np.ones((4, 1)), products))
    shares = fma_shifts.shares(_EXACT, "by hand")
    assert shares == [50, 0, 0, 50, 0, 0, 0]
