"""The command `macsmith estimate`: what a design costs, at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from macsmith.commands.options import AsJson, DesignName, Settings, print_json

__all__ = ["estimate"]


def estimate(
    design: DesignName,
    technology: Annotated[
        list[str] | None,
        typer.Option(
            "--technology",
            "-t",
            metavar="T",
            help="With a cost model, or a model's file; may be repeated. All shipped by default.",
        ),
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Estimate area, delay, energy and leakage by the cost model, with expected errors.

    [bold]macsmith synthesize DESIGN --activity[/bold] measures the same figures, but for energy:
    estimates are of full tiles, and it runs the design's own workload, in which padding is work and
    no operation. Where the last tile is far from full it gives more energy for an operation.
    """
    from costmodel.model.model import some_models
    from macsmith.design import load_design
    from macsmith.estimation import figures

    loaded = load_design(design, settings or [])
    names = technology or some_models(loaded.configuration.family)
    answers = {name: figures(loaded.configuration, name) for name in names}
    if as_json:
        print_json({"design": loaded.name, "technologies": answers})
    else:
        _report(loaded.name, answers)


def _report(name: str, answers: Mapping[str, dict[str, Any]]) -> None:
    from costmodel.model.model import FEWEST_HELD_OUT

    table = Table("technology", box=None, pad_edge=False, title=f"{name}, ±: mean error, held out")
    for heading in ("area um2", "delay ps", "energy fJ/op", "leakage uW", "1e9 op/s"):
        table.add_column(heading, justify="right")
    for technology, answer in answers.items():
        expected_percent = answer["expected_error_percent"]
        errors = expected_percent | {"throughput_gops": expected_percent["delay_ps"]}
        few = 0 < answer["held_out_designs"] < FEWEST_HELD_OUT
        table.add_row(
            technology, *(_cell(answer[figure], errors[figure], few=few) for figure in errors)
        )
    console = Console()
    console.print(table)
    held_out = {technology: answer["held_out_designs"] for technology, answer in answers.items()}
    scarce = [f"{name} has {few}" for name, few in held_out.items() if 0 < few < FEWEST_HELD_OUT]
    if scarce:
        console.print(
            f"too few: an error is told of {FEWEST_HELD_OUT} held-out designs of a style, and"
            f" {', '.join(scarce)}",
            soft_wrap=True,
        )
    if beyond := [technology for technology, answer in answers.items() if not answer["inside"]]:
        console.print(
            f"beyond what was measured on {', '.join(beyond)}: errors may be larger there",
            soft_wrap=True,
        )
    for name in next(iter(answers.values()))["left_out"]:
        console.print(f"without its {name}, which the model does not know")


def _cell(value: float, error: float, *, few: bool) -> str:
    """A figure to three digits at least, its expected error below it."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    told = "not known" if error != error else "too few" if few else f"±{error:.1f} %"
    return f"{value:,.{digits}f}\n{told}"
