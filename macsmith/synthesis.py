"""The synthesize command: what to map, on what, and the figures as a person reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from costmodel.mapping import Source
from costmodel.measure import Point, measure, module_parts
from costmodel.technology import Technology, load_technology
from costmodel.worker import Limits
from hw.errors import RequestError
from macsmith.design import Design

__all__ = ["period_ps", "report", "run", "verilog_source"]

_LONGEST_PERIOD_NS = 1e6


def verilog_source(file: Path, top: str | None) -> Source:
    """A user's Verilog as something to be synthesized.

    Raises:
        RequestError: the file cannot be read, or its top module is not named.
    """
    if top is None:
        raise RequestError(f"--verilog {file} also wants --top: the name of the module to be mapped")
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RequestError(f"the Verilog file {file} is not there") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"the Verilog file {file} cannot be read as text") from error
    return Source(text, "verilog", top, rows=False)


def period_ps(clock_ns: float | None) -> float | None:
    """A clock period in ps.

    Raises:
        RequestError: it is no clock period.
    """
    if clock_ns is not None and not 0 < clock_ns <= _LONGEST_PERIOD_NS:
        raise RequestError(
            f"--clock-ns {clock_ns} is not a clock period: it must be above 0 and at most"
            f" {_LONGEST_PERIOD_NS:.0f} ns"
        )
    return None if clock_ns is None else 1000 * clock_ns


def run(
    what: Design | Source,
    technology: str,
    *,
    clock_ns: float | None,
    noise: int,
    limits: Limits,
) -> dict[str, Any]:
    """Synthesize a design or a user's Verilog; returns what ``--json`` prints.

    Raises:
        RequestError: the technology or the clock makes no sense, or nothing could map the design.
    """
    cells = load_technology(technology)
    design = what.configuration if isinstance(what, Design) else what
    figures = measure(Point(design, cells, period_ps(clock_ns), noise), limits=limits, parallel=2)
    answer: dict[str, Any] = {"design": what.name} if isinstance(what, Design) else {}
    answer |= figures
    answer["area_noise_percent"] = (figures["noise"] or {}).get("area_percent")
    if isinstance(what, Design):
        answer["parts"] = module_parts(figures["parts"])
        answer["weights_per_cycle"] = what.configuration.tile_inputs * what.configuration.columns
        answer["area_um2_per_weight_lane"] = figures["area_um2"] / answer["weights_per_cycle"]
    return answer


def report(answer: dict[str, Any], technology: Technology) -> None:
    """Print the answer for a person."""
    console = Console()
    asked = "least area" if answer["clock_ps"] is None else f"{answer['clock_ps'] / 1000:g} ns"
    name = answer.get("design", answer["top"])
    console.print(f"[bold]{name}[/bold] on {technology.name} ({technology.description}), {asked}")
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row("area", f"{answer['area_um2']:,.1f} um2", f"{sum(answer['cells'].values()):,} cells")
    if "area_um2_per_weight_lane" in answer:
        lanes = f"{answer['weights_per_cycle']} weights a cycle"
        table.add_row("  per weight lane", f"{answer['area_um2_per_weight_lane']:,.1f} um2", lanes)
    table.add_row("delay", f"{answer['delay_ps']:,.0f} ps", _paths(answer["delays"]))
    if answer["slack_ps"] is not None:
        met = "met" if answer["slack_ps"] >= 0 else "[red]missed[/red]"
        table.add_row("slack", f"{answer['slack_ps']:,.0f} ps", met)
    table.add_row("leakage", f"{answer['leakage_uw']:,.3g} uW", "")
    if answer["noise"] is not None:
        noise = answer["noise"]
        table.add_row(
            "noise",
            f"area ±{noise['area_percent']:.2f} %, delay ±{noise['delay_percent']:.2f} %",
            f"{noise['runs']} runs with other names; median {noise['area_median_um2']:,.1f} um2",
        )
    console.print(table)
    parts = Table("part", "area (um2)", "share", box=None, pad_edge=False)
    for column in parts.columns[1:]:
        column.justify = "right"
    for part, area in answer["parts"].items():
        parts.add_row(part, f"{area:,.1f}", f"{area / answer['area_um2']:.1%}")
    console.print(parts)
    tried = len(answer["tried"])
    console.print(f"recipe {answer['recipe']}, the best of {tried}; flow {answer['flow']['flow']}")
    if answer["flat_area_percent"] is not None:
        console.print(f"mapped flat: {answer['flat_area_percent']:+.1f} % area")


def _paths(delays: dict[str, float | None]) -> str:
    words = {
        "input_to_register_ps": "in-reg",
        "register_to_register_ps": "reg-reg",
        "input_to_output_ps": "in-out",
        "register_to_output_ps": "reg-out",
    }
    return ", ".join(f"{words[k]} {v:,.0f}" for k, v in delays.items() if v is not None)
