"""GGUF files: which tensors they have and where, and the layers among them.

The header is read here and not by the package `gguf`, which refuses bitnet.cpp's I2_S, takes what a
cut file lacks for empty, and goes on for ever where a header claims long lists. Its dequantisers
make real numbers of block types that are no integers with a scale each.
"""

from __future__ import annotations

import mmap
import re
import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats.weights import TRIT
from macsmith.checkpoint.gguf_blocks import BLOCKS, I2S_LAYOUTS, i2s_weights
from macsmith.checkpoint.layer import Axes, Checkpoint, Reals, StoredLayer, Weights
from sim.reading import check_file

__all__ = ["read_gguf"]

_SCALARS = dict(
    enumerate(("<B", "<b", "<H", "<h", "<I", "<i", "<f", "<?", "", "", "<Q", "<q", "<d"))
)
del _SCALARS[8], _SCALARS[9]  # a text, a list
_TEXT, _LIST = 8, 9
_MOST_ENTRIES = 1 << 22  # of all lists of a header: vocabularies have some hundred thousand
_MOST_TENSORS = 100_000
_LONGEST_NAME = 4096
_MOST_ELEMENTS = 1 << 40
_DEEPEST = 4  # lists in lists
_I2_S = 36
#: Other types of tensors: number, name, elements of a block and its bytes.
_TYPES = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    3: ("Q4_1", 32, 20),
    7: ("Q5_1", 32, 24),
    9: ("Q8_1", 32, 40),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
}
_WHOLE = ("I8", "I16", "I32", "I64")
_EMBEDDING = re.compile(r"(token_embd|position_embd|token_types|per_layer_token_embd)\b")
_REASON = "rows of a GGUF tensor are outputs: its blocks run along the inputs"


@dataclass(frozen=True)
class _Tensor:
    """A tensor by the header: its name, type, dimensions, the first one fastest, and its place."""

    name: str
    type: int
    dimensions: tuple[int, ...]
    offset: int

    @property
    def type_name(self) -> str:
        if self.type == _I2_S:
            return "I2_S"
        known = BLOCKS.get(self.type)
        return known.name if known else _TYPES[self.type][0]

    @property
    def bytes(self) -> int:
        elements = prod(self.dimensions)
        if self.type == _I2_S:
            return elements // 4 + 32  # the scale of the tensor, and what fills up 32 bytes
        block, size = self._block
        return elements // block * size

    @property
    def _block(self) -> tuple[int, int]:
        known = BLOCKS.get(self.type)
        return (known.elements, known.bytes) if known else _TYPES[self.type][1:]

    def check(self, place: str) -> None:
        """See that its type is known and its rows are whole blocks."""
        if self.type != _I2_S and self.type not in BLOCKS and self.type not in _TYPES:
            raise RequestError(f"{place} is of type {self.type}, which is not known")
        if not self.dimensions or 0 in self.dimensions or prod(self.dimensions) > _MOST_ELEMENTS:
            raise RequestError(f"{place} has dimensions {self.dimensions}")
        block = 4 if self.type == _I2_S else self._block[0]
        if self.dimensions[0] % block:
            raise RequestError(
                f"{place} has rows of {self.dimensions[0]}, no multiple of the {block} of a block"
                f" of {self.type_name}"
            )


