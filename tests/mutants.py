"""Breaking a unit on purpose, so that a test sees its bench fail."""

from __future__ import annotations

import re

__all__ = ["broken"]


def broken(verilog: str, pattern: str, replacement: str, *, places: int = 1, flags: int = 0) -> str:
    """Verilog with something else where a pattern matches.

    Args:
        verilog: of the whole unit.
        pattern: a regular expression of what is broken.
        replacement: what stands in its place; may name the pattern's groups.
        places: how often the pattern matches.
        flags: of `re`.

    Raises:
        AssertionError: it matches more or less often, or nothing is changed: the mutant is none.
    """
    changed, count = re.subn(pattern, replacement, verilog, flags=flags)
    assert count == places, f"the Verilog has {count} places like {pattern}, not {places}"
    assert changed != verilog, f"{replacement} is what stands there"
    return changed
