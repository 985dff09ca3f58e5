"""The import command: layers out of a model's checkpoint."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hw.formats.weights import TRIT
from macsmith.commands.options import AsJson, print_json

__all__ = ["import_checkpoint"]


class AxesName(StrEnum):
    """What rows and columns are."""

    OUT_IN = "out,in"
    IN_OUT = "in,out"


class LayoutName(StrEnum):
    """Who wrote I2_S."""

    X86 = "x86"
    ARM = "arm"
    X86_ROWS = "x86-rows"


class ScaleSense(StrEnum):
    """What a weight_scale does."""

    MULTIPLY = "multiply"
    DIVIDE = "divide"


def import_checkpoint(
    model: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL", help="A .safetensors, .safetensors.index.json, .gguf or .onnx file."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Where files go; build/MODEL's name without."
        ),
    ] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A layer whose arrays are wanted ('*attn_q*'); may be repeated.",
        ),
    ] = None,
    quantize: Annotated[
        str,
        typer.Option(
            metavar="FORMAT",
            help=f"What weights become that are not {TRIT} (-1, 0, +1): {TRIT}, or int2 to int8.",
        ),
    ] = "",
    axes: Annotated[
        AxesName | None,
        typer.Option(help="Of matrices whose file does not say which axis is the outputs."),
    ] = None,
    scale_format: Annotated[
        str,
        typer.Option(metavar="FORMAT", help="Of the scales; one that has all exactly without."),
    ] = "",
    weight_scale: Annotated[
        ScaleSense | None,
        typer.Option(help="What a weight_scale of BitNet does; as config.json says without."),
    ] = None,
    i2s: Annotated[
        LayoutName, typer.Option(help="Which bitnet.cpp wrote tensors of type I2_S.")
    ] = LayoutName.X86,
    as_json: AsJson = False,
) -> None:
    """Read the quantised layers of a model's checkpoint.

    DIR gets gemms.csv, the matrix products that schedule, system and explore take as a workload,
    layers.json, what is known of each layer, and for each --layer an archive that simulate --data
    takes. Cell libraries are read by macsmith technology import.
    """
    from rich.console import Console

    from macsmith.checkpoint.layer import Axes
    from macsmith.importing import Request, report, run

    request = Request(
        path=model,
        output=output or Path("build") / model.stem,
        patterns=layer or (),
        axes=None if axes is None else Axes(axes.value),
        quantize=quantize,
        scale_format=scale_format,
        i2s=i2s.value,
        weight_scale="" if weight_scale is None else weight_scale.value,
    )
    with Console(stderr=True).status(f"reading {model.name}"):
        answer = run(request)
    if as_json:
        print_json(answer)
    else:
        report(answer)
