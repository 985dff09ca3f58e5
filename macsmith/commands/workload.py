"""Commands on workloads: what a design, or an accelerator made of it, takes for a model."""

from __future__ import annotations

from typing import Annotated

import typer

from macsmith.commands.options import AsJson, DesignName, Settings, Workloads, print_json

__all__ = ["schedule", "system"]


def schedule(
    design: DesignName,
    workload: Workloads = None,
    batch: Annotated[
        int | None, typer.Option(min=1, max=1 << 20, help="Activation vectors at a time.")
    ] = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Count the cycles, traffic and storage of matrix products, such as a model's, on a design.

    The core is sized for the workload, unless --set says otherwise.
    """
    from macsmith.family import words_of
    from macsmith.schedule import plan, report, run

    job = plan(design, settings or [], workload or [], batch)
    answer = run(job)
    if as_json:
        print_json(answer)
    else:
        unit = job.design.configuration
        report(answer, words_of(unit).summary(unit))


def system(
    design: DesignName,
    workload: Workloads = None,
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
    context: Annotated[
        int,
        typer.Option(
            min=0, max=1 << 24, metavar="TOKENS", help="Before each token; for the KV cache."
        ),
    ] = 1024,
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

    from costmodel.system.dataflow import Platform
    from costmodel.system.dram import load_dram
    from costmodel.system.memory import load_sram
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
    if not from_synthesis:
        figures = estimated(job.design.configuration, technology)
    else:
        with Console(stderr=True).status("measuring the core (once; then it is in the cache)"):
            figures = measured(job.design.configuration, technology)
    answer = run(job, figures, platform, technology, context)
    if as_json:
        print_json(answer)
    else:
        report(answer)
