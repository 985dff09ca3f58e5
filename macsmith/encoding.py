"""Formats and styles of arithmetic as the manifest tells them to a stranger."""

from __future__ import annotations

from typing import Any

from hw.formats import Float, Format
from hw.ternary import TernaryConfiguration

__all__ = ["arithmetic", "encoding"]


def encoding(form: Format) -> dict[str, Any]:
    """A format: its name, and what a code's bits mean; of a float all fields and special codes."""
    if not isinstance(form, Float):
        signed = "two's complement" if form.signed else "unsigned"
        return {"format": form.name, "encoding": signed, "bits": form.bits}
    top = form.bits - 1
    return {
        "format": form.name,
        "encoding": "floating point: sign, exponent, fraction, from the top bit down",
        "bits": form.bits,
        "fields": {
            "fraction": {"lowest_bit": 0, "bits": form.fraction_bits},
            "exponent": {"lowest_bit": form.fraction_bits, "bits": form.exponent_bits},
            "sign": {"lowest_bit": top, "bits": 1},
        },
        "bias": form.bias,
        "subnormals": form.subnormals,
        "largest_code": form.largest_code,
        "infinity_code": form.infinity_code,
        "nan_code": form.nan_code,
        "nan_codes": {
            "ieee": "all with the largest exponent"
            + (" and a fraction other than 0" if form.infinities else ""),
            "one": "those with exponent and fraction of ones",
            "none": "none",
        }[form.nan],
        "overflow_code": form.overflow_code,
        "rounding": form.rounding,
    }


def arithmetic(configuration: TernaryConfiguration) -> dict[str, Any]:
    """How a core with floating-point activations adds; nothing for integers."""
    c, style = configuration, configuration.arithmetic
    if c.style == "integer":
        return {}
    if c.style == "float":
        return {
            "arithmetic": {
                "style": c.style,
                "sum": encoding(style.addition),
                "accumulator": encoding(style.accumulation),
                "order": "a group of activations: the first half of those with a non-zero weight"
                " (the longer one) and the second half, each summed so, then their sum or"
                " difference; the groups of a tile: a balanced tree, neighbours meet and an odd"
                " one out waits; then the accumulator plus the tile's sum; each addition rounds",
                "interleave": c.interleave,
                "initial": "the bias as a code of the accumulator's format",
            }
        }
    low, high = style.unit_exponents
    found: dict[str, Any] = {
        "style": c.style,
        "operand_bits": style.operand.bits,
        "accumulator_bits": c.accumulator_bits,
        "order": "sums are exact and rounded once, so their order does not matter",
        "initial": "the bias, an integer in units of the operand's last bit, plus the corrections"
        " of the keys",
        "invalid": "an infinity or a NaN among a sum's activations, also under a weight of zero,"
        " makes all its results NaN",
    }
    if c.style == "exact":
        return {"arithmetic": found | {"unit_exponent": low}}
    form = style.number
    found["invalid"] += "; so does an activation whose exponent field exceeds the block"
    return {
        "arithmetic": found
        | {
            "block": {
                "bits": form.exponent_bits,
                "lowest_bit": c.tile_inputs * form.bits,
                "meaning": "the largest exponent field among all activations and the bias of a sum,"
                " 1 for those of zeros and subnormals; the same in all tiles of a sum",
            },
            "unit_exponent": f"block + {style.unit_exponent(0)}",
            "unit_exponents": [low, high],
            "rounding_of_operands": "down, to whole units",
        }
    }
