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
from sim.simulate import Simulation, simulate
from sim.ternary.complex import ComplexProduct
from sim.ternary.product import Product

__all__ = [
    "Layer",
    "Network",
    "accuracy",
    "load_network",
    "network_products",
    "product_of",
    "requantize",
    "simulate_network",
]


@dataclass(frozen=True)
class Layer:
    """Ternary weights, shape (inputs, outputs), a bias, shape (outputs,), scales if there are any.

    The bias is of integers or numbers, as the core's activations are. Scales are codes, of a shape
    that `sim.ternary.product.Product` states.
    """

    weights: NDArray[np.integer]
    bias: NDArray[Any]
    scales: NDArray[np.integer] | None = None


@dataclass(frozen=True)
class Network:
    """Layers and the data to run through them.

    Attributes:
        layers: in their order.
        activations: of the first layer, integers or numbers; shape (batch, inputs).
        labels: the right class of each vector, shape (batch,); None if the data has none.
    """

    layers: tuple[Layer, ...]
    activations: NDArray[Any]
    labels: NDArray[np.integer] | None


def load_network(path: Path) -> Network:
    """Read a data file.

    An ``.npz`` archive of plain arrays: ``activations`` (batch, inputs); ``weights`` (inputs,
    outputs) and, if there are any, ``bias`` (outputs,) and ``scales`` of a single layer, or
    ``weights0``, ``bias0``, ``scales0``, ``weights1``, ... of several; ``labels`` (batch,) if
    classes are to be counted. A bias that is missing is zero, of the kind of the activations.
    How large all of them may be, says `sim.arrays`.

    Raises:
        RequestError: the file is not there, is no such archive, or lacks an array.
    """
    arrays = read_arrays(path, "data")
    for name, array in arrays.items():
        least = 2 if name.startswith(("activations", "weights")) else 1
        if array.ndim < least or 0 in array.shape:
            raise RequestError(
                f"{path}: {name} has shape {array.shape} where a non-empty array of {least}"
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
        layers.append(Layer(weights, bias, arrays.pop(f"scales{suffix}", None)))
    if activations is None or not layers or arrays:
        surplus = f", and not {', '.join(sorted(arrays))}" if arrays else ""
        raise RequestError(
            f"{path} must hold the arrays activations, weights (or weights0, weights1, ...) and"
            f" optionally bias and scales (bias0, scales0, ...) and labels{surplus}"
        )
    if labels is not None:
        _check_labels(path, labels, len(activations), layers[-1].weights.shape[-1])
    return Network(tuple(layers), activations, labels)


def _check_labels(path: Path, labels: NDArray[Any], vectors: int, classes: int) -> None:
    if labels.shape != (vectors,):
        raise RequestError(
            f"{path}: labels has shape {labels.shape} where {vectors} activation vectors"
            " want one label each"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise RequestError(f"{path}: labels holds {labels.dtype} where integers are wanted")
    if labels.min() < 0 or labels.max() >= classes:
        raise RequestError(
            f"{path}: labels reach from {labels.min()} to {labels.max()}, which is outside 0 to"
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


def simulate_network(
    configuration: TernaryConfiguration,
    network: Network,
    *,
    seed: int = 0,
    stall: float = 0.0,
    skip_zero_tiles: bool = False,
    verilog: str | None = None,
    top: str = "dut",
    directed: bool = False,
) -> list[Simulation]:
    """Run a network through the hardware, layer by layer; stops at the first layer that fails.

    What a layer takes in is made of what the hardware gave for the layer before. Settings are those
    of `sim.simulate.simulate`; directed products come before the first layer.

    Raises:
        RequestError: the core does not carry a layer; the sentence names it.
    """
    _check_chain(configuration, network)
    simulations: list[Simulation] = []
    activations = network.activations
    for i, layer in enumerate(network.layers):
        product = product_of(configuration, activations, layer)
        try:
            simulation = simulate(
                configuration,
                [product],
                seed=seed,
                stall=stall,
                verilog=verilog,
                top=top,
                skip_zero_tiles=skip_zero_tiles,
                directed=directed and i == 0,
            )
        except RequestError as error:
            raise RequestError(
                f"layer {i}: {error}" if len(network.layers) > 1 else str(error)
            ) from error
        simulations.append(simulation)
        if simulation.faults:
            break
        if len(simulations) < len(network.layers):
            activations = requantize(simulation.results[0], configuration.operand.maximum)
    return simulations


def network_products(configuration: TernaryConfiguration, network: Network) -> list[Product]:
    """The products of all layers, each made of what the golden model gives for the one before.

    Raises:
        RequestError: a layer after the first would get floats.
    """
    _check_chain(configuration, network)
    products: list[Product] = []
    activations = network.activations
    for layer in network.layers:
        product = product_of(configuration, activations, layer)
        product.check(configuration)
        products.append(product)
        if len(products) < len(network.layers):
            activations = requantize(product.results(configuration), configuration.operand.maximum)
    return products


def _check_chain(configuration: TernaryConfiguration, network: Network) -> None:
    layers = len(network.layers)
    if isinstance(configuration, ComplexLut) and (layers > 1 or network.labels is not None):
        labels = "" if network.labels is None else " and labels"  # there is no largest class
        raise RequestError(
            f"a {configuration.unit} runs data of one layer without labels, not of"
            f" {layers} layer{'s' * (layers > 1)}{labels}"
        )
    form = configuration.result_format
    if form and len(network.layers) > 1:
        raise RequestError(
            f"the data has {len(network.layers)} layers, and results in {form.name} are"
            " not turned into activations of the next one: use one layer, or integer results"
        )


def accuracy(values: NDArray[Any], labels: NDArray[np.integer]) -> float:
    """Share of vectors whose largest value (the first, of equals) stands at their label."""
    return float(np.mean(values.argmax(axis=1) == labels))
