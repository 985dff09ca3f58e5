"""Leakage of a Liberty file's cells, in the file's unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from costmodel.liberty.states import named_part
from costmodel.liberty.syntax import Group
from costmodel.liberty.tables import mean
from costmodel.liberty.text import LibertyFile, attribute

__all__ = ["cell_leakage"]

_LARGEST = 1e12


def cell_leakage(
    file: LibertyFile, cell: Group, area: float, functions: Mapping[str, str], possible: str
) -> float:
    """What a cell states; else the mean over its states, summed over its rails; else the default.

    Conditions (`when`) of a rail count alike. What it states without one is that of the states that
    no condition names, and counts as much as these are.

    Args:
        file: of the library.
        cell: its group.
        area: in the file's unit.
        functions: what stands for a name in a condition, normalized.
        possible: the states that the cell can be in, normalized.

    Returns:
        0 or more; 0 where neither the cell nor the library states any.

    Raises:
        RequestError: it is broken.
    """
    rails: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for group in cell.get_groups("leakage_power"):
        value = file.number(group, "value")
        if value is None:
            raise file.fault(group, "leakage_power states no value")
        rail, when = (attribute(group, name) or "" for name in ("related_pg_pin", "when"))
        rails[rail].append((when, value))
    leakage = file.number(cell, "cell_leakage_power")
    if not leakage and rails:
        leakage = sum(_mean(states, functions, possible) for states in rails.values())
    if leakage is None:
        leakage = file.number(file.library, "default_cell_leakage_power")
    if leakage is None:
        leakage = area * (file.number(file.library, "default_leakage_power_density") or 0.0)
    if not 0 <= leakage <= _LARGEST:
        raise file.fault(
            cell,
            f"the leakage {leakage:g} of the cell {cell.args[0]} is not allowed:"
            f" it must be 0 to {_LARGEST:g}",
        )
    return leakage


def _mean(states: list[tuple[str, float]], functions: Mapping[str, str], possible: str) -> float:
    named = {when: value for when, value in states if when}
    others = [value for when, value in states if not when]
    if not named or not others:
        return mean(value for _, value in states)
    part = named_part(list(named), functions, possible)
    return part * mean(named.values()) + (1.0 - part) * mean(others)
