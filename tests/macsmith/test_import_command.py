"""`macsmith import`: what it writes is what other commands take; whatever else is a sentence."""

from __future__ import annotations

import json
import random
import re
import struct
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import save_file

from hw.formats import Fixed, parse_format
from hw.ternary import TernaryConfiguration
from macsmith.checkpoint.gguf_file import read_gguf
from macsmith.checkpoint.layer import Weights
from macsmith.checkpoint.safetensors_file import pack_bitnet
from macsmith.design import load_design
from sim.data_files import DataFiles
from sim.family import bench_of
from sim.formats import decode
from tests.checkpoints import gguf_bytes, quant_model
from tests.macsmith.program import Program

_RNG = np.random.default_rng(23)
_UP = "model.layers.{}.mlp.up_proj.weight"


@pytest.fixture
def bitnet(tmp_path: Path) -> Path:
    """Two packed layers of one shape, an embedding and a square matrix of real numbers."""
    tensors: dict[str, Any] = {"model.embed_tokens.weight": np.zeros((5, 96), np.float32)}
    tensors["model.square.weight"] = _RNG.standard_normal((8, 8)).astype(np.float32)
    for block in range(2):
        name = _UP.format(block)
        tensors[name] = pack_bitnet(_RNG.integers(-1, 2, (32, 64)))
        tensors[f"{name}_scale"] = np.array([0.75], np.float32)
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    return tmp_path / "model.safetensors"


def test_what_is_written(bitnet: Path, tmp_path: Path, macsmith: Program) -> None:
    """A list of products, what is known, and the arrays that are asked for."""
    out = tmp_path / "out"
    ended = macsmith("import", bitnet, "-o", out, "--layer", "*layers.0*")
    assert (ended.status, ended.err) == (0, "")
    assert (out / "gemms.csv").read_text() == (
        "name,outputs,inputs,vectors,repeat,format\nmodel.layers.*.mlp.up_proj,32,64,1,2,ternary\n"
    )
    about = json.loads((out / "layers.json").read_text())
    assert [layer["name"] for layer in about["layers"]] == [_UP.format(0), _UP.format(1)]
    assert about["left_out"]["embedding"] == ["model.embed_tokens.weight"]
    assert sorted(path.name for path in out.iterdir()) == about["files"]
    (facts,) = about["arrays"]
    with np.load(out / facts["file"]) as arrays:
        assert arrays["weights"].shape == (64, 32)
        assert arrays["scales"].tolist() == [0x3F40] * 32  # 0.75 in bf16
        assert arrays["scale_format"].tobytes() == b"bf16"
    assert "--set scale_format=bf16" in ended.out
    assert "left out: model.square.weight" in ended.out


def test_the_list_is_a_workload(bitnet: Path, tmp_path: Path, macsmith: Program) -> None:
    """Of schedule, system and explore."""
    out = tmp_path / "out"
    macsmith("import", bitnet, "-o", out)
    listed = str(out / "gemms.csv")
    ended = macsmith("schedule", "ternary-int8-8x8", "-w", listed, "--json")
    answer = json.loads(ended.out)
    assert [(row["name"], row["count"]) for row in answer["layers"]] == [
        ("model.layers.*.mlp.up_proj", 2)
    ]
    assert macsmith("system", "ternary-int8-8x8", "-w", listed, "--json").status == 0
    space = tmp_path / "space.toml"
    space.write_text(
        f'workloads = ["{listed}"]\nminimize = ["area_um2"]\n[space]\nunit = "ternary_lut"\n'
        'activation = "int8"\nluts = [4, 8]\ncolumns = 8\n'
    )
    ended = macsmith("explore", space, "-o", tmp_path / "found", "--no-report", "--json")
    assert json.loads(ended.out)["valid"] == 2


def layer_file(folder: Path, kind: Type, values: np.ndarray) -> Path:
    path = folder / "a.gguf"
    data = gguf.quantize(values.astype(np.float32), kind)
    dimensions = values.shape[::-1]
    path.write_bytes(gguf_bytes([("blk.0.up.weight", dimensions, int(kind), data.tobytes())]))
    return path


