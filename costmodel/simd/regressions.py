"""Of which quantities of which modules the costs of a SIMD unit are made."""

from __future__ import annotations

from collections.abc import Mapping

from costmodel.model.regressions import ONE, Regression, Term
from costmodel.simd.inventory import ADDER

__all__ = ["QUANTITIES", "REGRESSIONS", "REVISION", "STAND_INS"]

#: Of what quantities and steps count (`costmodel.family.Basis.revision`).
REVISION = 2

#: By module of the inventory (`costmodel.simd.inventory.counts`).
QUANTITIES: Mapping[str, tuple[str, ...]] = {
    "unpack": ("float_bits", "integer_bits", "posit_bits", "gated_bits"),
    "multiplier": (
        *("full_adders", "half_adders", "and_bits", "carry_bits", "gate_bits", "register_bits"),
    ),
    "shifter": ("mux_bits", "gate_bits", "exponent_adder_bits"),
    "dot": ("term_bits", "full_adders", "half_adders", "carry_bits"),
    "scaler": ("row_bits", "full_adders", "half_adders", "carry_bits", "mux_bits", "code_bits"),
    "accumulator": ("sum_bits", "gate_bits", "register_bits", "fields", "note_bits"),
    "normalizer": ("mux_bits", "select_bits", "count_bits", "register_bits"),
    "encoder": ("shifter_bits", "count_bits", "rounding_bits", "exponent_bits"),
    "adder": ADDER,
    "core": (ONE, "register_bits", "pairs", "sign_bits"),
}

#: Synthesis flattens modules that a unit has once or twice into one netlist, so that all of them
#: can only be measured, and are fitted, together.
REGRESSIONS: Mapping[str, Regression] = {
    "datapath": Regression(
        (
            *("", "unpack_a", "unpack_b", "decoder", "multiplier", "shifter", "dot", "scaler"),
            *(
                "scales",
                "scale_decoder",
                "operand",
                "accumulator",
                "exit",
                "normalizer",
                "encoder",
                "adder",
            ),
        ),
        tuple(Term(module, module, names) for module, names in QUANTITIES.items()),
    ),
    "buffers": Regression(("buffers",), (Term("dot", "fanout", ("term_bits",)),)),
}

#: For terms of no module of a circuit, the module that they are of.
STAND_INS: Mapping[str, str] = {"unpack": "unpack_a", "core": ""}
