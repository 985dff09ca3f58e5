"""The tables of docs/formats.md: what the named formats are, and what their codecs cost.

`python -m studies.measure --only codecs` writes designs/measured/codecs.json; `studies.make` puts
the tables into the page.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from amaranth.lib import wiring

from costmodel.flow.measure import Point, measure
from costmodel.netlist.source import Source
from costmodel.technologies import load_technology
from hw.codec import Decoder, Encoder
from hw.formats import NAMED_FLOATS, Float, NanCodes
from hw.modules import to_rtlil
from macsmith.design import designs_folder
from studies import pages

__all__ = ["measured_codecs", "write_tables"]

_FILE = designs_folder() / "measured" / "codecs.json"
_PAGE = Path(__file__).parents[1] / "docs" / "formats.md"
_TECHNOLOGY = "nangate45"
_WIDE = NAMED_FLOATS["fp32"]  # what encoders round: any number of it, unpacked
_RANDOM_BITS = 8
#: Measured beside the named ones, for what an option costs.
_VARIANTS = (
    "fp8_e4m3+saturate",
    "fp8_e4m3+flush",
    "fp8_e4m3+toward_zero",
    "fp8_e4m3+stochastic",
    "fp16+flush",
)


def measured_codecs() -> list[dict[str, Any]]:
    """Area and delay of a decoder and an encoder for each named format and some variants."""
    technology = load_technology(_TECHNOLOGY)
    rows = []
    for name in (*NAMED_FLOATS, *_VARIANTS):
        form = Float.parse(name)
        random_bits = _RANDOM_BITS if form.rounding == "stochastic" else 0
        exponents = _WIDE.least_exponent, _WIDE.least_exponent + _WIDE.largest_field - 1
        circuits: dict[str, wiring.Component] = {
            "decoder": Decoder(form),
            "encoder": Encoder(form, _WIDE.significand_bits, exponents, random_bits),
        }
        for kind, circuit in circuits.items():
            source = Source(to_rtlil(circuit, "dut"), "rtlil", "dut", rows=False)
            figures = measure(Point(source, technology))
            kept = {key: figures[key] for key in ("area_um2", "delay_ps", "recipe", "flow")}
            rows.append({"format": name, "circuit": kind, "technology": _TECHNOLOGY} | kept)
    return rows


def write_tables() -> Path:
    """Put the tables into docs/formats.md, between their markers; returns the page."""
    return pages.write_tables(_PAGE, {"formats": formats_table(), "codecs": codecs_table()})


def formats_table() -> str:
    """Fields, range and special codes of the named formats, as Markdown."""
    heads = (
        *("format", "bits", "exponent, fraction", "bias", "largest", "its code"),
        *("smallest normal", "smallest subnormal", "infinity", "NaN codes", "a new NaN"),
        "an overflow becomes",
    )
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, form in NAMED_FLOATS.items():
        became = {form.infinity_code: "infinity", form.nan_code: "NaN"}
        cells = (
            f"`{name}`",
            form.bits,
            f"{form.exponent_bits}, {form.fraction_bits}",
            form.bias,
            _number(form.largest),
            _code(form, form.largest_code),
            f"2^{1 - form.bias}",
            f"2^{form.least_exponent}",
            _code(form, form.infinity_code),
            _nan_codes(form),
            _code(form, form.nan_code),
            became.get(form.overflow_code, "the largest"),
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def codecs_table() -> str:
    """Area and delay of decoders and encoders, as Markdown."""
    rows = json.loads(_FILE.read_text(encoding="utf-8"))
    by_circuit = {(row["format"], row["circuit"]): row for row in rows}
    heads = ("format", *(f"{kind}, {unit}" for kind in ("decoder", "encoder") for unit in _UNITS))
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name in dict.fromkeys(row["format"] for row in rows):
        cells = [
            f"{by_circuit[name, kind]['area_um2']:.1f} | {by_circuit[name, kind]['delay_ps']:.0f}"
            for kind in ("decoder", "encoder")
        ]
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


_UNITS = ("um2", "ps")


def _number(value: Fraction) -> str:
    """Exactly, if it is short."""
    exact = str(float(value)).removesuffix(".0")
    return exact if len(exact) <= 7 else f"{float(value):.5g}"


def _code(form: Float, code: int | None) -> str:
    return "none" if code is None else f"`{code:#0{2 + -(-form.bits // 4)}x}`"


def _nan_codes(form: Float) -> str:
    """The positive ones."""
    if form.nan_code is None:
        return "none"
    last = (1 << form.bits - 1) - 1
    if form.nan is NanCodes.ONE:
        return _code(form, last)
    first = (1 << form.exponent_bits) - 1 << form.fraction_bits
    return f"{_code(form, first + form.infinities)} to {_code(form, last)}"
