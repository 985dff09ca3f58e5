"""The command `macsmith synthesize`: what a design costs, measured."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from macsmith.commands.options import AsJson, Settings, print_json

__all__ = ["Effort", "synthesize"]


class Effort(StrEnum):
    """How much is tried."""

    QUICK = "quick"
    BEST = "best"


def synthesize(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DESIGN]",
            help="A design's name, or its file. With --verilog: more files of it.",
        ),
    ] = None,
    technology: Annotated[
        str,
        typer.Option(
            "--technology",
            "-t",
            metavar="T",
            help="A technology's name, or a Liberty file of your own.",
        ),
    ] = "nangate45",
    clock_ns: Annotated[
        float | None, typer.Option(metavar="NS", help="Clock period to meet; else least area.")
    ] = None,
    verilog: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE.v",
            help="Your own Verilog or SystemVerilog instead of a design; may be repeated.",
        ),
    ] = None,
    file_list: Annotated[
        list[Path] | None,
        typer.Option("--file-list", "-f", metavar="FILE.f", help="Its files, by a list of them."),
    ] = None,
    top_module: Annotated[
        str | None, typer.Option("--top", metavar="MODULE", help="Its top module.")
    ] = None,
    include: Annotated[
        list[Path] | None,
        typer.Option("--include", "-I", metavar="FOLDER", help="Where its includes are, too."),
    ] = None,
    define: Annotated[
        list[str] | None,
        typer.Option("--define", "-D", metavar="NAME=TEXT", help="A macro for it."),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A parameter of its top module."),
    ] = None,
    activity: Annotated[
        bool, typer.Option("--activity", help="Measure energy: simulate the netlist on data.")
    ] = False,
    vectorless: Annotated[
        bool, typer.Option("--vectorless", help="Estimate energy without data.")
    ] = False,
    vcd: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.vcd", help="Measure energy: do what your own simulation recorded."
        ),
    ] = None,
    saif: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.saif",
            help="Estimate energy: your own simulation's toggles, as far as"
            " their names are in the netlist.",
        ),
    ] = None,
    scope: Annotated[
        str, typer.Option(metavar="TB.DUT", help="The top module's instance in that recording.")
    ] = "",
    vectors: Annotated[
        int | None,
        typer.Option(min=1, max=100_000, help="Random vectors for --activity, in place of data."),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Your own data for --activity: an .npz archive, or [NAME=]FILE.npy for each array"
            " (repeated).",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of random data.")] = 0,
    noise: Annotated[
        int, typer.Option(min=0, max=100, help="Repeat so often with other names, for the spread.")
    ] = 0,
    sweep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=V,V,...",
            help="Synthesize with each of these values; may be repeated, for all combinations.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.csv", help="A sweep's table.")
    ] = None,
    effort: Annotated[
        Effort, typer.Option(help="Try many ways of mapping, or the most promising one.")
    ] = Effort.BEST,
    netlist: Annotated[
        Path | None,
        typer.Option(metavar="FILE.v", help="Write the netlist, with models of its cells."),
    ] = None,
    proved: Annotated[
        bool, typer.Option("--prove", help="Prove the netlist, and run a Verilog file as well.")
    ] = False,
    memory_gib: Annotated[
        float, typer.Option(min=0.5, max=1024, help="Memory limit of each run of the tools.")
    ] = 4.0,
    minutes: Annotated[
        float, typer.Option(min=0.01, max=1440, help="Time limit of each run of the tools.")
    ] = 10.0,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Measure area, delay and leakage by real synthesis (Yosys, ABC and our timing).

    Several ways to map the design are tried and the best is kept: the smallest one, or with
    [bold]--clock-ns[/bold] the smallest one that is fast enough. Answers are kept in the cache.
    """
    from costmodel.work.worker import Limits
    from macsmith.design import load_design
    from macsmith.progress import telling
    from macsmith.sweep import report as report_sweep
    from macsmith.sweep import run as run_sweep
    from macsmith.synthesis import (
        Data,
        Simulated,
        check_options,
        energy_of,
        job_of,
        recording_doubts,
        run,
        write_netlist,
    )
    from macsmith.synthesis_report import report
    from macsmith.verilog_request import VerilogRequest

    request = VerilogRequest(
        tuple(verilog or ()),
        tuple(file_list or ()),
        top_module,
        tuple(include or ()),
        tuple(define or ()),
        tuple(param or ()),
    )
    check_options(
        names or [],
        request,
        settings or [],
        sweep,
        noise,
        output,
        activity,
        vectorless,
        vectors,
        data,
        proved,
        netlist,
        vcd,
        saif,
        scope,
    )
    design = names[0] if names and not request.asked else ""
    circuit = load_design(design, settings or []) if design else request.sources(names or [])
    limits = Limits(memory_gib, 60 * minutes)
    if sweep:
        rows = run_sweep(design, settings or [], sweep, technology, clock_ns, limits, output)
        if as_json:
            print_json(rows)
        else:
            report_sweep(rows)
        raise typer.Exit(1 if any(row["failure"] for row in rows) else 0)
    with telling("reading") as tell:
        job = job_of(
            circuit,
            technology,
            clock_ns=clock_ns,
            noise=noise,
            limits=limits,
            proved=proved,
            quick=effort is Effort.QUICK,
        )
        tell.doing("mapping")
        answer = run(job, tell)
        if activity or vectorless or vcd is not None or saif is not None:
            tell.doing("measuring energy")
            given = None if vectorless else Data(vectors, data or (), seed)
            answer |= energy_of(job, given, Simulated(vcd, saif, scope))
            answer["warnings"] = [*answer["warnings"], *recording_doubts(answer["energy"])]
        if netlist is not None:
            tell.doing("writing the netlist")
            write_netlist(job, answer, netlist)
    if as_json:
        print_json(answer)
    else:
        report(answer, job.point.technology)
    if proved and answer["proof"]["method"] == "none":
        raise typer.Exit(1)
    if answer["slack_ps"] is not None and answer["slack_ps"] < 0:
        raise typer.Exit(1)
