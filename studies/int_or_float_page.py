"""The page docs/int_or_float.md and its picture: what `python -m studies.int_or_float` measured."""

from __future__ import annotations

import json
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from costmodel.plots.style import COLOURS, MARKERS
from macsmith.design import designs_folder
from studies import pages
from studies.int_or_float import CLOCKS_PS, DATA, FILE, FORMATS, decibels

__all__ = ["int_or_float", "measured", "tables", "write_tables"]

_PAGE = designs_folder().parent / "docs" / "int_or_float.md"
#: Integers and the floats of as many bits, which have the same throughput.
_AGAINST = (
    ("MXINT8", "MXFP8 E4M3"),
    ("MXINT8", "MXFP8 E5M2"),
    ("NVINT4", "NVFP4"),
    ("NVINT4", "MixFP4"),
)
_QUANTITIES = {"area_um2": "area", "fj_per_product": "energy"}
_WITHOUT_UNIT = {"HiFloat4": "hif4"}

Row = dict[str, Any]


def measured() -> dict[str, Row]:
    """What `studies.int_or_float` has written, by the formats' names."""
    rows = json.loads(FILE.read_text(encoding="utf-8"))
    return {row["format"]: row for row in rows}


def write_tables() -> str:
    """Put the tables into the page; returns its name."""
    return pages.write_tables(_PAGE, tables()).name


def tables() -> dict[str, str]:
    """The tables of the page by their names."""
    rows = measured()
    return {"verdict": _verdict(rows), "units": _units(rows), "errors": _errors(rows)}


def _ratios(rows: dict[str, Row], integer: str, real: str, quantity: str) -> list[float]:
    """A quantity of floats over that of integers, technology by technology."""
    return [
        rows[real]["units"][name][quantity] / rows[integer]["units"][name][quantity]
        for name in CLOCKS_PS
    ]


def _verdict(rows: dict[str, Row]) -> str:
    """Floats over integers, of one throughput; and which of both statements holds.

    Raises:
        ValueError: the ratios say something else than the sentences: they must be written anew.
    """
    eight, four = (_ratios(rows, *_AGAINST[place], "area_um2") for place in (0, 2))
    energy = _ratios(rows, *_AGAINST[2], "fj_per_product")
    if not (min(eight) > 1.2 and 0.85 < min(four) <= max(four) < 1 < min(energy) < 1.1):
        raise ValueError(f"the page's sentences do not fit {eight}, {four} and {energy}")
    text = (
        "Of 8 bits the second statement holds: with exact sums MXFP8 E4M3 takes"
        f" {min(eight):.2f} to {max(eight):.2f} times the area of MXINT8. Of 4 bits the first one:"
        f" NVFP4 takes {min(four):.2f} to {max(four):.2f} times the area of NVINT4, and"
        f" {min(energy):.2f} to {max(energy):.2f} times its energy."
    )
    lines = []
    for integer, real in _AGAINST:
        for quantity, word in _QUANTITIES.items():
            ratios = (f"{ratio:.2f}" for ratio in _ratios(rows, integer, real, quantity))
            lines.append([f"{real} over {integer}", word, *ratios])
    return f"{pages.wrapped(text)}\n{pages.table(['floats over integers', '', *CLOCKS_PS], lines)}"


def _units(rows: dict[str, Row]) -> str:
    heads = ["blocks", "products a cycle"]
    for name, clock_ps in CLOCKS_PS.items():
        heads += [f"{name} at {clock_ps:,.0f} ps (um2)", "fJ a product"]
    lines = []
    for label in FORMATS:
        units = rows[label]["units"]
        line = [label, str(units["nangate45"]["products_per_cycle"])]
        for name, clock_ps in CLOCKS_PS.items():
            missed = "" if units[name]["delay_ps"] <= clock_ps else f" ({_late(units[name])})"
            line += [f"{units[name]['area_um2']:,.0f}{missed}"]
            line += [f"{units[name]['fj_per_product']:,.0f}"]
        lines.append(line)
    return pages.table(heads, lines)


def _late(unit: Row) -> str:
    return f"{unit['delay_ps']:,.0f} ps"


def _errors(rows: dict[str, Row]) -> str:
    """Signal to noise of all formats; those without a unit are computed here."""
    ratios = {label: [row["decibels"][kind] for kind in DATA] for label, row in rows.items()}
    for label, block in _WITHOUT_UNIT.items():
        ratios[label] = [decibels(block, kind) for kind in DATA]
    lines = [[label, *(f"{ratio:.1f}" for ratio in of_kinds)] for label, of_kinds in ratios.items()]
    return pages.table(["blocks", *(f"{kind} (dB)" for kind in DATA)], lines)


def int_or_float() -> Figure:
    """Signal to noise of each kind of data over the area of the unit, on NanGate 45 nm."""
    rows = measured()
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(9.5, 4.2), facecolor="white", layout="constrained")
        places = figure.subplots(1, len(DATA), sharex=True, sharey=True)
        for axes, kind in zip(places, DATA, strict=True):
            for number, (label, row) in enumerate(rows.items()):
                unit = row["units"]["nangate45"]
                axes.plot(
                    unit["area_um2"] / unit["products_per_cycle"],
                    row["decibels"][kind],
                    MARKERS[number % len(MARKERS)],
                    color=COLOURS[number % len(COLOURS)],
                    label=label,
                    markersize=8,
                )
            axes.set_title(kind)
            axes.grid(visible=True, alpha=0.3)
            axes.margins(0.12)
        places[0].set_ylabel("signal over quantization noise (dB)")
        figure.supxlabel(
            "area for each product a cycle (um2, nangate45 at 2 ns)", fontsize="medium"
        )
        handles, labels = places[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=4, frameon=False)
    return figure
