"""Arrays of ``.npz`` and ``.npy`` files: what headers say is checked before anything is unpacked.

So a small file that would unpack to a large one, or a long list of nothing, costs no time and no
memory: how much is read of a header and of the list of arrays is limited, too.
"""

from __future__ import annotations

import io
import os
import struct
import tokenize
import zipfile
import zlib
from contextlib import suppress
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from hw.errors import RequestError
from sim.reading import check_file

__all__ = ["MOST_BYTES", "npz_bytes", "read_array", "read_arrays"]

#: Bytes of all arrays of a file together, unpacked.
MOST_BYTES = 1 << 29

_MOST_ARRAYS = 10_000
_MOST_LIST = 200 * _MOST_ARRAYS  # bytes of the archive's list of them
_MOST_HEADER = 10_000  # bytes, as for numpy
_MOST_DIMENSIONS = 3
_LARGEST_ITEM = 8  # bytes

_LIST_AT_END = struct.Struct("<4s8xL4xH")  # a mark, bytes of the list, bytes of a comment
_LIST_64 = struct.Struct("<4s16x")  # stands before that in archives of more than 4 GiB
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NO_ARCHIVE = (
    *(OSError, ValueError, EOFError, RuntimeError, NotImplementedError, RecursionError),
    *(zipfile.BadZipFile, zlib.error, SyntaxError, tokenize.TokenError, MemoryError),
)


def read_arrays(path: Path, kind: str) -> dict[str, NDArray[Any]]:
    """Read all arrays of an ``.npz`` file.

    Args:
        path: the file, as `numpy.savez` writes it: at most `MOST_BYTES` unpacked, of integers,
            truth values or floats of at most 64 bits, and of at most three dimensions.
        kind: what kind of file it is, for the sentence.

    Raises:
        RequestError: it is not there, is no such archive, or has another array.
    """
    check_file(path, kind)
    try:
        _check_list(path)
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_sizes(path, archive, members)
            return {
                member.filename.removesuffix(".npy"): _array(archive, member) for member in members
            }
    except RequestError:
        raise
    except _NO_ARCHIVE as error:
        reason = " ".join(str(error).split())
        with suppress(OSError), path.open("rb") as file:
            if file.read(6) == b"\x93NUMPY":
                reason = "it is a single array, and not what numpy.savez writes"
        raise RequestError(f"{path} is not an .npz archive of plain arrays: {reason}") from error


def read_array(path: Path, name: str, kind: str) -> NDArray[Any]:
    """Read the array of an ``.npy`` file.

    Args:
        path: the file, as `numpy.save` writes it; limits are those of `read_arrays`.
        name: what the array is called, for the sentence.
        kind: what kind of file it is, for the sentence.

    Raises:
        RequestError: it is not there, is no such file, or holds something else.
    """
    check_file(path, kind)
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            _check_total(path, _checked_size(path, name, file.read(_MOST_HEADER), size))
            file.seek(0)
            return npy.read_array(file, allow_pickle=False)
    except RequestError:
        raise
    except _NO_ARCHIVE as error:
        reason = " ".join(str(error).split())
        raise RequestError(f"{path} is not an .npy file of a plain array: {reason}") from error


def npz_bytes(arrays: dict[str, NDArray[Any]]) -> bytes:
    """An ``.npz`` archive of arrays, packed."""
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _check_list(path: Path) -> None:
    """See that the list of arrays, which is read whole, is not too long."""
    size = _LIST_64.size + _LIST_AT_END.size
    with path.open("rb") as file:
        file.seek(-min(size, file.seek(0, os.SEEK_END)), os.SEEK_END)
        end = file.read().rjust(size, b"\0")
    (mark_64,) = _LIST_64.unpack_from(end)
    mark, length, comment = _LIST_AT_END.unpack_from(end, _LIST_64.size)
    if mark != b"PK\5\6" or comment:
        raise zipfile.BadZipFile("it does not end like a zip file without a comment")
    if mark_64 == b"PK\6\7" or length > _MOST_LIST:
        raise RequestError(f"{path} has too long a list of arrays: it may have {_MOST_ARRAYS:,}")


def _check_sizes(path: Path, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
    """See that the headers of all arrays promise what the archive has, and not too much."""
    if len(members) > _MOST_ARRAYS:
        raise RequestError(f"{path} has {len(members):,} arrays: it may have {_MOST_ARRAYS:,}")
    total = 0
    for member in members:
        name = member.filename.removesuffix(".npy")
        if name == member.filename:
            raise RequestError(f"{path} has {name!r}, which is no array (NAME.npy)")
        if member.compress_type not in _METHODS:
            raise RequestError(
                f"{path}: {name} is packed as no numpy packs arrays: numpy.savez and"
                " numpy.savez_compressed are known"
            )
        with archive.open(member) as packed:
            start = packed.read(_MOST_HEADER)
        total += _checked_size(path, name, start, member.file_size)
    _check_total(path, total)


def _check_total(path: Path, total: int) -> None:
    if total > MOST_BYTES:
        raise RequestError(
            f"the arrays of {path} take {total:,} bytes: {MOST_BYTES:,} are allowed"
            " (weights are as good in int8)"
        )


def _checked_size(path: Path, name: str, start: bytes, size: int) -> int:
    """See that an array's header promises what the file has, and not too much.

    Args:
        path: the file, for the sentence.
        name: of the array.
        start: the first `_MOST_HEADER` bytes of its file, if it has so many.
        size: bytes of all of that.

    Returns:
        Bytes of the array.
    """
    shape, kind, data = _header(name, start, size)
    if kind.kind not in "biuf" or kind.itemsize > _LARGEST_ITEM:
        raise RequestError(
            f"{path}: {name} holds {kind}: integers or floats of at most 64 bits are wanted"
        )
    if not 1 <= len(shape) <= _MOST_DIMENSIONS:
        raise RequestError(
            f"{path}: {name} has {len(shape)} dimensions: 1 to {_MOST_DIMENSIONS} are wanted"
        )
    if min(shape) < 0 or prod(shape) * kind.itemsize != data:
        raise RequestError(
            f"{path}: {name} has shape {shape} of {kind} in its header, and {data:,} bytes"
        )
    return data


def _header(name: str, start: bytes, size: int) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape and type of an array by its header, and the bytes that come after that."""
    file: IO[bytes] = io.BytesIO(start)
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"{name} is of version {version[0]}.{version[1]}")
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, kind = read(file)
    return shape, kind, size - file.tell()


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(member) as file:
        return npy.read_array(file, allow_pickle=False)
