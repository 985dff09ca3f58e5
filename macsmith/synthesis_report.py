"""The figures of the synthesize command as a person reads them."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from costmodel.library.technology import Technology

__all__ = ["report"]

_READERS = {"yosys": "Yosys, as Verilog", "slang": "slang, as SystemVerilog"}
_WARNINGS = 20  # that are printed
_STEPS = 40  # of a path that are printed


def report(answer: dict[str, Any], technology: Technology) -> None:
    """Print the answer for a person."""
    console = Console() if sys.stdout.isatty() else Console(width=100)
    asked = "least area" if answer["clock_ps"] is None else f"{answer['clock_ps'] / 1000:g} ns"
    name = answer.get("design", answer["top"])
    console.print(
        f"[bold]{escape(name)}[/bold] on {technology.name} ({technology.description}), {asked}"
    )
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row(
        "area", f"{answer['area_um2']:,.1f} um2", f"{sum(answer['cells'].values()):,} cells"
    )
    if "operation" in answer:
        count, operation = answer["operations_per_cycle"], answer["operation"]
        rate = f"{count:,} {operation}{'s' * (count != 1)} a cycle"
        share = f"{answer['area_um2_per_operation']:,.1f} um2"
        table.add_row(f"  per {operation} a cycle", share, rate)
    table.add_row("delay", f"{answer['delay_ps']:,.0f} ps", _paths(answer["delays"]))
    if answer["slack_ps"] is not None:
        met = "met" if answer["slack_ps"] >= 0 else "[red]missed[/red]"
        table.add_row("slack", f"{answer['slack_ps']:,.0f} ps", met)
    _add_clocks(table, answer["clocks"], answer["crossings"])
    if answer["registers"]:
        table.add_row("registers", f"{answer['registers']:,}", "")
    table.add_row("leakage", _shown(answer["leakage_uw"]) + " uW", "")
    if answer["noise"] is not None:
        noise = answer["noise"]
        table.add_row(
            "noise",
            f"area ±{noise['area_percent']:.2f} %, delay ±{noise['delay_percent']:.2f} %",
            f"{noise['runs']} runs with other names; median {noise['area_median_um2']:,.1f} um2",
        )
    if "energy" in answer:
        _add_energy(table, answer["energy"], answer.get("operation"))
    console.print(table)
    energies = answer["energy"]["by_part"] if "energy" in answer else {}
    heads = ["part", "area (um2)", "share", *(["energy (fJ/cycle)", "share"] if energies else [])]
    parts = Table(*heads, box=None, pad_edge=False)
    for column in parts.columns[1:]:
        column.justify = "right"
    for part, area in answer["parts"].items():
        row = [escape(part), f"{area:,.1f}", _share(area, answer["area_um2"])]
        if energies:
            spent = energies.get(part, 0.0)
            row += [f"{spent:,.1f}", _share(spent, answer["energy_fj_per_cycle"])]
        parts.add_row(*row)
    console.print(parts)
    if "reader" in answer:
        _print_kinds(console, answer)
        _print_path(console, answer["critical_path"])
    _print_warnings(console, answer["warnings"])
    _print_origin(console, answer)


def _print_origin(console: Console, answer: dict[str, Any]) -> None:
    """How the figures came to be."""
    if "reader" in answer:
        console.print(f"read by {_READERS[answer['reader']]}")
    tried = len(answer["tried"])
    console.print(f"recipe {answer['recipe']}, the best of {tried}; flow {answer['flow']['flow']}")
    if "reader" in answer:
        console.print(f"made in {answer['seconds']:,.1f} s")
    if answer["proof"] is not None:
        console.print(_proof(answer["proof"]))
    if answer["flat_area_percent"] is not None:
        console.print(f"mapped flat: {answer['flat_area_percent']:+.1f} % area")


def _proof(proof: dict[str, Any]) -> str:
    """One line on what is known of the netlist."""
    if proof["method"] == "none":
        return "[red]not proved[/red]"
    if proof["method"] == "sat":
        text = "proved equal to the source by SAT, for all inputs and states"
    elif proof["complete"]:
        text = f"proved equal to the source: all {proof['steps']:,} inputs and states simulated"
    else:
        text = f"simulated beside the source for {proof['steps']:,} steps without a difference"
    if proof["text_steps"] is not None:
        text += f"; beside the text in Verilator for {proof['text_steps']:,} steps"
    return f"{text} (seed {proof['seed']}, {proof['seconds']:.1f} s)"


def _print_warnings(console: Console, warnings: list[str]) -> None:
    for warning in warnings[:_WARNINGS]:
        console.print(f"[yellow]warning[/yellow] {escape(warning)}", soft_wrap=True)
    if len(warnings) > _WARNINGS:
        console.print(f"and {len(warnings) - _WARNINGS:,} more warnings, which --json has")


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def _add_clocks(
    table: Table, clocks: list[dict[str, Any]], crossings: list[dict[str, Any]]
) -> None:
    """Clocks, where there is more than one, or one with both edges or gates."""
    plain = len(clocks) < 2 and not any(c["gated"] or len(c["edges"]) > 1 for c in clocks)
    for clock in [] if plain else clocks:
        parents = " and ".join(clock["derived_from"])
        origin = f", derived from {parents}" if parents else ""
        gated = f", {clock['gated']:,} of them gated" if clock["gated"] else ""
        both = len(clock["edges"]) > 1
        edges = (
            "both edges (a path between them counts twice)" if both else f"{clock['edges'][0]} edge"
        )
        period = "" if clock["delay_ps"] is None else f"{clock['delay_ps']:,.0f} ps"
        description = f"{edges}, {_registers(clock['registers'])}{gated}{origin}"
        table.add_row(escape(f"  clock {clock['name']}"), period, escape(description))
    for crossing in crossings:
        way = f"{crossing['start']} to {_registers(crossing['registers'])} of {crossing['end']}"
        table.add_row("  not timed", "", escape(f"from {way}: the clocks are unrelated"))


def _registers(count: int) -> str:
    return f"{count:,} register{'' if count == 1 else 's'}"


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _add_energy(table: Table, energy: dict[str, Any], operation: str | None) -> None:
    shares = {
        name: energy[f"{name}_fj_per_cycle"] / energy["energy_fj_per_cycle"]
        for name in ("switching", "internal", "clock", "leakage")
        if energy["energy_fj_per_cycle"]
    }
    label = "energy" if energy["source"] == "measured" else "energy (vectorless estimate)"
    parts = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    cycles = f"over {energy['cycles']:,.0f} cycles" if energy["source"] == "measured" else ""
    per_cycle = f"{energy['energy_fj_per_cycle']:,.0f} fJ/cycle"
    if operation is None:
        table.add_row(label, per_cycle, parts)
        if cycles:
            table.add_row("", "", f"{cycles} of your recording")
        if known := energy.get("known_nets"):
            table.add_row("", "", f"toggles of {known:,} nets from your simulation")
    else:
        table.add_row(label, f"{energy['energy_fj_per_operation']:,.1f} fJ/{operation}", parts)
        table.add_row("", per_cycle, cycles)
    if steady := energy.get("steady"):
        values = ", ".join(f"{port} at {value}" for port, value in steady.items())
        table.add_row("", "", escape(f"resets keep still: {values}"))


def _print_kinds(console: Console, answer: dict[str, Any]) -> None:
    table = Table("kind of cell", "cells", "area (um2)", "share", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, figures in answer["kinds"].items():
        area = figures["area_um2"]
        share = _share(area, answer["area_um2"])
        table.add_row(kind, f"{figures['cells']:,}", f"{area:,.1f}", share)
    if answer["kinds"]:
        console.print(table)


def _print_path(console: Console, path: dict[str, Any] | None) -> None:
    """The path that needs the longest period, a cell a line."""
    if path is None:
        return
    heads = ("critical path", "from - to", "edge", "net", "fanout", "load (fF)", "delay", "at (ps)")
    table = Table(*heads, box=None, pad_edge=False)
    for column in table.columns[4:]:
        column.justify = "right"
    first = path["input_delay_ps"]
    table.add_row(f"from {escape(path['start'])}", *[""] * 5, f"{first:,.0f}", f"{first:,.0f}")
    steps = path["steps"]
    left_out = range(_STEPS // 2, len(steps) - _STEPS // 2)
    for number, step in enumerate(steps):
        if number in left_out:
            if number == left_out[0]:
                table.add_row(f"... {len(left_out)} more, which --json has")
            continue
        table.add_row(
            escape(step["cell"]),
            escape(" - ".join(step["pins"])),
            step["edge"],
            escape(step["net"]),
            f"{step['fanout']:,}",
            _shown(step["load_ff"]),
            f"{step['delay_ps']:,.0f}",
            f"{step['arrival_ps']:,.0f}",
        )
    arrival = steps[-1]["arrival_ps"] if steps else first
    setup = f"{path['setup_ps']:,.0f}" if path["setup_ps"] else ""
    total = arrival + path["setup_ps"]
    table.add_row(f"to {escape(path['end'])}", *[""] * 5, setup, f"{total:,.0f}")
    console.print(table)
    if abs(path["period_ps"] - total) > 0.5:
        console.print(f"it has a part of a period, and needs one of {path['period_ps']:,.0f} ps")


def _paths(delays: dict[str, float | None]) -> str:
    words = {
        "input_to_register_ps": "in-reg",
        "register_to_register_ps": "reg-reg",
        "input_to_output_ps": "in-out",
        "register_to_output_ps": "reg-out",
    }
    return ", ".join(f"{words[k]} {v:,.0f}" for k, v in delays.items() if v is not None)
