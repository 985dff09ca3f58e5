"""Units of columns, which their names end in."""

from __future__ import annotations

__all__ = ["unit_of"]

_UNITS = {
    "um2": "um2",
    "mm2": "mm2",
    "kib": "KiB",
    "ps": "ps",
    "uw": "uW",
    "mw": "mW",
    "fj": "fJ",
    "uj": "uJ",
    "gops": "1e9 operations/s",
    "percent": "%",
    "bits": "bit",
}
_WHOLE = {
    "energy_fj_per_operation": "fJ/operation",
    "energy_uj_per_token": "uJ/token",
    "core_energy_uj_per_token": "uJ/token",
    "operations_per_cycle": "operations/cycle",
    "tokens_per_second": "tokens/s",
    "core_tokens_per_second": "tokens/s",
    "cycles_per_token": "cycles/token",
}


def unit_of(name: str) -> str | None:
    """The unit of a column, such as ``um2`` of ``area_um2_table``; None without one.

    An expression has no unit that is known.
    """
    if not name.isidentifier():
        return None
    words = name.split("_")
    units = [_UNITS[word] for word in reversed(words) if word in _UNITS]
    return _WHOLE.get(name) or (units[0] if units else None)
