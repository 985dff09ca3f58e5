"""Scales from end to end: a design, its manifest, a data file with scales."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from macsmith.design import load_design
from macsmith.manifest import manifest
from tests.macsmith.program import Program

_SCALED = ("--set", "result=bf16", "--set", "scale=column", "--set", "scale_format=bf16")


def data(path: Path, **scales: Any) -> Path:
    """A data file of one layer of 30 inputs and 12 outputs."""
    rng = np.random.default_rng(0)
    activations = rng.integers(-128, 128, (5, 30), dtype=np.int8)
    weights = rng.integers(-1, 2, (30, 12), dtype=np.int8)
    np.savez(path, activations=activations, weights=weights, labels=np.zeros(5, int), **scales)
    return path


def test_data_with_scales(macsmith: Program, tmp_path: Path) -> None:
    """The file's scales are what the hardware multiplies by: with zero for all but one column, and
    that one large, every vector with a positive sum there is of its class.
    """
    scales = np.zeros(12, dtype=np.uint16)
    scales[0] = 0x4F80  # 2**32
    path = data(tmp_path / "own.npz", scales=scales)
    ended = macsmith("simulate", "ternary-int8-8x8", "--data", path, "--json", *_SCALED)
    answer = json.loads(ended.out)
    assert ended.status == 0
    assert answer["words_checked"] == 5 * 2 * 4  # two a beat keep up with four tiles
    with np.load(path) as arrays:
        sums = arrays["activations"].astype(int) @ arrays["weights"].astype(int)
    assert answer["accuracy"] == np.mean(sums[:, 0] >= 0) > 0


def test_scales_that_do_not_fit(macsmith: Program, tmp_path: Path) -> None:
    """A data file without scales, or with those of another number of columns."""
    for scales, sentence in (
        ({}, "the data has no scales, and the core wants codes of bf16 of shape (12,)"),
        ({"scales": np.zeros(5, int)}, "scales has shape (5,) where (12,) is wanted"),
        ({"scales": np.full(12, 1 << 16)}, "scales[0] = 65536 is outside 0 to 65535"),
    ):
        path = data(tmp_path / "own.npz", **scales)
        ended = macsmith("simulate", "ternary-int8-8x8", "--data", path, *_SCALED)
        assert (ended.status, sentence in ended.err) == (2, True)


def test_layers_of_floats_are_refused(macsmith: Program, tmp_path: Path) -> None:
    """Between layers there are integers."""
    layer = np.ones((8, 8), int)
    path = tmp_path / "own.npz"
    np.savez(path, activations=layer, weights0=layer, weights1=layer)
    ended = macsmith("simulate", "ternary-int8-8x8", "--data", path, "--set", "result=bf16")
    assert ended.status == 2
    assert "results in bf16 are not turned into activations" in ended.err


@pytest.mark.parametrize("name", ["ternary-int8-bf16-column", "ternary-int8-int8"])
def test_manifest(name: str) -> None:
    """What a stranger needs: the formats, the beats, and how scales are packed."""
    contents = manifest(load_design(name), {})
    streams = {stream["name"]: stream for stream in contents["streams"]}
    assert streams["scales"]["payload"] == {
        "elements": 1,
        "first": "lowest bits",
        "element": {"bits": 16},
    }
    exit_contents = contents["exit"]
    assert (exit_contents["results_per_beat"], exit_contents["beats_per_sum"]) == (1, 32)
    assert exit_contents["rounding"] == "once, to nearest even"
    if name == "ternary-int8-int8":
        assert exit_contents["result"] == {
            "format": "int8",
            "encoding": "two's complement",
            "bits": 8,
        }
        encoding = "unsigned, in units of 2**-20"
        assert exit_contents["scale"] == {"format": "u16.20", "encoding": encoding, "bits": 16}
        assert "one beat a sum" in streams["scales"]["meaning"]
    else:
        assert exit_contents["result"]["format"] == exit_contents["scale"]["format"] == "bf16"
        assert "32 beats a sum" in streams["results"]["meaning"]
    assert contents["latency_cycles"] == 2
    assert "taken = max(done, taken + 32)" in " ".join(
        contents["protocol"]["cycles"]["each_product"]
    )
