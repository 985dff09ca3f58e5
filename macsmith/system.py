"""The system command: tokens a second and energy a token of an accelerator made of a design."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from costmodel.system.accelerator import LayerCost, SystemCost, evaluate
from costmodel.system.dataflow import Platform
from costmodel.system.dram import Dram
from costmodel.system.gemm import Gemm
from costmodel.system.memory import published_ratio
from costmodel.work.worker import DEFAULT_LIMITS, Limits
from hw.unit import Unit, gemm_unit
from macsmith.estimation import figures
from macsmith.schedule import Job

__all__ = ["CoreFigures", "core_columns", "estimated", "measured", "report", "run"]

Floats = NDArray[np.float64]

_FIGURES = ("area_um2", "delay_ps", "leakage_uw", "energy_fj_per_operation")
_CYCLES = 4000  # that energy is measured over, about


@dataclass(frozen=True)
class CoreFigures:
    """What one core costs, and who says so.

    Attributes:
        source: ``estimated`` or ``measured``.
        area_um2: area.
        delay_ps: the clock period of the circuit of least area.
        leakage_uw: leakage.
        energy_fj_per_operation: of a slot of a tile, leakage included.
        expected_error_percent: of the figures that are estimated, by name.
        inside: whether the design is of the kind that the model was fitted to.
    """

    source: str
    area_um2: Floats
    delay_ps: Floats
    leakage_uw: Floats
    energy_fj_per_operation: Floats
    expected_error_percent: dict[str, float] = field(default_factory=dict)
    inside: bool = True


def core_columns(unit: Unit) -> dict[str, NDArray[Any]]:
    """A configuration's parameters and limits as columns of a single design."""
    stated = {"unit": unit.unit} | unit.parameters() | unit.workload.limits()
    return {name: np.asarray(value) for name, value in stated.items()}


def estimated(unit: Unit, technology: str) -> CoreFigures:
    """Figures of the analytical model.

    Raises:
        RequestError: there is no model of this technology.
    """
    answer = figures(unit, technology)
    area, delay, leakage, energy = (_float(answer[name]) for name in _FIGURES)
    errors, inside = answer["expected_error_percent"], answer["inside"]
    return CoreFigures("estimated", area, delay, leakage, energy, errors, inside)


def measured(unit: Unit, technology: str, limits: Limits = DEFAULT_LIMITS) -> CoreFigures:
    """Figures of real synthesis; energy over some thousand cycles of random data.

    Raises:
        RequestError: the design cannot be mapped.
    """
    from costmodel.energy.power import measured_energy  # loads the simulator's side
    from costmodel.flow.measure import Point, measure
    from costmodel.technologies import load_technology
    from sim.family import bench_of

    point = Point(unit, load_technology(technology))
    figures = measure(point, limits=limits, parallel=2)
    _, work = bench_of(unit).small(unit, _CYCLES)
    energy = measured_energy(point, work, limits=limits)
    area, delay, leakage = (_float(figures[name]) for name in _FIGURES[:3])
    slots = unit.operations_per_cycle
    return CoreFigures(
        "measured", area, delay, leakage, _float(energy["energy_fj_per_cycle"] / slots)
    )


