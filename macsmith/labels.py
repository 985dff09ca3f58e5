"""Designs of an explored space in a few words each, so that no two are called the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from costmodel.explore.results import Columns, parameters_of
from costmodel.plots import spoken, symbol
from macsmith.family import words_of_unit

__all__ = ["constants_of", "design_label", "varied_in"]

#: Told beside a design's name, not in it.
_TOLD_APART = ("technology", "workload")


def varied_in(columns: Columns) -> frozenset[str]:
    """The parameters in which some designs differ, which their labels then tell."""
    return frozenset(
        name
        for name in parameters_of(columns)
        if name not in _TOLD_APART and len(np.unique(columns[name])) > 1
    )


def constants_of(columns: Columns) -> dict[str, str]:
    """The parameters that all of some designs have in common, and their values in words."""
    constants = {}
    for name in sorted(parameters_of(columns), key=lambda name: name != "unit"):
        values = np.unique(columns[name])
        if len(values) == 1:
            constants[symbol(name)] = spoken(values[0].item()) or "as the unit has it"
    return constants


def design_label(columns: Columns, index: int, varied: frozenset[str] = frozenset()) -> str:
    """A design in a few words (`macsmith.family.Words.label`).

    Args:
        columns: of designs.
        index: which one.
        varied: parameters that it must tell (`varied_in`), so that it is told from all others.
    """
    point: Mapping[str, Any] = {name: values[index] for name, values in columns.items()}
    return words_of_unit(str(point["unit"])).label(point, varied)
