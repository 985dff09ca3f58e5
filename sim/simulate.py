"""Simulates a ternary core: Verilog, simulator, streams, bench and golden model in one call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hw.modules import flat_ports
from hw.ternary import TernaryConfiguration, component, signature
from sim.run import run_rounds
from sim.simulator import build_simulator
from sim.ternary.product import Product
from sim.ternary.random_data import random_product
from sim.ternary.rounds import Simulation, directed_rounds, round_of, summary
from sim.verilog import to_verilog

__all__ = ["Simulation", "random_products", "simulate"]


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
    directed: bool = False,
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
        directed: run directed products first (`sim.ternary.rounds.directed_rounds`).

    Raises:
        RequestError: the core does not carry the products, or there is no simulator.
        SimulatorError: the simulator could not be built or broke off.
    """
    trace = "saif" if activity else "vcd" if waves else ""
    settings = {"seed": seed, "stall": stall, "skip_zero_tiles": skip_zero_tiles}
    rounds = directed_rounds(configuration, seed) if directed else []
    rounds.append(round_of(configuration, products, **settings))
    text = verilog if verilog is not None else to_verilog(component(configuration), top)
    ports = ["clk", "rst", *(port for port, _ in flat_ports(signature(configuration)))]
    simulator = build_simulator(text, top, ports, trace=trace)
    jobs = [[part.job] for part in rounds]
    outcomes = run_rounds(simulator, top, jobs, activity or waves)
    found = [part.judged(outcome) for part, (outcome,) in zip(rounds, outcomes, strict=True)]
    return summary(found)


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
