"""What stands in columns for a parameter or a limit that a design does not state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from enum import Enum
from typing import Any

from hw.ternary import TernaryLut, Workload
from hw.unit import parameter_defaults

__all__ = ["DEFAULTS"]


def _plain(value: Any) -> Any:
    """As columns hold it: a choice is its word, and nothing an empty text."""
    if value is None:
        return ""
    return value.value if isinstance(value, Enum) else value


_LIMITS = {field.name: field.default for field in fields(Workload)}

#: Parameters and limits that need not be stated, with what the configurations say; but for
#: ``group``, of which each unit has its own.
DEFAULTS: Mapping[str, Any] = {
    name: _plain(value)
    for name, value in (parameter_defaults(TernaryLut) | _LIMITS).items()
    if value is not MISSING and name != "group"
}
