"""The simulate command: choose the data, run it, say what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import harmonic_mean
from typing import Any

import numpy as np
import typer

from hw.errors import RequestError
from hw.ternary import TernaryConfiguration
from macsmith.design import Design
from macsmith.manifest import ports_of
from macsmith.ternary.core import ternary_core
from sim.given import read_verilog
from sim.simulate import Simulation, random_products, simulate
from sim.ternary.network import Layer, accuracy, load_network, simulate_network
from sim.ternary.results import result_values
from sim.ternary.sparsity import most_nonzeros, needed_bits
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
        data: a data file (see `sim.ternary.network.load_network`).
        seed: of random data and stalls.
        stall: probability that a stream idles in a cycle.
        waves: where to leave a VCD; for a single layer.
        skip_zero_tiles: leave tiles of zero weights out.
        verilog: a file to simulate in the place of the design's Verilog.

    Returns:
        What ``--json`` prints.
    """
    core = ternary_core(design.configuration)
    source = data if data is not None else design.data if vectors is None else None
    if waves is not None:
        check_output(waves)
    share, settings = None, {"seed": seed, "stall": stall, "skip_zero_tiles": skip_zero_tiles}
    given = None
    if verilog is not None:
        ports = ports_of(design.configuration)
        wanted = {port["name"]: (port["direction"], port["bits"]) for port in ports}
        given = read_verilog(verilog, design.top, wanted)
        settings |= {"verilog": given.text, "top": design.top}
    if source is None:
        count = core.workload.batch if vectors is None else vectors
        products = random_products(core, count, seed)
        simulations = [simulate(core, products, waves=waves, directed=True, **settings)]
        layers = ()
    else:
        network = load_network(source)
        if waves is not None:
            raise RequestError("--waves records random vectors, not data: add --vectors 1")
        simulations = simulate_network(core, network, directed=True, **settings)
        layers = network.layers
        done = len(simulations) == len(network.layers) and not simulations[-1].faults
        if done and network.labels is not None:
            values = result_values(core, simulations[-1].results[0])
            least = np.nan_to_num(values, nan=-np.inf, posinf=np.inf)  # a NaN wins no class
            share = accuracy(least, network.labels)
    answer = _answer(design, simulations, source, seed, share)
    if given is not None:
        answer["verilog"] = {"file": given.path.name, "sha256": given.sha256}
    if core.result_format:
        answer["results"] = _results(core, simulations)
    if layers and core.style == "integer":
        answer["accumulator"] = _accumulator(core, layers)
    return answer


def _results(core: TernaryConfiguration, simulations: Sequence[Simulation]) -> dict[str, Any]:
    """How many of the hardware's results are numbers, where they are floats."""
    form = core.result_format
    assert form is not None
    values = np.concatenate(
        [result_values(core, result).ravel() for each in simulations for result in each.results]
        or [np.empty(0)]
    )
    return {
        "format": form.name,
        "count": len(values),
        "nan": int(np.isnan(values).sum()),
        "infinite": int(np.isinf(values).sum()),
    }


def _accumulator(core: TernaryConfiguration, layers: Sequence[Layer]) -> dict[str, int]:
    """The width of the accumulators against what the weights and biases of a network take."""
    c = core
    worst = replace(c, workload=replace(c.workload, nonzeros=0), accumulator_bits=0)
    return {
        "bits": c.accumulator_bits,
        "worst_case_bits": worst.accumulator_bits,
        "needed_bits": max(needed_bits(c, layer.weights, layer.bias) for layer in layers),
        "most_nonzeros": max(most_nonzeros(layer.weights)[0] for layer in layers),
    }


def _answer(
    design: Design,
    simulations: list[Simulation],
    source: Path | None,
    seed: int,
    share: float | None,
) -> dict[str, Any]:
    rates = [each.cycles_per_second for each in simulations]
    cycles = [max(each.cycles, 1) for each in simulations]  # a core without results has none
    answer: dict[str, Any] = {
        "design": design.name,
        "data": "random" if source is None else source.name,
        "vectors": simulations[0].vectors,
        "layers": len(simulations),
        "words_checked": sum(each.checked for each in simulations),
        "mismatches": sum(each.mismatches for each in simulations),
        "cycles": sum(each.cycles for each in simulations),
        "cycles_per_second": round(harmonic_mean(rates, weights=cycles)),
        "seed": seed,
        "faults": [fault for each in simulations for fault in each.faults],
    }
    if directed := simulations[0].directed:
        answer["directed"] = {
            "vectors": directed.vectors,
            "words_checked": directed.checked,
            "cycles": directed.cycles,
        }
    if share is not None:
        answer["accuracy"] = share
    return answer


def report(answer: dict[str, Any]) -> None:
    """Print the answer for a person."""
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
    if "accuracy" in answer:
        right = round(answer["accuracy"] * answer["vectors"])
        typer.echo(
            f"  accuracy of the hardware's outputs: {answer['accuracy']:.2%}"
            f" ({right} of {answer['vectors']})"
        )
    if "results" in answer:
        typer.echo(
            "  {count:,} results in {format}: {nan:,} NaN, {infinite:,} infinite".format(
                **answer["results"]
            )
        )
    if "accumulator" in answer:
        typer.echo(
            "  accumulators of {bits} bits: these weights need {needed_bits} ({most_nonzeros} of"
            " an output are not 0), the workload at most {worst_case_bits}".format(
                **answer["accumulator"]
            )
        )
    for fault in answer["faults"]:
        typer.secho(f"  {fault}", fg="red")
    if answer["faults"]:
        typer.secho("  FAILED", fg="red", bold=True)
