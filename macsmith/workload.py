"""Workload files: the matrix products of a model, layer by layer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costmodel.system.gemm import MOST_WEIGHT_BITS
from hw.errors import RequestError, check_integer
from macsmith.beside import Beside, besides_of
from macsmith.design import designs_folder
from macsmith.gemm_list import read_gemm_list
from macsmith.toml_file import check_keys, check_present, nearest, one_line, read_toml, subtable

__all__ = ["Layer", "Model", "committed_workloads", "load_workload", "parse_product"]

_PRODUCT = re.compile(r"([0-9]{1,9}),([0-9]{1,9})(?:,([0-9]{1,9}))?")
_LARGEST = 1 << 20
_SIZES = ("hidden", "intermediate", "blocks", "heads", "kv_heads")


@dataclass(frozen=True)
class Layer:
    """A linear layer: a matrix product that occurs ``count`` times in a model.

    Attributes:
        name: what it is called there.
        inputs: N.
        outputs: M.
        count: how often it occurs, with weights of its own each time.
        vectors: activation vectors that meet the same weights; None is the batch that is asked for.
        format: of its weights (`hw.formats.weights`); empty if the workload does not say so.
        weight_bits: that a weight takes off chip; 0 if the workload does not say so.
    """

    name: str
    inputs: int
    outputs: int
    count: int
    vectors: int | None = None
    format: str = ""
    weight_bits: float = 0.0

    def product(self, batch: int) -> tuple[int, int, int]:
        """Inputs, outputs and batch; the layer's own vectors win."""
        return self.inputs, self.outputs, self.vectors or batch


@dataclass(frozen=True)
class Model:
    """A model as its linear layers.

    Attributes:
        name: the file's, without its ending.
        description: one line.
        sources: where the numbers come from.
        sizes: of the model, as its configuration states them: ``hidden``, ``intermediate``,
            ``blocks``, ``heads``, ``kv_heads``, those that are known.
        layers: its linear layers that are quantised.
        beside: what it runs besides, such as its head; empty if the workload says nothing of it.
    """

    name: str
    description: str
    sources: tuple[str, ...]
    sizes: dict[str, int]
    layers: tuple[Layer, ...]
    beside: tuple[Beside, ...] = ()

    @property
    def weights(self) -> int:
        """Weights of all layers."""
        return sum(layer.inputs * layer.outputs * layer.count for layer in self.layers)

    def limits(self, batch: int) -> list[str]:
        """Assignments (``--set``) that size a core for every layer of the model."""
        inputs = max(layer.inputs for layer in self.layers)
        outputs = max(layer.outputs for layer in self.layers)
        sizes = {"inputs": inputs, "outputs": outputs, "batch": batch}
        return [f"workload.{name}={size}" for name, size in sizes.items()]


def workloads_folder() -> Path:
    """The folder of the committed workloads."""
    return designs_folder() / "workloads"


def committed_workloads() -> list[str]:
    """Names of the committed workloads."""
    return sorted(path.stem for path in workloads_folder().glob("*.toml"))


def load_workload(reference: str) -> Model:
    """Read a workload.

    Args:
        reference: a name in `workloads_folder`, or a path to a TOML file or to a list of products
            as CSV (it has a ``/`` or ends in ``.toml`` or ``.csv``).

    Raises:
        RequestError: something in it cannot be; the sentence says what, where and what may be.
    """
    if reference.endswith(".csv"):
        return _listed(Path(reference))
    if "/" in reference or reference.endswith(".toml"):
        path = Path(reference)
    elif reference in committed_workloads():
        path = workloads_folder() / f"{reference}.toml"
    else:
        hint = nearest(reference, committed_workloads())
        raise RequestError(f"there is no workload {reference!r}{hint} (macsmith list shows all)")
    table = read_toml(path, "workload")
    try:
        return _model(path.name.removesuffix(".toml"), table)
    except RequestError as error:
        raise RequestError(f"{path.name}: {error}") from error


def _listed(path: Path) -> Model:
    """A list of products."""
    layers = tuple(
        Layer(
            row["name"],
            row["inputs"],
            row["outputs"],
            row["repeat"],
            row["vectors"],
            row["format"],
            row["weight_bits"],
        )
        for row in read_gemm_list(path)
    )
    return Model(path.stem, f"the {len(layers)} products of {path.name}", (), {}, layers)


def _model(name: str, table: dict[str, Any]) -> Model:
    check_keys("", table, ("description", "sources", "model", "layers", "beside"))
    sizes = subtable(table, "model")
    check_keys("model.", sizes, _SIZES)
    for key, size in sizes.items():
        check_integer(f"model.{key}", size, 1, _LARGEST)
    sources = table.get("sources", [])
    if not isinstance(sources, list) or not all(isinstance(source, str) for source in sources):
        raise RequestError("sources is not a list of texts")
    entries = table.get("layers", [])
    if not isinstance(entries, list) or not entries:
        raise RequestError("there are no layers: each one is a table, written as [[layers]]")
    layers = tuple(_layer(i, entry) for i, entry in enumerate(entries))
    beside = besides_of(table)
    return Model(name, one_line(table, "description"), tuple(sources), sizes, layers, beside)


def _layer(number: int, entry: Any) -> Layer:
    place = f"layers[{number}]."
    if not isinstance(entry, dict):
        raise RequestError(f"layers[{number}] is not a table: write it as [[layers]]")
    check_keys(place, entry, ("name", "inputs", "outputs", "count", "weight_bits"))
    check_present(place, entry, ("name", "inputs", "outputs"))
    sizes = {"inputs": entry["inputs"], "outputs": entry["outputs"], "count": entry.get("count", 1)}
    for key, size in sizes.items():
        check_integer(f"{place}{key}", size, 1, _LARGEST)
    name = one_line(entry, "name")
    if not name:
        raise RequestError(f"{place}name is empty")
    bits = entry.get("weight_bits", 0.0)
    if type(bits) not in (int, float) or not 0 <= bits <= MOST_WEIGHT_BITS:
        raise RequestError(
            f"{place}weight_bits = {bits!r} is not allowed: it must be a number from 0 to"
            f" {MOST_WEIGHT_BITS}"
        )
    return Layer(name, **sizes, weight_bits=float(bits))


def parse_product(text: str, batch: int) -> tuple[int, int, int]:
    """A product given as ``N,M,BATCH``, or as ``N,M`` with a batch that holds for all.

    Raises:
        RequestError: it is something else.
    """
    match = _PRODUCT.fullmatch(text.replace(" ", ""))
    if not match:
        raise RequestError(
            f"--workload {text!r} is neither a workload's name or file nor a product N,M or"
            " N,M,BATCH"
        )
    inputs, outputs, vectors = (int(part or batch) for part in match.groups())
    for name, size in (("N", inputs), ("M", outputs), ("BATCH", vectors)):
        check_integer(f"--workload {text}: {name}", size, 1, _LARGEST)
    return inputs, outputs, vectors
