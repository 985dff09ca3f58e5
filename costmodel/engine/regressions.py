"""Of which quantities of which parts the costs of a matrix engine are made."""

from __future__ import annotations

from collections.abc import Mapping

from costmodel.model.regressions import ONE, Regression, Term

__all__ = ["QUANTITIES", "REGRESSIONS", "REVISION", "STAND_INS"]

#: Of what quantities and steps count (`costmodel.family.Basis.revision`).
REVISION = 1

_ELEMENT: Mapping[str, tuple[str, ...]] = {
    "unpack": ("code_bits",),
    "multiply": ("full_adders", "half_adders", "and_bits", "carry_bits"),
    "align": ("mux_bits", "sticky_bits", "exponent_bits"),
    "add": ("sum_bits", "negate_bits"),
    "normalize": ("mux_bits", "count_bits", "exponent_bits"),
    "round": ("rounding_bits", "code_bits"),
    "element": ("elements", "register_bits", "enable_bits"),
}
_AROUND: Mapping[str, tuple[str, ...]] = {
    "skew": ("register_bits",),
    "foot": ("shifter_bits", "count_bits", "rounding_bits", "exponent_bits", "mux_bits"),
    "core": (ONE, "register_bits", "code_bits", "offset_bits"),
}

#: By part of the engine (`costmodel.engine.inventory.counts`).
QUANTITIES: Mapping[str, tuple[str, ...]] = _ELEMENT | _AROUND

#: Elements are synthesized once and are many; all else is one netlist where there are few columns.
REGRESSIONS: Mapping[str, Regression] = {
    "element": Regression(
        ("element",), tuple(Term(name, name, names) for name, names in _ELEMENT.items())
    ),
    "around": Regression(
        ("", "activation_skew", "sum_skew", "result_skew", "foot", "encoder", "buffers"),
        tuple(Term(name, name, names) for name, names in _AROUND.items()),
    ),
}

#: For terms of no module of a circuit, the module that they are of.
STAND_INS: Mapping[str, str] = {
    **dict.fromkeys(_ELEMENT, "element"),
    "skew": "result_skew",
    "core": "",
}
