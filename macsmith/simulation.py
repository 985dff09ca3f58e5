"""The simulate command: choose the data, run it, say what came of it."""

from __future__ import annotations

from pathlib import Path
from statistics import harmonic_mean
from typing import Any

import numpy as np
import typer

from hw.errors import RequestError
from macsmith.design import Design
from sim.network import accuracy, load_network, simulate_network
from sim.simulate import Simulation, random_products, simulate
from sim.ternary import result_values

__all__ = ["report", "run"]


def run(
    design: Design,
    *,
    vectors: int | None,
    data: Path | None,
    seed: int,
    stall: float,
    waves: Path | None,
) -> dict[str, Any]:
    """Simulate a design on given data, its own, or random ones.

    Args:
        design: the design.
        vectors: random vectors; None takes the design's data, or as many as its workload's batch.
        data: a data file (see `sim.network.load_network`).
        seed: of random data and stalls.
        stall: probability that a stream idles in a cycle.
        waves: where to leave a VCD; for a single layer.

    Returns:
        What ``--json`` prints.
    """
    source = data if data is not None else design.data if vectors is None else None
    if waves is not None and not waves.resolve().parent.is_dir():
        raise RequestError(f"the folder of {waves} is not there")
    share = None
    if source is None:
        count = design.configuration.workload.batch if vectors is None else vectors
        products = random_products(design.configuration, count, seed)
        simulations = [
            simulate(design.configuration, products, seed=seed, stall=stall, waves=waves)
        ]
    else:
        network = load_network(source)
        if waves is not None:
            raise RequestError("--waves records random vectors, not data: add --vectors 1")
        simulations = simulate_network(design.configuration, network, seed=seed, stall=stall)
        done = len(simulations) == len(network.layers) and not simulations[-1].faults
        if done and network.labels is not None:
            values = result_values(design.configuration, simulations[-1].results[0])
            least = np.nan_to_num(values, nan=-np.inf, posinf=np.inf)  # a NaN wins no class
            share = accuracy(least, network.labels)
    return _answer(design, simulations, source, seed, share)


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
    if share is not None:
        answer["accuracy"] = share
    return answer


def report(answer: dict[str, Any]) -> None:
    """Print the answer for a person."""
    layers = f" through {answer['layers']} layers" if answer["layers"] > 1 else ""
    typer.echo(f"{answer['design']}: {answer['vectors']} vectors ({answer['data']}){layers}")
    typer.echo(
        f"  {answer['words_checked']:,} words checked, {answer['mismatches']} mismatches,"
        f" {answer['cycles']:,} cycles at {answer['cycles_per_second']:,} cycles/s"
    )
    if "accuracy" in answer:
        right = round(answer["accuracy"] * answer["vectors"])
        typer.echo(
            f"  accuracy of the hardware's outputs: {answer['accuracy']:.2%}"
            f" ({right} of {answer['vectors']})"
        )
    for fault in answer["faults"]:
        typer.secho(f"  {fault}", fg="red")
    if answer["faults"]:
        typer.secho("  FAILED", fg="red", bold=True)
