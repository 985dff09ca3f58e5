"""Networks of ternary layers: data files, and the integer arithmetic between two layers."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.ternary import ComplexLut, TernaryConfiguration
from sim.complex import ComplexProduct
from sim.simulate import Simulation, simulate
from sim.ternary import Product

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
    """Ternary weights, shape (inputs, outputs), and a bias, shape (outputs,)."""

    weights: NDArray[np.integer]
    bias: NDArray[np.integer]


@dataclass(frozen=True)
class Network:
    """Layers and the data to run through them.

    Attributes:
        layers: in their order.
        activations: of the first layer, shape (batch, inputs).
        labels: the right class of each vector, shape (batch,); None if the data has none.
    """

    layers: tuple[Layer, ...]
    activations: NDArray[np.integer]
    labels: NDArray[np.integer] | None


def load_network(path: Path) -> Network:
    """Read a data file.

    An ``.npz`` archive of integer arrays: ``activations`` (batch, inputs); ``weights`` (inputs,
    outputs) and, if there is one, ``bias`` (outputs,) of a single layer, or ``weights0``,
    ``bias0``, ``weights1``, ... of several; ``labels`` (batch,) if classes are to be counted.

    Raises:
        RequestError: the file is not there, is no such archive, or lacks an array.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise RequestError(f"the data file {path} is not there") from error
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise RequestError(f"{path} is not an .npz archive of plain arrays") from error
    activations, labels = arrays.pop("activations", None), arrays.pop("labels", None)
    layers = []
    suffixes = [""] if "weights" in arrays else [str(i) for i in range(len(arrays))]
    for suffix in suffixes:
        weights = arrays.pop(f"weights{suffix}", None)
        if weights is None:
            break
        outputs = weights.shape[1] if weights.ndim == 2 else 0
        parts = () if activations is None else activations.shape[2:]  # (2,) of complex ones
        bias = arrays.pop(f"bias{suffix}", np.zeros((outputs, *parts), dtype=np.int64))
        layers.append(Layer(weights, bias))
    if activations is None or not layers or arrays:
        surplus = f", and not {', '.join(sorted(arrays))}" if arrays else ""
        raise RequestError(
            f"{path} must hold the arrays activations, weights (or weights0, weights1, ...) and"
            f" optionally bias (bias0, ...) and labels{surplus}"
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
    configuration: TernaryConfiguration, activations: NDArray[np.integer], layer: Layer
) -> Product:
    """A layer's product, of the kind that the core carries."""
    kind = ComplexProduct if isinstance(configuration, ComplexLut) else Product
    return kind(activations, layer.weights, layer.bias)


def _check_kind(configuration: TernaryConfiguration, network: Network) -> None:
    """Complex sums have neither a largest class nor a ReLU.

    Raises:
        RequestError: the network wants one of them of a complex core.
    """
    if isinstance(configuration, ComplexLut) and (
        len(network.layers) > 1 or network.labels is not None
    ):
        labels = "" if network.labels is None else " and labels"
        raise RequestError(
            f"a {configuration.unit} runs data of one layer without labels, not of"
            f" {len(network.layers)} layer{'s' * (len(network.layers) > 1)}{labels}"
        )


def simulate_network(
    configuration: TernaryConfiguration, network: Network, *, seed: int = 0, stall: float = 0.0
) -> list[Simulation]:
    """Run a network through the hardware, layer by layer; stops at the first layer that fails.

    What a layer takes in is made of what the hardware gave for the layer before.

    Raises:
        RequestError: the core does not carry a layer; the sentence names it.
    """
    _check_kind(configuration, network)
    simulations: list[Simulation] = []
    activations = network.activations
    for i, layer in enumerate(network.layers):
        product = product_of(configuration, activations, layer)
        try:
            simulation = simulate(configuration, [product], seed=seed, stall=stall)
        except RequestError as error:
            raise RequestError(
                f"layer {i}: {error}" if len(network.layers) > 1 else str(error)
            ) from error
        simulations.append(simulation)
        if simulation.faults:
            break
        if layer is not network.layers[-1]:
            activations = requantize(simulation.results[0], configuration.activation.maximum)
    return simulations


def network_products(configuration: TernaryConfiguration, network: Network) -> list[Product]:
    """The products of all layers, each made of what the golden model gives for the one before."""
    _check_kind(configuration, network)
    products: list[Product] = []
    activations = network.activations
    for layer in network.layers:
        products.append(product_of(configuration, activations, layer))
        if layer is not network.layers[-1]:
            activations = requantize(products[-1].golden(), configuration.activation.maximum)
    return products


def accuracy(sums: NDArray[np.int64], labels: NDArray[np.integer]) -> float:
    """Share of vectors whose largest sum (the first, of equals) stands at their label."""
    return float(np.mean(sums.argmax(axis=1) == labels))
