"""Designs with floating-point activations from end to end: data, manifest, schedules, parts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hw.formats import Float
from hw.ternary import PARTS
from macsmith.design import Design, load_design
from macsmith.manifest import manifest, verilog
from macsmith.ternary.core import ternary_core
from sim.formats import decode
from sim.lint import lint
from sim.ternary.waivers import WAIVERS
from tests.macsmith.program import Program

FLOAT_DESIGNS = [
    "ternary-fp16-float-32x32",
    "ternary-fp16-exact-32x32",
    "ternary-fp16-aligned-32x32",
    "signflip-fp16-float-32x32",
    "multiplier-fp16-float-32x32",
]
_SMALL = ("--set", "luts=2", "--set", "columns=2", "--set", "workload.inputs=20")
_ALIGNED = ("ternary-fp16-aligned-32x32", *_SMALL, "--set", "workload.bias_limit=100")


def arrays(kind: type[np.floating]) -> dict[str, np.ndarray]:
    """Data of one layer of 10 inputs and 3 outputs."""
    rng = np.random.default_rng(0)
    return {
        "activations": rng.standard_normal((4, 10)).astype(np.float16).astype(kind),
        "weights": rng.integers(-1, 2, (10, 3), dtype=np.int8),
        "bias": np.array([0.5, -1.25, 0.0], dtype=kind),
    }


def save(path: Path, given: dict[str, Any]) -> Path:
    """Write a data file."""
    np.savez(path, allow_pickle=False, **given)
    return path


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_own_numbers(kind: type[np.floating], macsmith: Program, tmp_path: Path) -> None:
    """Numbers of any width serve, as long as the format has them; a NaN makes its results NaN."""
    given = arrays(kind)
    given["activations"][1, 3] = np.nan
    save(tmp_path / "own.npz", given)
    ended = macsmith("simulate", *_ALIGNED, "--data", tmp_path / "own.npz", "--json")
    answer = json.loads(ended.out)
    assert (ended.status, answer["mismatches"], answer["vectors"]) == (0, 0, 4)
    assert answer["results"] == {"format": "fp16", "count": 12, "nan": 3, "infinite": 0}
    assert "accumulator" not in answer


def test_results_are_told(macsmith: Program, tmp_path: Path) -> None:
    """Without a bias; what overflows is infinite."""
    given = arrays(np.float16)
    del given["bias"]
    given["activations"][0] = 60000.0
    given["weights"][:, 0] = 1
    save(tmp_path / "own.npz", given)
    ended = macsmith("simulate", *_ALIGNED, "--data", tmp_path / "own.npz")
    assert ended.status == 0
    assert re.search(r"  12 results in fp16: 0 NaN, [1-3] infinite\n", ended.out)


def spoilt(**changes: Any) -> dict[str, np.ndarray]:
    """Data with arrays replaced."""
    return arrays(np.float64) | changes


_SPOILT: dict[str, tuple[dict[str, np.ndarray], str]] = {
    "no number of the format": (
        spoilt(activations=np.full((1, 10), 0.1)),
        "activations[0, 0] = 0.1 is no number of fp16 (the nearest one is 0.0999755859375)",
    ),
    "too large for it": (
        spoilt(activations=np.full((1, 10), 1e6)),
        "activations[0, 0] = 1000000.0 is no number of fp16\n",
    ),
    "integers": (
        spoilt(activations=np.ones((1, 10), int)),
        "activations holds int64 where numbers of fp16 are wanted",
    ),
    "an infinite bias": (
        spoilt(bias=np.array([np.inf, 0, 0])),
        "bias[0] = inf is no finite number of fp16",
    ),
    "a large bias": (spoilt(bias=np.full(3, 128.0)), "bias[0] = 128.0 is outside -100 to 100"),
    "weights in floating point": (
        spoilt(weights=np.ones((10, 3))),
        "weights holds float64 where integers are wanted",
    ),
    "two layers": (
        {
            "activations": np.ones((1, 2)),
            "weights0": np.ones((2, 2), int),
            "weights1": np.ones((2, 2), int),
        },
        "results in fp16 are not turned into activations",
    ),
}


@pytest.mark.parametrize("case", _SPOILT)
@pytest.mark.parametrize("style", ["aligned", "float"])
def test_numbers_that_do_not_fit(case: str, style: str, macsmith: Program, tmp_path: Path) -> None:
    """A sentence with the place, and with what would do; in every style."""
    given, sentence = _SPOILT[case]
    save(tmp_path / "own.npz", given)
    design = (f"ternary-fp16-{style}-32x32", *_ALIGNED[1:])
    ended = macsmith("simulate", *design, "--data", tmp_path / "own.npz")
    assert ended.status == 2
    assert sentence in ended.err
    assert ended.err.count("\n") == 1


def small(name: str, *settings: str) -> Design:
    """A committed design, made small."""
    return load_design(name, ["luts=2", "columns=2", *settings])


@pytest.mark.parametrize("name", FLOAT_DESIGNS)
def test_manifest_tells_the_formats(name: str) -> None:
    """Fields, special codes and codes of weights are those of FP16, by a second source: NumPy."""
    contents = manifest(load_design(name), {})
    form = contents["activation"]
    assert form["fields"]["fraction"] == {"lowest_bit": 0, "bits": 10}
    assert form["fields"]["exponent"] == {"lowest_bit": 10, "bits": 5}
    assert form["fields"]["sign"] == {"lowest_bit": 15, "bits": 1}
    codes = np.array([form["largest_code"], form["infinity_code"], form["nan_code"]], np.uint16)
    np.testing.assert_array_equal(codes.view(np.float16), [65504, np.inf, np.nan])
    result = contents["exit"]["result"] if "exit" in contents else contents["result"]
    assert result == form
    assert "result_bound" not in contents
    weights = {key["weights"][0]: key["code"] for key in contents["keys"]["table"]}
    if name.startswith("multiplier"):
        values = np.array([weights[w] for w in (-1, 0, 1)], np.uint16).view(np.float16)
        np.testing.assert_array_equal(values, [-1, 0, 1])
    assert contents["arithmetic"]["style"] == ternary_core(load_design(name).configuration).style


def test_manifest_tells_the_block() -> None:
    """Where it stands in the stream, and what a unit is worth: 2**(E + 2 - bits)."""
    contents = manifest(load_design("ternary-fp16-aligned-32x32"), {})
    arithmetic = contents["arithmetic"]
    streams = {stream["name"]: stream for stream in contents["streams"]}
    field = streams["activations"]["payload"]["fields"]["block"]
    assert field == {
        "lowest_bit": arithmetic["block"]["lowest_bit"],
        "bits": arithmetic["block"]["bits"],
    }
    # block 15 is that of 1.0: E = 0, and 24 bits
    assert arithmetic["unit_exponent"] == "block + -37"
    assert 15 - 37 == 0 + 2 - 24
    assert arithmetic["unit_exponents"] == [1 - 37, 30 - 37]
    exact = manifest(load_design("ternary-fp16-exact-32x32"), {})["arithmetic"]
    assert 2.0 ** exact["unit_exponent"] == decode(Float.parse("fp16"), np.array([1]))[0]


def test_manifest_tells_the_turns() -> None:
    """Adders of three stages: three sums take turns; with one stage nobody does."""
    turns = manifest(small("ternary-fp16-float-32x32", "adder_stages=3"), {})
    assert turns["arithmetic"]["interleave"] == 3
    assert "but 3 sums take turns: first tile 0 of each" in turns["protocol"]["order"]
    assert "turns = 3 * ceil(sums / 3)" in turns["protocol"]["cycles"]["each_product"]
    plain = manifest(small("ternary-fp16-float-32x32"), {})
    assert plain["arithmetic"]["interleave"] == 1
    assert "turns" not in plain["protocol"]["order"]


@pytest.mark.parametrize("name", FLOAT_DESIGNS)
@pytest.mark.parametrize(
    "settings", [(), ("sequencer=true", "table_register=true", "reduce_register=true")]
)
def test_verilog_of_small_tiles(name: str, settings: tuple[str, ...]) -> None:
    """It is lint-free, and the breakdown of an area has a name for every module."""
    design = small(name, *settings)
    text = verilog(design)
    assert lint(text, design.top, WAIVERS) == []
    modules = re.findall(rf"^module {design.top}(?:_(\w+))? ?\(", text, re.MULTILINE)
    rows = re.compile(r"(full|half)_adders_\d+")
    assert len(modules) > 3
    assert {m for m in modules if not rows.fullmatch(m)} <= set(PARTS)


@pytest.mark.parametrize("name", FLOAT_DESIGNS)
def test_schedules_of_floats(name: str, macsmith: Program) -> None:
    """The cycles that the configuration states, and FP16 in and out."""
    answer = json.loads(macsmith("schedule", name, "--json").out)["total"]
    assert answer["cycles"] == ternary_core(load_design(name).configuration).cycles((2560, 6912, 1))
    words = answer["traffic"]
    block = 5 if "aligned" in name else 0
    assert words["activations"]["word_bits"] == 32 * 16 + block
    assert words["results"]["bytes"] == 2 * 6912


def test_scaled_floats(macsmith: Program, tmp_path: Path) -> None:
    """Floating-point sums with scales: codes in the file, both formats in the manifest."""
    settings = ["result=bf16", "scale=column", "scale_format=bf16", "accumulator_format=fp32"]
    contents = manifest(small("ternary-fp16-float-32x32", *settings), {})
    assert contents["exit"]["result"]["format"] == contents["exit"]["scale"]["format"] == "bf16"
    assert contents["arithmetic"]["accumulator"]["format"] == "fp32"
    given = arrays(np.float16) | {"scales": np.array([0x3F80, 0, 0xC000])}
    save(tmp_path / "own.npz", given)
    set_ = [word for setting in settings for word in ("--set", setting)]
    design = ("ternary-fp16-float-32x32", *_ALIGNED[1:], *set_)
    answer = json.loads(macsmith("simulate", *design, "--data", tmp_path / "own.npz", "--json").out)
    assert (answer["mismatches"], answer["faults"]) == (0, [])
    assert answer["results"] == {"format": "bf16", "count": 12, "nan": 0, "infinite": 0}


def test_list_shows_them(macsmith: Program) -> None:
    listed = json.loads(macsmith("list", "--json").out)["designs"]
    assert all("FP16 activations" in listed[name] for name in FLOAT_DESIGNS)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("ternary-fp16-aligned-32x32", ("activation=bf16", "sequencer=true")),
        ("ternary-fp16-float-32x32", ("activation=bf16", "adder_stages=3", "sequencer=true")),
    ],
)
def test_other_tiles_with_stalls(name: str, settings: tuple[str, ...], macsmith: Program) -> None:
    """BF16, blocks; sums in turns, the last turn not filled: 5 vectors of 2 blocks, 3 at a time."""
    sized = (*settings, "workload.batch=5", "workload.outputs=4", "workload.bias_limit=9")
    set_ = [word for setting in sized for word in ("--set", setting)]
    for stall in ("0", "0.4"):
        options = ("--vectors", "5", "--stall", stall, "--json")
        answer = json.loads(macsmith("simulate", name, *_SMALL, *set_, *options).out)
        assert (answer["mismatches"], answer["faults"]) == (0, [])
        assert answer["results"]["count"] == 20
