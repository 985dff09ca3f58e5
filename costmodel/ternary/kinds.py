"""Kinds of ternary cores: which ones are measured, and told of, together."""

from __future__ import annotations

__all__ = ["energy_kind", "kind_of_design"]


def kind_of_design(style: str, packing: str = "keys", scale: str = "none", result: str = "") -> str:
    """What designs are measured, and errors told, together.

    ``scaled`` results or integers that are rounded, ``packed`` weights; or else a style.
    """
    style = style or "integer"
    if scale != "none" or (style == "integer" and result):
        return "scaled"
    return "packed" if packing != "keys" else style


def energy_kind(style: str) -> str:
    """What toggles alike: ``float``, or ``fixed``, which floats are that are converted."""
    return "float" if style == "float" else "fixed"
