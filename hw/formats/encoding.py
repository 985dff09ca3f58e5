"""Number formats as the manifest tells them to a stranger."""

from __future__ import annotations

from typing import Any

from hw.formats.floating import Float
from hw.formats.names import Format

__all__ = ["encoding"]


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
