"""A user's data: one ``.npz`` archive, arrays in ``.npy`` files, or both together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from hw.errors import RequestError
from sim.arrays import MOST_BYTES, read_array, read_arrays

__all__ = ["Arrays", "DataFiles", "data_files"]

#: Arrays by their names.
Arrays = dict[str, NDArray[Any]]

_NAMED = re.compile(r"([A-Za-z_]\w*)=(.+\.npy)", re.DOTALL | re.ASCII)


@dataclass(frozen=True)
class DataFiles:
    """Files whose arrays are one set of data.

    Attributes:
        archives: ``.npz`` files.
        single: ``.npy`` files, each with the name of its array.
    """

    archives: tuple[Path, ...]
    single: tuple[tuple[str, Path], ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files."""
        return (*self.archives, *(path for _, path in self.single))

    @property
    def names(self) -> str:
        """Of all files, for a report."""
        return ", ".join(path.name for path in self.paths)

    def __str__(self) -> str:
        """Where they are, for a sentence."""
        return ", ".join(map(str, self.paths))

    def read(self) -> Arrays:
        """All arrays.

        Raises:
            RequestError: a file is not there or holds something else (`sim.arrays`), two of them
                have an array of the same name, or all together are too large.
        """
        arrays: Arrays = {}
        for path in self.archives:
            self._add(arrays, read_arrays(path, "data"), path)
        for name, path in self.single:
            self._add(arrays, {name: read_array(path, name, "data")}, path)
        total = sum(array.nbytes for array in arrays.values())
        if total > MOST_BYTES:
            raise RequestError(
                f"the arrays of {self} take {total:,} bytes: {MOST_BYTES:,} are allowed"
            )
        return arrays

    @staticmethod
    def _add(arrays: Arrays, more: Arrays, path: Path) -> None:
        for name in more:
            if name in arrays:
                raise RequestError(f"{path} has the array {name}, which another data file has too")
        arrays |= more


def data_files(texts: Sequence[str]) -> DataFiles:
    """Data files as they are given on the command line.

    Args:
        texts: ``FILE.npz``, ``NAME=FILE.npy``, or ``FILE.npy``, whose array is called as the file
            is, without its ending.
    """
    archives, single = [], []
    for text in texts:
        if named := _NAMED.fullmatch(text):
            single.append((named[1], Path(named[2])))
        elif text.endswith(".npy"):
            single.append((Path(text).stem, Path(text)))
        else:
            archives.append(Path(text))
    return DataFiles(tuple(archives), tuple(single))