def arrays_of(macsmith: Program, path: Path, out: Path, *options: str) -> dict[str, Any]:
    ended = macsmith("import", path, "-o", out, "--layer", "*", "--json", *options)
    assert (ended.status, ended.err) == (0, "")
    (facts,) = json.loads(ended.out)["arrays"]
    return facts


def golden(path: Path, facts: dict[str, Any], activations: np.ndarray) -> np.ndarray:
    """What a core of these settings gives for the arrays, by the golden model."""
    design = load_design("ternary-int8-8x8", facts["settings"])
    arrays = DataFiles((path,)).read() | {"activations": activations}
    bench = bench_of(design.configuration)
    (results,) = bench.golden(
        design.configuration,
        bench.load(design.configuration, arrays, "").work(design.configuration, 0, ()),
    )
    assert isinstance(design.configuration, TernaryConfiguration)
    form = design.configuration.result_format
    assert form is not None
    return decode(form, results)


def rounded_sums(weights: Weights, activations: np.ndarray) -> np.ndarray:
    """Products with the stored weights, exactly, then rounded to float32."""
    whole = np.repeat(weights.scales.astype(np.float64), weights.group, axis=1) * weights.elements
    return (activations.astype(np.float64) @ whole.T).astype(np.float32)


@pytest.mark.parametrize(
    ("kind", "scale"),
    [
        (Type.TQ1_0, "group"),
        (Type.TQ2_0, "group"),
        (Type.TQ2_0, "column"),
        (Type.Q4_0, "group"),
        (Type.MXFP4, "group"),
    ],
)
def test_a_core_computes_what_the_file_says(
    kind: Type, scale: str, tmp_path: Path, macsmith: Program
) -> None:
    """Elements and codes of scales: sums are those of the dequantised weights, rounded once."""
    values = _RNG.standard_normal((6, 512)) * _RNG.uniform(0.02, 0.2, (6, 1))
    if scale == "column":  # as a converter of BitNet leaves them: magnitudes all alike, or zero
        values = np.rint(_RNG.uniform(-1.4, 1.4, (6, 512))) * 0.0371
        values[2, :256] = 0
        values[3] = 0
    path = layer_file(tmp_path, kind, values)
    facts = arrays_of(macsmith, path, tmp_path / "out")
    assert f"scale={scale}" in facts["settings"]
    assert (facts["scale_error"], facts.get("remark")) == (0, None)
    activations = _RNG.integers(-128, 128, (3, 512))
    weights = read_gguf(path, "x86").layers[0].load()
    assert isinstance(weights, Weights)
    results = golden(tmp_path / "out" / facts["file"], facts, activations)
    np.testing.assert_array_equal(results, rounded_sums(weights, activations))


def test_scales_that_are_rounded(tmp_path: Path, macsmith: Program) -> None:
    """By the format that is asked for; how far off is told."""
    path = layer_file(tmp_path, Type.TQ2_0, _RNG.standard_normal((4, 512)))
    facts = arrays_of(macsmith, path, tmp_path / "out", "--scale-format", "u8.5")
    assert 0 < facts["scale_error"] < 2**-6
    form = parse_format("u8.5")
    assert isinstance(form, Fixed)
    with np.load(tmp_path / "out" / facts["file"]) as arrays:
        assert arrays["scales"].max() <= form.largest_code
    ended = macsmith("import", path, "-o", tmp_path / "o", "--layer", "*", "--scale-format", "u4.4")
    assert (ended.status, "do not all have a code in u4.4" in ended.err) == (2, True)


