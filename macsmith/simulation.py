"""The simulate command: choose the data, run it, say what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import harmonic_mean
from typing import Any

import typer

from hw.errors import RequestError
from macsmith.design import Design
from macsmith.family import Words
from macsmith.manifest import ports_of
from sim.arrays import npz_bytes
from sim.data_files import DataFiles, data_files
from sim.family import bench_of
from sim.given import read_verilog
from sim.simulate import Simulation, random_work, simulate, simulate_dataset
from sim.writing import atomic_write, check_output

__all__ = ["files_of", "report", "run"]


def run(
    design: Design,
    *,
    vectors: int | None,
    data: Sequence[str] = (),
    seed: int,
    stall: float,
    waves: Path | None,
    skip_zero_tiles: bool = False,
    verilog: Path | None = None,
    output: Path | None = None,
    compiled: bool = False,
) -> dict[str, Any]:
    """Simulate a design on directed data, then on given data, its own, or random ones.

    Args:
        design: the design.
        vectors: random vectors; None takes the design's data, or as many as its workload's batch.
        data: files with data of its family (`sim.data_files.data_files`, `sim.family.Bench.load`);
            then ``vectors`` counts what is drawn to go with it.
        seed: of random data and stalls.
        stall: probability that a stream idles in a cycle.
        waves: where to leave a VCD; for a single layer.
        skip_zero_tiles: leave tiles of zero weights out.
        verilog: a file to simulate in the place of the design's Verilog.
        output: an ``.npz`` file for what the hardware gave for data.
        compiled: run it in the compiled bench (`sim.compiled`), not in cocotb's.

    Returns:
        What ``--json`` prints.
    """
    unit = design.configuration
    files = files_of(design, data, vectors)
    if waves is not None:
        if compiled:
            raise RequestError("--waves are recorded by cocotb's bench: leave out --bench compiled")
        check_output(waves)
    if output is not None:
        _check_results(output, files)
    settings: dict[str, Any] = {
        "seed": seed,
        "stall": stall,
        "skip_zero_tiles": skip_zero_tiles,
        "compiled": compiled,
    }
    given = None
    if verilog is not None:
        ports = ports_of(unit)
        wanted = {port["name"]: (port["direction"], port["bits"]) for port in ports}
        given = read_verilog(verilog, design.top, wanted)
        settings |= {"verilog": given.text, "top": design.top}
    dataset = None
    if files is None:
        work = random_work(unit, vectors, seed)
        simulations = [simulate(unit, work, waves=waves, directed=True, **settings)]
    else:
        dataset = bench_of(unit).load(unit, files.read(), str(files), vectors=vectors, seed=seed)
        if waves is not None:
            raise RequestError("--waves records random vectors, not data: add --vectors 1")
        simulations = simulate_dataset(unit, dataset, directed=True, **settings)
    source = "random" if files is None else files.names
    answer = _answer(design, simulations, source, seed, compiled=compiled)
    if given is not None:
        answer["verilog"] = {"file": given.path.name, "sha256": given.sha256}
    if output is not None and dataset is not None:
        whole = [simulation for simulation in simulations if simulation.results]
        if whole:  # words that differ are there, too; those of a stage that lacks some are not
            atomic_write(output, npz_bytes(bench_of(unit).arrays(unit, whole, dataset)))
        answer["output"] = {"file": str(output), "layers": len(whole)}
    return answer | bench_of(unit).findings(unit, simulations, dataset)


def files_of(design: Design, data: Sequence[str], vectors: int | None) -> DataFiles | None:
    """Files with the data that a design works on: given ones, or its own; None: random vectors."""
    if data:
        return data_files(data)
    if design.data is None or vectors is not None:
        return None
    return DataFiles((design.data,))


def _check_results(output: Path, files: DataFiles | None) -> None:
    """See that results can be written there."""
    if files is None:
        raise RequestError(
            "--output holds what the hardware gave for data: give --data, as random weights and"
            " activations are not kept"
        )
    if output.suffix != ".npz":
        raise RequestError(f"--output {output} is no name of an .npz archive: let it end in .npz")
    check_output(output)
    if any(output.exists() and path.exists() and output.samefile(path) for path in files.paths):
        raise RequestError(f"--output {output} is the data itself, which would be lost")


def _answer(
    design: Design,
    simulations: list[Simulation],
    data: str,
    seed: int,
    *,
    compiled: bool,
) -> dict[str, Any]:
    rates = [simulation.cycles_per_second for simulation in simulations]
    cycles = [max(simulation.cycles, 1) for simulation in simulations]  # none without results
    answer: dict[str, Any] = {
        "design": design.name,
        "data": data,
        "vectors": simulations[0].vectors,
        "layers": len(simulations),
        "words_checked": sum(simulation.checked for simulation in simulations),
        "mismatches": sum(simulation.mismatches for simulation in simulations),
        "cycles": sum(simulation.cycles for simulation in simulations),
        "cycles_per_second": round(harmonic_mean(rates, weights=cycles)),
        "seed": seed,
        "bench": "compiled" if compiled else "cocotb",
        "faults": [fault for simulation in simulations for fault in simulation.faults],
    }
    if directed := simulations[0].directed:
        answer["directed"] = {
            "vectors": directed.vectors,
            "words_checked": directed.checked,
            "cycles": directed.cycles,
        }
    return answer


def _written(output: dict[str, Any], layers: int) -> str:
    """What was written of so many layers that were run."""
    file, whole = output["file"], output["layers"]
    if not whole:
        return f"words are missing, so {file} was not written"
    return f"wrote {file}" + (
        ", without the last layer: its words are not all there" * (whole < layers)
    )


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
    if "output" in answer:
        typer.echo("  " + _written(answer["output"], answer["layers"]))
    for fault in answer["faults"]:
        typer.secho(f"  {fault}", fg="red")
    if answer["faults"]:
        typer.secho("  FAILED", fg="red", bold=True)
