"""Words of design files that stand for one of a few things."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Self

from hw.errors import RequestError

__all__ = ["Choice"]


class Choice(StrEnum):
    """One of a few words, and all of them: an enumeration that reads and prints as its words."""

    def __repr__(self) -> str:
        """The word in quotes, as in a design file, so that sentences show what was written."""
        return repr(self.value)

    @classmethod
    def read(cls, name: str, value: Any) -> Self:
        """The choice that a parameter's value is.

        Raises:
            RequestError: it is none; the sentence has the parameter's name.
        """
        if not isinstance(value, str) or value not in tuple(cls):
            raise RequestError(
                f"{name} = {value!r} is not allowed: it must be one of {cls.words()}"
            )
        return cls(value)

    @classmethod
    def words(cls) -> str:
        """All of them, for a sentence."""
        return ", ".join(cls)
