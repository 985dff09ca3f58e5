"""Accelerators: cores, buffers and an off-chip memory at a workload; many designs at once.

An accelerator has n equal cores on one clock, which share each matrix product by its
outputs; each has a weight buffer of its own, and all take the same activations out of one buffer.
Off chip are the weights, and what is between the layers (`costmodel.system.dataflow`). Buffers are
those of `costmodel.system.memory`, cycles and traffic those
that the cores' family states (`costmodel.system.gemm.Cores`).

A product takes the longer of its computing and its transfers, which overlap. The clock has the
period of the core or the access time of its buffers, whichever is longer. Energy is that of the
tiles multiplied (the core's energy an operation less its leakage), of every access to a buffer, of
every bit that crosses the chip's edge, and of leakage all the time that it takes.

``docs/assumptions.md`` has every simplification.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from costmodel.family import basis_of_columns
from costmodel.model.columns import Columns
from costmodel.system.dataflow import Buffers, Flow, Platform
from costmodel.system.dram import Dram
from costmodel.system.gemm import Cores, Gemm
from hw.errors import RequestError

__all__ = ["CoreCost", "LayerCost", "SystemCost", "evaluate"]

Floats = NDArray[np.float64]


class CoreCost(Protocol):
    """What a core costs; `costmodel.model.estimate.Estimates` is one."""

    @property
    def area_um2(self) -> Floats:
        """Area."""
        ...

    @property
    def delay_ps(self) -> Floats:
        """The clock period that it can run at."""
        ...

    @property
    def leakage_uw(self) -> Floats:
        """Leakage."""
        ...

    @property
    def energy_fj_per_operation(self) -> Floats:
        """Energy of a slot of a tile at that clock, leakage included."""
        ...


@dataclass(frozen=True)
class LayerCost:
    """A product of a workload, all that it occurs: its figures and its place in the roofline.

    Attributes:
        gemm: the product.
        cycles: of computing.
        compute_us: the same in time.
        off_chip_us: time of its transfers.
        off_chip_bytes: what they carry.
        ops_per_byte: operational intensity; an operation is a multiply-accumulate.
        roof_gops: what is possible at that intensity: the peak, or the bandwidth times it.
        attained_gops: what is reached, in 1e9 operations a second.
    """

    gemm: Gemm
    cycles: NDArray[np.int64]
    compute_us: Floats
    off_chip_us: Floats
    off_chip_bytes: Floats
    ops_per_byte: Floats
    roof_gops: Floats
    attained_gops: Floats

    @property
    def time_us(self) -> Floats:
        """The longer of computing and transfers."""
        return np.maximum(self.compute_us, self.off_chip_us)


@dataclass(frozen=True)
class SystemCost:
    """What a workload takes on accelerators: arrays that broadcast.

    Attributes:
        tokens: activation vectors of one pass of the workload.
        cycles: of computing, without waiting.
        utilisation: operations over what all cores could do in these cycles.
        clock_ps: the period.
        clock_bound: what sets it: ``core``, ``sram`` or ``asked``.
        time_us: of one pass.
        bound: where most of that time is spent: ``compute`` or ``off_chip``.
        tokens_per_s: throughput.
        energy_parts_uj: of a token: ``core``, ``sram``, ``off_chip``, ``leakage``.
        area_parts_mm2: ``cores``, ``weight_buffers``, ``activation_buffer``.
        peak_gops: 1e9 multiply-accumulates a second that the cores could do.
        bandwidth_gb_per_s: of the memory off chip.
        buffer_kib: capacity of the weight buffers of all cores, and of the activation buffer.
        layers: the products.
    """

    tokens: int
    cycles: NDArray[np.int64]
    utilisation: Floats
    clock_ps: Floats
    clock_bound: NDArray[np.str_]
    time_us: Floats
    bound: NDArray[np.str_]
    tokens_per_s: Floats
    energy_parts_uj: dict[str, Floats]
    area_parts_mm2: dict[str, Floats]
    peak_gops: Floats
    bandwidth_gb_per_s: float
    buffer_kib: dict[str, Floats]
    layers: tuple[LayerCost, ...] = field(repr=False)

    @property
    def energy_per_token_uj(self) -> Floats:
        """Energy of a token."""
        return _total(self.energy_parts_uj.values())

    @property
    def area_mm2(self) -> Floats:
        """Area of all that is on the chip."""
        return _total(self.area_parts_mm2.values())


def evaluate(
    columns: Columns, costs: CoreCost, gemms: Sequence[Gemm], platform: Platform
) -> SystemCost:
    """Run a workload on accelerators.

    Args:
        columns: parameters of their cores, see `costmodel.family.Basis.cores`.
        costs: of their cores, arrays that broadcast with them.
        gemms: the workload, at least one product.
        platform: what is around the cores.

    Raises:
        RequestError: there is no product, or a column is missing.
    """
    if not gemms:
        raise RequestError("a workload wants at least one matrix product")
    shared_by = np.asarray(platform.cores)
    cores = basis_of_columns(columns).cores(columns, max(gemm.inputs for gemm in gemms))
    buffers = Buffers(cores, gemms, platform)
    clock_ps, clock_bound = _clock(costs, platform, buffers)
    counts = cores.cycles(gemms, shared_by)
    peak = shared_by * cores.operations_per_cycle / clock_ps * 1e3
    flows = [Flow(cores, gemm, platform, buffers) for gemm in gemms]
    layers = tuple(
        _layer(flow, count, clock_ps, peak, platform.dram)
        for flow, count in zip(flows, counts, strict=True)
    )
    time_us = _total(layer.time_us for layer in layers)
    waiting = _total(
        np.where(layer.off_chip_us > layer.compute_us, layer.time_us, 0.0) for layer in layers
    )
    tokens = max(gemm.vectors for gemm in gemms)
    counted, macs = _total(counts), sum(gemm.macs for gemm in gemms)
    leakage_uw = shared_by * costs.leakage_uw + buffers.leakage_uw
    dynamic_fj = _dynamic_fj(cores, costs)
    energy_pj = {
        "core": dynamic_fj * 1e-3 * _total(flow.slots for flow in flows),
        "sram": _total(flow.sram_pj for flow in flows),
        "off_chip": platform.dram.pj_per_bit * _total(flow.off_chip_bits for flow in flows),
        "leakage": leakage_uw * time_us,  # uW us are pJ
    }
    return SystemCost(
        tokens=tokens,
        cycles=counted,
        utilisation=macs / (peak * 1e-3 * clock_ps * counted),
        clock_ps=clock_ps,
        clock_bound=clock_bound,
        time_us=time_us,
        bound=np.where(2 * waiting > time_us, "off_chip", "compute"),
        tokens_per_s=tokens / time_us * 1e6,
        energy_parts_uj={name: pj * 1e-6 / tokens for name, pj in energy_pj.items()},
        area_parts_mm2={
            "cores": shared_by * costs.area_um2 * 1e-6,
            "weight_buffers": shared_by * buffers.weights.area_um2 * 1e-6,
            "activation_buffer": buffers.activations.area_um2 * 1e-6,
        },
        peak_gops=peak,
        bandwidth_gb_per_s=platform.dram.bandwidth_gb_per_s,
        buffer_kib={
            "weight_buffers": shared_by * buffers.weight_kib,
            "activation_buffer": buffers.activation_kib,
        },
        layers=layers,
    )


def _layer(flow: Flow, count: Any, clock_ps: Floats, peak: Floats, dram: Dram) -> LayerCost:
    off_chip_bytes = flow.off_chip_bits / 8
    compute_us = count * clock_ps * 1e-6
    off_chip_us = flow.off_chip_bits / dram.bits_per_ps * 1e-6
    intensity = flow.gemm.macs / off_chip_bytes
    return LayerCost(
        gemm=flow.gemm,
        cycles=count,
        compute_us=compute_us,
        off_chip_us=off_chip_us,
        off_chip_bytes=off_chip_bytes,
        ops_per_byte=intensity,
        roof_gops=np.minimum(peak, intensity * dram.bandwidth_gb_per_s),
        attained_gops=flow.gemm.macs / np.maximum(compute_us, off_chip_us) * 1e-3,
    )


def _clock(
    costs: CoreCost, platform: Platform, buffers: Buffers
) -> tuple[Floats, NDArray[np.str_]]:
    """The period, and what sets it."""
    access = np.maximum(buffers.weights.access_ps, buffers.activations.access_ps)
    fastest = np.maximum(costs.delay_ps, access)
    by = np.where(access > costs.delay_ps, "sram", "core")
    asked = np.asarray(platform.clock_ps)
    return np.maximum(fastest, asked), np.where(asked > fastest, "asked", by)


def _dynamic_fj(cores: Cores, costs: CoreCost) -> Floats:
    """Energy of a weight slot without the leakage, which is counted by time."""
    leaked = costs.leakage_uw * costs.delay_ps * 1e-3 / cores.slots
    return np.maximum(costs.energy_fj_per_operation - leaked, 0.0)


def _total(parts: Any) -> Any:
    return reduce(np.add, parts)
