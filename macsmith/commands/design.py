"""Commands on a design: list, generate, simulate."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from macsmith.commands.options import AsJson, DesignName, Settings, print_json

__all__ = ["generate", "list_all", "simulate"]


class BenchName(StrEnum):
    """Benches, as the command line calls them."""

    COCOTB = "cocotb"
    COMPILED = "compiled"


def list_all(as_json: AsJson = False) -> None:
    """Show units, designs, workloads, spaces, formats and technologies."""
    from costmodel.technologies import load_technology, shipped
    from hw.families import units
    from hw.formats import block_meanings, format_meanings
    from macsmith.design import committed_designs, load_design
    from macsmith.space_file import committed_spaces, describe_space
    from macsmith.workload import committed_workloads, load_workload

    answer = {
        "units": {name: unit.meaning for name, unit in units().items()},
        "designs": {name: load_design(name).description for name in committed_designs()},
        "workloads": {name: load_workload(name).description for name in committed_workloads()},
        "spaces": {name: describe_space(name) for name in committed_spaces()},
        "formats": format_meanings(),
        "block_formats": block_meanings(),
        "technologies": {name: load_technology(name).description for name in shipped()},
    }
    if as_json:
        print_json(answer)
        return
    for kind, entries in answer.items():
        if entries:
            typer.secho(kind.replace("_", " "), bold=True)
            width = max(map(len, entries))
            for name, meaning in entries.items():
                typer.echo(f"  {name:<{width}}  {meaning}")


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
    from macsmith.family import words_of
    from macsmith.manifest import generate as write

    loaded = load_design(design, settings or [])
    contents = write(loaded, output)
    files = [str(output / f"{loaded.name}.{ending}") for ending in ("v", "json", "core")]
    if as_json:
        chosen = ("files", "ports", "latency_cycles", "initiation_interval", "parameters")
        print_json({"folder": str(output)} | {key: contents[key] for key in chosen})
        return
    typer.echo(f"{loaded.name}: {loaded.description}")
    for line in words_of(loaded.configuration).summary(loaded.configuration):
        typer.echo(f"  {line}")
    for file in files:
        typer.echo(f"  wrote {file}")


def simulate(
    design: DesignName,
    vectors: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="Random activation vectors.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Your own weights and activations instead: an .npz archive, or [NAME=]FILE.npy for"
            " each array (repeated).",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE.npz",
            help="Where to leave what the hardware gave for the data.",
        ),
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
    verilog: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.v",
            help="Run this file, edited or from another tool, in place of the design's Verilog.",
        ),
    ] = None,
    bench: Annotated[
        BenchName,
        typer.Option(
            help="What drives and checks: cocotb, or a compiled program, the same checks for"
            " millions of words.",
        ),
    ] = BenchName.COCOTB,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Run a design's Verilog in Verilator and compare every result with the golden model.

    Directed data comes first: extremes, patterns, products of all shapes, stalls and resets.
    Then a design without data of its own gets random weights (42 % zeros) and activations; data
    without activations gets random ones, as many as --vectors.
    """
    from rich.console import Console

    from macsmith.design import load_design
    from macsmith.family import words_of
    from macsmith.simulation import report, run

    loaded = load_design(design, settings or [])
    with Console(stderr=True).status(f"simulating {loaded.name} (building comes first)"):
        answer = run(
            loaded,
            vectors=vectors,
            data=data or (),
            output=output,
            seed=seed,
            stall=stall,
            waves=waves,
            skip_zero_tiles=skip_zero_tiles,
            verilog=verilog,
            compiled=bench is BenchName.COMPILED,
        )
    if as_json:
        print_json(answer)
    else:
        report(answer, words_of(loaded.configuration))
    if answer["faults"]:
        raise typer.Exit(1)
