"""The command line: one short function a command.

Exit status: 0 done; 1 a check failed; 2 the request is wrong (one sentence, nothing written).
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from hw import __version__
from hw.errors import RequestError
from macsmith.calibration import calibrate
from macsmith.estimation import estimate
from macsmith.explore_command import explore

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help=(
        "Low-precision multiply-accumulate hardware: generate it, simulate it, trust it.\n\n"
        "DESIGN is a name that [bold]macsmith list[/bold] shows, or a path to a TOML file. Start"
        " with [bold]macsmith simulate digits[/bold]: a trained ternary network classifies images"
        " inside the generated Verilog."
    ),
)

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


technology_app = typer.Typer(
    no_args_is_help=True, help="Cell libraries: look at one, or bring your own."
)
app.add_typer(technology_app, name="technology")
app.command()(estimate)
app.command()(explore)
app.command()(calibrate)


@app.callback(invoke_without_command=True)
def top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """What comes before a command."""
    if version:
        typer.echo(f"macsmith {__version__}")
        raise typer.Exit


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """Show units, designs, workloads, spaces, number formats and technologies."""
    from costmodel.technology import load_technology, shipped
    from hw.formats import format_meanings
    from macsmith.design import UNITS, committed_designs, load_design
    from macsmith.space_file import committed_spaces, describe_space
    from macsmith.workload import committed_workloads, load_workload

    answer = {
        "units": {name: unit.meaning for name, unit in UNITS.items()},
        "designs": {name: load_design(name).description for name in committed_designs()},
        "workloads": {name: load_workload(name).description for name in committed_workloads()},
        "spaces": {name: describe_space(name) for name in committed_spaces()},
        "formats": format_meanings(),
        "technologies": {name: load_technology(name).description for name in shipped()},
    }
    if as_json:
        _print_json(answer)
        return
    for kind, entries in answer.items():
        if entries:
            typer.secho(kind, bold=True)
            width = max(map(len, entries))
            for name, meaning in entries.items():
                typer.echo(f"  {name:<{width}}  {meaning}")


@app.command()
def generate(
    design: DesignName,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where the files go.")
    ] = Path("build"),
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Write a design's Verilog, its manifest and a FuseSoC core file."""
    from macsmith.design import load_design
    from macsmith.manifest import generate as write

    loaded = load_design(design, settings or [])
    contents = write(loaded, output)
    files = [str(output / f"{loaded.name}.{ending}") for ending in ("v", "json", "core")]
    if as_json:
        chosen = ("files", "ports", "latency_cycles", "initiation_interval", "parameters")
        _print_json({"folder": str(output)} | {key: contents[key] for key in chosen})
        return
    c = loaded.configuration
    typer.echo(f"{loaded.name}: {loaded.description}")
    style = "" if c.style == "integer" else f" ({c.style})"
    wide = c.accumulator_format.name if c.accumulator_format else f"{c.accumulator_bits}-bit"
    typer.echo(
        f"  {c.tile_inputs} x {c.columns} weights a cycle, {c.activation.name} activations{style},"
        f" {wide} accumulators, latency {c.latency}"
    )
    if plan := c.exit_plan:
        scales = f", {c.scale_format} scales ({c.scale})" if plan.scaled else ""
        typer.echo(f"  {c.result} results, {plan.units} a cycle{scales}")
    for file in files:
        typer.echo(f"  wrote {file}")


