"""The error of sums as a figure of a space's points."""

from __future__ import annotations

import json

import numpy as np
import pytest

from costmodel.fma.basis import BASIS
from costmodel.fma.errors import rms_error_percent
from studies.fma import ELEMENTS, ERRORS, unit


def _errors(**columns: object) -> np.ndarray:
    given = {"unit": "fma", "a": "fp16+flush", "terms": 256} | columns
    return BASIS.figures["rms_error_percent"]({k: np.asarray(v) for k, v in given.items()})


def test_each_further_bit_halves_the_error() -> None:
    """As long as it is that of the sums, and not of the factors' format."""
    errors = _errors(accumulator=["raw7", "raw8", "raw9"], normalization="carry_only")
    assert errors[:-1] / errors[1:] == pytest.approx([2, 2], rel=0.25)


def test_errors_rank_units_as_the_study_does() -> None:
    """There the factors are exact, so only what is beyond bfloat16's own error can be compared."""
    rows = json.loads(ERRORS.read_text(encoding="utf-8"))
    study = {row["row"]: row["rms"] for row in rows if row["data"] == "gauss"}
    plain, least = (rms_error_percent(unit(ELEMENTS[name])) for name in ("exact, W = 16",) * 2)
    assert plain == least  # remembered
    narrow = rms_error_percent(unit(ELEMENTS["exact, W = 16"] | {"accumulator": "raw10"}))
    assert narrow > 2 * plain > 100 * study["exact, W = 16"]


def test_what_cannot_be_has_no_error() -> None:
    errors = _errors(accumulator=["raw16", "fp16"], normalization="carry_only")
    assert np.isnan(errors).tolist() == [False, True]


def test_floats_are_measured_too() -> None:
    """BF16 sums of 256 products lose more than FP32 ones."""
    narrow, wide = _errors(accumulator=["bf16", "fp32"])
    assert narrow > 5 * wide > 0
