"""Blocks of integers or of floats, in gates: `python -m studies.int_or_float`.

Units that make dot products of whole blocks, one kind of elements each: the elements are multiplied
and summed exactly, and each block's sum is rounded once, to FP32. What follows in a matrix product
(both scales, and an FP32 sum) is the same for all of them and left out. They have one port, one
number of stages and are asked for one clock, so that all of one width of elements have the same
throughput. Beside that stands the error of quantizing each format's blocks, on data of three kinds.

It writes designs/measured/int_or_float.json; `studies.int_or_float_page` makes the page of it.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from scipy.linalg import hadamard

from costmodel.energy.power import energy, mapped_again
from costmodel.flow.measure import Point, measure
from costmodel.library.technology import Technology
from costmodel.simd.random_activity import all_modes, random_activity
from costmodel.technologies import load_technology
from costmodel.work.worker import DEFAULT_LIMITS
from hw.formats import parse_block
from hw.simd import SimdMac
from hw.simd.configuration import SimdLimits, Sums
from macsmith.design import designs_folder
from sim.formats import dequantize, quantize
from sim.writing import atomic_write

__all__ = ["CLOCKS_PS", "DATA", "FILE", "FORMATS", "decibels", "main", "unit_of"]

FILE = designs_folder() / "measured" / "int_or_float.json"
#: The clock that all units of a technology are asked for.
CLOCKS_PS = {"nangate45": 2000.0, "asap7": 1200.0, "sky130hd": 6000.0, "sg13g2": 5000.0}
DATA = ("Gaussian", "outliers", "rotated outliers")
_PORT, _DEPTH = 32, 6
_CYCLES = 2048  # that energy is counted over, all streams together
_CHANNELS, _ROWS = 4096, 64
_ROTATED = 128  # channels that a rotation mixes


class Elements(NamedTuple):
    """A block format and what multiplies its elements.

    Attributes:
        block: its name.
        pairs: of a SIMD unit.
    """

    block: str
    pairs: str


#: Block formats by their names on the page, those of one width beside each other. A block of MixFP4
#: has either kind of elements, so both kinds meet in all four ways.
FORMATS: dict[str, Elements] = {
    "MXINT8": Elements("mxint8", "int8"),
    "MXFP8 E4M3": Elements("mxfp8_e4m3", "fp8_e4m3"),
    "MXFP8 E5M2": Elements("mxfp8_e5m2", "fp8_e5m2"),
    "MXFP6 E2M3": Elements("mxfp6_e2m3", "fp6_e2m3"),
    "MXFP6 E3M2": Elements("mxfp6_e3m2", "fp6_e3m2"),
    "NVINT4": Elements("nvint4", "int4"),
    "NVFP4": Elements("nvfp4", "fp4_e2m1"),
    "MixFP4": Elements("mixfp4", "fp4_e2m1,e1m2,fp4_e2m1*e1m2,e1m2*fp4_e2m1"),
}


def main() -> None:
    """Measure what is not in the cache, and write all of it."""
    console = Console(stderr=True)
    rows = []
    for label, elements in FORMATS.items():
        row: dict[str, Any] = {"format": label}
        row["decibels"] = {kind: decibels(elements.block, kind) for kind in DATA}
        row["units"] = {}
        for name, clock_ps in CLOCKS_PS.items():
            console.print(f"{label} on {name}")
            point = Point(unit_of(elements), load_technology(name), clock_ps)
            row["units"][name] = _measured(point, point.technology)
        rows.append(row)
    atomic_write(FILE, json.dumps(rows, indent=1) + "\n", "")


def unit_of(elements: Elements) -> SimdMac:
    """The unit that makes the dot products of a format's blocks."""
    one = SimdMac(pairs=elements.pairs, port=_PORT, sums=Sums.DOT, workload=SimdLimits(1))
    operations = -(-parse_block(elements.block).size // one.operations_per_cycle)
    return SimdMac(
        pairs=elements.pairs,
        port=_PORT,
        sums=Sums.DOT,
        result="fp32",
        depth=_DEPTH,
        workload=SimdLimits(operations),
    )


def _measured(point: Point, technology: Technology) -> dict[str, float]:
    unit = point.design
    assert isinstance(unit, SimdMac)
    figures = measure(point)
    netlist = mapped_again(point, figures, DEFAULT_LIMITS).netlist
    activity, products = random_activity(unit, netlist, all_modes(unit), cycles=_CYCLES, seed=1)
    work = energy(netlist, technology, activity, products, None)
    names = ("area_um2", "delay_ps", "leakage_uw")
    return {name: figures[name] for name in names} | {
        "products_per_cycle": unit.operations_per_cycle,
        "fj_per_product": work.dynamic_fj_per_cycle * activity.cycles / products,
        "flow": figures["flow"],
    }


def decibels(block: str, kind: str) -> float:
    """Power of a kind of data over that of the errors of quantizing it, in decibels.

    Args:
        block: the name of a block format.
        kind: one of `DATA`. Of outliers one channel in a hundred is 30 times larger than the rest;
            rotated ones are multiplied with a Hadamard matrix of 128 channels, as such data are
            before they are quantized.
    """
    values = _values(kind)
    form = parse_block(block)
    error = dequantize(form, quantize(form, values)) - values
    return float(10 * np.log10((values**2).mean() / (error**2).mean()))


def _values(kind: str) -> NDArray[np.float64]:
    rng = np.random.default_rng(3)
    values = rng.standard_normal((_ROWS, _CHANNELS))
    if kind != "Gaussian":
        values *= np.where(rng.random(_CHANNELS) < 0.01, 30, 1)
    if kind == "rotated outliers":
        rotation = hadamard(_ROTATED) / np.sqrt(_ROTATED)
        values = (values.reshape(_ROWS, -1, _ROTATED) @ rotation).reshape(values.shape)
    return values


if __name__ == "__main__":
    main()
