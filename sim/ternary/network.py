"""Networks of ternary layers: data files, and the integer arithmetic between two layers.

Activations and biases are integers or, for designs with floating-point activations, numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.ternary import ComplexLut, TernaryConfiguration
from sim.arrays import read_arrays
from sim.data_files import Arrays
from sim.family import Results
from sim.ternary.complex import ComplexProduct
from sim.ternary.product import Product

__all__ = [
    "Layer",
    "Network",
    "accuracy",
    "load_network",
    "network_of",
    "product_of",
    "requantize",
]

_MOST_NAMES = 8  # told of arrays that nobody asks for


@dataclass(frozen=True)
class Layer:
    """Ternary weights, shape (inputs, outputs), a bias, shape (outputs,), scales if there are any.

    The bias is of integers or numbers, as the core's activations are. Scales are codes, of a shape
    that `sim.ternary.product.Product` states, in the format whose name is beside them; an empty
    name says nothing of it.
    """

    weights: NDArray[np.integer]
    bias: NDArray[Any]
    scales: NDArray[np.integer] | None = None
    scale_format: str = ""


@dataclass(frozen=True)
class Network:
    """Layers and the data to run through them.

    Attributes:
        layers: in their order.
        activations: of the first layer, integers or numbers; shape (batch, inputs).
        labels: the right class of each vector, shape (batch,); None if the data has none.
        drawn: whether the activations are random ones.
    """

    layers: tuple[Layer, ...]
    activations: NDArray[Any]
    labels: NDArray[np.integer] | None
    drawn: bool = False

    @property
    def stages(self) -> int:
        """Its layers: each one takes what the layer before gave (`sim.family.Dataset`)."""
        return len(self.layers)

    def check(self, unit: TernaryConfiguration) -> None:
        """See that a core runs data of so many layers.

        Raises:
            RequestError: it does not.
        """
        layers = len(self.layers)
        if isinstance(unit, ComplexLut) and (layers > 1 or self.labels is not None):
            labels = "" if self.labels is None else " and labels"  # there is no largest class
            raise RequestError(
                f"a {unit.unit} runs data of one layer without labels, not of"
                f" {layers} layer{'s' * (layers > 1)}{labels}"
            )
        form = unit.result_format
        if form and layers > 1:
            raise RequestError(
                f"the data has {layers} layers, and results in {form.name} are"
                " not turned into activations of the next one: use one layer, or integer results"
            )

    def work(self, unit: TernaryConfiguration, stage: int, before: Results) -> list[Product]:
        """A layer's product, its activations the requantised results of the layer before.

        Raises:
            RequestError: the core runs no data of so many layers.
        """
        self.check(unit)
        form = self.layers[stage].scale_format
        if form and unit.scale_format and form != unit.scale_format:
            raise RequestError(
                f"the data's scales are codes of {form}, and the core takes {unit.scale_format}:"
                f" set scale_format to {form}"
            )
        activations = self.activations
        if stage:
            activations = requantize(before[0], unit.operand.maximum)
        return [product_of(unit, activations, self.layers[stage])]


def load_network(path: Path) -> Network:
    """Read a data file, an ``.npz`` archive; else as `network_of`."""
    return network_of(read_arrays(path, "data"), str(path))


def network_of(arrays: Arrays, place: str) -> Network:
    """What the arrays of a user's data are.

    ``activations`` (batch, inputs); ``weights`` (inputs, outputs) and, if there are any, ``bias``
    (outputs,) and ``scales`` of a single layer, or ``weights0``, ``bias0``, ``scales0``,
    ``weights1``, ... of several; ``labels`` (batch,) if classes are to be counted. Beside scales
    may be ``scale_format``, the name of their format as ASCII bytes, which a core must have then. A
    bias that is missing is zero, of the kind of the activations. How large all of them may be, says
    `sim.arrays`.

    Args:
        arrays: by their names.
        place: where they are from, for the sentence.

    Raises:
        RequestError: an array is missing, or not known.
    """
    arrays = dict(arrays)
    for name, array in arrays.items():
        least = 2 if name.startswith(("activations", "weights")) else 1
        if array.ndim < least or 0 in array.shape:
            raise RequestError(
                f"{place}: {name} has shape {array.shape} where a non-empty array of {least}"
                f" dimension{'s' * (least > 1)} is wanted"
            )
    activations, labels = arrays.pop("activations", None), arrays.pop("labels", None)
    layers = []
    suffixes = [""] if "weights" in arrays else [str(i) for i in range(len(arrays))]
    for suffix in suffixes:
        weights = arrays.pop(f"weights{suffix}", None)
        if weights is None:
            break
        outputs = weights.shape[1] if weights.ndim == 2 else 0
        parts = () if activations is None else activations.shape[2:]  # (2,) of complex ones
        floats = activations is not None and np.issubdtype(activations.dtype, np.floating)
        zero = np.zeros((outputs, *parts), dtype=np.float64 if floats else np.int64)
        bias = arrays.pop(f"bias{suffix}", zero)
        scales = arrays.pop(f"scales{suffix}", None)
        name = f"scale_format{suffix}"
        form = _text(place, name, arrays.pop(name)) if scales is not None and name in arrays else ""
        layers.append(Layer(weights, bias, scales, form))
    if activations is None or not layers or arrays:
        names = sorted(arrays)
        more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
        surplus = f", and not {', '.join(names[:_MOST_NAMES])}{more}" if arrays else ""
        raise RequestError(
            f"{place} must hold the arrays activations, weights (or weights0, weights1, ...) and"
            f" optionally bias and scales (bias0, scales0, ...) and labels{surplus}"
        )
    if labels is not None:
        _check_labels(place, labels, len(activations), layers[-1].weights.shape[-1])
    return Network(tuple(layers), activations, labels)


def _text(place: str, name: str, codes: NDArray[Any]) -> str:
    """A name that stands as bytes in an array."""
    try:
        return bytes(codes.ravel().tolist()).decode("ascii")
    except (UnicodeDecodeError, ValueError, TypeError) as error:
        raise RequestError(f"{place}: {name} is no name of a format in ASCII bytes") from error


def _check_labels(place: str, labels: NDArray[Any], vectors: int, classes: int) -> None:
    if labels.shape != (vectors,):
        raise RequestError(
            f"{place}: labels has shape {labels.shape} where {vectors} activation vectors"
            " want one label each"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise RequestError(f"{place}: labels holds {labels.dtype} where integers are wanted")
    if labels.min() < 0 or labels.max() >= classes:
        raise RequestError(
            f"{place}: labels reach from {labels.min()} to {labels.max()}, which is outside 0 to"
            f" {classes - 1}, the outputs of the last layer"
        )


def requantize(sums: NDArray[np.int64], largest: int) -> NDArray[np.int64]:
    """ReLU and per-vector absmax quantisation, in integers (BitNet b1.58, arXiv 2402.17764).

    Args:
        sums: a layer's results, shape (batch, outputs).
        largest: what the largest positive sum of a vector becomes: 127 for int8.

    Returns:
        ``largest * max(sums, 0) / max(row)``, rounded to nearest, halves up, in 0..``largest``.
    """
    positive = np.maximum(sums, 0)
    peak = np.maximum(positive.max(axis=1, keepdims=True), 1)
    return (2 * largest * positive + peak) // (2 * peak)


def product_of(
    configuration: TernaryConfiguration, activations: NDArray[Any], layer: Layer
) -> Product:
    """A layer's product, of the kind that the core carries."""
    kind = ComplexProduct if isinstance(configuration, ComplexLut) else Product
    return kind(activations, layer.weights, layer.bias, layer.scales)


def accuracy(values: NDArray[Any], labels: NDArray[np.integer]) -> float:
    """Share of vectors whose largest value (the first, of equals) stands at their label."""
    return float(np.mean(values.argmax(axis=1) == labels))
