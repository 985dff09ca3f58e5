"""Small checkpoints for tests, written as others write them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["gguf_bytes", "i2s_bytes", "quant_model"]


def _text(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(raw)) + raw


def gguf_bytes(
    tensors: Sequence[tuple[str, tuple[int, ...], int, bytes]], entries: Sequence[bytes] = ()
) -> bytes:
    """A GGUF file, of types that no package writes, too.

    Args:
        tensors: name, dimensions (the first one fastest), number of the type, and bytes.
        entries: of the header, whole.
    """
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join(entries)
    offset, body = 0, b""
    for name, dimensions, kind, data in tensors:
        head += _text(name) + struct.pack("<I", len(dimensions))
        head += struct.pack(f"<{len(dimensions)}QIQ", *dimensions, kind, offset)
        body += data + bytes(-len(data) % 32)
        offset = len(body)
    return head + bytes(-len(head) % 32) + body


def i2s_bytes(weights: np.ndarray, scale: float, layout: str) -> bytes:
    """Ternary weights as bitnet.cpp's I2_S, byte by byte.

    Args:
        weights: shape (outputs, inputs).
        scale: of the tensor.
        layout: ``x86``, ``arm`` or ``x86-rows``.
    """
    outputs, inputs = weights.shape
    out = bytearray(outputs * inputs // 4)
    for row in range(outputs):
        for column in range(inputs):
            if layout == "x86-rows":
                place, shift = row // 4 * inputs + column, 6 - 2 * (row % 4)
            else:
                run = 32 if layout == "x86" else 16
                index = row * inputs + column
                block, within = divmod(index, 4 * run)
                place, shift = block * run + within % run, 6 - 2 * (within // run)
            out[place] |= int(weights[row, column] + 1) << shift
    return bytes(out) + struct.pack("<f", scale) + bytes(28)


def quant_model(
    path: Path,
    weights: np.ndarray,
    scale: np.ndarray,
    *,
    bits: float = 2,
    zero: float = 0,
    way: str = "matmul",
    **attributes: object,
) -> None:
    """A model of one product with a QONNX Quant node before its weights.

    Args:
        path: where it goes.
        weights: as they are stored.
        scale: of the node.
        bits: of the node.
        zero: its zero point.
        way: ``matmul``, ``gemm`` (transB), or ``transpose`` (before a MatMul).
        attributes: of the node.
    """
    from onnx import TensorProto, helper, numpy_helper, save

    constants = {"w": weights, "s": scale, "z": np.array(zero), "b": np.array(bits)}
    node: dict[str, Any] = {"signed": 1, "narrow": 1, "rounding_mode": "ROUND"} | attributes
    nodes = [
        helper.make_node(
            "Quant", ["w", "s", "z", "b"], ["q"], domain="qonnx.custom_op.general", **node
        )
    ]
    match way:
        case "gemm":
            nodes.append(helper.make_node("Gemm", ["x", "q"], ["y"], transB=1))
        case "transpose":
            nodes.append(helper.make_node("Transpose", ["q"], ["t"], perm=[1, 0]))
            nodes.append(helper.make_node("MatMul", ["x", "t"], ["y"]))
        case _:
            nodes.append(helper.make_node("MatMul", ["x", "q"], ["y"]))
    graph = helper.make_graph(
        nodes,
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(v.astype(np.float32), k) for k, v in constants.items()],
    )
    save(helper.make_model(graph, producer_name="tests"), str(path))
