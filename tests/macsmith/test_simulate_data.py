"""A user's arrays go in as files, and what the hardware gave comes out in their layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.ternary.network import requantize
from tests.macsmith.program import Program

_DESIGN = "ternary-int8-8x8"
_RNG = np.random.default_rng(5)
_LAYER = {
    "activations": _RNG.integers(-128, 128, (5, 30), dtype=np.int8),
    "weights": _RNG.integers(-1, 2, (30, 12), dtype=np.int8),
    "bias": _RNG.integers(-1000, 1001, 12),
}


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """An archive of a layer, and each of its arrays in a file of its own."""
    np.savez(tmp_path / "layer.npz", allow_pickle=False, **_LAYER)
    for name, array in _LAYER.items():
        np.save(tmp_path / f"{name}.npy", array)
    return tmp_path


def results(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as arrays:
        return dict(arrays)


def test_what_the_hardware_gave(layer: Path, macsmith: Program) -> None:
    """Rows as the activations, columns as the weights; the report says where they are."""
    out = layer / "out.npz"
    ended = macsmith("simulate", _DESIGN, "--data", layer / "layer.npz", "-o", out)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.endswith(f"  wrote {out}\n")
    arrays = results(out)
    assert list(arrays) == ["results"]
    wanted = _LAYER["activations"].astype(int) @ _LAYER["weights"] + _LAYER["bias"]
    np.testing.assert_array_equal(arrays["results"], wanted)


def test_files_of_one_array_each(layer: Path, macsmith: Program) -> None:
    """The file's name is the array's, unless another one stands before it."""
    (layer / "bias.npy").rename(layer / "b=1.npy")
    files = [layer / "activations.npy", layer / "weights.npy", f"bias={layer / 'b=1.npy'}"]
    arguments = [argument for file in files for argument in ("--data", file)]
    out = layer / "out.npz"
    ended = macsmith("simulate", _DESIGN, *arguments, "-o", out, "--json")
    answer = json.loads(ended.out)
    assert answer["data"] == "activations.npy, weights.npy, b=1.npy"
    assert answer["output"] == {"file": str(out), "layers": 1}
    wanted = _LAYER["activations"].astype(int) @ _LAYER["weights"] + _LAYER["bias"]
    np.testing.assert_array_equal(results(out)["results"], wanted)


def test_an_archive_and_a_file(layer: Path, macsmith: Program) -> None:
    """Weights stay in their archive, activations come from elsewhere."""
    archive = layer / "weights.npz"
    np.savez(archive, weights=_LAYER["weights"])
    ended = macsmith(
        *("simulate", _DESIGN, "--data", archive, "--data", layer / "activations.npy"),
        *("-o", layer / "out.npz"),
    )
    assert ended.status == 0
    wanted = _LAYER["activations"].astype(int) @ _LAYER["weights"]
    np.testing.assert_array_equal(results(layer / "out.npz")["results"], wanted)


def test_a_network(tmp_path: Path, macsmith: Program) -> None:
    """Results of every layer, each made of those of the layer before."""
    first, second = (_RNG.integers(-1, 2, s, dtype=np.int8) for s in ((32, 16), (16, 4)))
    activations = _RNG.integers(0, 17, (7, 32), dtype=np.int8)
    np.savez(tmp_path / "n.npz", activations=activations, weights0=first, weights1=second)
    out = tmp_path / "out.npz"
    ended = macsmith("simulate", _DESIGN, "--data", tmp_path / "n.npz", "-o", out)
    assert ended.status == 0
    arrays = results(out)
    assert list(arrays) == ["results0", "results1"]
    sums = activations.astype(np.int64) @ first.astype(np.int64)
    np.testing.assert_array_equal(arrays["results0"], sums)
    np.testing.assert_array_equal(arrays["results1"], requantize(sums, 127) @ second)


@pytest.mark.long
def test_floating_point_results(layer: Path, macsmith: Program) -> None:
    """Numbers, and beside them their codes."""
    scales = np.full(12, 0x3F00, np.uint16)  # 0.5
    np.save(layer / "scales.npy", scales)
    settings = ["--set", "result=bf16", "--set", "scale=column", "--set", "scale_format=bf16"]
    data = ["--data", layer / "layer.npz", "--data", layer / "scales.npy"]
    ended = macsmith("simulate", _DESIGN, *data, *settings, "-o", layer / "out.npz")
    assert ended.status == 0
    arrays = results(layer / "out.npz")
    sums = _LAYER["activations"].astype(int) @ _LAYER["weights"] + _LAYER["bias"]
    np.testing.assert_allclose(arrays["results"], sums / 2, rtol=2**-8)
    top = (arrays["results"].astype(np.float32).view(np.uint32) >> 16).astype(int)
    np.testing.assert_array_equal(arrays["codes"], top)


def test_weights_without_activations(layer: Path, macsmith: Program) -> None:
    """As many random ones as are asked for, kept beside the results."""
    out = layer / "out.npz"
    data = ["--data", layer / "weights.npy", "--vectors", "3"]
    ended = macsmith("simulate", _DESIGN, *data, "-o", out, "--seed", "4")
    assert "the data has no activations: these are random" in ended.out
    arrays = results(out)
    assert arrays["activations"].shape == (3, 30)
    wanted = arrays["activations"] @ _LAYER["weights"]
    np.testing.assert_array_equal(arrays["results"], wanted)
    macsmith("simulate", _DESIGN, *data, "-o", out, "--seed", "5")
    assert (results(out)["activations"] != arrays["activations"]).any()


@pytest.mark.long
def test_scales_of_vectors_come_with_drawn_activations(layer: Path, macsmith: Program) -> None:
    """Where each vector has a scale of its own, the data cannot have them."""
    settings = ["--set", "result=int8", "--set", "scale=tensor", "--set", "scale_format=u16.20"]
    data = ["--data", layer / "weights.npy", "--vectors", "3"]
    assert macsmith("simulate", _DESIGN, *data, *settings).status == 0


def test_a_run_that_fails_leaves_what_came(
    layer: Path, macsmith: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words that differ are those that one wants to see."""
    monkeypatch.setattr("hw.ternary.TernaryLut.cycles", lambda *_: 1)
    out = layer / "out.npz"
    ended = macsmith("simulate", _DESIGN, "--data", layer / "layer.npz", "-o", out)
    assert ended.status == 1
    assert f"wrote {out}" in ended.out
    assert results(out)["results"].shape == (5, 12)


