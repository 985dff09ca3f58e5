"""What docstrings and pages refer to by its dotted name is there."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("hw", "sim", "costmodel", "macsmith", "studies")
_REFERENCE = re.compile(rf"`((?:{'|'.join(_PACKAGES)})(?:\.\w+)+)`")


def test_references_exist() -> None:
    files = [_ROOT / "README.md", *(_ROOT / "docs").rglob("*.md")]
    files += [path for package in _PACKAGES for path in (_ROOT / package).rglob("*.py")]
    references = {
        (str(file.relative_to(_ROOT)), name)
        for file in files
        for name in _REFERENCE.findall(file.read_text(encoding="utf-8"))
    }
    assert {place for place in references if not _exists(place[1])} == set()


def test_a_wrong_reference_is_noticed() -> None:
    assert _exists("hw.unit.Unit.latency")
    assert _exists("sim.job.Level.stream")  # a field without a default
    assert not _exists("hw.unit.Unit.delay")
    assert not _exists("hw.units.Unit")


def _exists(reference: str) -> bool:
    """Whether there is such a module, or such a name in the longest module that there is."""
    parts = reference.split(".")
    for length in range(len(parts), 0, -1):
        try:
            held: Any = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        break
    else:
        return False
    for name in parts[length:]:
        if hasattr(held, name):
            held = getattr(held, name)
        else:
            return name in getattr(held, "__annotations__", {})
    return True
