"""Energy of a design: its mapped netlist at work on data, or an estimate without."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from costmodel.energy.activity import read_saif
from costmodel.energy.netlist_energy import Energy, energy
from costmodel.energy.netlist_simulation import to_simulation
from costmodel.energy.rates import read_rates
from costmodel.energy.recording import read_recording
from costmodel.energy.replay import replayed
from costmodel.energy.resets import idle_resets
from costmodel.energy.vectorless import estimate_activity
from costmodel.family import basis_of
from costmodel.flow.mapped import Mapped, map_once
from costmodel.flow.measure import Point, measure
from costmodel.flow.recipes import Recipe
from costmodel.library.technology import Technology
from costmodel.netlist.source import Source
from costmodel.work.cache import cached
from costmodel.work.worker import DEFAULT_LIMITS, Limits
from hw.errors import RequestError
from hw.unit import Unit
from sim.reading import check_file
from sim.simulate import simulate

__all__ = [
    "clock_period_ps",
    "data_digest",
    "designed_unit",
    "energy_figures",
    "estimated_energy",
    "mapped_again",
    "measured_energy",
    "random_energy",
    "replayed_energy",
]


def measured_energy(
    point: Point, work: Sequence[Any], *, limits: Limits = DEFAULT_LIMITS
) -> dict[str, Any]:
    """Energy of a design on given data; its netlist's every result is compared with the golden one.

    Leakage is counted over the asked clock period, or without one over the least that the design
    can run at.

    Args:
        point: of a configuration, not of a user's Verilog: that has no bench.
        work: pieces of work of its family (`sim.family.Bench`), run back to back without stalls.
        limits: of the mapping.

    Returns:
        The fields of `Energy`, its energies a cycle and an operation, and what was checked.

    Raises:
        RequestError: the core does not carry the data, or a result was wrong.
    """
    design = designed_unit(point)
    figures = measure(point, limits=limits)

    def ask() -> dict[str, Any]:
        mapped = mapped_again(point, figures, limits)
        with tempfile.TemporaryDirectory(prefix="macsmith-") as folder:
            path = Path(folder, "activity.saif")
            verilog = to_simulation(mapped.netlist)
            run = simulate(design, work, verilog=verilog, activity=path)
            if run.faults:
                raise RequestError(
                    f"the mapped netlist does not do what it should: {run.faults[0]}"
                )
            activity = read_saif(path, mapped.netlist, run.cycles)
        period_ps = clock_period_ps(point, figures)
        consumption = energy(mapped.netlist, point.technology, activity, run.operations, period_ps)
        return energy_figures(consumption) | {"vectors": run.vectors, "words_checked": run.checked}

    question = point.question | {"data": data_digest(work), "recipe": figures["recipe"]}
    return cached("energy", question, ask)


def data_digest(work: Sequence[Any]) -> str:
    """A digest of pieces of work, dataclasses of arrays; of fields that are None nothing counts."""
    data = hashlib.sha256()
    for piece in work:
        for field in fields(piece):
            array = getattr(piece, field.name)
            if array is not None:
                data.update(repr((array.shape, array.dtype.str)).encode() + array.tobytes())
    return data.hexdigest()


def random_energy(
    configuration: Unit,
    mapped: Mapped,
    technology: Technology,
    clock_ps: float | None = None,
    *,
    cycles: int = 4096,
    seed: int = 1,
) -> Energy:
    """Energy of a mapped design on random data, in a fraction of a second.

    As `measured_energy` on random work (`sim.family.Bench.random`), every result compared too, but
    without a simulator to build: many short streams at once, in steady state, and not a long one.

    Args:
        configuration: the design's.
        mapped: the design mapped.
        technology: of its cells.
        clock_ps: the clock period, over which leakage counts.
        cycles: to be counted at least about.
        seed: of the data.

    Raises:
        RequestError: a result was wrong.
    """
    activity, operations = basis_of(configuration).random_activity(
        configuration, mapped.netlist, cycles=cycles, seed=seed
    )
    return energy(mapped.netlist, technology, activity, operations, clock_ps)


def estimated_energy(
    point: Point,
    input_toggles: float,
    *,
    saif: Path | None = None,
    scope: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, Any]:
    """Energy of a design without data, labelled ``vectorless``: inputs toggle at a given rate.

    Args:
        point: of a configuration; or of a user's Verilog, of which a cycle counts as an operation
            and asynchronous resets keep still.
        input_toggles: of each input, a cycle; 0 to 1.
        saif: what a simulation of a user's Verilog knows of ports and registers, in their place.
        scope: where in it, see `costmodel.energy.rates.read_rates`.
        limits: of the mapping.

    Raises:
        RequestError: the file is of something else, or the circuit has no clock, or several.
    """
    figures = measure(point, limits=limits)
    mapped = mapped_again(point, figures, limits)
    steady, per_cycle, rates = {}, 1.0, None
    if isinstance(point.design, Source):
        steady = idle_resets(mapped.netlist)
    else:
        per_cycle = point.design.operations_per_cycle
    if saif is not None:
        rates, steady = read_rates(saif, mapped.netlist, _only_clock(figures), scope), {}
    activity = estimate_activity(mapped.netlist, input_toggles, steady=steady, rates=rates)
    operations = per_cycle * activity.cycles
    period_ps = clock_period_ps(point, figures)
    consumption = energy(mapped.netlist, point.technology, activity, operations, period_ps)
    told = {"known_nets": len(rates.nets), "cycles_of_saif": rates.cycles} if rates else {}
    return energy_figures(consumption) | told | ({"steady": steady} if steady else {})


def replayed_energy(
    point: Point, recording: Path, scope: str = "", *, limits: Limits = DEFAULT_LIMITS
) -> dict[str, Any]:
    """Energy of a user's Verilog at work as in the user's own simulation (`energy.replay`).

    Args:
        point: of Verilog with one clock.
        recording: a value change dump that has all ports.
        scope: where in it, see `costmodel.energy.recording.read_recording`.
        limits: of the mapping.

    Returns:
        The fields of `Energy`, its energies a cycle, and under ``replay`` what was compared.

    Raises:
        RequestError: the dump is none of this circuit, or the circuit has no clock, or several.
    """
    figures = measure(point, limits=limits)
    clock = _only_clock(figures)

    def ask() -> dict[str, Any]:
        netlist = mapped_again(point, figures, limits).netlist
        ports = {port: len(nets) for port, (_, nets) in netlist.ports.items()}
        replay = replayed(netlist, read_recording(recording, ports, scope), clock)
        period_ps = clock_period_ps(point, figures)
        cycles = replay.activity.cycles
        consumption = energy(netlist, point.technology, replay.activity, cycles, period_ps)
        told = {
            name: getattr(replay, name) for name in ("compared", "different", "first", "unknown")
        }
        return energy_figures(consumption) | {"replay": told}

    check_file(recording, "value change dump")
    with recording.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    question = point.question | {"recording": digest, "scope": scope, "recipe": figures["recipe"]}
    return cached("energy", question, ask)


def _only_clock(figures: dict[str, Any]) -> str:
    """The port whose cycles a simulation is counted by."""
    clocks = [clock["name"] for clock in figures["clocks"] if clock["source"] == "port"]
    if len(clocks) != 1:
        names = ", ".join(clocks) or "none"
        raise RequestError(
            "energy of a recording is counted by the cycles of one clock, and the circuit's are:"
            f" {names}"
        )
    return clocks[0]


def designed_unit(point: Point) -> Unit:
    """The configuration of a point.

    Raises:
        RequestError: it is of a user's Verilog.
    """
    if isinstance(point.design, Source):
        raise RequestError(
            "the energy of a Verilog file cannot be measured: only designs have a bench and data"
        )
    return point.design


def mapped_again(point: Point, figures: dict[str, Any], limits: Limits) -> Mapped:
    """The netlist that the figures of a point are of: its best recipe once more."""
    recipe = Recipe.parse(figures["recipe"])
    return map_once(point.source, recipe, point.technology, point.clock_ps, limits)


def clock_period_ps(point: Point, figures: dict[str, Any]) -> float:
    """The period that leakage counts over: the asked one, else the least that is possible."""
    return figures["delay_ps"] if point.clock_ps is None else point.clock_ps


def energy_figures(energy: Energy) -> dict[str, Any]:
    """The fields of an energy, and what it is a cycle and an operation."""
    return asdict(energy) | {
        "leakage_fj_per_cycle": energy.leakage_fj_per_cycle,
        "energy_fj_per_cycle": energy.energy_fj_per_cycle,
        "energy_fj_per_operation": energy.energy_fj_per_operation,
    }
