"""What becomes of the zeros that a sum starts with."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hw.errors import RequestError

__all__ = ["Normalization"]

_EXACT, _CARRY_ONLY = "exact", "carry_only"
_USAGE = (
    "it must be exact, carry_only, an-K-L such as an-1-2, or groups of leading bits and the shift"
    " of each such as '1:1,2:3'"
)


@dataclass(frozen=True)
class Normalization:
    """How far the significand of a sum is shifted left; its exponent falls by as much.

    A sum that carries is shifted right by one place, always; this is about all the others.

    Attributes:
        groups: widths of groups of leading bits, from the top bit down, each with the shift that is
            made when it and all groups before it hold only zeros (and the next one does not).
            Without groups a sum is not shifted at all. None shifts out all leading zeros.
    """

    groups: tuple[tuple[int, int], ...] | None

    @classmethod
    def parse(cls, name: object) -> Normalization:
        """Read ``exact``, ``carry_only``, ``an-K-L`` or groups: ``1:1,2:3``.

        ``an-K-L`` looks at the first K bits and at the L bits after them: it shifts by K when the
        first ones are zeros, and by K + L when the others are zeros too.

        Raises:
            RequestError: it is none of them, shifts would not grow from group to group, or one
                would shift more out than zeros.
        """
        if not isinstance(name, str):
            raise _refused(name, _USAGE)
        if name in (_EXACT, _CARRY_ONLY):
            return cls(None if name == _EXACT else ())
        if preset := re.fullmatch(r"an-(\d{1,2})-(\d{1,2})", name):
            first, second = int(preset[1]), int(preset[2])
            groups = [(first, first), (second, first + second)]
        elif re.fullmatch(r"\d{1,2}:\d{1,2}(,\d{1,2}:\d{1,2})*", name):
            groups = [
                (int(width), int(shift))
                for width, shift in (group.split(":") for group in name.split(","))
            ]
        else:
            raise _refused(name, _USAGE)
        seen = shifted = 0
        for width, shift in groups:
            seen += width
            if width == 0:
                raise _refused(name, "a group of leading bits has at least one bit")
            if not shifted < shift <= seen:
                raise _refused(
                    name,
                    f"after {seen} leading zeros the shift must be from {shifted + 1} to {seen},"
                    f" not {shift}",
                )
            shifted = shift
        return cls(tuple(groups))

    @property
    def name(self) -> str:
        """The name that `parse` reads back: a preset's where there is one."""
        if self.groups is None:
            return _EXACT
        if not self.groups:
            return _CARRY_ONLY
        if len(self.groups) == 2:
            (first, shift), (second, further) = self.groups
            if (shift, further) == (first, first + second):
                return f"an-{first}-{second}"
        return ",".join(f"{width}:{shift}" for width, shift in self.groups)

    @property
    def bits(self) -> int:
        """Leading bits that are looked at, of one that is not exact."""
        return sum(width for width, _ in self.groups or ())

    def most_shift(self, width: int) -> int:
        """The largest shift of a significand of so many bits."""
        if self.groups is None:
            return width - 1
        return self.groups[-1][1] if self.groups else 0


def _refused(name: object, reason: str) -> RequestError:
    return RequestError(f"normalization = {name!r} is not allowed: {reason}")
