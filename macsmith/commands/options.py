"""Options that several commands have, and how JSON is printed."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

__all__ = ["AsJson", "DesignName", "Settings", "print_json"]

DesignName = Annotated[str, typer.Argument(metavar="DESIGN", help="A design's name, or its file.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a parameter (group=3) or a limit (workload.inputs=64); may be repeated.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]


def print_json(value: Any) -> None:
    """Print one JSON object."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
