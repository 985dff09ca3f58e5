"""Checkpoints: every weight is worth what the packages that publish them say, bit by bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import ml_dtypes
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type
from safetensors.numpy import save_file

from hw.errors import RequestError
from macsmith.checkpoint.gguf_blocks import BLOCKS
from macsmith.checkpoint.gguf_file import read_gguf
from macsmith.checkpoint.layer import Axes, StoredLayer, Weights
from macsmith.checkpoint.onnx_file import read_onnx
from macsmith.checkpoint.safetensors_file import pack_bitnet, read_safetensors, unpack_bitnet
from tests.checkpoints import gguf_bytes, i2s_bytes, quant_model

_RNG = np.random.default_rng(17)


def loaded(layer: StoredLayer) -> Weights:
    weights = layer.load()
    assert isinstance(weights, Weights)
    assert weights.elements.shape == layer.shape
    return weights


def bits(values: np.ndarray) -> np.ndarray:
    """Of float32 numbers, so that zeros of either sign differ."""
    return np.ascontiguousarray(values, np.float32).view(np.uint32)


_STQ1_0 = 43  # which the package does not know: `test_stq1_0`


@pytest.mark.parametrize("number", [number for number in BLOCKS if number != _STQ1_0])
def test_blocks_of_any_bytes(number: int) -> None:
    """Elements times scales are what the package makes of the same bytes."""
    block = BLOCKS[number]
    assert (block.elements, block.bytes) == gguf.GGML_QUANT_SIZES[Type(number)]
    data = _RNG.integers(0, 256, (2000, block.bytes), dtype=np.uint8)
    elements, scales = block.parts(data)
    with np.errstate(all="ignore"):
        wanted = gguf.dequantize(data, Type(number))
        values = elements.astype(np.float32) * scales[:, None]
    number_there = ~np.isnan(wanted)
    assert number_there.mean() > 0.9
    np.testing.assert_array_equal(bits(values)[number_there], bits(wanted)[number_there])


@pytest.mark.parametrize("kind", ["Q4_0", "Q5_0", "Q8_0", "TQ1_0", "TQ2_0", "MXFP4"])
def test_a_tensor_of_gguf(kind: str, tmp_path: Path) -> None:
    """As the package writes a file: rows are outputs."""
    values = (_RNG.standard_normal((6, 512)) * 0.05).astype(np.float32)
    path = tmp_path / "a.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_array("tokenizer.ggml.tokens", ["a", "bc", ""])
    writer.add_array("numbers", [1, 2, 3])
    data = gguf.quantize(values, Type[kind])
    writer.add_tensor("blk.0.ffn_up.weight", data, raw_dtype=Type[kind])
    writer.add_tensor("blk.0.attn_norm.weight", values[0])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    checkpoint = read_gguf(path, "x86")
    assert checkpoint.about == "GGUF, llama"
    assert checkpoint.left_out == {"no matrix": ["blk.0.attn_norm.weight"]}
    (layer,) = checkpoint.layers
    assert (layer.kind, layer.shape, layer.axes) == (kind, (6, 512), Axes.OUT_IN)
    weights = loaded(layer)
    np.testing.assert_array_equal(bits(weights.values()), bits(gguf.dequantize(data, Type[kind])))
    magnitude = {"ternary": 1, "int4": 8, "int5": 16, "int8": 128, "mxfp4": 12}[layer.format]
    assert np.abs(weights.elements.astype(int)).max() in (magnitude, magnitude - 1)


@pytest.mark.parametrize("layout", ["x86", "arm", "x86-rows"])
def test_i2s_of_bitnet_cpp(layout: str, tmp_path: Path) -> None:
    """Three layouts of it, which no file tells apart."""
    weights = _RNG.integers(-1, 2, (8, 128))
    path = tmp_path / "a.gguf"
    data = i2s_bytes(weights, 0.37, layout)
    path.write_bytes(gguf_bytes([("blk.0.attn_q.weight", (128, 8), 36, data)]))
    checkpoint = read_gguf(path, layout)
    assert f"read as {layout}" in checkpoint.notes[0]
    stored = loaded(checkpoint.layers[0])
    np.testing.assert_array_equal(stored.elements, weights)
    assert (stored.scales == np.float32(0.37)).all()
    other = "arm" if layout != "arm" else "x86"
    assert (loaded(read_gguf(path, other).layers[0]).elements != weights).any()


def test_stq1_0(tmp_path: Path) -> None:
    """One of four weights is 0: codes and order of the table in llama.cpp's pull request 22836."""
    table = bytes.fromhex(
        "a9892909a68626069a921a126a624a42 012181a1042484a4101890984048 6068".replace(" ", "")
    )
    codes = _RNG.integers(0, 32, (6, 64))  # blocks, groups
    blocks, wanted = [], np.zeros((6, 256), int)
    for block, row in enumerate(codes.tolist()):
        slots = [code & 15 for code in row]
        low = bytes(a | b << 4 for a, b in zip(slots[::2], slots[1::2], strict=True))
        signs = sum((code >> 4) << group for group, code in enumerate(row)).to_bytes(8, "little")
        blocks.append(low + signs + np.float16(0.5).tobytes())
        for group, code in enumerate(row):
            for place in range(4):
                weight = (table[code] >> 2 * place & 3) - 1
                wanted[block, group // 16 * 64 + group % 16 + 16 * place] = weight
    path = tmp_path / "a.gguf"
    path.write_bytes(gguf_bytes([("blk.0.attn_q.weight", (512, 3), 43, b"".join(blocks))]))
    (layer,) = read_gguf(path, "x86").layers
    assert (layer.kind, layer.format) == ("STQ1_0", "ternary")
    np.testing.assert_array_equal(loaded(layer).elements, wanted.reshape(3, 512))
    assert (loaded(layer).scales == 0.5).all()


def test_a_code_that_stands_for_no_weight(tmp_path: Path) -> None:
    """Output and input are named."""
    path = tmp_path / "a.gguf"
    data = bytearray(i2s_bytes(np.zeros((4, 128), int), 1.0, "x86"))
    data[2 * 32 + 5] |= 0b1100  # output 2, the third weight of the byte
    path.write_bytes(gguf_bytes([("a.weight", (128, 4), 36, bytes(data))]))
    with pytest.raises(RequestError, match="output 2 and input 69 has the code 3"):
        read_gguf(path, "x86").layers[0].load()
    blocks = gguf.quantize(np.ones((2, 256), np.float32), Type.TQ2_0)
    blocks[1, 3] |= 3
    path.write_bytes(gguf_bytes([("a.weight", (256, 2), 35, blocks.tobytes())]))
    with pytest.raises(RequestError, match="output 1 and input 3 has the code 2"):
        read_gguf(path, "x86").layers[0].load()
    blocks[1, 3] = 0
    blocks[0, 64:] = 255
    path.write_bytes(gguf_bytes([("a.weight", (256, 2), 35, blocks.tobytes())]))
    with pytest.raises(RequestError, match="scale 0 of output 0 is nan"):
        read_gguf(path, "x86").layers[0].load()


def test_tl2_is_not_taken_for_mxfp4(tmp_path: Path) -> None:
    """In bitnet.cpp the number 39 is TL2, whose tensors have another length."""
    path = tmp_path / "a.gguf"
    tensors = [("a.weight", (96, 32), 39, bytes(672)), ("b.weight", (32, 2), 39, bytes(34))]
    path.write_bytes(gguf_bytes(tensors))
    with pytest.raises(RequestError, match="one of them is of another type"):
        read_gguf(path, "x86")


def test_packed_weights_of_bitnet() -> None:
    """The example of transformers' own documentation of unpack_weights."""
    packed = np.array([[0b10100001, 0b00011000], [0b10010000, 0b00001010]], np.uint8)
    wanted = [[0, -1], [-1, 1], [-1, 1], [-1, 1], [1, 0], [0, -1], [1, -1], [1, -1]]
    np.testing.assert_array_equal(unpack_bitnet(packed), wanted)
    np.testing.assert_array_equal(pack_bitnet(np.array(wanted)), packed)


def bitnet_file(folder: Path, weights: np.ndarray, scale: Any, **others: np.ndarray) -> Path:
    path = folder / "model.safetensors"
    tensors = {"l.q_proj.weight": pack_bitnet(weights), "l.q_proj.weight_scale": scale}
    save_file(tensors | others, path, metadata={"format": "pt"})
    return path


@pytest.mark.parametrize("scale", [0.37, [0.37], np.full((64, 1), 0.37)])
def test_bitnet_of_transformers(scale: Any, tmp_path: Path) -> None:
    """A scale of the tensor, or one for each output, in bfloat16."""
    weights = _RNG.integers(-1, 2, (64, 96))
    path = bitnet_file(tmp_path, weights, np.array(scale, ml_dtypes.bfloat16))
    checkpoint = read_safetensors(path, "")
    assert "taken as multiply" in checkpoint.notes[0]
    stored = loaded(checkpoint.layers[0])
    np.testing.assert_array_equal(stored.elements, weights)
    wanted = np.float32(ml_dtypes.bfloat16(0.37))
    np.testing.assert_array_equal(stored.values(), weights.astype(np.float32) * wanted)
    divided = loaded(read_safetensors(path, "divide").layers[0])
    assert (divided.scales == np.float32(1) / wanted).all()


def sharded(folder: Path, places: dict[str, Any]) -> Path:
    """Two files of a matrix each, and an index that says where tensors are."""
    for number in (1, 2):
        values = np.full((4, 8), number, np.float32)
        save_file({f"l{number}.weight": values}, folder / f"part{number}.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 256}, "weight_map": places}))
    return index


def test_an_index_of_several_files(tmp_path: Path) -> None:
    """A tensor is read from the file that the index names, and one that it does not name is not."""
    places = {"l1.weight": "part1.safetensors", "l2.weight": "part2.safetensors"}
    index = sharded(tmp_path, places)
    layers = read_safetensors(index, "").layers
    assert [layer.name for layer in layers] == ["l1.weight", "l2.weight"]
    assert [np.unique(np.asarray(layer.load())).tolist() for layer in layers] == [[1.0], [2.0]]
    index = sharded(tmp_path, {"l2.weight": "part2.safetensors"})
    assert [layer.name for layer in read_safetensors(index, "").layers] == ["l2.weight"]


@pytest.mark.parametrize(
    ("places", "sentence"),
    [
        ({}, "has no weight_map"),
        ({"l1.weight": "../part1.safetensors"}, "the name of a file beside it is wanted"),
        ({"l1.weight": 1}, "has 1 for l1.weight: the name of a file beside it"),
        ({"l1.weight": "part3.safetensors"}, r"part3\.safetensors is not there"),
        (
            {"l9.weight": "part1.safetensors"},
            r"part1\.safetensors has l9\.weight, which it has not",
        ),
    ],
)
def test_an_index_that_is_wrong(places: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    index = sharded(tmp_path, places)
    with pytest.raises(RequestError, match=sentence):
        read_safetensors(index, "")


@pytest.mark.parametrize(
    ("quantization", "divides"),
    [
        ({"linear_class": "autobitlinear"}, False),
        ({"linear_class": "bitlinear"}, True),
        ({}, True),  # transformers' default
    ],
)
def test_the_configuration_says_what_a_scale_does(
    quantization: dict[str, str], divides: bool, tmp_path: Path
) -> None:
    path = bitnet_file(tmp_path, np.ones((4, 8), int), np.array([4], np.float32))
    config = {"quantization_config": {"quant_method": "bitnet"} | quantization}
    (tmp_path / "config.json").write_text(json.dumps(config))
    checkpoint = read_safetensors(path, "")
    assert checkpoint.notes == ()
    assert loaded(checkpoint.layers[0]).scales[0, 0] == (0.25 if divides else 4)


def test_axes_of_bitnet_that_are_turned(tmp_path: Path) -> None:
    """Told by the bias beside, or by the sizes of the configuration."""
    weights = np.ones((64, 96), int)
    scale = np.ones(1, np.float32)
    path = bitnet_file(tmp_path, weights, scale, **{"l.q_proj.bias": np.zeros(96, np.float32)})
    with pytest.raises(RequestError, match="64 outputs, and the bias beside it has 96"):
        read_safetensors(path, "")
    path = bitnet_file(tmp_path, weights, scale)
    config = {"hidden_size": 64, "num_attention_heads": 8, "head_dim": 12}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(RequestError, match=r"config\.json says 96 and 64: .* the other way round"):
        read_safetensors(path, "")
    scale = np.ones((1, 96), np.float32)
    (tmp_path / "config.json").unlink()
    path = bitnet_file(tmp_path, weights, scale)
    with pytest.raises(RequestError, match=r"has shape \(1, 96\): one scale, or 64"):
        read_safetensors(path, "").layers[0].load()


_ROUND = {
    "ROUND": np.rint,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "DOWN": np.trunc,
    "UP": lambda x: np.copysign(np.ceil(np.abs(x)), x),
    "HALF_UP": lambda x: np.copysign(np.floor(np.abs(x) + 0.5), x),
    "HALF_DOWN": lambda x: np.copysign(np.ceil(np.abs(x) - 0.5), x),
}


@pytest.mark.parametrize("mode", _ROUND)
@pytest.mark.parametrize(
    ("count", "signed", "narrow", "zero", "form"),
    [
        (2, 1, 1, 0, "ternary"),
        (2, 1, 0, 0, "int2"),
        (4, 1, 0, 0, "int4"),
        (4, 1, 1, 0, "int4_narrow"),
        (4, 0, 0, 7, "int5_narrow"),
        (8, 0, 0, 128, "int8"),
    ],
)
def test_quant_nodes(
    mode: str, count: int, signed: int, narrow: int, zero: int, form: str, tmp_path: Path
) -> None:
    """Against the definition of QONNX's Quant, on weights that lie at halves, too."""
    weights = (_RNG.integers(-24, 24, (6, 10)) / 8).astype(np.float32)
    path = tmp_path / "a.onnx"
    scale = np.array([[0.25]] * 5 + [[0.125]])
    more: dict[str, Any] = {"signed": signed, "narrow": narrow, "rounding_mode": mode}
    quant_model(path, weights, scale, bits=count, zero=zero, way="gemm", **more)
    (layer,) = read_onnx(path).layers
    assert (layer.format, layer.shape) == (form, (6, 10))
    low = -(2 ** (count - 1)) + narrow if signed else 0
    high = 2 ** (count - 1) - 1 if signed else 2**count - 1 - narrow
    codes = np.clip(_ROUND[mode](weights / scale + zero), low, high)
    np.testing.assert_array_equal(loaded(layer).values(), (codes - zero) * scale)


@pytest.mark.parametrize("way", ["matmul", "gemm", "transpose"])
def test_the_node_that_multiplies_says_which_axis_is_which(way: str, tmp_path: Path) -> None:
    """Of a square matrix, too, whose scales tell nothing."""
    weights = _RNG.integers(-1, 2, (8, 8)).astype(np.float32)
    path = tmp_path / "a.onnx"
    quant_model(path, weights, np.array(1.0), way=way)
    (layer,) = read_onnx(path).layers
    outputs_first = weights.T if way == "matmul" else weights
    np.testing.assert_array_equal(loaded(layer).elements, outputs_first)
    scales = np.linspace(0.5, 1, 8)
    quant_model(path, weights, scales[None] if way == "matmul" else scales[:, None], way=way)
    stored = loaded(read_onnx(path).layers[0])
    np.testing.assert_array_equal(stored.scales[:, 0], scales.astype(np.float32))
    quant_model(path, weights, scales[:, None] if way == "matmul" else scales[None], way=way)
    with pytest.raises(RequestError, match="are those of inputs, which no sum"):
        read_onnx(path).layers[0].load()


_BERT = {"model_type": "bert", "hidden_size": 16, "intermediate_size": 48}


@pytest.mark.parametrize(
    ("name", "shape", "bias", "config", "axes"),
    [
        ("a.weight", (8, 8), None, {}, None),
        ("a.weight", (8, 8), 8, {}, None),  # a bias tells nothing of a square matrix
        ("a.weight", (8, 4), None, {}, None),
        ("a.weight", (8, 4), 8, {}, Axes.OUT_IN),
        ("a.weight", (8, 4), 4, {}, Axes.IN_OUT),
        ("layer.0.intermediate.dense.weight", (48, 16), None, _BERT, Axes.OUT_IN),
        ("layer.0.attention.self.query.weight", (16, 16), 16, _BERT, Axes.OUT_IN),
        ("h.0.attn.c_proj.weight", (16, 16), 16, {"model_type": "gpt2"}, Axes.IN_OUT),
        ("h.0.attn.c_attn.weight", (16, 48), 48, {"model_type": "gpt2"}, Axes.IN_OUT),
    ],
)
def test_axes_of_real_matrices(
    name: str,
    shape: tuple[int, int],
    bias: int | None,
    config: dict[str, Any],
    axes: Axes | None,
    tmp_path: Path,
) -> None:
    """Evidence, or nothing: no square matrix is taken for what it may not be."""
    tensors: dict[str, Any] = {name: np.zeros(shape, np.float32)}
    if bias:
        tensors[name.removesuffix("weight") + "bias"] = np.zeros(bias, np.float32)
    save_file(tensors, tmp_path / "m.safetensors", metadata={"format": "pt"})
    if config:
        (tmp_path / "config.json").write_text(json.dumps(config))
    (layer,) = read_safetensors(tmp_path / "m.safetensors", "").layers
    assert (layer.axes, layer.shape) == (axes, shape)


@pytest.mark.parametrize(
    ("shape", "bias", "sentence"),
    [
        ((8, 4), 5, "neither axis is its outputs"),
        ((4, 8), 8, "its axes contradict: in,out: the bias .*; out,in: config.json: model_type"),
    ],
)
def test_axes_that_contradict(
    shape: tuple[int, int], bias: int, sentence: str, tmp_path: Path
) -> None:
    tensors = {"a.weight": np.zeros(shape, np.float32), "a.bias": np.zeros(bias, np.float32)}
    save_file(tensors, tmp_path / "m.safetensors", metadata={"format": "pt"})
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(RequestError, match=sentence):
        read_safetensors(tmp_path / "m.safetensors", "")