def test_codes_of_another_format_are_refused(
    bitnet: Path, tmp_path: Path, macsmith: Program
) -> None:
    """The archive says which format its scales are codes of."""
    ended = macsmith("import", bitnet, "-o", tmp_path / "out", "--layer", "*0*", "--json")
    (facts,) = json.loads(ended.out)["arrays"]
    settings = [setting.replace("bf16", "fp16") for setting in facts["settings"]]
    options = [option for setting in settings for option in ("--set", setting)]
    data = tmp_path / "out" / facts["file"]
    ended = macsmith("simulate", "ternary-int8-8x8", "--data", data, *options)
    assert (ended.status, ended.out) == (2, "")
    assert "scales are codes of bf16, and the core takes fp16" in ended.err


def test_weights_that_no_core_takes(tmp_path: Path, macsmith: Program) -> None:
    """The list says so, and the arrays are written with a remark."""
    path = layer_file(tmp_path, Type.Q8_0, _RNG.standard_normal((4, 64)))
    facts = arrays_of(macsmith, path, tmp_path / "out")
    assert facts["remark"].startswith("weights up to 127: cores take up to 15")
    listed = tmp_path / "out" / "gemms.csv"
    ended = macsmith("schedule", "ternary-int8-8x8", "-w", listed)
    assert ended.status == 2
    assert "blk.0.up has weights in int8, up to 128, and the core takes up to 1" in ended.err


def test_planes_that_a_list_wants(tmp_path: Path, macsmith: Program) -> None:
    """A core, or a space, without them is refused."""
    path = layer_file(tmp_path, Type.Q4_0, _RNG.standard_normal((4, 64)))
    macsmith("import", path, "-o", tmp_path / "out")
    listed = str(tmp_path / "out" / "gemms.csv")
    ended = macsmith("schedule", "ternary-int8-8x8", "-w", listed)
    assert (ended.status, "planes = 4 would do" in ended.err) == (2, True)
    assert macsmith("schedule", "ternary-int8-8x8", "-w", listed, "--set", "planes=4").status == 0
    space = tmp_path / "space.toml"
    text = (
        f'workloads = ["{listed}"]\nminimize = ["area_um2"]\n[space]\nunit = "ternary_lut"\n'
        'activation = "int8"\nluts = 4\ncolumns = 8\n'
    )
    space.write_text(text)
    ended = macsmith("explore", space, "-o", tmp_path / "found")
    assert (ended.status, "gemms: blk.0.up has weights in int4" in ended.err) == (2, True)


@pytest.mark.parametrize(("target", "most"), [("ternary", 1), ("int4", 7), ("int5", 15)])
@pytest.mark.parametrize("axes", ["out,in", "in,out"])
def test_real_weights(target: str, most: int, axes: str, tmp_path: Path, macsmith: Program) -> None:
    """Each output by itself; how much of the weights is lost is told."""
    values = _RNG.standard_normal((16, 16)).astype(np.float32) * 0.03
    save_file({"a.weight": values}, tmp_path / "m.safetensors")
    options = ("--quantize", target, "--axes", axes)
    facts = arrays_of(macsmith, tmp_path / "m.safetensors", tmp_path / "out", *options)
    outputs_first = values if axes == "out,in" else values.T
    with np.load(tmp_path / "out" / facts["file"]) as arrays:
        weights = arrays["weights"].T.astype(int)
        scales = arrays["scales"].astype(np.uint32).view(np.float32)
    assert np.abs(weights).max() == most
    magnitudes = np.abs(outputs_first)
    wanted = magnitudes.mean(axis=1) if target == "ternary" else magnitudes.max(axis=1) / most
    np.testing.assert_allclose(scales, wanted, rtol=1e-6)
    error = weights * scales[:, None] - outputs_first
    relative = np.sqrt(np.square(error).sum() / np.square(values).sum())
    assert facts["weight_error"] == pytest.approx(float(relative), rel=1e-4)
    assert np.abs(error).max() <= (0.51 * scales.max() if most > 1 else magnitudes.max())


