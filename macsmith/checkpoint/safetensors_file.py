"""Safetensors files: BitNet's packed layers as transformers writes them, and real matrices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats.weights import TRIT
from macsmith.checkpoint.axes import axes_of, check_sizes
from macsmith.checkpoint.gguf_blocks import check_scales
from macsmith.checkpoint.layer import Axes, Checkpoint, Reals, StoredLayer, Weights, check_codes
from sim.reading import check_file, read_json

__all__ = ["INDEX", "pack_bitnet", "read_safetensors", "unpack_bitnet"]

#: How the name of an index ends, which says what files have which tensors.
INDEX = ".safetensors.index.json"

_REALS = ("F64", "F32", "F16", "BF16")
_EMBEDDING = re.compile(r"(embed|\bwte\b|\bwpe\b|\bshared\.weight)", re.IGNORECASE)
_BITNET = "rows of packed weights are outputs: transformers' BitNet packs four outputs into a byte"
_OTHER = "packed weights of BitNet have a weight_scale beside them"


@dataclass(frozen=True)
class _File:
    """A file's tensors: shapes, types and what it says of itself, and the configuration beside it.

    Attributes:
        path: the file, or the index of several.
        files: of each tensor, the file that has it.
        shapes: of all tensors.
        types: of all tensors, in the file's words.
        config: what ``config.json`` in the same folder holds; empty without one.
        divides: whether a weight_scale divides.
    """

    path: Path
    files: Mapping[str, Path]
    shapes: Mapping[str, tuple[int, ...]]
    types: Mapping[str, str]
    config: Mapping[str, Any]
    divides: bool

    def read(self, name: str) -> NDArray[Any]:
        """A tensor."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.files[name], framework="np") as file:
                return file.get_tensor(name)
        except (SafetensorError, OSError) as error:
            raise RequestError(f"{self.files[name]}: {name} cannot be read: {error}") from error

    def bias(self, name: str) -> int | None:
        """The length of the bias beside a matrix; None without one."""
        shape = self.shapes.get(name.removesuffix("weight") + "bias")
        return shape[0] if shape is not None and len(shape) == 1 else None


def read_safetensors(path: Path, weight_scale: str) -> Checkpoint:
    """The layers of a safetensors file, or of the files that an index names.

    ``config.json`` in its folder, if there is one, says how weight scales are meant and which axis
    of other matrices is which.

    Args:
        path: the file, or ``....safetensors.index.json``, whose ``weight_map`` has the name of the
            file beside it of every tensor, as large models are published.
        weight_scale: ``multiply`` or ``divide``, what a ``weight_scale`` does; empty: what the
            configuration says, and without one multiply.

    Raises:
        RequestError: it is not there, is no such file, or contradicts itself or its configuration.
    """
    about: dict[str, str] = {}
    files: dict[str, Path] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    types: dict[str, str] = {}
    for part, wanted in _parts(path).items():
        heads, said = _heads(part)
        about |= said
        if missing := sorted(wanted - heads.keys()):
            raise RequestError(f"{path} says that {part.name} has {missing[0]}, which it has not")
        for name in wanted or heads:
            shapes[name], types[name] = heads[name]
            files[name] = part
    config = _config(path.parent / "config.json")
    divides, note = _sense(config, weight_scale)
    file = _File(path, files, shapes, types, config, divides)
    layers, left_out = [], {}
    for name, shape in shapes.items():
        reason = _no_layer(file, name, shape)
        if reason:
            left_out.setdefault(reason, []).append(name)
        else:
            layers.append(_layer(file, name, shape, about.get("format", "")))
    kind = config.get("model_type")
    described = f"safetensors, {kind}" if isinstance(kind, str) else "safetensors"
    packed = any(layer.format == TRIT for layer in layers)
    return Checkpoint(path, described, tuple(layers), left_out, (note,) if packed and note else ())


def _parts(path: Path) -> dict[Path, set[str]]:
    """The files that are read, and which tensors of each; none named: all that it has."""
    check_file(path, "checkpoint")
    if not path.name.endswith(INDEX):
        return {path: set()}
    index = read_json(path, "index of a checkpoint")
    places = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(places, dict) or not places:
        raise RequestError(f"{path} has no weight_map, which says where tensors are")
    parts: dict[Path, set[str]] = {}
    for name, file in places.items():
        if not isinstance(file, str) or Path(file).name != file or file in (".", ".."):
            raise RequestError(
                f"{path}: weight_map has {file!r} for {name}: the name of a file beside it is"
                " wanted"
            )
        parts.setdefault(path.parent / file, set()).add(name)
    return parts


