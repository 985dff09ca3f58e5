"""Parameters of many designs at once: columns that broadcast, and functions of few of them.

A column is an array; columns broadcast against each other. A flat table of N designs has columns of
N elements, a product space is an open mesh, whose axes have a column each. What no closed form
gives is computed once for each combination of values that there is: `combine` finds the
combinations on the axes of the columns it is given, so never more of them than these axes have.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Coded", "Columns", "bit_length", "combine", "encode", "mesh", "quantities"]

#: Parameters by name.
Columns = Mapping[str, NDArray[Any]]

_T = TypeVar("_T")
_FEW = 1000  # elements, that are sorted as they are
_FACTOR = 0x9E3779B97F4A7C15  # of a letter, times that of the one before it
_MOST_FLAGS = 1 << 22  # of codes that a table tells, rather than sorting


@dataclass(frozen=True)
class Coded(Generic[_T]):
    """A column as numbers of its levels.

    Attributes:
        levels: what values there are.
        codes: for each element the number of its level.
    """

    levels: tuple[_T, ...]
    codes: NDArray[np.int64]

    def map(self, function: Callable[[_T], Hashable]) -> Coded[Any]:
        """A function of each level; equal answers are one level."""
        return _merged([function(level) for level in self.levels], self.codes)

    def numbers(self, function: Callable[[_T], int]) -> NDArray[np.int64]:
        """A number for each element, by its level."""
        return self.spread([function(level) for level in self.levels])

    def flags(self, function: Callable[[_T], bool]) -> NDArray[np.bool_]:
        """A truth value for each element, by its level."""
        return np.array([function(level) for level in self.levels], dtype=bool)[self.codes]

    def spread(self, numbers: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of the levels become numbers of the elements."""
        return np.asarray(numbers, dtype=np.int64)[self.codes]


def mesh(**axes: ArrayLike) -> dict[str, NDArray[Any]]:
    """The open mesh of a product space: each axis is a column along a dimension of its own.

    As `numpy.ix_`, which takes truth values for a choice of indices; here they are values.
    """
    arrays = {name: np.asarray(values) for name, values in axes.items()}
    return {
        name: array.reshape([-1 if i == j else 1 for j in range(len(arrays))])
        for i, (name, array) in enumerate(arrays.items())
    }


def encode(values: ArrayLike) -> Coded[Any]:
    """The levels of a column, as plain Python values, and the numbers of its elements."""
    array = np.asarray(values)
    flat = np.ascontiguousarray(array.reshape(-1))
    coding = None
    if len(flat) > _FEW and flat.dtype.kind == "U":
        coding = _words(flat)
    elif len(flat) > _FEW and flat.dtype.kind in "iub":
        least, most = int(flat.min()), int(flat.max())
        if most - least < _MOST_FLAGS:
            levels, codes = _present(flat.astype(np.int64) - least, most - least + 1)
            coding = (levels + least).astype(flat.dtype), codes
    levels, codes = coding or np.unique(flat, return_inverse=True)
    return Coded(tuple(levels.tolist()), codes.reshape(array.shape))


def _words(flat: NDArray[np.str_]) -> tuple[NDArray[Any], NDArray[np.int64]] | None:
    """Levels and codes of words, told apart as numbers; none if two words have the same number."""
    letters = flat.view(np.uint32).reshape(len(flat), -1).astype(np.uint64)
    factors = np.cumprod(np.full(letters.shape[1], _FACTOR, dtype=np.uint64))
    _, where, codes = np.unique(letters @ factors, return_index=True, return_inverse=True)
    levels = flat[where]
    return (levels, codes) if (levels[codes] == flat).all() else None


def combine(function: Callable[..., Any], *columns: Coded[Any]) -> Coded[Any]:
    """A function of several columns, called once for each combination of levels that occurs.

    Args:
        function: of a level of each column. Equal answers, if they are hashable, are one level.
        columns: they broadcast against each other.
    """
    codes = np.zeros((), dtype=np.int64)
    combinations: list[tuple[Any, ...]] = [()]
    for column in columns:
        size = len(column.levels)
        joint = codes * size + column.codes if size > 1 else codes + 0 * column.codes
        joint_codes, codes = _present(joint, len(combinations) * size)
        combinations = [
            (*combinations[code // size], column.levels[code % size])
            for code in joint_codes.tolist()
        ]
    return _merged([function(*combination) for combination in combinations], codes)


def quantities(counts: Coded[Any]) -> dict[str, NDArray[np.int64]]:
    """Levels that map names to numbers, or are None, become arrays; 0 where a name is absent."""
    levels: list[Mapping[str, int]] = [level or {} for level in counts.levels]
    names = {name: None for level in levels for name in level}
    return {name: counts.spread([level.get(name, 0) for level in levels]) for name in names}


def bit_length(numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
    """How many bits each number below 2**64 has; exact, as floating point is not beyond 2**53."""
    high = (numbers >> np.uint64(32)).astype(np.float64)
    low = (numbers & np.uint64(0xFFFFFFFF)).astype(np.float64)
    return np.where(high > 0, 32 + np.frexp(high)[1], np.frexp(low)[1]).astype(np.int64)


def _present(codes: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The codes that occur, in order, and the number of each element's."""
    if size > _MOST_FLAGS:
        present_codes, numbers = np.unique(codes.reshape(-1), return_inverse=True)
        return present_codes, numbers.reshape(codes.shape)
    flags = np.zeros(size, dtype=bool)
    flags[codes.reshape(-1)] = True
    present_codes = np.flatnonzero(flags)
    if len(present_codes) == size:
        return present_codes, codes
    numbers = np.cumsum(flags) - 1
    return present_codes, numbers[codes]


def _merged(values: list[Any], codes: NDArray[np.int64]) -> Coded[Any]:
    """Equal values become one level."""
    try:
        numbers = {value: i for i, value in enumerate(dict.fromkeys(values))}
    except TypeError:
        return Coded(tuple(values), codes)
    if len(numbers) == len(values):
        return Coded(tuple(values), codes)
    order = np.array([numbers[value] for value in values], dtype=np.int64)
    return Coded(tuple(numbers), order[codes])
