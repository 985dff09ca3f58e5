"""The synthesize command: what to map, on what, and what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from costmodel.flow.measure import Point, measure, module_parts
from costmodel.flow.synthesis import Progress
from costmodel.library.lacks import lacks
from costmodel.netlist.cell_models import KINDS, cell_models, kind_of
from costmodel.netlist.verilog import to_verilog
from costmodel.proof.proof import Effort
from costmodel.proof.text import Text
from costmodel.technologies import load_technology
from costmodel.verilog.reading import Reading, read_design
from costmodel.verilog.sources import VerilogSources
from costmodel.work.worker import Limits
from hw.errors import RequestError
from macsmith.design import Design
from macsmith.verilog_request import VerilogRequest
from sim.writing import atomic_write

__all__ = [
    "Data",
    "Job",
    "Simulated",
    "check_options",
    "energy_of",
    "job_of",
    "period_ps",
    "recording_doubts",
    "run",
    "work_of",
    "write_netlist",
]

_SHORTEST_PERIOD_NS, _LONGEST_PERIOD_NS = 1e-3, 1e6
_INPUT_TOGGLES = 0.2  # a cycle, where there is no data
_SOLVER_SECONDS = 60.0  # with --prove
_QUICK_SOLVER_SECONDS = 1.0  # with --effort quick
_CYCLES = 4000  # that random data takes, if nothing else is asked


def check_options(
    names: list[str],
    request: VerilogRequest,
    settings: list[str],
    sweep: list[str] | None,
    noise: int,
    output: Path | None,
    activity: bool,
    vectorless: bool,
    vectors: int | None,
    data: list[str] | None,
    proved: bool,
    netlist: Path | None,
    vcd: Path | None,
    saif: Path | None,
    scope: str,
) -> None:
    """See that the command's options go together.

    Raises:
        RequestError: they do not.
    """
    wrong = {
        "name a DESIGN, or --verilog FILE.v and --top MODULE": not names and not request.asked,
        f"{names[-1]!r} is one design too many: one is synthesized at a time; files of Verilog come"
        " after --verilog"
        if names
        else "": len(names) > 1 and not request.asked,
        "--top, --include, --define and --param go with --verilog or --file-list": request.detailed
        and not request.asked,
        "--set is for a DESIGN: parameters of Verilog are set by --param NAME=VALUE": bool(settings)
        and request.asked,
        "--sweep goes with a DESIGN, and not with --verilog, --noise, --prove, --activity or"
        " --vectorless": bool(sweep)
        and bool(request.asked or noise or proved or activity or vectorless),
        "--output names a sweep's table, so it wants --sweep": output is not None and not sweep,
        "--activity measures and --vectorless estimates: choose one": activity and vectorless,
        "--vcd and --saif are of a simulation of --verilog; a DESIGN has a bench, so use"
        " --activity": bool(vcd or saif) and not request.asked,
        "--vcd, --saif and --vectorless are three sources of one energy: choose one": bool(vcd)
        + bool(saif)
        + vectorless
        > 1,
        "--vcd and --saif are of one circuit, so they do not go with --sweep": bool(vcd or saif)
        and bool(sweep),
        "--scope names an instance of a recording, so it wants --vcd or --saif": bool(scope)
        and not (vcd or saif),
        "--vectors and --data say what --activity runs on, so they want --activity": not activity
        and bool(vectors is not None or data),
        "--vectors counts random vectors, so it does not go with --data": vectors is not None
        and bool(data),
        "--activity wants a DESIGN, which has a bench; else use --vcd, --saif or"
        " --vectorless": activity and request.asked,
        f"--netlist {netlist}: its folder is not there": netlist is not None
        and not netlist.absolute().parent.is_dir(),
        "--netlist is of one circuit, so it does not go with --sweep": bool(sweep)
        and netlist is not None,
    }
    for sentence, holds in wrong.items():
        if holds:
            raise RequestError(sentence)


def period_ps(clock_ns: float | None) -> float | None:
    """A clock period in ps.

    Raises:
        RequestError: it is no clock period.
    """
    if clock_ns is not None and not _SHORTEST_PERIOD_NS <= clock_ns <= _LONGEST_PERIOD_NS:
        raise RequestError(
            f"--clock-ns {clock_ns} is not a clock period: it must be from {_SHORTEST_PERIOD_NS} to"
            f" {_LONGEST_PERIOD_NS:.0f} ns"
        )
    return None if clock_ns is None else 1000 * clock_ns


@dataclass(frozen=True)
class Job:
    """A circuit to be synthesized.

    Attributes:
        circuit: a design, or a user's Verilog.
        reading: of the Verilog; None for a design.
        point: the question.
        limits: of each run of the tools.
    """

    circuit: Design | VerilogSources
    reading: Reading | None
    point: Point
    limits: Limits


def job_of(
    circuit: Design | VerilogSources,
    technology: str,
    *,
    clock_ns: float | None,
    noise: int,
    limits: Limits,
    proved: bool = False,
    quick: bool = False,
) -> Job:
    """What is to be done for a design or a user's Verilog, which is read.

    A user's Verilog is always compared with its netlist for a while; `proved` takes longer, runs
    the text itself too, and compares a design.

    Raises:
        RequestError: the technology or the clock makes no sense, or the Verilog is no circuit.
    """
    cells, clock_ps = load_technology(technology), period_ps(clock_ns)
    if not isinstance(circuit, VerilogSources):
        effort = Effort(_SOLVER_SECONDS) if proved else None
        point = Point(circuit.configuration, cells, clock_ps, noise, effort, quick)
        return Job(circuit, None, point, limits)
    reading = read_design(circuit, cells, limits)
    text = Text(
        tuple(file.absolute() for file in circuit.files),
        circuit.top,
        (
            *(f"-I{folder.absolute()}" for folder in circuit.includes),
            *(f"-D{name}={value}" for name, value in circuit.defines),
        ),
        circuit.parameters,
    )
    effort = Effort(_QUICK_SOLVER_SECONDS) if quick else Effort()
    effort = Effort(_SOLVER_SECONDS, text) if proved else effort
    return Job(
        circuit, reading, Point(reading.source, cells, clock_ps, noise, effort, quick), limits
    )


def run(job: Job, progress: Progress | None = None) -> dict[str, Any]:
    """Synthesize; returns what ``--json`` prints.

    Raises:
        RequestError: nothing could map the design.
        CheckError: every netlist is wrong.
    """
    figures = measure(job.point, limits=job.limits, parallel=2, progress=progress)
    warnings = [*_doubts(figures), *lacks(job.point.technology)]
    answer = figures | {"warnings": warnings, "kinds": _kinds(figures, job)}
    answer["area_noise_percent"] = (figures["noise"] or {}).get("area_percent")
    if isinstance(job.circuit, Design):
        unit = job.circuit.configuration
        return (
            {"design": job.circuit.name}
            | answer
            | {
                "parts": module_parts(unit, figures["parts"]),
                "operation": unit.operation,
                "operations_per_cycle": unit.operations_per_cycle,
                "area_um2_per_operation": figures["area_um2"] / unit.operations_per_cycle,
            }
        )
    assert job.reading is not None
    parts: dict[str, float] = {}
    for part, area in figures["parts"].items():
        title = job.reading.title(part)
        parts[title] = parts.get(title, 0.0) + area
    return answer | {
        "top": job.circuit.top,
        "reader": job.reading.reader,
        "parts": parts,
        "warnings": [*job.reading.warnings, *answer["warnings"]],
    }


def _kinds(figures: dict[str, Any], job: Job) -> dict[str, dict[str, float]]:
    """How many cells there are of each kind, and their area."""
    kinds: dict[str, dict[str, float]] = {}
    for name, count in figures["cells"].items():
        cell = job.point.technology.cells[name]
        kind = kinds.setdefault(kind_of(cell), {"cells": 0, "area_um2": 0.0})
        kind["cells"] += count
        kind["area_um2"] += count * cell.area_um2
    return {kind: kinds[kind] for kind in KINDS if kind in kinds}


def write_netlist(job: Job, answer: dict[str, Any], file: Path) -> None:
    """Write the netlist that an answer is about, as Verilog, with models of its cells.

    Raises:
        RequestError: the file cannot be written.
    """
    from costmodel.energy.power import mapped_again

    netlist = mapped_again(job.point, answer, job.limits).netlist
    used = sorted(set(netlist.kinds.tolist()))
    cells = [netlist.library[kind] for kind in used]
    top = job.circuit.top if isinstance(job.circuit, VerilogSources) else job.circuit.name
    if top in job.point.technology.cells:
        top = job.point.source.top
    text = (
        f"// {top} on {job.point.technology.name}: {len(netlist.kinds):,} cells,"
        f" {netlist.area_um2:,.1f} um2, mapped by macsmith (flow {answer['flow']['flow']}).\n"
        f"{to_verilog(netlist, top)}\n"
        "// The cells' functions without times, so that the netlist simulates alone. With the\n"
        "// library's own models, define MACSMITH_NO_CELL_MODELS.\n"
        f"`ifndef MACSMITH_NO_CELL_MODELS\n{cell_models(cells)}`endif\n"
    )
    atomic_write(file, text)


def _doubts(figures: dict[str, Any]) -> list[str]:
    """What the proof of a netlist leaves to be said."""
    wrong = [
        f"the recipe {recipe} gave a wrong netlist and was left out: {mismatch}"
        for recipe, mismatch in figures["discarded"].items()
    ]
    return wrong + list(figures["proof"]["remarks"] if figures["proof"] else ())


@dataclass(frozen=True)
class Data:
    """What energy is measured on: so many random vectors, files, or the design's own data.

    Attributes:
        vectors: random ones, if a number is asked for.
        files: with the user's data (`sim.data_files.data_files`).
        seed: of random ones.
    """

    vectors: int | None
    files: Sequence[str]
    seed: int


@dataclass(frozen=True)
class Simulated:
    """What a user's own simulation of Verilog has left.

    Attributes:
        vcd: a recording.
        saif: counts of toggles.
        scope: where the circuit is in it.
    """

    vcd: Path | None = None
    saif: Path | None = None
    scope: str = ""


def energy_of(job: Job, data: Data | None, simulated: Simulated = Simulated()) -> dict[str, Any]:
    """Energy of a circuit, on data or (None) estimated without; for ``--json``.

    Args:
        job: the circuit.
        data: what a design works on.
        simulated: of a user's Verilog.

    Raises:
        RequestError: the data does not suit the design, or a result was wrong.
    """
    from costmodel.energy.power import (  # loads the simulator's side
        estimated_energy,
        measured_energy,
        replayed_energy,
    )

    point, limits = replace(job.point, noise_runs=0), job.limits
    if not isinstance(job.circuit, Design):
        if simulated.vcd is not None:
            answer = replayed_energy(point, simulated.vcd, simulated.scope, limits=limits)
        else:
            answer = estimated_energy(
                point,
                _INPUT_TOGGLES,
                saif=simulated.saif,
                scope=simulated.scope,
                limits=limits,
            )
        del answer["energy_fj_per_operation"]
        assert job.reading is not None
        parts: dict[str, float] = {}
        for part, energy in answer["by_part"].items():
            title = job.reading.title(part)
            parts[title] = parts.get(title, 0.0) + energy
        answer["by_part"] = parts
        return {"energy_fj_per_cycle": answer["energy_fj_per_cycle"], "energy": answer}
    point = replace(point, effort=None)
    if data is None:
        answer = estimated_energy(point, _INPUT_TOGGLES, limits=limits)
    else:
        answer = measured_energy(point, work_of(job.circuit, data), limits=limits)
    answer["by_part"] = module_parts(job.circuit.configuration, answer["by_part"])
    return {
        "energy_fj_per_operation": answer["energy_fj_per_operation"],
        "energy_fj_per_cycle": answer["energy_fj_per_cycle"],
        "energy": answer,
    }


def recording_doubts(energy: dict[str, Any]) -> list[str]:
    """What is doubtful about a recording that energy was measured on."""
    replay = energy.get("replay")
    if replay is None:
        return []
    doubts = []
    if replay["different"]:
        doubts.append(
            f"outputs are not as recorded before {replay['different']:,} of"
            f" {replay['compared']:,} edges of the clock; first in {replay['first']}"
        )
    if replay["unknown"]:
        doubts.append(f"{replay['unknown']:,} values of inputs are x or z, and were taken as 0")
    return doubts


def work_of(design: Design, data: Data) -> Sequence[Any]:
    """What a design's energy is measured on: pieces of work of its family.

    Without a number of vectors or files: the design's own data, else as many random vectors as
    take some thousand cycles.
    """
    from macsmith.simulation import files_of
    from sim.family import bench_of
    from sim.simulate import golden_work, random_work

    unit = design.configuration
    bench = bench_of(unit)
    if (files := files_of(design, data.files, data.vectors)) is not None:
        return golden_work(unit, bench.load(unit, files.read(), str(files)))
    vectors = data.vectors or bench.vectors_in(unit, _CYCLES)
    return random_work(unit, vectors, data.seed, typical=True)
