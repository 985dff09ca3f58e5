"""The simulate command: choose the data, run it, say what came of it."""

from __future__ import annotations

from pathlib import Path
from statistics import harmonic_mean
from typing import Any

import typer

from hw.errors import RequestError
from macsmith.design import Design
from macsmith.family import Words
from macsmith.manifest import ports_of
from sim.family import bench_of
from sim.given import read_verilog
from sim.simulate import Simulation, random_work, simulate, simulate_dataset
from sim.writing import check_output

__all__ = ["report", "run"]


def run(
    design: Design,
    *,
    vectors: int | None,
    data: Path | None,
    seed: int,
    stall: float,
    waves: Path | None,
    skip_zero_tiles: bool = False,
    verilog: Path | None = None,
) -> dict[str, Any]:
    """Simulate a design on directed data, then on given data, its own, or random ones.

    Args:
        design: the design.
        vectors: random vectors; None takes the design's data, or as many as its workload's batch.
        data: a data file of its family (`sim.family.Bench.load`).
        seed: of random data and stalls.
        stall: probability that a stream idles in a cycle.
        waves: where to leave a VCD; for a single layer.
        skip_zero_tiles: leave tiles of zero weights out.
        verilog: a file to simulate in the place of the design's Verilog.

    Returns:
        What ``--json`` prints.
    """
    unit = design.configuration
    source = data if data is not None else design.data if vectors is None else None
    if waves is not None:
        check_output(waves)
    settings: dict[str, Any] = {"seed": seed, "stall": stall, "skip_zero_tiles": skip_zero_tiles}
    given = None
    if verilog is not None:
        ports = ports_of(unit)
        wanted = {port["name"]: (port["direction"], port["bits"]) for port in ports}
        given = read_verilog(verilog, design.top, wanted)
        settings |= {"verilog": given.text, "top": design.top}
    dataset = None
    if source is None:
        work = random_work(unit, vectors, seed)
        simulations = [simulate(unit, work, waves=waves, directed=True, **settings)]
    else:
        dataset = bench_of(unit).load(unit, source)
        if waves is not None:
            raise RequestError("--waves records random vectors, not data: add --vectors 1")
        simulations = simulate_dataset(unit, dataset, directed=True, **settings)
    answer = _answer(design, simulations, source, seed)
    if given is not None:
        answer["verilog"] = {"file": given.path.name, "sha256": given.sha256}
    return answer | bench_of(unit).findings(unit, simulations, dataset)


def _answer(
    design: Design,
    simulations: list[Simulation],
    source: Path | None,
    seed: int,
) -> dict[str, Any]:
    rates = [simulation.cycles_per_second for simulation in simulations]
    cycles = [max(simulation.cycles, 1) for simulation in simulations]  # none without results
    answer: dict[str, Any] = {
        "design": design.name,
        "data": "random" if source is None else source.name,
        "vectors": simulations[0].vectors,
        "layers": len(simulations),
        "words_checked": sum(simulation.checked for simulation in simulations),
        "mismatches": sum(simulation.mismatches for simulation in simulations),
        "cycles": sum(simulation.cycles for simulation in simulations),
        "cycles_per_second": round(harmonic_mean(rates, weights=cycles)),
        "seed": seed,
        "faults": [fault for simulation in simulations for fault in simulation.faults],
    }
    if directed := simulations[0].directed:
        answer["directed"] = {
            "vectors": directed.vectors,
            "words_checked": directed.checked,
            "cycles": directed.cycles,
        }
    return answer


def report(answer: dict[str, Any], words: Words) -> None:
    """Print the answer for a person, in the words of the design's family."""
    layers = f" through {answer['layers']} layers" if answer["layers"] > 1 else ""
    typer.echo(f"{answer['design']}: {answer['vectors']} vectors ({answer['data']}){layers}")
    if "verilog" in answer:
        typer.echo("  Verilog of {file}, sha256 {sha256}".format(**answer["verilog"]))
    typer.echo(
        f"  {answer['words_checked']:,} words checked, {answer['mismatches']} mismatches,"
        f" {answer['cycles']:,} cycles at {answer['cycles_per_second']:,} cycles/s"
    )
    if "directed" in answer:
        typer.echo(
            "  {vectors:,} directed vectors before: {words_checked:,} words, {cycles:,} cycles,"
            " and again with stalls and resets".format(**answer["directed"])
        )
    for line in words.findings(answer):
        typer.echo(f"  {line}")
    for fault in answer["faults"]:
        typer.secho(f"  {fault}", fg="red")
    if answer["faults"]:
        typer.secho("  FAILED", fg="red", bold=True)
