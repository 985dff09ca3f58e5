"""Options that several commands have, and how JSON is printed."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from macsmith.toml_file import check_once
from sim.writing import json_text

__all__ = ["AsJson", "DesignName", "Settings", "Workloads", "print_json"]


def _once_each(settings: list[str] | None) -> list[str] | None:
    check_once(settings or ())
    return settings


DesignName = Annotated[str, typer.Argument(metavar="DESIGN", help="A design's name, or its file.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        callback=_once_each,
        metavar="KEY=VALUE",
        help="Override a parameter (group=3) or a limit (workload.inputs=64); may be repeated.",
    ),
]
Workloads = Annotated[
    list[str] | None,
    typer.Option(
        "--workload",
        "-w",
        metavar="NAME|N,M[,BATCH]",
        help="A workload's name or file (.toml, .csv), or a product; products may be repeated."
        " Without it the design's own workload.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]


def print_json(value: Any) -> None:
    """Print one JSON object; a number that is none, or infinite, is null."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    typer.echo(json_text(value, ascii_only=ascii_only, indent=2))