def run(
    job: Job, core: CoreFigures, platform: Platform, technology: str, context: int = 0
) -> dict[str, Any]:
    """An accelerator at a workload; returns what ``--json`` prints.

    Args:
        job: the design, sized for the workload, and the workload.
        core: what one core costs.
        platform: what is around the cores.
        technology: its name.
        context: tokens before each token, of whose keys and values attention makes use.

    Raises:
        RequestError: the design does not carry a product.
    """
    unit = gemm_unit(job.design.configuration)
    gemms = []
    for layer, batch in zip(job.layers, job.batches, strict=True):
        unit.schedule([layer.product(batch)])  # refuses what the design does not carry
        gemms.append(
            Gemm(layer.name, layer.outputs, layer.inputs, batch, layer.count, layer.weight_bits)
        )
    evaluation = evaluate(core_columns(unit), core, gemms, platform)
    dram = platform.dram
    published = published_ratio(technology)
    of_sram, off_chip = (evaluation.energy_parts_uj[part] for part in ("sram", "off_chip"))
    spread = [
        evaluation.energy_per_token_uj
        + off_chip * (bound / dram.pj_per_bit - 1)
        + of_sram * (limit(1.0, published) - 1)
        for bound, limit in ((dram.low_pj_per_bit, min), (dram.high_pj_per_bit, max))
    ]
    return {
        "design": job.design.name,
        "workload": job.source,
        "technology": technology,
        "cores": int(np.asarray(platform.cores)),
        "core": {
            "figures": core.source,
            **{name: float(getattr(core, name)) for name in _FIGURES},
            "expected_error_percent": core.expected_error_percent,
            "inside": core.inside,
        },
        "memory": asdict(dram),
        "tokens_per_pass": evaluation.tokens,
        "cycles": int(evaluation.cycles),
        "utilisation": float(evaluation.utilisation),
        "clock_ps": float(evaluation.clock_ps),
        "clock_bound": str(evaluation.clock_bound),
        "time_us_per_pass": float(evaluation.time_us),
        "bound": str(evaluation.bound),
        "tokens_per_s": float(evaluation.tokens_per_s),
        "energy_per_token_uj": float(evaluation.energy_per_token_uj),
        "energy_per_token_uj_range": [float(energy_uj) for energy_uj in spread],
        "energy_parts_uj": _plain(evaluation.energy_parts_uj),
        "area_mm2": float(evaluation.area_mm2),
        "area_parts_mm2": _plain(evaluation.area_parts_mm2),
        "buffer_kib": _plain(evaluation.buffer_kib),
        "peak_gops": float(evaluation.peak_gops),
        "layers": [_layer(layer) for layer in evaluation.layers],
        "beside": _beside(job, evaluation, dram, context),
    }


def _beside(job: Job, system: SystemCost, dram: Dram, context: int) -> dict[str, Any]:
    """What the model runs besides, with sizes, and what its traffic makes of the figures."""
    tokens = system.tokens
    entries = [
        {
            "name": entry.name,
            "format": entry.format,
            "held_bytes": entry.held_bytes(tokens, context),
            "off_chip_bytes": entry.moved_bytes(tokens, context),
            "macs": entry.macs(tokens, context),
        }
        for entry in job.beside
    ]
    bits = 8 * sum(entry.moved_bytes(tokens, context) for entry in job.beside)
    time_us = float(system.time_us) + bits / dram.bits_per_ps * 1e-6
    energy_uj = float(system.energy_per_token_uj) + bits * dram.pj_per_bit * 1e-6 / tokens
    return {
        "context": context,
        "entries": entries,
        "tokens_per_s_with_its_traffic": tokens / time_us * 1e6,
        "energy_per_token_uj_with_its_traffic": energy_uj,
    }


def _float(value: Any) -> Floats:
    return np.asarray(value, np.float64)


def _plain(parts: dict[str, Floats]) -> dict[str, float]:
    return {name: float(value) for name, value in parts.items()}


def _layer(layer: LayerCost) -> dict[str, Any]:
    gemm = layer.gemm
    names = ("compute_us", "off_chip_us", "off_chip_bytes", "ops_per_byte", "roof_gops")
    return {
        "name": gemm.name,
        "outputs": gemm.outputs,
        "inputs": gemm.inputs,
        "vectors": gemm.vectors,
        "repeat": gemm.repeat,
        "cycles": int(layer.cycles),
        **{name: float(getattr(layer, name)) for name in names},
        "attained_gops": float(layer.attained_gops),
        "bound": "off_chip" if layer.off_chip_us > layer.compute_us else "compute",
    }


_WORDS = {
    "off_chip": "off chip",
    "compute": "computing",
    "sram": "its buffers",
    "core": "the core",
    "asked": "--clock-ns",
}


