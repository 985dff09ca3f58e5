"""What a number format is, whatever its kind."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol, Self, runtime_checkable

from hw.formats.rounding import Rounding

__all__ = ["Format", "NumbersOnly"]


@runtime_checkable
class Format(Protocol):
    """Codes of so many bits and what they are worth: a frozen dataclass, equal if it means equal.

    A kind of formats is a class that meets this and stands in `hw.formats.names.KINDS`. What can be
    asked of any format is here; arithmetic on it is a matter of the circuits, and of the golden
    codecs (`sim.formats`), which say in a sentence if they do not know it.
    """

    @classmethod
    def usage(cls) -> str:
        """How names of this kind are formed, as part of a sentence: "intN with N from 2 to 16"."""
        ...

    @classmethod
    def reads(cls, name: str) -> bool:
        """Whether a name is one of this kind, if perhaps of a size that is not allowed."""
        ...

    @classmethod
    def parse(cls, name: str) -> Self:
        """The format of a name.

        Raises:
            RequestError: there is none.
        """
        ...

    @classmethod
    def meanings(cls) -> dict[str, str]:
        """One line of plain words for each name, or family of names."""
        ...

    @property
    def name(self) -> str:
        """The name that `parse` reads back."""
        ...

    @property
    def bits(self) -> int:
        """Width of a code."""
        ...

    @property
    def signed(self) -> bool:
        """Whether a code may be worth less than 0."""
        ...

    @property
    def least(self) -> Fraction:
        """The smallest finite value, negative if there are such."""
        ...

    @property
    def largest(self) -> Fraction:
        """The largest finite value."""
        ...

    @property
    def rounding(self) -> Rounding:
        """What becomes of a number that has no code."""
        ...

    @property
    def nan_code(self) -> int | None:
        """The code that a NaN becomes; None where the format has none."""
        ...

    @property
    def infinity_code(self) -> int | None:
        """The code of positive infinity; None where the format has none."""
        ...

    def encoding(self) -> dict[str, Any]:
        """What a stranger must know to read a code, for the manifest: at least these.

        ``format``: the name; ``encoding``: how a code is read, in words; ``bits``: its width.
        """
        ...


class NumbersOnly:
    """What kinds of formats share all of whose codes are numbers."""

    @property
    def rounding(self) -> Rounding:
        """To the nearest number; what is beyond the ends becomes the end."""
        return Rounding.NEAREST_EVEN

    @property
    def nan_code(self) -> None:
        """There is none."""

    @property
    def infinity_code(self) -> None:
        """There is none."""