def test_a_square_matrix_is_not_taken_for_what_it_may_not_be(
    bitnet: Path, tmp_path: Path, macsmith: Program
) -> None:
    """Left out of the list, and refused where it is asked for, until --axes says."""
    out = tmp_path / "out"
    ended = macsmith("import", bitnet, "-o", out, "--quantize", "int4")
    assert "model.square.weight (nothing says which axis is the outputs" in ended.out
    ended = macsmith("import", bitnet, "-o", out, "--quantize", "int4", "--layer", "model.square")
    assert (ended.status, ended.out) == (2, "")
    assert "model.square.weight cannot be taken: nothing says which axis" in ended.err
    ended = macsmith("import", bitnet, "-o", out, "--axes", "in,out")
    assert (ended.status, "is known outputs first" in ended.err) == (2, True)


def test_no_file_of_others_is_overwritten(bitnet: Path, tmp_path: Path, macsmith: Program) -> None:
    """An import again writes over its own files only."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "gemms.csv").write_text("mine")
    ended = macsmith("import", bitnet, "-o", out)
    assert (ended.status, "is there already" in ended.err) == (2, True)
    assert [path.name for path in out.iterdir()] == ["gemms.csv"]
    (out / "gemms.csv").unlink()
    for layer in ("*0*", "*1*", "*0*"):
        assert macsmith("import", bitnet, "-o", out, "--layer", layer).status == 0
    assert len(list(out.glob("*.npz"))) == 2
    (out / "layers.json").unlink()
    ended = macsmith("import", bitnet, "-o", out)
    assert (ended.status, "is there already" in ended.err) == (2, True)


def test_names_that_are_no_names_of_files(tmp_path: Path, macsmith: Program) -> None:
    """Nothing is written outside of the folder, and no two layers into one file."""
    packed = pack_bitnet(np.ones((4, 8), int))
    names = ["../../x", "/etc/y", "a/b", "a_b", "", "..", "-rf", "=1+1", 'q"\n,', "n" * 300]
    tensors = {}
    for name in names:
        tensors[f"{name}.weight"] = packed
        tensors[f"{name}.weight_scale"] = np.ones(1, np.float32)
    save_file(tensors, tmp_path / "m.safetensors")
    ended = macsmith("import", tmp_path / "m.safetensors", "-o", tmp_path / "o", "--layer", "*")
    assert ended.status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.safetensors", "o"]
    assert len(list((tmp_path / "o").glob("*.npz"))) == len(names)
    listed = tmp_path / "o" / "gemms.csv"
    assert macsmith("schedule", "ternary-int8-8x8", "-w", listed).status == 0


_WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "ending": (("import", "a.lib"), "cell libraries: macsmith technology import"),
    "missing": (("import", "none.gguf"), "none.gguf is not there"),
    "folder": (("import", "folder.onnx"), "is a folder"),
    "layer": (("import", "model.safetensors", "--layer", "nothing"), "matches no layer"),
    "embedding": (
        ("import", "model.safetensors", "--layer", "model.embed_tokens"),
        "cannot be taken: embedding",
    ),
    "quantize": (("import", "model.safetensors", "--quantize", "int9"), "'int9' is not known"),
    "scale format": (
        ("import", "model.safetensors", "--layer", "*0*", "--scale-format", "u99"),
        "not a number format",
    ),
    "axes": (("import", "model.safetensors", "--axes", "x"), "--axes"),
    "empty": (("import", "empty.safetensors"), "has no layer that can be taken"),
}


@pytest.mark.parametrize("case", _WRONG)
def test_what_is_refused(
    case: str, bitnet: Path, macsmith: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sentence, status 2, and nothing is written."""
    arguments, sentence = _WRONG[case]
    monkeypatch.chdir(bitnet.parent)
    (bitnet.parent / "folder.onnx").mkdir()
    save_file({}, bitnet.parent / "empty.safetensors")
    before = sorted(path.name for path in bitnet.parent.iterdir())
    ended = macsmith(*arguments, "-o", "out")
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert sentence in ended.err
    assert sorted(path.name for path in bitnet.parent.iterdir()) == before


