"""The command `macsmith accuracy`: what an arithmetic does to a real model."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from macsmith.commands.options import AsJson, Settings, print_json

__all__ = ["accuracy"]


class TaskName(StrEnum):
    """What a model does."""

    SENTENCES = "sentences"
    DIGITS = "digits"


def accuracy(
    arithmetic: Annotated[
        str,
        typer.Argument(
            metavar="DESIGN|ARITHMETIC",
            help="A design of fused units; or fp32; FORMAT (bf16, int8, posit8_1, nvfp4);"
            " FORMAT:SUMS and further words (bf16:fp32, bf16:raw16:an-1-2, bf16:raw17:carry_only);"
            " lmul:FORMAT or mitchell:FORMAT, with :SUMS; lns:BITS.FRACTION, with :TABLE.",
        ),
    ],
    task: Annotated[
        TaskName | None,
        typer.Option(help="Sentences where their model is here, digits else."),
    ] = None,
    pairs: Annotated[
        int | None,
        typer.Option(metavar="N", help="Only so many pairs of sentences, for a quick look."),
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Run a real model with every matrix product computed by an arithmetic.

    [bold]sentences[/bold]: all-MiniLM-L6-v2 embeds 204 pairs of sentences of graded similarity;
    [bold]make models[/bold] takes the model. [bold]digits[/bold]: a small network classifies 360
    images. Sums and products of the arithmetic are computed bit by bit.
    """
    from macsmith.accuracy.request import run

    answer = run(arithmetic, None if task is None else task.value, pairs, settings or [])
    if as_json:
        print_json(answer)
    else:
        _report(answer)


def _report(answer: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    typer.echo(f"{answer['arithmetic']} on {answer['task']}: {answer['meaning']}")
    table = Table("metric", box=None, pad_edge=False)
    for heading in ("fp32", "value", "change"):
        table.add_column(heading, justify="right")
    for row in answer["results"]:
        change = row["value"] - row["reference"]
        table.add_row(
            row["metric"], f"{row['reference']:.4f}", f"{row['value']:.4f}", f"{change:+.4f}"
        )
    Console().print(table)
    typer.echo(
        f"{answer['multiplications']:,} multiplications in {answer['products']} matrix products,"
        f" {answer['cpu_seconds']:.1f} s of a core"
    )