def _heads(path: Path) -> tuple[dict[str, tuple[tuple[int, ...], str]], dict[str, str]]:
    """Shape and type of every tensor of a file, and what it says of itself."""
    from safetensors import SafetensorError, safe_open

    check_file(path, "checkpoint")
    try:
        with safe_open(path, framework="np") as opened:
            slices = {name: opened.get_slice(name) for name in opened.keys()}
            heads = {
                name: (tuple(part.get_shape()), part.get_dtype()) for name, part in slices.items()
            }
            return heads, opened.metadata() or {}
    except (SafetensorError, OSError, ValueError, UnicodeError) as error:
        raise RequestError(f"{path} is no safetensors file: {error}") from error


def _config(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        return {}
    config = read_json(path, "model configuration")
    if not isinstance(config, dict):
        raise RequestError(f"{path} is no table of a model's configuration")
    return config


def _sense(config: Mapping[str, Any], weight_scale: str) -> tuple[bool, str]:
    """Whether a weight_scale divides, and what was taken for granted.

    transformers' BitLinear divides by it, AutoBitLinear multiplies.
    """
    if weight_scale:
        return weight_scale == "divide", ""
    quantization = config.get("quantization_config")
    if isinstance(quantization, dict) and quantization.get("quant_method") == "bitnet":
        kind = quantization.get("linear_class", "bitlinear")
        if kind not in ("bitlinear", "autobitlinear"):
            raise RequestError(
                f"config.json: linear_class = {kind!r} is not known: bitlinear divides by a"
                " weight_scale, autobitlinear multiplies; --weight-scale says which"
            )
        return kind == "bitlinear", ""
    return False, (
        "no config.json says whether a weight_scale multiplies (autobitlinear) or divides"
        " (bitlinear): taken as multiply; --weight-scale chooses"
    )


def _no_layer(file: _File, name: str, shape: tuple[int, ...]) -> str:
    """Why a tensor is no matrix of weights; empty if it is one."""
    if name.endswith(("weight_scale", "input_scale")):
        return "scale"
    if len(shape) != 2 or 0 in shape:
        return "no matrix"
    if file.types[name] in _REALS:
        return "embedding" if _EMBEDDING.search(name) else ""
    if file.types[name] == "U8" and f"{name}_scale" in file.shapes:
        return ""
    return f"U8: {_OTHER}" if file.types[name] == "U8" else f"{file.types[name]} without scales"


def _layer(file: _File, name: str, shape: tuple[int, ...], framework: str) -> StoredLayer:
    rows, columns = shape
    place = f"{file.path}: {name}"
    if file.types[name] in _REALS:
        axes, reason = axes_of(
            place, name, (rows, columns), file.bias(name), file.config, framework
        )

        def reals() -> Reals:
            return np.ascontiguousarray(file.read(name), np.float32)

        return StoredLayer(name, file.types[name], "", (rows, columns), axes, reason, reals)
    outputs = 4 * rows
    bias = file.bias(name)
    if bias not in (None, outputs):
        raise RequestError(
            f"{place} has {rows} rows of packed weights, so {outputs} outputs, and the bias beside"
            f" it has {bias}: its axes may be the other way round"
        )
    check_sizes(place, name, (outputs, columns), file.config)

    def load() -> Weights:
        packed = file.read(name)
        elements = unpack_bitnet(packed)
        check_codes(place, elements != 2, elements + 1)
        return Weights(elements, _scales(file, f"{name}_scale", outputs))

    kind = "BitNet uint8"
    return StoredLayer(name, kind, TRIT, (outputs, columns), Axes.OUT_IN, _BITNET, load)


def _scales(file: _File, name: str, outputs: int) -> NDArray[np.float32]:
    """What 1 of a weight is worth, shape (outputs, 1)."""
    place = f"{file.path}: {name}"
    if file.types[name] not in _REALS:
        raise RequestError(f"{place} holds {file.types[name]} where floats are wanted")
    if file.shapes[name] not in ((), (1,), (1, 1), (outputs,), (outputs, 1)):
        raise RequestError(
            f"{place} has shape {file.shapes[name]}: one scale, or {outputs}, one for each output,"
            " are wanted"
        )
    scales = file.read(name).astype(np.float32).reshape(-1, 1)
    if file.divides:
        with np.errstate(divide="ignore"):
            scales = np.float32(1) / scales
    check_scales(place, scales)
    return np.ascontiguousarray(np.broadcast_to(scales, (outputs, 1)))


def unpack_bitnet(packed: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Weights of transformers' BitNet: row r + i * rows is at bits 2 * i of row r, plus 1.

    Args:
        packed: shape (outputs / 4, inputs).

    Returns:
        Shape (outputs, inputs); 2 where the code 3 stands for no weight.
    """
    codes = packed[None] >> np.array([0, 2, 4, 6], np.uint8)[:, None, None] & 3
    return codes.reshape(-1, packed.shape[1]).astype(np.int8) - np.int8(1)


def pack_bitnet(weights: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Undo `unpack_bitnet`, of a number of outputs that is a multiple of four."""
    codes = (weights + 1).astype(np.uint8).reshape(4, -1, weights.shape[1])
    return codes[0] | codes[1] << 2 | codes[2] << 4 | codes[3] << 6
