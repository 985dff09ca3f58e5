"""Simulates a ternary core: Verilog, simulator, streams, bench and golden model in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hw.modules import flat_ports
from hw.ternary import TernaryConfiguration, component, signature
from sim.bench import Job, Outcome
from sim.run import run_job
from sim.simulator import build_simulator
from sim.ternary.product import Product
from sim.ternary.random_data import random_product
from sim.ternary.results import results_of
from sim.ternary.sparsity import kept_tiles
from sim.ternary.streams import Streams, streams
from sim.verilog import to_verilog

__all__ = ["Simulation", "job_of", "judged", "random_products", "simulate"]


@dataclass(frozen=True)
class Simulation:
    """What a simulation found.

    Attributes:
        vectors: activation vectors multiplied.
        checked: result words compared with the golden model's.
        mismatches: words that differ.
        faults: what is wrong, in sentences; empty when all is well.
        cycles: clock cycles from the first transfer that starts work to the last result.
        cycles_per_second: simulated and checked, from reset to the end of the run.
        results: the hardware's results of each product, shape (batch, outputs): integers, or the
            codes of floats.
    """

    vectors: int
    checked: int
    mismatches: int
    faults: tuple[str, ...]
    cycles: int
    cycles_per_second: float
    results: tuple[NDArray[np.int64], ...]


def simulate(
    configuration: TernaryConfiguration,
    products: Sequence[Product],
    *,
    seed: int = 0,
    stall: float = 0.0,
    waves: Path | None = None,
    activity: Path | None = None,
    verilog: str | None = None,
    top: str = "dut",
    skip_zero_tiles: bool = False,
) -> Simulation:
    """Run matrix products through the Verilog of a core and compare every result.

    Without stalls the cycle count must be what the configuration states.

    Args:
        configuration: the core's.
        products: run back to back.
        seed: of the stalls.
        stall: probability that a stream idles in a cycle, on either side; 0 to 0.95.
        waves: where to leave a VCD.
        activity: where to leave, instead of waves, how often each signal toggled (SAIF, its root
            the top module; time in half clock cycles; an edge of the clock is time step 1, 2, ...).
        verilog: Verilog to simulate instead of the configuration's own: its mapped netlist with
            the models of the cells, or a mutant.
        top: its top module.
        skip_zero_tiles: leave tiles of zero weights out of the streams
        (`sim.ternary.streams.streams`).

    Raises:
        RequestError: the core does not carry the products, or there is no simulator.
        SimulatorError: the simulator could not be built or broke off.
    """
    for product in products:
        product.check(configuration)
    trace = "saif" if activity else "vcd" if waves else ""
    text = verilog if verilog is not None else to_verilog(component(configuration), top)
    ports = ["clk", "rst", *(port for port, _ in flat_ports(signature(configuration)))]
    simulator = build_simulator(text, top, ports, trace=trace)
    wanted = streams(configuration, products, skip_zero_tiles=skip_zero_tiles)
    job = job_of(wanted, stall=stall, seed=seed)
    outcome = run_job(simulator, top, job, activity or waves)
    shapes = [product.shape for product in products]
    stated = configuration.cycles(*shapes)
    if skip_zero_tiles:
        kept = [int(kept_tiles(configuration, product.weights).sum()) for product in products]
        stated = configuration.schedule(shapes, kept).cycles
    return judged(configuration, products, wanted, outcome, stated=None if stall else stated)


def job_of(wanted: Streams, *, stall: float, seed: int, prefix: str = "") -> Job:
    """The bench's job for streams whose ports' names may have a prefix."""
    return Job(
        inputs={f"{prefix}{name}": words.integers() for name, words in wanted.inputs.items()},
        output=f"{prefix}results",
        expected=wanted.results.integers(),
        stall=stall,
        patience=round(100 / (1 - stall)),
        seed=seed,
    )


def judged(
    configuration: TernaryConfiguration,
    products: Sequence[Product],
    wanted: Streams,
    outcome: Outcome,
    *,
    stated: int | None,
    prefix: str = "",
) -> Simulation:
    """What the outcome of a job means.

    Args:
        configuration: the core's.
        products: what was multiplied.
        wanted: their streams.
        outcome: of their job.
        stated: the cycles that it must have taken; None after a run with stalls.
        prefix: as in the job.
    """
    faults = outcome.faults
    starter = "command" if configuration.sequencer else "activations"
    start = outcome.first_transfer.get(f"{prefix}{starter}", 0)
    cycles = outcome.last_transfer.get(f"{prefix}results", 0) - start + 1
    if not faults and stated is not None and cycles != stated:
        faults = [f"it took {cycles} cycles, not the stated {stated}"]
    word_bytes = wanted.results.table.shape[1]
    received = np.frombuffer(
        b"".join(word.to_bytes(word_bytes, "little") for word in outcome.words), dtype=np.uint8
    ).reshape(-1, word_bytes)
    complete = len(received) == len(wanted.results)
    return Simulation(
        vectors=sum(len(product.activations) for product in products),
        checked=outcome.checked,
        mismatches=outcome.mismatches,
        faults=tuple(faults),
        cycles=cycles,
        cycles_per_second=outcome.cycles / outcome.seconds,
        results=tuple(results_of(configuration, received, products)) if complete else (),
    )


def random_products(
    configuration: TernaryConfiguration, vectors: int, seed: int, *, typical: bool = False
) -> tuple[Product, ...]:
    """Products of the workload's shape (`sim.ternary.random_data.random_product`).

    Args:
        configuration: the core's.
        vectors: activation vectors in all; a product takes as many as the workload's batch allows.
        seed: of the random numbers.
        typical: see `random_product`.
    """
    rng = np.random.default_rng(seed)
    workload = configuration.workload
    return tuple(
        random_product(
            configuration,
            (workload.inputs, workload.outputs, min(workload.batch, vectors - start)),
            rng,
            typical=typical,
        )
        for start in range(0, vectors, workload.batch)
    )
