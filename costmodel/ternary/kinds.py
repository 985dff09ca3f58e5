"""Kinds of ternary cores: which ones are measured, and told of, together."""

from __future__ import annotations

from hw.ternary.choices import PackingName, Scale, Style

__all__ = ["energy_kind", "kind_of_design"]


def kind_of_design(style: str, packing: str, scale: str, result: str) -> str:
    """What designs are measured, and errors told, together.

    ``scaled`` results or integers that are rounded, ``packed`` weights; or else a style.
    """
    style = style or Style.INTEGER.value
    if scale != Scale.NONE or (style == Style.INTEGER and result):
        return "scaled"
    return "packed" if packing != PackingName.KEYS else style


def energy_kind(style: str) -> str:
    """What toggles alike: ``float``, or ``fixed``, which floats are that are converted."""
    return "float" if style == Style.FLOAT else "fixed"
