"""ONNX files: matrices behind QONNX's Quant nodes, and real ones, of MatMul and Gemm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from macsmith.checkpoint.layer import Axes, Checkpoint, StoredLayer, Weights
from macsmith.checkpoint.qonnx import QUANTS, Quantiser, quantiser
from sim.reading import read_bytes

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto

__all__ = ["read_onnx"]

_MOST_BYTES = 2 << 30  # what protobuf can hold
_THROUGH = ("Identity", "Cast")
_LONGEST_CHAIN = 16


@dataclass(frozen=True)
class _Source:
    """Where the weights of a product come from.

    Attributes:
        tensor: the initializer.
        quant: the node that quantises it; None if they are real numbers.
        turned: whether it is transposed on the way.
    """

    tensor: str
    quant: NodeProto | None
    turned: bool


def read_onnx(path: Path) -> Checkpoint:
    """The layers of an ONNX file.

    Rows and columns are known from the node that multiplies: MatMul has (inputs, outputs), Gemm
    with transB (outputs, inputs), and a Transpose on the way turns them.

    Raises:
        RequestError: it is not there, is no such file, or its weights are in other files.
    """
    import onnx
    from google.protobuf.message import DecodeError

    data = read_bytes(path, "checkpoint", _MOST_BYTES)
    try:
        model = onnx.load_model_from_string(data)
    except DecodeError as error:
        raise RequestError(f"{path} is no ONNX file: {error}") from error
    graph = model.graph
    if not graph.node:
        raise RequestError(f"{path} is no ONNX file, or has no nodes")
    names = _Graph(path, graph)
    layers, left_out, seen = [], {}, set()
    for node in graph.node:
        if node.op_type in ("Conv", "ConvTranspose") and len(node.input) > 1:
            left_out.setdefault("convolution", []).append(node.name or node.input[1])
        if node.op_type not in ("MatMul", "Gemm") or len(node.input) < 2:
            continue
        source = names.source(node.input[1])
        if source is None:
            left_out.setdefault("product of two activations", []).append(node.name or node.input[1])
        elif source.tensor not in seen:
            seen.add(source.tensor)
            layers.append(names.layer(node, source))
    about = f"ONNX, {model.producer_name}" if model.producer_name else "ONNX"
    return Checkpoint(path, about, tuple(layers), left_out)


class _Graph:
    """A graph's initializers, and which node makes what."""

    def __init__(self, path: Path, graph: GraphProto) -> None:
        self._path = path
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._makers = {name: node for node in graph.node for name in node.output if name}
        for node in graph.node:
            if node.op_type == "Constant":
                for attribute in node.attribute:
                    if attribute.name == "value":
                        self._tensors[node.output[0]] = attribute.t

    def source(self, name: str) -> _Source | None:
        """Where a product's second operand comes from; None if it is no weights."""
        quant, turned = None, False
        for _ in range(_LONGEST_CHAIN):
            if name in self._tensors:
                return _Source(name, quant, turned)
            node = self._makers.get(name)
            if node is None or not node.input:
                return None
            if node.op_type == "Transpose" and quant is None:
                if list(_attributes(node).get("perm", [1, 0])) != [1, 0]:
                    return None
                turned = not turned
            elif node.op_type == "Transpose":
                return None  # between weights and their Quant node: scales would have other axes
            elif node.op_type in QUANTS and quant is None:
                quant = node
            elif node.op_type not in _THROUGH:
                return None
            name = node.input[0]
        return None

    def layer(self, node: NodeProto, source: _Source) -> StoredLayer:
        """A product's matrix."""
        place = f"{self._path}: {source.tensor}"
        shape = tuple(self._tensors[source.tensor].dims)
        if len(shape) != 2 or 0 in shape:
            raise RequestError(f"{place} has shape {shape} where a matrix is wanted")
        rows, columns = int(shape[0]), int(shape[1])
        turns = source.turned != (_attributes(node).get("transB", 0) == 1)
        axes = Axes.OUT_IN if turns else Axes.IN_OUT
        way = "transB" if _attributes(node).get("transB", 0) == 1 else "no transB"
        way = (f", {way}" if node.op_type == "Gemm" else "") + ", a Transpose" * source.turned
        reason = f"the node that multiplies is a {node.op_type}{way}"
        if source.quant is None:

            def reals() -> NDArray[np.float32]:
                return self._array(source.tensor).astype(np.float32)

            return StoredLayer(
                source.tensor, "real numbers", "", (rows, columns), axes, reason, reals
            )
        quant = source.quant
        constants = [self._array(name).astype(np.float32) for name in quant.input[1:]]
        quantise = quantiser(quant.op_type, constants, _attributes(quant), place)
        outputs, inputs = (rows, columns) if axes is Axes.OUT_IN else (columns, rows)

        def load() -> Weights:
            values = self._array(source.tensor).astype(np.float32)
            if not np.isfinite(values).all():
                raise RequestError(f"{place} has weights that are no numbers")
            return _weights(quantise, values, axes, place)

        return StoredLayer(
            source.tensor,
            quantise.kind,
            quantise.format(place),
            (outputs, inputs),
            Axes.OUT_IN,
            reason,
            load,
        )

    def _array(self, name: str) -> NDArray[Any]:
        from onnx import TensorProto, numpy_helper

        tensor = self._tensors.get(name)
        if tensor is None:
            raise RequestError(f"{self._path}: {name or 'an input'} is no constant of the graph")
        if tensor.data_location == TensorProto.EXTERNAL:
            raise RequestError(
                f"{self._path}: {name} is in another file: save the model with its weights inside"
            )
        try:
            return numpy_helper.to_array(tensor)
        except (ValueError, TypeError, KeyError) as error:
            raise RequestError(f"{self._path}: {name} cannot be read: {error}") from error


def _weights(quantise: Quantiser, values: NDArray[np.float32], axes: Axes, place: str) -> Weights:
    """Integers and scales, outputs first.

    Raises:
        RequestError: scales have another shape, or outputs more than one each.
    """
    try:
        scales = np.broadcast_to(quantise.scale, values.shape)
        elements = quantise.elements(values)
    except ValueError as error:
        raise RequestError(
            f"{place}: scales of shape {quantise.scale.shape} do not go with weights of shape"
            f" {values.shape}"
        ) from error
    if axes is Axes.IN_OUT:
        scales, elements = scales.T, elements.T
    if (scales != scales[:, :1]).any():
        raise RequestError(
            f"{place}: scales of shape {quantise.scale.shape} are those of inputs, which no sum"
            f" over inputs can have; axes are {axes} by the node that multiplies"
        )
    return Weights(np.ascontiguousarray(elements), np.ascontiguousarray(scales[:, :1]))


def _attributes(node: NodeProto) -> Mapping[str, Any]:
    from onnx.helper import get_attribute_value

    return {attribute.name: get_attribute_value(attribute) for attribute in node.attribute}
