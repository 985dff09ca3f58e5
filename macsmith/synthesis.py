"""The synthesize command: what to map, on what, and the figures as a person reads them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from costmodel.flow.measure import Point, measure, module_parts
from costmodel.library.technology import Technology
from costmodel.proof.proof import Effort
from costmodel.proof.text import Text
from costmodel.technologies import load_technology
from costmodel.verilog.reading import read_design
from costmodel.verilog.sources import VerilogSources
from costmodel.work.worker import Limits
from hw.errors import RequestError
from macsmith.design import Design
from macsmith.verilog_request import VerilogRequest

__all__ = [
    "Data",
    "check_options",
    "energy_of",
    "period_ps",
    "report",
    "run",
    "work_of",
]

_SHORTEST_PERIOD_NS, _LONGEST_PERIOD_NS = 1e-3, 1e6
_INPUT_TOGGLES = 0.2  # a cycle, where there is no data
_READERS = {"yosys": "Yosys, as Verilog", "slang": "slang, as SystemVerilog"}
_WARNINGS = 20  # that are printed
_SOLVER_SECONDS = 60.0  # with --prove
_CYCLES = 4000  # that random data takes, if nothing else is asked


def check_options(
    names: list[str],
    request: VerilogRequest,
    settings: list[str],
    sweep: list[str] | None,
    noise: int,
    output: Path | None,
    activity: bool,
    vectorless: bool,
    vectors: int | None,
    data: Path | None,
    proved: bool,
) -> None:
    """See that the command's options go together.

    Raises:
        RequestError: they do not.
    """
    wrong = {
        "name a DESIGN, or --verilog FILE.v and --top MODULE": not names and not request.asked,
        f"{names[-1]!r} is one design too many: one is synthesized at a time; files of Verilog come"
        " after --verilog"
        if names
        else "": len(names) > 1 and not request.asked,
        "--top, --include, --define and --param go with --verilog or --file-list": request.detailed
        and not request.asked,
        "--set is for a DESIGN: parameters of Verilog are set by --param NAME=VALUE": bool(settings)
        and request.asked,
        "--sweep goes with a DESIGN, and not with --verilog, --noise, --prove, --activity or"
        " --vectorless": bool(sweep)
        and bool(request.asked or noise or proved or activity or vectorless),
        "--output names a sweep's table, so it wants --sweep": output is not None and not sweep,
        "--activity measures and --vectorless estimates: choose one": activity and vectorless,
        "--vectors and --data say what --activity runs on, so they want --activity": not activity
        and (vectors is not None or data is not None),
        "--vectors counts random vectors, so it does not go with --data": vectors is not None
        and data is not None,
        "--activity and --vectorless want a DESIGN: a Verilog file has no bench": request.asked
        and (activity or vectorless),
    }
    for sentence, holds in wrong.items():
        if holds:
            raise RequestError(sentence)


def period_ps(clock_ns: float | None) -> float | None:
    """A clock period in ps.

    Raises:
        RequestError: it is no clock period.
    """
    if clock_ns is not None and not _SHORTEST_PERIOD_NS <= clock_ns <= _LONGEST_PERIOD_NS:
        raise RequestError(
            f"--clock-ns {clock_ns} is not a clock period: it must be from {_SHORTEST_PERIOD_NS} to"
            f" {_LONGEST_PERIOD_NS:.0f} ns"
        )
    return None if clock_ns is None else 1000 * clock_ns


def run(
    circuit: Design | VerilogSources,
    technology: str,
    *,
    clock_ns: float | None,
    noise: int,
    limits: Limits,
    proved: bool = False,
) -> dict[str, Any]:
    """Synthesize a design or a user's Verilog; returns what ``--json`` prints.

    A user's Verilog is always compared with its netlist for a while; `proved` takes longer, runs
    the text itself too, and compares a design.

    Raises:
        RequestError: the technology or the clock makes no sense, or nothing could map the design.
        CheckError: every netlist is wrong.
    """
    cells = load_technology(technology)
    if isinstance(circuit, VerilogSources):
        return _run_verilog(circuit, cells, period_ps(clock_ns), noise, limits, proved)
    effort = Effort(_SOLVER_SECONDS) if proved else None
    point = Point(circuit.configuration, cells, period_ps(clock_ns), noise, effort)
    figures = measure(point, limits=limits, parallel=2)
    answer: dict[str, Any] = {"design": circuit.name, **figures, "warnings": _doubts(figures)}
    answer["area_noise_percent"] = (figures["noise"] or {}).get("area_percent")
    answer["parts"] = module_parts(circuit.configuration, figures["parts"])
    unit = circuit.configuration
    answer["operation"] = unit.operation
    answer["operations_per_cycle"] = unit.operations_per_cycle
    answer["area_um2_per_operation"] = figures["area_um2"] / unit.operations_per_cycle
    return answer


def _run_verilog(
    wanted: VerilogSources,
    technology: Technology,
    clock_ps: float | None,
    noise: int,
    limits: Limits,
    proved: bool,
) -> dict[str, Any]:
    reading = read_design(wanted, technology, limits)
    text = Text(
        tuple(file.absolute() for file in wanted.files),
        wanted.top,
        (
            *(f"-I{folder.absolute()}" for folder in wanted.includes),
            *(f"-D{name}={value}" for name, value in wanted.defines),
        ),
        wanted.parameters,
    )
    effort = Effort(_SOLVER_SECONDS, text) if proved else Effort()
    point = Point(reading.source, technology, clock_ps, noise, effort)
    figures = measure(point, limits=limits, parallel=2)
    warnings = [*reading.warnings, *_doubts(figures)]
    answer = figures | {"top": wanted.top, "reader": reading.reader, "warnings": warnings}
    answer["area_noise_percent"] = (figures["noise"] or {}).get("area_percent")
    parts: dict[str, float] = {}
    for part, area in figures["parts"].items():
        title = reading.title(part)
        parts[title] = parts.get(title, 0.0) + area
    answer["parts"] = parts
    return answer


def _doubts(figures: dict[str, Any]) -> list[str]:
    """What the proof of a netlist leaves to be said."""
    wrong = [
        f"the recipe {recipe} gave a wrong netlist and was left out: {mismatch}"
        for recipe, mismatch in figures["discarded"].items()
    ]
    return wrong + list(figures["proof"]["remarks"] if figures["proof"] else ())


@dataclass(frozen=True)
class Data:
    """What energy is measured on: so many random vectors, a file, or the design's own data."""

    vectors: int | None
    file: Path | None
    seed: int