def good_files(folder: Path) -> list[Path]:
    """A small good file of each kind."""
    packed = pack_bitnet(_RNG.integers(-1, 2, (8, 8)))
    scale = np.ones(1, np.float32)
    save_file({"a.weight": packed, "a.weight_scale": scale}, folder / "s.safetensors")
    data = gguf.quantize(_RNG.standard_normal((2, 256)).astype(np.float32), Type.TQ1_0).tobytes()
    entry = struct.pack("<Q", 20) + b"general.architecture" + struct.pack("<IQ", 8, 3) + b"abc"
    tensors = [("a.weight", (256, 2), 34, data), ("b.weight", (256, 2), 34, data)]
    (folder / "g.gguf").write_bytes(gguf_bytes(tensors, [entry]))
    quant_model(folder / "o.onnx", _RNG.standard_normal((4, 4)), np.array(0.5))
    return [folder / name for name in ("s.safetensors", "g.gguf", "o.onnx")]


def test_files_that_are_cut(tmp_path: Path, macsmith: Program) -> None:
    """Wherever they end: nothing is taken for what is not there."""
    for path in good_files(tmp_path):
        good = path.read_bytes()
        assert macsmith("import", path, "-o", tmp_path / "good", "--layer", "*").status == 0
        whole = len(good.rstrip(b"\0")) if path.suffix == ".gguf" else len(good)  # zeros fill it up
        for end in range(0, whole, max(1, whole // 20)):
            path.write_bytes(good[:end])
            ended = macsmith("import", path, "-o", tmp_path / "out", "--layer", "*")
            assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1), (path, end)
            assert not (tmp_path / "out").exists()
        path.unlink()
        for file in (tmp_path / "good").iterdir():
            file.unlink()


def test_files_that_are_spoilt(tmp_path: Path, macsmith: Program) -> None:
    """Bytes changed at random: a good file, or a sentence; never a traceback."""
    rng = random.Random(3)
    for path in good_files(tmp_path):
        good = path.read_bytes()
        for turn in range(20):
            data = bytearray(good)
            for _ in range(rng.randint(1, 3)):
                data[rng.randrange(min(len(data), 400))] = rng.randrange(256)
            path.write_bytes(bytes(data))
            out = tmp_path / f"{path.stem}{turn}"
            ended = macsmith("import", path, "-o", out, "--layer", "*")
            assert (ended.status, ended.err.count("\n")) in ((0, 0), (2, 1)), ended
            assert out.exists() == (ended.status == 0)


def _list_entry(count: int, kind: int) -> bytes:
    return struct.pack("<Q", 1) + b"a" + struct.pack("<IIQ", 9, kind, count)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "claims 1,152,921,504,606,846,976 tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 40), "claims 1,099,511,627,776 entries"),
        (b"GGUF" + struct.pack("<I", 7) + bytes(99), "of version 7"),
        (b"GGUF" + struct.pack(">I", 3) + bytes(99), "may be big-endian"),
        (gguf_bytes([], [_list_entry(1 << 60, 0)]), "a list of 1,152,921,504,606,846,976 values"),
        (gguf_bytes([], [_list_entry(1 << 22, 8)]), "ends in the middle of its header"),
        (gguf_bytes([("a", (256, 1 << 60), 35, b"")]), r"has dimensions \(256, "),
        (gguf_bytes([("a", (100, 2), 35, b"")]), "rows of 100, no multiple of the 256"),
        (gguf_bytes([("a", (256, 2), 36, bytes(64))]), "is cut: a reaches to byte"),
        (gguf_bytes([("a", (256, 2), 77, b"")]), "a is of type 77, which is not known"),
        (gguf_bytes([("a", (1,) * 9, 0, b"")]), "has 9 dimensions"),
        (gguf_bytes([("a", (4,), 0, bytes(16)), ("a", (4,), 0, bytes(16))]), "has two tensors a"),
    ],
)
def test_headers_that_claim_what_is_not_there(
    data: bytes, sentence: str, tmp_path: Path, macsmith: Program
) -> None:
    (tmp_path / "a.gguf").write_bytes(data)
    ended = macsmith("import", tmp_path / "a.gguf", "-o", tmp_path / "out")
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert re.search(sentence, ended.err), ended.err
