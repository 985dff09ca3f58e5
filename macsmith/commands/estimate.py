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
    clock_ns: Annotated[
        float | None,
        typer.Option(help="The clock period that is asked for; the least area without."),
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Estimate area, delay, energy and leakage by the cost model, with expected errors.

    Without a clock they are those of the smallest circuit, as fast as that one is; with
    [bold]--clock-ns[/bold] of the smallest one that runs at it. The fastest clock is told besides.

    [bold]macsmith synthesize DESIGN --activity[/bold] measures the same figures, but for energy:
    estimates are of full tiles, and it runs the design's own workload, in which padding is work and
    no operation. Where the last tile is far from full it gives more energy for an operation.
    """
    from costmodel.model.model import some_models
    from macsmith.design import load_design
    from macsmith.estimation import figures
    from macsmith.synthesis import period_ps

    loaded = load_design(design, settings or [])
    names = technology or some_models(loaded.configuration.family)
    clock_ps = period_ps(clock_ns)
    answers = {name: figures(loaded.configuration, name, clock_ps) for name in names}
    if as_json:
        print_json({"design": loaded.name, "technologies": answers})
    else:
        _report(loaded.name, answers)


def _report(name: str, answers: Mapping[str, dict[str, Any]]) -> None:
    from costmodel.model.model import FEWEST_HELD_OUT, FIGURES

    table = Table("technology", box=None, pad_edge=False, title=f"{name}, ±: mean error, held out")
    for heading in ("area um2", "delay ps", "energy fJ/op", "leakage uW", "1e9 op/s"):
        table.add_column(heading, justify="right")
    for technology, answer in answers.items():
        expected_percent = answer["expected_error_percent"]
        errors = {name: expected_percent[name] for name in FIGURES}
        errors |= {"throughput_gops": 0.0 if _asked(answer) else errors["delay_ps"]}
        known = "held_out_designs" if _of_least_area(answer) else "held_out_at_clocks"
        few = 0 < answer[known] < FEWEST_HELD_OUT
        cells = [_cell(answer[figure], errors[figure], few=few) for figure in errors]
        table.add_row(technology, *cells)
    console = Console()
    console.print(table)
    _tell_of_clocks(console, answers)
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


def _of_least_area(answer: Mapping[str, Any]) -> bool:
    """Whether figures are those of the least area: no clock is asked for, or a slow one."""
    return answer["clock_ps"] is None or answer["delay_ps"] < answer["clock_ps"]


def _asked(answer: Mapping[str, Any]) -> bool:
    """Whether a clock is asked for and met: the design then runs at it, whatever it could do."""
    return answer["meets_clock"] == "yes"


def _tell_of_clocks(console: Console, answers: Mapping[str, dict[str, Any]]) -> None:
    """The fastest clocks, and where the asked one is not met for sure."""
    for technology, answer in answers.items():
        if (fastest_ps := answer["fastest_clock_ps"]) is not None:
            error = answer["expected_error_percent"].get("fastest_clock_ps", float("nan"))
            console.print(
                f"fastest clock on {technology}: {fastest_ps:,.0f} ps, ±{error:.0f} % by"
                f" {answer['held_out_at_clocks']} designs",
                soft_wrap=True,
            )
    for technology, answer in answers.items():
        clock_ps, fastest_ps = answer["clock_ps"], answer["fastest_clock_ps"]
        if clock_ps is not None and answer["meets_clock"] != "yes":
            how = "does not meet" if answer["meets_clock"] == "no" else "may or may not meet"
            of_fastest = ", and these figures are of that" if fastest_ps > clock_ps else ""
            console.print(
                f"{technology} {how} {clock_ps:,.0f} ps: the fastest clock is"
                f" {fastest_ps:,.0f} ps{of_fastest}",
                soft_wrap=True,
            )


def _cell(value: float, error: float, *, few: bool) -> str:
    """A figure to three digits at least, its expected error below it; one of 0 was asked for."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    told = "not known" if error != error else "too few" if few else f"±{error:.1f} %"
    told = told if error else "as asked"
    return f"{value:,.{digits}f}\n{told}"
