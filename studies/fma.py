"""Measure fused multiply-add units, for docs/fma.md: `python -m studies.fma`.

What they cost goes into designs/measured/fma.json, and what their sums differ by from exact ones
into designs/measured/fma_errors.json; `studies.fma_tables` makes tables and figures of both. What
is in the cache costs nothing.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from amaranth.lib import wiring
from numpy.typing import NDArray
from rich.console import Console

from costmodel.flow.mapped import map_once
from costmodel.flow.measure import Point, measure
from costmodel.flow.recipes import PLAIN
from costmodel.netlist.source import Source
from costmodel.technologies import load_technology
from hw.fma import Fma, FmaLimits, Multiplier
from hw.fma.element import Element
from hw.modules import to_rtlil
from macsmith.design import designs_folder
from sim.fma.column import column_values
from sim.fma.factors import product_values
from sim.formats import decode, encode

__all__ = [
    "COSTS",
    "ELEMENTS",
    "ERRORS",
    "EXACT",
    "PRODUCTS",
    "SYNTHESIZED",
    "factors_of",
    "main",
    "relative_errors",
    "unit",
]

COSTS = designs_folder() / "measured" / "fma.json"
ERRORS = designs_folder() / "measured" / "fma_errors.json"
_KEPT = ("technology", "clock_ps", "recipe", "area_um2", "delay_ps", "leakage_uw", "flow")

#: Formats of factors and sums of exact units, and the area of the best open unit in um2 of
#: nangate45 (`synth -flatten`, `abc -D 2000`, pyosys 0.70) and its name.
EXACT: dict[str, tuple[str, str, float, str]] = {
    "bf16": ("bf16", "bf16", 1553, "chisel-float"),
    "fp16": ("fp16", "fp16", 2221, "cvfpu"),
    "fp8_e5m2": ("fp8_e5m2", "fp8_e5m2", 737, "cvfpu"),
    "bf16 to fp32": ("bf16", "fp32", 2580, "chisel-float"),
}

_PLAIN = "bf16+flush+finite+nan_none"

#: Units of processing elements: products of bfloat16 without subnormals, infinities and NaN.
ELEMENTS: dict[str, dict[str, Any]] = {
    "exact, normalized product, W = 16": {"accumulator": "raw16", "product": "normalized"},
    "exact, W = 16": {"accumulator": "raw16"},
    "an-1-1, W = 16": {"accumulator": "raw16", "normalization": "an-1-1"},
    "an-1-2, W = 16": {"accumulator": "raw16", "normalization": "an-1-2"},
    "an-2-2, W = 16": {"accumulator": "raw16", "normalization": "an-2-2"},
    "carry only, W = 16": {"accumulator": "raw16", "normalization": "carry_only"},
    "carry only, W = 17": {"accumulator": "raw17", "normalization": "carry_only"},
    "carry only, W = 17, inverted": {
        "accumulator": "raw17",
        "normalization": "carry_only",
        "difference": "inverted",
    },
    "carry only, W = 17, jammed": {
        "accumulator": "raw17",
        "normalization": "carry_only",
        "cut": "jam",
    },
}

#: Those that are synthesized.
SYNTHESIZED = (
    "exact, normalized product, W = 16",
    "exact, W = 16",
    "an-1-2, W = 16",
    "carry only, W = 17",
    "carry only, W = 17, inverted",
)

_LEAST = ELEMENTS["carry only, W = 17, inverted"]
#: The same sums of products that are made in several ways, as units without registers.
PRODUCTS: dict[str, dict[str, Any]] = {
    "exact": _LEAST,
    "Mitchell": _LEAST | {"multiplier": "mitchell"},
    "L-Mul": _LEAST | {"multiplier": "l_mul"},
    "L-Mul, normalized": _LEAST | {"multiplier": "l_mul", "product": "normalized"},
    "LNS": _LEAST | {"multiplier": "lns"},
    "power of two": _LEAST | {"multiplier": "power_of_two"},
}

_TERMS, _SUMS = 768, 4000
_ATTENDED = 128  # positions that an attention looks at


def unit(settings: dict[str, Any]) -> Fma:
    """The multiply-add of a processing element, without registers."""
    return Fma(a=_PLAIN, depth=0, workload=FmaLimits(1024), **settings)


def main() -> None:
    """Measure errors and costs, and write them."""
    console = Console(stderr=True)
    rows = []
    for label, circuit, technology, clock_ps in _requests():
        source = Source(to_rtlil(circuit, "dut", clocked=True), "rtlil", "dut", rows=False)
        with console.status(f"{label}, {technology}, {clock_ps}"):
            point = Point(source, load_technology(technology), clock_ps, quick=True)
            figures = measure(point)
        rows.append({"row": label} | {key: figures[key] for key in _KEPT})
        console.print(f"{label}, {technology}, {clock_ps}: {figures['area_um2']:,.1f} um2")
    for label, whole in _exact().items():
        with console.status(f"plain script: {label}"):
            area = _plain_area(whole)
        rows.append({"row": f"plain: {label}", "technology": "nangate45", "clock_ps": 2000.0})
        rows[-1] |= {"area_um2": area}
    COSTS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    with console.status("errors of sums"):
        ERRORS.write_text(json.dumps(errors(), indent=1) + "\n", encoding="utf-8")


def _requests() -> list[tuple[str, wiring.Component, str, float | None]]:
    """What is synthesized: a label, the circuit, the technology, the clock."""
    units = {label: unit(ELEMENTS[label]) for label in SYNTHESIZED}
    wholes = {f"unit: {label}": whole for label, whole in (_exact() | units).items()}
    wholes |= {f"product: {label}": unit(settings) for label, settings in PRODUCTS.items()}
    alone = {label: whole.component() for label, whole in wholes.items()}
    elements = {f"element: {label}": Element(whole) for label, whole in units.items()}
    return [
        *((label, circuit, "nangate45", None) for label, circuit in (alone | elements).items()),
        *((label, circuit, "asap7", None) for label, circuit in elements.items()),
        *((label, circuit, "asap7", 1000.0) for label, circuit in elements.items()),
    ]


def _exact() -> dict[str, Fma]:
    """Units that round once, without registers."""
    return {
        label: Fma(a=factor, accumulator=accumulator, depth=0)
        for label, (factor, accumulator, *_) in EXACT.items()
    }


def _plain_area(whole: Fma) -> float:
    """Area by the script of the open units, its loads then made legal."""
    source = Source(to_rtlil(whole.component(), "dut", clocked=True), "rtlil", "dut", rows=False)
    return map_once(source, PLAIN, load_technology("nangate45"), 2000.0).area_um2


def errors() -> list[dict[str, Any]]:
    """What sums of 768 products of each kind of data differ by from exact ones.

    ``rms`` is the root of the mean square of the errors, relative to that of the exact sums;
    ``bias`` the mean error away from zero, relative to the mean magnitude.
    """
    rows = []
    for kind in ("gauss", "relu", "outlier", "cancelling"):
        form = unit(ELEMENTS["exact, W = 16"]).factors[0]
        a, b = (encode(form, values).astype(np.int64) for values in factors_of(kind))
        exact = (decode(form, a) * decode(form, b)).sum(axis=0)
        for label, settings in ELEMENTS.items():
            error = column_values(unit(settings), a, b) - exact
            rows.append(
                {
                    "data": kind,
                    "row": label,
                    "rms": float(np.sqrt((error**2).mean() / (exact**2).mean())),
                    "bias": float((error * np.sign(exact)).mean() / np.abs(exact).mean()),
                }
            )
    return rows


def relative_errors(whole: Fma) -> NDArray[np.float64]:
    """Errors of the products of all pairs of numbers from 1 to below 2.

    What codes of a logarithmic number system stand for is a power of two: of their fraction.
    """
    codes, numbers = [], []
    for form in whole.factors:
        fractions = np.arange(1 << form.fraction_bits)
        parts = fractions / (1 << form.fraction_bits)
        codes.append((form.bias << form.fraction_bits) + fractions)
        numbers.append(np.exp2(parts) if whole.multiplier is Multiplier.LNS else 1 + parts)
    (a, b), (x, y) = (np.meshgrid(*arrays) for arrays in (codes, numbers))
    return product_values(whole, a, b) / (x * y) - 1


def factors_of(kind: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Activations and weights of a kind of data, shape (products, sums) each.

    Kinds are ``gauss``, ``relu``, ``outlier``, ``cancelling``; and ``softmax``, whose activations
    are 128 weights of an attention.
    """
    rng = np.random.default_rng(1)
    shape = (_TERMS, _SUMS)
    activations = rng.standard_normal(shape)
    weights = rng.standard_normal(shape) / np.sqrt(_TERMS)
    if kind == "relu":
        activations = np.maximum(activations, 0)
    if kind == "outlier":  # one channel in a hundred is 30 times larger
        activations *= np.where(rng.random((_TERMS, 1)) < 0.01, 30, 1)
    if kind == "cancelling":  # the second half takes back all but two thousandths of the first
        half = _TERMS // 2
        left = 1 + 2e-3 * rng.standard_normal((half, _SUMS))
        activations[half:], weights[half:] = -activations[:half] * left, weights[:half]
    if kind == "softmax":
        activations, weights = np.exp(activations[:_ATTENDED]), weights[:_ATTENDED]
        activations /= activations.sum(axis=0)
    return activations, weights


if __name__ == "__main__":
    main()
