"""Operations of SIMD units: operands as codes, and how they make up sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.simd import SimdMac
from hw.simd.configuration import Sums

__all__ = ["Operations", "lanes_of", "sums_of", "words_of"]


def _none() -> NDArray[np.int64]:
    """Scales that are left out."""
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class Operations:
    """Operations one after the other, shape (operations,) each.

    Attributes:
        a, b: words of the operand ports.
        pair: numbers of the pairs of formats.
        dot: whether all lanes go into one sum.
        first, last: whether the operation starts, ends its sums.
        scale_a, scale_b: codes of the scales of both operands' blocks; 0 of pairs without blocks,
            and of all if they are left out or empty.
    """

    a: NDArray[np.uint64]
    b: NDArray[np.uint64]
    pair: NDArray[np.int64]
    dot: NDArray[np.bool_]
    first: NDArray[np.bool_]
    last: NDArray[np.bool_]
    scale_a: NDArray[np.int64] = field(default_factory=_none)
    scale_b: NDArray[np.int64] = field(default_factory=_none)

    def __post_init__(self) -> None:
        for name in ("scale_a", "scale_b"):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.zeros(len(self.a), np.int64))

    def __len__(self) -> int:
        return len(self.a)

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where sums start."""
        return np.flatnonzero(self.first)

    @classmethod
    def concatenate(cls, parts: Sequence[Operations]) -> Operations:
        """One after the other."""
        return cls(
            *(
                np.concatenate([getattr(part, field.name) for part in parts])
                for field in fields(cls)
            )
        )

    def check(self, unit: SimdMac) -> None:
        """See that a unit carries them.

        Raises:
            RequestError: it does not.
        """
        if not len(self) or any(
            getattr(self, field.name).shape != self.a.shape for field in fields(self)
        ):
            raise RequestError("operations must be arrays of one length, at least 1")
        for name in ("a", "b"):
            if unit.port < 64 and (getattr(self, name) >> np.uint64(unit.port)).any():
                raise RequestError(f"words of {name} exceed the port's {unit.port} bits")
        if self.pair.min() < 0 or self.pair.max() >= len(unit.modes):
            raise RequestError(f"pair must be 0 to {len(unit.modes) - 1}, the unit's pairs")
        self._check_scales(unit)
        self._check_sums(unit)

    def _check_scales(self, unit: SimdMac) -> None:
        """See that scales are codes of their formats, and none beside pairs without blocks."""
        for number, pair in enumerate(unit.modes):
            chosen = self.pair == number
            for name in ("a", "b"):
                bits = getattr(pair.scaling, name).bits if pair.scaling else 0
                scales = getattr(self, f"scale_{name}")[chosen]
                if scales.size and not 0 <= scales.min() <= scales.max() < 1 << bits:
                    most = f"must be 0 to {(1 << bits) - 1}" if bits else "has none: it must be 0"
                    raise RequestError(f"scale_{name} of {pair.name} {most}")
            if pair.scaling and not self.dot[chosen].all():
                raise RequestError(
                    f"operations of {pair.name} must be dot products: scales multiply whole sums"
                )

    def _check_sums(self, unit: SimdMac) -> None:
        """See that sums are whole, of one kind, and no longer than they may be."""
        between = ~self.first[1:]
        if not self.first[0] or not self.last[-1] or (self.first[1:] != self.last[:-1]).any():
            raise RequestError("sums must be whole: from a first operation to a last one")
        changed = (self.pair[1:] != self.pair[:-1]) | (self.dot[1:] != self.dot[:-1])
        if (between & changed).any():
            raise RequestError("all operations of a sum must be of one pair and one kind")
        if unit.sums is not Sums.BOTH and (self.dot != (unit.sums is Sums.DOT)).any():
            raise RequestError(f"the unit's sums are {unit.sums}: dot must say the same")
        lengths = np.diff(np.append(self.starts, len(self)))
        if lengths.max() > unit.workload.terms:
            raise RequestError(
                f"a sum takes {lengths.max()} operations where the unit is made for"
                f" {unit.workload.terms}"
            )


def words_of(unit: SimdMac, codes: NDArray[np.integer], pair: int) -> NDArray[np.uint64]:
    """Words of a port out of the codes of its lanes, lane 0 lowest.

    Args:
        unit: the configuration.
        codes: shape (operations, lanes).
        pair: the pair's number.
    """
    lane = unit.modes[pair].lane
    words = np.zeros(len(codes), np.uint64)
    for i in range(codes.shape[1]):
        words |= codes[:, i].astype(np.uint64) << np.uint64(i * lane)
    return words


def lanes_of(unit: SimdMac, words: NDArray[np.uint64], pair: int, bits: int) -> NDArray[np.uint64]:
    """The codes of so many bits in the lanes of a port, shape (operations, lanes)."""
    mode = unit.modes[pair]
    places = np.arange(unit.lanes(mode), dtype=np.uint64) * np.uint64(mode.lane)
    return words[:, None] >> places & np.uint64((1 << bits) - 1)


def sums_of(
    unit: SimdMac,
    pair: int,
    a: NDArray[np.integer],
    b: NDArray[np.integer],
    *,
    dot: bool,
    length: int = 1,
    scales: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
) -> Operations:
    """Operations of one pair out of codes of lanes, so many a sum.

    Args:
        unit: the configuration.
        pair: the pair's number.
        a: codes, shape (operations, lanes).
        b: likewise.
        dot: whether all lanes go into one sum.
        length: operations of a sum; the last sum may be shorter.
        scales: codes of the scales of both operands, shape (operations,) each.
    """
    count = len(a)
    first = np.arange(count) % length == 0
    last = np.append(first[1:], np.True_)
    return Operations(
        words_of(unit, a, pair),
        words_of(unit, b, pair),
        np.full(count, pair),
        np.full(count, dot),
        first,
        last,
        *(scales or ()),
    )
