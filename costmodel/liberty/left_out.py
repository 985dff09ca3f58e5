"""Why a technology does not hold a cell of its library, which the library is read without."""

from __future__ import annotations

__all__ = ["LeftOutError"]


class LeftOutError(Exception):
    """A cell is of a kind that technologies do not hold; the message says which, in a few words."""