def report(answer: dict[str, Any]) -> None:
    """Print the answer for a person."""
    console = Console() if sys.stdout.isatty() else Console(width=100)
    core, memory = answer["core"], answer["memory"]
    count = f"{answer['cores']} cores" if answer["cores"] > 1 else "one core"
    console.print(
        f"[bold]{answer['design']}[/bold], {count} ({core['figures']}) on {answer['technology']},"
        f" {memory['kind']} at {memory['bandwidth_gb_per_s']:g} GB/s: {answer['workload']}",
        soft_wrap=True,
    )
    low, high = answer["energy_per_token_uj_range"]
    unit = "token" if answer["tokens_per_pass"] == 1 else "token of the batch"
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_row(
        "throughput",
        f"{_shown(answer['tokens_per_s'])} tokens/s",
        f"bound by {_WORDS[answer['bound']]}; {answer['cycles']:,} cycles,"
        f" {answer['utilisation']:.1%} of the weight slots used",
    )
    table.add_row(
        "clock",
        f"{answer['clock_ps']:,.0f} ps",
        f"set by {_WORDS[answer['clock_bound']]}; peak {_shown(answer['peak_gops'])} Gop/s",
    )
    table.add_row(
        "energy",
        f"{_shown(answer['energy_per_token_uj'])} uJ",
        f"a {unit}; {_shares(answer['energy_parts_uj'])}",
    )
    if low < high:
        table.add_row(
            "",
            f"{_shown(low)} to {_shown(high)}",
            f"by what is published of {memory['kind']} and of SRAM",
        )
    table.add_row("area", f"{answer['area_mm2']:.3g} mm2", _shares(answer["area_parts_mm2"]))
    console.print(table)
    layers = Table(box=None, pad_edge=False)
    heads = (
        "layer",
        "N x M x vectors",
        "count",
        "computing",
        "off chip",
        "op/byte",
        "Gop/s",
        "roof",
    )
    for head in heads:
        layers.add_column(head, justify="left" if head == "layer" else "right")
    for layer in answer["layers"]:
        layers.add_row(
            layer["name"],
            f"{layer['inputs']} x {layer['outputs']} x {layer['vectors']}",
            str(layer["repeat"]),
            f"{_shown(layer['compute_us'])} us",
            f"{_shown(layer['off_chip_us'])} us",
            _shown(layer["ops_per_byte"]),
            _shown(layer["attained_gops"]),
            _shown(layer["roof_gops"]),
        )
    console.print(layers)
    buffers = (
        f"{name.replace('_', ' ')} {_shown(kib)} KiB" for name, kib in answer["buffer_kib"].items()
    )
    console.print(f"on the chip: {', '.join(buffers)}")
    for line in _scope(answer):
        console.print(line, soft_wrap=True)


def _scope(answer: dict[str, Any]) -> list[str]:
    """What is in the figures and what is not, with sizes."""
    weights = sum(e["outputs"] * e["inputs"] * e["repeat"] for e in answer["layers"])
    moved = sum(e["off_chip_bytes"] for e in answer["layers"])
    lines = [f"in: the products above, {weights:,} weights, {_bytes(moved)} a pass off chip"]
    beside = answer["beside"]
    if not beside["entries"]:
        return [*lines, "out: all else; the workload names nothing (embedding, head, KV cache)"]
    told = []
    for entry in beside["entries"]:
        form = f" ({entry['format']})" if entry["format"] else ""
        sizes = [f"{_bytes(entry['off_chip_bytes'])} a pass"] if entry["off_chip_bytes"] else []
        sizes += [f"{entry['macs']:,} multiply-accumulates"] if entry["macs"] else []
        told.append(f"{entry['name']}{form} {', '.join(sizes) or 'nothing'}")
    speed = _shown(beside["tokens_per_s_with_its_traffic"])
    energy = _shown(beside["energy_per_token_uj_with_its_traffic"])
    return [
        *lines,
        f"out, at a context of {beside['context']:,} tokens: {'; '.join(told)}",
        f"with the traffic of these, not their computing: {speed} tokens/s, {energy} uJ a token",
    ]


def _bytes(number: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= size:
            return f"{_shown(number / size)} {unit}"
    return f"{_shown(number)} B"


def _shares(parts: dict[str, float]) -> str:
    total = sum(parts.values())
    return ", ".join(
        f"{name.replace('_', ' ')} {value / total:.0%}" for name, value in parts.items()
    )


def _shown(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