@app.command()
def simulate(
    design: DesignName,
    vectors: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Random activation vectors.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="FILE.npz", help="Your own weights and activations instead."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of random data and stalls.")] = 0,
    stall: Annotated[
        float, typer.Option(min=0, max=0.95, help="Probability that a stream idles in a cycle.")
    ] = 0.0,
    waves: Annotated[
        Path | None, typer.Option(metavar="FILE.vcd", help="Record all signals (slower).")
    ] = None,
    skip_zero_tiles: Annotated[
        bool, typer.Option("--skip-zero-tiles", help="Send no tile whose weights are all zero.")
    ] = False,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Run a design's Verilog in Verilator and compare every result with the golden model.

    Without data of its own a design gets random weights (42 % zeros) and activations.
    """
    from rich.console import Console

    from macsmith.design import load_design
    from macsmith.simulation import report, run

    loaded = load_design(design, settings or [])
    if data is not None and vectors is not None:
        raise RequestError("--vectors counts random vectors, so it does not go with --data")
    with Console(stderr=True).status(f"simulating {loaded.name} (building comes first)"):
        answer = run(
            loaded,
            vectors=vectors,
            data=data,
            seed=seed,
            stall=stall,
            waves=waves,
            skip_zero_tiles=skip_zero_tiles,
        )
    if as_json:
        _print_json(answer)
    else:
        report(answer)
    if answer["faults"]:
        raise typer.Exit(1)


@app.command()
def schedule(
    design: DesignName,
    workload: Annotated[
        list[str] | None,
        typer.Option(
            "--workload",
            "-w",
            metavar="NAME|N,M[,BATCH]",
            help="A workload's name or file (.toml, .csv), or a product; products may be repeated."
            " Without it the design's own workload.",
        ),
    ] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, max=1 << 20, help="Activation vectors at a time.")
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Count the cycles, traffic and storage of matrix products, such as a model's, on a design.

    The core is sized for the workload, unless --set says otherwise.
    """
    from macsmith.schedule import plan, report, run

    answer = run(plan(design, settings or [], workload or [], batch))
    if as_json:
        _print_json(answer)
    else:
        report(answer)


@app.command()
def system(
    design: DesignName,
    workload: Annotated[
        list[str] | None,
        typer.Option(
            "--workload",
            "-w",
            metavar="NAME|N,M[,BATCH]",
            help="A workload's name or file (.toml, .csv), or a product; products may be repeated."
            " Without it the design's own workload.",
        ),
    ] = None,
    technology: Annotated[
        str,
        typer.Option("--technology", "-t", metavar="T", help="A technology's name, or its file."),
    ] = "nangate45",
    cores: Annotated[int, typer.Option(min=1, max=1 << 16, help="Cores that share the work.")] = 1,
    memory: Annotated[
        str, typer.Option(metavar="KIND", help="Off-chip memory: lpddr4, lpddr5, ddr4, hbm2, ...")
    ] = "lpddr5",
    bandwidth: Annotated[
        float | None, typer.Option(metavar="GB/S", help="In place of what that memory has.")
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(min=1, max=1 << 20, help="Vectors at a time: 1 decodes, more prefill."),
    ] = None,
    clock_ns: Annotated[
        float | None, typer.Option(metavar="NS", help="Clock period, if it is not too short.")
    ] = None,
    weight_bits: Annotated[
        float,
        typer.Option(min=0, max=64, help="Bits a weight off chip; 0: as the core takes them."),
    ] = 0.0,
    weight_kib: Annotated[
        float | None,
        typer.Option(
            "--weight-buffer",
            metavar="KIB",
            help="Of each core; without it what the workload wants.",
        ),
    ] = None,
    activation_kib: Annotated[
        float | None,
        typer.Option(
            "--activation-buffer", metavar="KIB", help="Of all cores; without it all vectors."
        ),
    ] = None,
    node_nm: Annotated[
        int | None,
        typer.Option(metavar="NM", help="Node that SRAM is scaled to; for your own technology."),
    ] = None,
    from_synthesis: Annotated[
        bool, typer.Option("--measured", help="Core's figures by real synthesis, not the model.")
    ] = False,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Tokens a second, energy a token and area of an accelerator: cores, SRAM, off-chip memory.

    The core is sized for the workload, unless --set says otherwise. What the figures take for
    granted: docs/assumptions.md.
    """
    from rich.console import Console

    from costmodel.dataflow import Platform
    from costmodel.dram import load_dram
    from costmodel.memory import load_sram
    from macsmith.schedule import plan
    from macsmith.synthesis import period_ps
    from macsmith.system import estimated, measured, report, run

    platform = Platform(
        load_sram(technology, node_nm),
        load_dram(memory, bandwidth),
        cores=cores,
        clock_ps=period_ps(clock_ns) or 0.0,
        weight_bits=weight_bits,
        weight_kib=weight_kib,
        activation_kib=activation_kib,
    )
    job = plan(design, settings or [], workload or [], batch)
    figures = None if from_synthesis else estimated(job.design.configuration, technology)
    if figures is None:
        with Console(stderr=True).status("measuring the core (once; then it is in the cache)"):
            figures = measured(job.design.configuration, technology)
    answer = run(job, figures, platform, technology)
    if as_json:
        _print_json(answer)
    else:
        report(answer)


@app.command()
def synthesize(
    design: Annotated[
        str | None, typer.Argument(metavar="[DESIGN]", help="A design's name, or its file.")
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
        Path | None, typer.Option(metavar="FILE.v", help="Your own Verilog instead of a design.")
    ] = None,
    top_module: Annotated[
        str | None, typer.Option("--top", metavar="MODULE", help="Its top module.")
    ] = None,
    activity: Annotated[
        bool, typer.Option("--activity", help="Measure energy: simulate the netlist on data.")
    ] = False,
    vectorless: Annotated[
        bool, typer.Option("--vectorless", help="Estimate energy without data.")
    ] = False,
    vectors: Annotated[
        int | None,
        typer.Option(min=1, max=100_000, help="Random vectors for --activity, in place of data."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="FILE.npz", help="Your own data for --activity.")
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
    from rich.console import Console

    from costmodel.technology import load_technology
    from costmodel.worker import Limits
    from macsmith.design import load_design
    from macsmith.sweep import report as report_sweep
    from macsmith.sweep import run as run_sweep
    from macsmith.synthesis import (
        Data,
        check_options,
        energy_of,
        report,
        run,
        verilog_source,
    )

    check_options(design, verilog, sweep, noise, output, activity, vectorless, vectors, data)
    if design is not None:
        what = load_design(design, settings or [])
    else:
        assert verilog is not None
        what = verilog_source(verilog, top_module)
    limits = Limits(memory_gib, 60 * minutes)
    if sweep:
        rows = run_sweep(design or "", settings or [], sweep, technology, clock_ns, limits, output)
        if as_json:
            _print_json(rows)
        else:
            report_sweep(rows)
        raise typer.Exit(1 if any(row["failure"] for row in rows) else 0)
    with Console(stderr=True).status("mapping"):
        answer = run(what, technology, clock_ns=clock_ns, noise=noise, limits=limits)
    if activity or vectorless:
        with Console(stderr=True).status("measuring energy"):
            answer |= energy_of(
                what,
                technology,
                clock_ns,
                None if vectorless else Data(vectors, data, seed),
                limits,
            )
    if as_json:
        _print_json(answer)
    else:
        report(answer, load_technology(technology))
    if answer["slack_ps"] is not None and answer["slack_ps"] < 0:
        raise typer.Exit(1)


@app.command()
def plot(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="front, breakdown, heat-map, parity, sensitivity or roofline.",
        ),
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="What macsmith explore has written.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="FILE.svg or FILE.png; else KIND.svg."),
    ] = None,
    x: Annotated[str, typer.Option(metavar="COLUMN", help="Across.")] = "",
    y: Annotated[str, typer.Option(metavar="COLUMN", help="Upwards.")] = "",
    value: Annotated[
        str, typer.Option(metavar="COLUMN", help="The figure of bars, maps and parity.")
    ] = "",
    by: Annotated[str, typer.Option(metavar="COLUMN", help="What colours tell apart.")] = "",
    technology: Annotated[
        str, typer.Option("--technology", "-t", metavar="T", help="Designs of this one only.")
    ] = "",
    point: Annotated[
        int, typer.Option(min=0, metavar="N", help="A design of the front, from 1 on.")
    ] = 0,
    workload: Annotated[
        str, typer.Option("--workload", "-w", metavar="NAME", help="Of a roofline.")
    ] = "bitnet-2b4t",
    batch: Annotated[int, typer.Option(min=1, max=1 << 20, help="Its vectors at a time.")] = 1,
    bandwidth: Annotated[
        float, typer.Option(min=1e-3, max=1e6, metavar="GB/S", help="Its memory's.")
    ] = 50.0,
    half: Annotated[
        bool, typer.Option("--half", help="As wide as a column (3.5 in), not a page (7 in).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Draw a picture of an explored design space, for print: SVG or PNG.

    [bold]front[/bold]: two figures of all designs, the best and the published ones marked;
    [bold]breakdown[/bold]: area or energy by part; [bold]heat-map[/bold]: a figure over mu and K;
    [bold]parity[/bold]: estimates against synthesis; [bold]sensitivity[/bold]: what moving one
    parameter changes; [bold]roofline[/bold]: what memory lets a model reach.
    """
    from costmodel.plots import HALF_PAGE, PAGE
    from macsmith.plot import Wish, draw

    wish = Wish(
        x=x,
        y=y,
        value=value,
        by=by,
        technology=technology,
        point=point,
        workload=workload,
        batch=batch,
        bandwidth_gbytes_per_s=bandwidth,
        width=HALF_PAGE if half else PAGE,
    )
    answer = draw(kind, folder, output or Path(f"{kind}.svg"), wish)
    if as_json:
        _print_json(answer)
    else:
        typer.echo(f"wrote {answer['file']}")


@app.command()
def report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="What macsmith explore has written.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.html", help="DIR/report.html without."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the report of an explored design space: one HTML file that needs no network.

    Why the winners win, the front to point at and click through, filters, tables, the commands that
    make a chosen design, expected errors and where everything comes from.
    """
    from macsmith.report import write_report

    answer = write_report(folder, output or folder / "report.html")
    if as_json:
        _print_json(answer)
    else:
        typer.echo(f"wrote {answer['file']} ({answer['bytes'] / 1e6:.1f} MB)")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """See what is missing on this machine, and how to get it."""
    from macsmith.doctor import examine

    checks = examine()
    if as_json:
        _print_json(
            {
                "checks": [
                    {"name": c.name, "found": c.found, "ok": c.ok, "remedy": c.remedy}
                    for c in checks
                ]
            }
        )
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            mark = "ok     " if check.found else "missing" if check.needed_for else "-      "
            typer.echo(f"{mark}  {check.name:<{width}}  {check.found or check.remedy}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


@technology_app.command("import")
def import_technology(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call the technology.")],
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Liberty files of one library (.gz too)."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where it goes; NAME.json without."),
    ] = None,
    description: Annotated[str, typer.Option(help="Library, process and corner, in a line.")] = "",
    source: Annotated[str, typer.Option(help="Where the files come from.")] = "",
    licence: Annotated[str, typer.Option(help="Under which they are.")] = "",
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN", help="Cells that must not be used (*xp*); may be repeated."
        ),
    ] = None,
    driver: Annotated[
        str,
        typer.Option(metavar="CELL", help="Drives a design's inputs; the smallest buffer without."),
    ] = "",
    output_load: Annotated[
        float | None,
        typer.Option(
            min=0, metavar="FF", help="Load of a design's outputs; four inverters without."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Distil Liberty files into a technology file, which every --technology takes by its path."""
    from rich.console import Console

    from costmodel.liberty import distil
    from costmodel.technology import write_technology
    from macsmith.technology import summary

    with Console(stderr=True).status(f"reading {', '.join(file.name for file in files)}"):
        technology = distil(
            name,
            files,
            description=description,
            source=source,
            licence=licence,
            exclude=exclude or [],
            driver=driver,
            output_load_ff=output_load,
        )
    path = output or Path(f"{name}.json")
    write_technology(technology, path)
    answer = {"file": str(path), **summary(technology)}
    if as_json:
        _print_json(answer)
        return
    typer.echo(
        f"wrote {path}: {answer['usable']} cells ({answer['flip_flops']} of them flip-flops),"
        f" {answer['excluded']} excluded, {sum(answer['left_out'].values())} left out"
    )


@technology_app.command()
def show(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A name, or a file; all without.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the cells, units and source of a technology; without a name, all that are shipped."""
    from costmodel.technology import load_technology, shipped
    from macsmith.technology import print_cells, print_overview, summary

    found = [load_technology(each) for each in ([name] if name else shipped())]
    if as_json:
        _print_json(summary(found[0], cells=True) if name else [summary(each) for each in found])
    elif name:
        print_cells(found[0])
    else:
        print_overview(found)


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    """Ctrl-C: end the processes that map designs, too; what they have finished is in the cache."""
    if "costmodel.worker" in sys.modules:
        sys.modules["costmodel.worker"].interrupt.set()
    raise KeyboardInterrupt


def main() -> None:
    """The program: run a command, turn errors into sentences and exit states."""
    from sim.simulator import SimulatorError  # light: loads no simulator

    signal.signal(signal.SIGINT, _interrupted)
    try:
        app(standalone_mode=True)
    except RequestError as error:
        typer.echo(f"macsmith: {error}", err=True)
        sys.exit(2)
    except SimulatorError as error:
        typer.echo(f"macsmith: {error}", err=True)
        sys.exit(1)
    except ModuleNotFoundError as error:
        if error.name != "liberty":
            raise
        typer.echo(
            "macsmith: reading Liberty takes a parser: pip install 'macsmith[liberty]'", err=True
        )
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
