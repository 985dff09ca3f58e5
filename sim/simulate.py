"""Simulates a unit: Verilog, simulator, streams, bench and golden model in one call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hw.errors import RequestError
from hw.modules import flat_ports
from hw.unit import Unit
from sim.compiled import Harness
from sim.family import Dataset, Results, bench_of
from sim.rounds import Simulation, directed_rounds, round_of, summary
from sim.run import run_rounds
from sim.simulator import build_simulator
from sim.verilog import to_verilog

__all__ = ["Simulation", "golden_work", "random_work", "simulate", "simulate_dataset"]


def simulate(
    unit: Unit,
    work: Sequence[Any],
    *,
    seed: int = 0,
    stall: float = 0.0,
    waves: Path | None = None,
    activity: Path | None = None,
    verilog: str | None = None,
    top: str = "dut",
    skip_zero_tiles: bool = False,
    directed: bool = False,
    compiled: bool = False,
) -> Simulation:
    """Run work through the Verilog of a unit and compare every result.

    Without stalls the cycle count must be what the unit states.

    Args:
        unit: the configuration.
        work: pieces of work of its family (`sim.family.Bench`), run back to back.
        seed: of the stalls.
        stall: probability that a stream idles in a cycle, on either side; 0 to 0.95.
        waves: where to leave a VCD.
        activity: where to leave, instead of waves, how often each signal toggled (SAIF, its root
            the top module; time in half clock cycles; an edge of the clock is time step 1, 2, ...).
        verilog: Verilog to simulate instead of the unit's own: its mapped netlist with the models
            of the cells, or a mutant.
        top: its top module.
        skip_zero_tiles: leave work that multiplies by zeros only out of the streams.
        directed: run directed work first (`sim.rounds.directed_rounds`).
        compiled: run it in the compiled bench (`sim.compiled`), which records nothing.

    Raises:
        RequestError: the unit does not carry the work, there is no simulator, or the compiled bench
            is to record something.
        SimulatorError: the simulator could not be built or broke off.
    """
    if compiled and (waves or activity):
        raise RequestError("the compiled bench records no waves: cocotb's does")
    trace = "saif" if activity else "vcd" if waves else ""
    rounds = directed_rounds(unit, seed) if directed else []
    last = round_of(unit, work, skip_zero_tiles=skip_zero_tiles, seed=seed, stall=stall)
    rounds.append(last)
    text = verilog if verilog is not None else to_verilog(unit.component(), top, clocked=True)
    if compiled:
        return summary(Harness(unit, text, top).run(rounds))
    ports = ["clk", "rst", *(port for port, _ in flat_ports(unit.signature()))]
    simulator = build_simulator(text, top, ports, trace=trace)
    jobs = [[part.job] for part in rounds]
    outcomes = run_rounds(simulator, top, jobs, activity or waves)
    judged = [part.judged(outcome) for part, (outcome,) in zip(rounds, outcomes, strict=True)]
    return summary(judged)


def random_work(
    unit: Unit, vectors: int | None, seed: int, *, typical: bool = False
) -> Sequence[Any]:
    """Random work of a unit's family (`sim.family.Bench.random`)."""
    return bench_of(unit).random(unit, vectors, seed, typical=typical)


def simulate_dataset(
    unit: Unit, dataset: Dataset, *, directed: bool = False, **settings: Any
) -> list[Simulation]:
    """Run a user's data through the hardware, stage by stage; stops at the first one that fails.

    What a stage takes in is made of what the hardware gave for the stage before.

    Args:
        unit: the configuration.
        dataset: the data.
        directed: run directed work before the first stage.
        settings: as `simulate` takes them.

    Raises:
        RequestError: the unit does not carry a stage; the sentence names it.
    """
    simulations: list[Simulation] = []
    before: Results = ()
    for stage in range(dataset.stages):
        with _naming(dataset, stage):
            work = dataset.work(unit, stage, before)
            first = directed and stage == 0
            simulation = simulate(unit, work, directed=first, **settings)
        simulations.append(simulation)
        if simulation.faults:
            break
        before = simulation.results
    return simulations


def golden_work(unit: Unit, dataset: Dataset) -> list[Any]:
    """The work of all stages, each made of what the golden model gives for the stage before.

    Raises:
        RequestError: the unit does not carry a stage; the sentence names it.
    """
    bench = bench_of(unit)
    every: list[Any] = []
    before: Results = ()
    for stage in range(dataset.stages):
        with _naming(dataset, stage):
            work = dataset.work(unit, stage, before)
            before = bench.golden(unit, work)
        every += work
    return every


@contextmanager
def _naming(dataset: Dataset, stage: int) -> Iterator[None]:
    """Let a refusal name the stage that it is about, where there are several."""
    try:
        yield
    except RequestError as error:
        if dataset.stages > 1:
            raise RequestError(f"layer {stage}: {error}") from error
        raise
