"""The command `macsmith estimate`: what a design costs, at once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from hw.ternary import TernaryConfiguration

__all__ = ["columns_of_design", "estimate", "figures"]

_LEFT_OUT = ("sequencer",)  # a few gates and a counter, which the inventory does not have


def estimate(
    design: Annotated[str, typer.Argument(metavar="DESIGN", help="A design's name, or its file.")],
    technology: Annotated[
        list[str] | None,
        typer.Option(
            "--technology",
            "-t",
            metavar="T",
            help="With a cost model, or a model's file; may be repeated. All shipped by default.",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a parameter; may be repeated."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, for programs.")
    ] = False,
) -> None:
    """Estimate area, delay, energy and leakage by the cost model, with expected errors.

    [bold]macsmith synthesize DESIGN --activity[/bold] measures the same figures.
    """
    from costmodel.model import shipped_models
    from macsmith.design import load_design

    loaded = load_design(design, settings or [])
    names = technology or shipped_models()
    answers = {name: figures(loaded.configuration, name) for name in names}
    if as_json:
        typer.echo(json.dumps({"design": loaded.name, "technologies": answers}, indent=2))
    else:
        _report(loaded.name, answers)


def columns_of_design(configuration: TernaryConfiguration) -> dict[str, Any]:
    """A configuration's parameters and limits as columns of a single design."""
    c = configuration
    limits = {name: getattr(c.workload, name) for name in ("inputs", "bias_limit", "nonzeros")}
    told = {"unit": c.unit} | c.parameters() | limits
    if c.style == "float":
        del told["accumulator_bits"]  # it follows from the format
    return {name: np.asarray(value) for name, value in told.items() if name not in _LEFT_OUT}


def figures(configuration: TernaryConfiguration, technology: str) -> dict[str, Any]:
    """Estimates of a design, as numbers.

    Returns:
        The figures of `costmodel.estimate.Estimates` by name, ``expected_error_percent`` of each,
        ``throughput_gops``, ``inside``, ``left_out`` (what the model does not know),
        ``area_um2_parts`` and ``energy_fj_parts``.

    Raises:
        RequestError: there is no model of the technology, or it does not know such a design.
    """
    from costmodel.estimate import estimate as estimate_columns
    from costmodel.model import FIGURES, load_model

    found = estimate_columns(columns_of_design(configuration), load_model(technology))
    answer: dict[str, Any] = {name: float(getattr(found, name)) for name in FIGURES}
    answer["throughput_gops"] = float(found.operations_per_cycle) * 1e3 / answer["delay_ps"]
    answer["expected_error_percent"] = {name: float(found.errors[name]) for name in FIGURES}
    answer["inside"] = bool(found.inside)
    answer["left_out"] = [name for name in _LEFT_OUT if getattr(configuration, name)]
    answer["area_um2_parts"] = _numbers(found.area_parts)
    answer["energy_fj_parts"] = _numbers(found.energy_parts)
    return answer


def _numbers(parts: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in parts.items() if float(value)}


def _report(name: str, answers: Mapping[str, dict[str, Any]]) -> None:
    table = Table("technology", box=None, pad_edge=False, title=f"{name}, ±: mean error, held out")
    for heading in ("area um2", "delay ps", "energy fJ/op", "leakage uW", "1e9 op/s"):
        table.add_column(heading, justify="right")
    for technology, answer in answers.items():
        told = answer["expected_error_percent"]
        errors = told | {"throughput_gops": told["delay_ps"]}
        table.add_row(technology, *(_cell(answer[each], errors[each]) for each in errors))
    console = Console()
    console.print(table)
    if beyond := [technology for technology, answer in answers.items() if not answer["inside"]]:
        console.print(
            f"beyond what was measured on {', '.join(beyond)}: errors may be larger there",
            soft_wrap=True,
        )
    for name in next(iter(answers.values()))["left_out"]:
        console.print(f"without its {name}, which the model does not know")


def _cell(value: float, error: float) -> str:
    """A figure to three digits at least, its expected error below it."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f}\n" + (f"±{error:.1f} %" if error == error else "not known")
