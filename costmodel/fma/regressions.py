"""Of which quantities of which modules the costs of a fused multiply-add unit are made."""

from __future__ import annotations

from collections.abc import Mapping

from costmodel.model.regressions import ONE, Regression, Term

__all__ = ["QUANTITIES", "REGRESSIONS", "REVISION", "STAND_INS"]

#: Of what quantities and steps count (`costmodel.family.Basis.revision`).
REVISION = 2

#: By step of the unit (`costmodel.fma.inventory.counts`).
QUANTITIES: Mapping[str, tuple[str, ...]] = {
    "unpack": ("code_bits",),
    "multiply": ("full_adders", "half_adders", "and_bits", "carry_bits"),
    "align": ("mux_bits", "sticky_bits", "exponent_bits"),
    "add": ("sum_bits", "negate_bits"),
    "normalize": ("mux_bits", "count_bits", "exponent_bits"),
    "round": ("rounding_bits", "code_bits"),
    "core": (ONE, "register_bits"),
}

#: A unit is one netlist once it is synthesized, so all of it is fitted together.
REGRESSIONS: Mapping[str, Regression] = {
    "datapath": Regression(
        ("", "decoder", "decoder_2", "multiplier", "buffers"),
        tuple(Term(step, step, names) for step, names in QUANTITIES.items()),
    ),
}

#: For terms of no module of a circuit, the module that they are of.
STAND_INS: Mapping[str, str] = {
    "unpack": "decoder",
    "multiply": "multiplier",
    **dict.fromkeys(("align", "add", "normalize", "round", "core"), ""),
}
