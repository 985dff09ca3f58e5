"""The schedule command: what a model's or a person's matrix products take on a core."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from hw.errors import RequestError
from hw.families import find_unit
from hw.formats.weights import check_carried
from hw.schedule import Schedule
from hw.unit import check_runs_products, gemm_unit
from macsmith.beside import Beside
from macsmith.design import Design, design_path, load_design
from macsmith.toml_file import read_toml
from macsmith.workload import Layer, Model, load_workload, parse_product

__all__ = ["Job", "plan", "report", "run"]


@dataclass(frozen=True)
class Job:
    """A design, sized for what is to run on it.

    Attributes:
        design: the core.
        source: what the products are: a model's description, or how they were given.
        layers: the products without their batch.
        batches: the batch of each.
        beside: what the model runs besides.
    """

    design: Design
    source: str
    layers: tuple[Layer, ...]
    batches: tuple[int, ...]
    beside: tuple[Beside, ...] = ()


def plan(
    reference: str, assignments: Sequence[str], workloads: Sequence[str], batch: int | None
) -> Job:
    """Choose the products, and size the core for them.

    Args:
        reference: the design's name or file.
        assignments: of the user (``--set``); they win over the sizes.
        workloads: one name or file of a workload, or products as ``N,M`` or ``N,M,BATCH``; none
            takes the design's own workload as one product.
        batch: vectors of a model's products, or of products without a batch; None is 1.

    Raises:
        RequestError: the design runs no matrix products, a workload cannot be, or the core does
            not carry it.
    """
    unit = find_unit(read_toml(design_path(reference), "design").get("unit"))
    check_runs_products(unit)  # before limits are set that other units do not have
    if not workloads:
        design = load_design(reference, assignments)
        limits = design.configuration.workload
        layer = Layer("workload", limits.inputs, limits.outputs, 1)
        return Job(design, "the design's own workload", (layer,), (batch or limits.batch,))
    if _is_product(workloads[0]):
        products = [parse_product(workload, batch or 1) for workload in workloads]
        layers = tuple(
            Layer(text.replace(" ", ""), inputs, outputs, 1)
            for text, (inputs, outputs, _) in zip(workloads, products, strict=True)
        )
        model = Model("", "", (), {}, layers)
        batches = tuple(vectors for _, _, vectors in products)
        source = "products as given"
    elif len(workloads) > 1:
        raise RequestError(f"--workload {workloads[0]} names a whole workload, so give it alone")
    else:
        model = load_workload(workloads[0])
        if batch is not None and any(layer.vectors for layer in model.layers):
            raise RequestError(
                f"--batch {batch} does not go with {workloads[0]}, whose products have vectors of"
                " their own"
            )
        batches = tuple(layer.vectors or batch or 1 for layer in model.layers)
        source = f"{model.name}: {model.description}"
    design = load_design(reference, [*model.limits(max(batches)), *assignments])
    largest = gemm_unit(design.configuration).largest_weight
    for layer in model.layers:
        check_carried(layer.name, layer.format, largest)
    return Job(design, source, model.layers, batches, model.beside)


def run(job: Job) -> dict[str, Any]:
    """The schedule of every layer and of all together; returns what ``--json`` prints.

    Raises:
        RequestError: the core does not carry a product.
    """
    unit = gemm_unit(job.design.configuration)
    shapes = [layer.product(batch) for layer, batch in zip(job.layers, job.batches, strict=True)]
    every = [
        shape for shape, layer in zip(shapes, job.layers, strict=True) for _ in range(layer.count)
    ]
    total = unit.schedule(every)
    return {
        "design": job.design.name,
        "workload": job.source,
        "parameters": unit.parameters(),
        "limits": unit.workload.limits(),
        "layers": [
            {"name": layer.name, "count": layer.count, **_figures(unit.schedule([shape]))}
            for layer, shape in zip(job.layers, shapes, strict=True)
        ],
        "total": _figures(total)
        | {
            "register_bits": total.registers,
            "weight_bits": total.weight_bits,
        },
    }


def _is_product(text: str) -> bool:
    return text[:1].isdigit()


def _figures(schedule: Schedule) -> dict[str, Any]:
    """A schedule as plain data, units in the names."""
    products = {
        "products": [list(product) for product in schedule.products]
        if len(schedule.products) == 1
        else len(schedule.products)
    }
    return products | {
        "cycles": schedule.cycles,
        "tiles": schedule.tiles,
        "utilisation": schedule.utilisation,
        "weights_per_cycle": schedule.weights_per_cycle,
        "traffic": {
            stream: {
                "words": traffic.words,
                "word_bits": traffic.word_bits,
                "bits": traffic.bits,
                "bytes": traffic.bytes,
                "sends": traffic.sends,
            }
            for stream, traffic in schedule.traffic.items()
        },
        "buffer_bits": schedule.buffers,
    }


def report(answer: dict[str, Any], summary: Sequence[str]) -> None:
    """Print the answer for a person.

    Args:
        answer: what `run` gave.
        summary: lines on the design (`macsmith.family.Words.summary`).
    """
    console = Console() if sys.stdout.isatty() else Console(width=100)
    limits = ", ".join(f"{name} {size:,}" for name, size in answer["limits"].items())
    console.print(f"[bold]{answer['design']}[/bold] on {answer['workload']}", soft_wrap=True)
    for line in (*summary, f"sized for {limits}"):
        console.print(f"  {line}", soft_wrap=True)
    layers = Table(box=None, pad_edge=False)
    for head in (
        "layer",
        "N x M x batch",
        "count",
        "cycles each",
        "used",
        "weights",
        "activations",
    ):
        layers.add_column(head, justify="left" if head == "layer" else "right")
    for layer in answer["layers"]:
        traffic = layer["traffic"]
        layers.add_row(
            layer["name"],
            " x ".join(map(str, layer["products"][0])),
            str(layer["count"]),
            f"{layer['cycles']:,}",
            f"{layer['utilisation']:.1%}",
            _bytes(traffic["weights"]["bytes"]),
            _bytes(traffic["activations"]["bytes"]),
        )
    console.print(layers)
    total = answer["total"]
    console.print(
        f"all: {total['cycles']:,} cycles, {total['tiles']:,} tiles,"
        f" {total['utilisation']:.1%} of the weight slots used"
    )
    streams = Table(box=None, pad_edge=False)
    heads = ("stream", "words", "bits a word", "traffic", "each word sent", "buffer outside")
    for head in heads:
        streams.add_column(head, justify="left" if head == "stream" else "right")
    for stream, traffic in total["traffic"].items():
        buffer = total["buffer_bits"].get(stream, 0)
        streams.add_row(
            stream,
            f"{traffic['words']:,}",
            f"{traffic['word_bits']:,}",
            _bytes(traffic["bytes"]),
            f"{traffic['sends']:.1f} times",
            _bytes(buffer / 8) if buffer else "-",
        )
    console.print(streams)
    registers = ", ".join(
        f"{name.replace('_', ' ')} {bits:,}"
        for name, bits in total["register_bits"].items()
        if bits
    )
    console.print(f"registers in the core (bits): {registers}", soft_wrap=True)
    console.print(f"codes of all weights: {_bytes(total['weight_bits'] / 8)}")


def _bytes(count: float) -> str:
    """Three digits and a unit; all bytes below 1000."""
    if count < 1000:
        return f"{count:,.0f} B"
    power = min(3, int(math.log10(count * 1.0005)) // 3)  # 999.5 kB is 1.00 MB
    value = count / 1000**power
    return f"{value:,.{max(0, 2 - int(math.log10(value)))}f} {' kMG'[power]}B"