class _Header:
    """Reads what comes one after the other; never beyond the file's end."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self._path, self._data = path, data
        self.place = 0
        self._entries = 0

    def take(self, layout: str) -> Any:
        """A number."""
        end = self.place + struct.calcsize(layout)
        if end > len(self._data):
            raise RequestError(f"{self._path} ends in the middle of its header")
        (value,) = struct.unpack_from(layout, self._data, self.place)
        self.place = end
        return value

    def text(self, longest: int = 1 << 31) -> str:
        """A text, which its length precedes."""
        length = self.take("<Q")
        if length > len(self._data) - self.place:
            raise RequestError(f"{self._path} ends in the middle of its header")
        if length > longest:
            raise RequestError(f"{self._path} has a name of {length:,} bytes in its header")
        raw = self._data[self.place : self.place + length]
        self.place += length
        return raw.decode("utf-8", "backslashreplace")

    def value(self, kind: int, depth: int = 0) -> Any:
        """A value of a kind; of lists nothing is kept."""
        if kind in _SCALARS:
            return self.take(_SCALARS[kind])
        if kind == _TEXT:
            return self.text()
        if kind != _LIST or depth == _DEEPEST:
            raise RequestError(f"{self._path} has a value of type {kind} in its header")
        inner, length = self.take("<I"), self.take("<Q")
        self._entries += length
        if self._entries > _MOST_ENTRIES:
            raise RequestError(
                f"{self._path} has a list of {length:,} values in its header: all lists together"
                f" may have {_MOST_ENTRIES:,}"
            )
        if inner in _SCALARS:
            self.skip(length * struct.calcsize(_SCALARS[inner]))
        else:
            for _ in range(length):
                self.value(inner, depth + 1)
        return None

    def skip(self, size: int) -> None:
        """Leave so many bytes out."""
        if size > len(self._data) - self.place:
            raise RequestError(f"{self._path} ends in the middle of its header")
        self.place += size


def read_gguf(path: Path, i2s: str) -> Checkpoint:
    """The layers of a GGUF file.

    Args:
        path: the file.
        i2s: which layout its tensors of type I2_S have, one of
            `macsmith.checkpoint.gguf_blocks.I2S_LAYOUTS`.

    Raises:
        RequestError: it is not there, is no such file, is cut, or contradicts itself.
    """
    check_file(path, "checkpoint")
    try:
        with (
            path.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            about, tensors, start = _header(path, data)
            size = len(data)
    except (OSError, ValueError) as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError(f"{path} is no GGUF file: {error}") from error
    _check_places(path, tensors, start, size, int(about.get("general.alignment", 32)))
    layers, left_out = [], {}
    for tensor in tensors:
        reason = _no_layer(tensor)
        if reason:
            left_out.setdefault(reason, []).append(tensor.name)
        else:
            layers.append(_layer(path, tensor, start, i2s))
    notes = []
    if any(tensor.type == _I2_S for tensor in tensors):
        notes.append(
            f"no file says how its I2_S was written: read as {i2s} ({I2S_LAYOUTS[i2s]}); --i2s"
            " chooses"
        )
    architecture = about.get("general.architecture", "of no stated architecture")
    return Checkpoint(path, f"GGUF, {architecture}", tuple(layers), left_out, tuple(notes))


def _header(path: Path, data: mmap.mmap) -> tuple[dict[str, Any], list[_Tensor], int]:
    """What the file says of itself, its tensors, and where the first one's data is."""
    header = _Header(path, data)
    if data[:4] != b"GGUF":
        raise RequestError(f"{path} is no GGUF file: it does not start with GGUF")
    header.skip(4)
    version = header.take("<I")
    if version not in (2, 3):
        big = ", and may be big-endian" * (version & 0xFFFF == 0)
        raise RequestError(f"{path} is GGUF of version {version}: 2 and 3 are known{big}")
    tensor_count, entry_count = header.take("<Q"), header.take("<Q")
    for kind, count in (("tensors", tensor_count), ("entries", entry_count)):
        if count > _MOST_TENSORS:
            raise RequestError(f"{path} claims {count:,} {kind}: it may have {_MOST_TENSORS:,}")
    about: dict[str, Any] = {}
    for _ in range(entry_count):
        key = header.text(_LONGEST_NAME)
        about[key] = header.value(header.take("<I"))
    alignment = about.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20:
        raise RequestError(f"{path}: general.alignment = {alignment!r} is not allowed")
    tensors, names = [], set()
    for _ in range(tensor_count):
        name, count = header.text(_LONGEST_NAME), header.take("<I")
        if count > 4:
            raise RequestError(f"{path}: {name} has {count} dimensions: up to 4 are known")
        dimensions = tuple(header.take("<Q") for _ in range(count))
        tensor = _Tensor(name, header.take("<I"), dimensions, header.take("<Q"))
        tensor.check(f"{path}: {name}")
        if name in names:
            raise RequestError(f"{path} has two tensors {name}")
        names.add(name)
        tensors.append(tensor)
    start = -(-header.place // alignment) * alignment
    return about, tensors, start


def _check_places(path: Path, tensors: list[_Tensor], start: int, size: int, align: int) -> None:
    """See that tensors stand one after the other, each as long as its type says."""
    wanted = 0
    ordered = sorted(tensors, key=lambda tensor: tensor.offset)
    for tensor in ordered:
        if tensor.offset != wanted:
            raise RequestError(
                f"{path}: {tensor.name} ({tensor.type_name}) is at byte {tensor.offset:,} of the"
                f" data, where the tensors before it end at {wanted:,}: one of them is of another"
                " type than the header says"
            )
        wanted = -(-(tensor.offset + tensor.bytes) // align) * align
    for tensor in ordered:
        end = start + tensor.offset + tensor.bytes
        if end > size:
            raise RequestError(
                f"{path} is cut: {tensor.name} reaches to byte {end:,}, and the file has {size:,}"
            )


def _no_layer(tensor: _Tensor) -> str:
    """Why a tensor is no matrix of weights; empty if it is one."""
    if len(tensor.dimensions) < 2:
        return "no matrix"
    if len(tensor.dimensions) > 2 and prod(tensor.dimensions[2:]) > 1:
        return "several matrices in one tensor"
    if _EMBEDDING.match(tensor.name):
        return "embedding"
    return "whole numbers without scales" if tensor.type_name in _WHOLE else ""


def _layer(path: Path, tensor: _Tensor, start: int, i2s: str) -> StoredLayer:
    place = f"{path}: {tensor.name}"
    inputs, outputs = tensor.dimensions[:2]

    def data() -> NDArray[np.uint8]:
        with path.open("rb") as file:
            file.seek(start + tensor.offset)
            raw = file.read(tensor.bytes)
        if len(raw) != tensor.bytes:
            raise RequestError(f"{path} is cut: {tensor.name} is not whole")
        return np.frombuffer(raw, np.uint8)

    def load() -> Weights | Reals:
        if tensor.type == _I2_S:
            return i2s_weights(data(), shape, i2s, place)
        if tensor.type in BLOCKS:
            return BLOCKS[tensor.type].weights(data(), shape, place)
        return _reals(data(), tensor, place)

    shape = (outputs, inputs)
    form = TRIT if tensor.type == _I2_S else ""
    form = BLOCKS[tensor.type].format if tensor.type in BLOCKS else form
    return StoredLayer(tensor.name, tensor.type_name, form, shape, Axes.OUT_IN, _REASON, load)


def _reals(data: NDArray[np.uint8], tensor: _Tensor, place: str) -> NDArray[np.float32]:
    """What any other tensor is worth, by the package's dequantisers."""
    from gguf import GGMLQuantizationType, dequantize

    inputs, outputs = tensor.dimensions[:2]
    if tensor.type_name == "F64":
        return data.view("<f8").astype(np.float32).reshape(outputs, inputs)
    rows = data.reshape(outputs, -1)
    try:
        with np.errstate(all="ignore"):
            values = dequantize(rows, GGMLQuantizationType(tensor.type))
    except (NotImplementedError, ValueError) as error:
        raise RequestError(f"{place}: {error}") from error
    return np.ascontiguousarray(values, np.float32).reshape(outputs, inputs)