_REFUSED: dict[str, tuple[list[str], str]] = {
    "random": (["-o", "{0}/o.npz"], "--output holds what the hardware gave for data"),
    "ending": (["--data", "{0}/layer.npz", "-o", "{0}/o.npy"], "let it end in .npz"),
    "folder": (["--data", "{0}/layer.npz", "-o", "{0}/x/o.npz"], "there is no folder"),
    "itself": (["--data", "{0}/layer.npz", "-o", "{0}/layer.npz"], "is the data itself"),
    "twice": (
        ["--data", "{0}/layer.npz", "--data", "{0}/bias.npy"],
        "bias.npy has the array bias, which another data file has too",
    ),
    "unknown": (["--data", "{0}/weights.npy", "--data", "w={0}/bias.npy"], "and not w"),
    "vectors": (["--data", "{0}/layer.npz", "--vectors", "2"], "leave out --vectors"),
    "missing": (["--data", "weights={0}/no.npy"], "no.npy is not there"),
    "labels": (
        ["--data", "{0}/weights.npy", "--data", "labels={0}/bias.npy"],
        "labels has shape (12,) where 16 activation vectors",
    ),
}


@pytest.mark.parametrize("case", _REFUSED)
def test_what_is_refused(case: str, layer: Path, macsmith: Program) -> None:
    """A sentence, and nothing is written or lost."""
    arguments, sentence = _REFUSED[case]
    before = {path.name: path.read_bytes() for path in layer.iterdir()}
    arguments = [argument.format(layer) for argument in arguments]
    ended = macsmith("simulate", _DESIGN, "--set", "workload.batch=16", *arguments)
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert sentence in ended.err
    assert {path.name: path.read_bytes() for path in layer.iterdir()} == before


_BAD: dict[str, Any] = {
    "objects": np.array([{}], dtype=object),
    "texts": np.array(["a"]),
    "no dimensions": np.array(3),
    "four dimensions": np.zeros((1, 1, 1, 1)),
}


@pytest.mark.parametrize("case", [*_BAD, "cut", "more", "empty", "no array"])
def test_files_that_are_no_array(case: str, layer: Path, macsmith: Program) -> None:
    path = layer / "weights.npy"
    if case in _BAD:
        np.save(path, _BAD[case], allow_pickle=True)
    good = path.read_bytes()
    spoilt = {"cut": good[:-1], "more": good + b"1", "empty": b"", "no array": b"PK" * 99}
    path.write_bytes(spoilt.get(case, good))
    ended = macsmith("simulate", _DESIGN, "--data", path)
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert "weights" in ended.err


def test_the_compiled_bench(layer: Path, macsmith: Program) -> None:
    """The same words as cocotb's bench gives, and it says which one ran."""
    out = layer / "out.npz"
    arguments = ("simulate", _DESIGN, "--bench", "compiled")
    ended = macsmith(*arguments, "--data", layer / "layer.npz", "-o", out, "--json")
    answer = json.loads(ended.out)
    assert (ended.status, answer["bench"], answer["mismatches"]) == (0, "compiled", 0)
    wanted = _LAYER["activations"].astype(int) @ _LAYER["weights"] + _LAYER["bias"]
    np.testing.assert_array_equal(results(out)["results"], wanted)
    refused = macsmith(*arguments, "--waves", layer / "waves.vcd")
    assert refused.status == 2
    assert "leave out --bench compiled" in refused.err
    assert not (layer / "waves.vcd").exists()