def energy_of(
    design: Design | VerilogSources,
    technology: str,
    clock_ns: float | None,
    data: Data | None,
    limits: Limits,
) -> dict[str, Any]:
    """Energy of a design, on data or (None) estimated without; for ``--json``.

    Raises:
        RequestError: the data does not suit the design, or a result was wrong.
    """
    from costmodel.energy.power import (  # loads the simulator's side
        estimated_energy,
        measured_energy,
    )

    assert isinstance(design, Design)
    point = Point(design.configuration, load_technology(technology), period_ps(clock_ns))
    if data is None:
        answer = estimated_energy(point, _INPUT_TOGGLES, limits=limits)
    else:
        answer = measured_energy(point, work_of(design, data), limits=limits)
    answer["by_part"] = module_parts(design.configuration, answer["by_part"])
    return {
        "energy_fj_per_operation": answer["energy_fj_per_operation"],
        "energy_fj_per_cycle": answer["energy_fj_per_cycle"],
        "energy": answer,
    }


def work_of(design: Design, data: Data) -> Sequence[Any]:
    """What a design's energy is measured on: pieces of work of its family.

    Without a number of vectors or a file: the design's own data, else as many random vectors as
    take some thousand cycles.
    """
    from sim.arrays import read_arrays
    from sim.family import bench_of
    from sim.simulate import golden_work, random_work

    unit = design.configuration
    bench = bench_of(unit)
    file = data.file if data.file is not None else design.data if data.vectors is None else None
    if file is not None:
        return golden_work(unit, bench.load(unit, read_arrays(file, "data"), str(file)))
    vectors = data.vectors or bench.vectors_in(unit, _CYCLES)
    return random_work(unit, vectors, data.seed, typical=True)


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
    table.add_row("leakage", _shown(answer["leakage_uw"]) + " uW", "")
    if answer["noise"] is not None:
        noise = answer["noise"]
        table.add_row(
            "noise",
            f"area ±{noise['area_percent']:.2f} %, delay ±{noise['delay_percent']:.2f} %",
            f"{noise['runs']} runs with other names; median {noise['area_median_um2']:,.1f} um2",
        )
    if "energy" in answer:
        _add_energy(table, answer["energy"], answer["operation"])
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
    _print_warnings(console, answer["warnings"])
    _print_origin(console, answer)


def _print_origin(console: Console, answer: dict[str, Any]) -> None:
    """How the figures came to be."""
    if "reader" in answer:
        console.print(f"read by {_READERS[answer['reader']]}")
    tried = len(answer["tried"])
    console.print(f"recipe {answer['recipe']}, the best of {tried}; flow {answer['flow']['flow']}")
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


def _add_energy(table: Table, energy: dict[str, Any], operation: str) -> None:
    shares = {
        name: energy[f"{name}_fj_per_cycle"] / energy["energy_fj_per_cycle"]
        for name in ("switching", "internal", "clock", "leakage")
    }
    label = "energy" if energy["source"] == "measured" else "energy (vectorless estimate)"
    parts = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    table.add_row(label, f"{energy['energy_fj_per_operation']:,.1f} fJ/{operation}", parts)
    cycles = f"over {energy['cycles']:,.0f} cycles" if energy["source"] == "measured" else ""
    table.add_row("", f"{energy['energy_fj_per_cycle']:,.0f} fJ/cycle", cycles)


def _paths(delays: dict[str, float | None]) -> str:
    words = {
        "input_to_register_ps": "in-reg",
        "register_to_register_ps": "reg-reg",
        "input_to_output_ps": "in-out",
        "register_to_output_ps": "reg-out",
    }
    return ", ".join(f"{words[k]} {v:,.0f}" for k, v in delays.items() if v is not None)
