"""Archives of arrays: what is told of them soon, whatever they claim to hold."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hw.errors import RequestError
from sim.arrays import MOST_BYTES, read_arrays
from sim.ternary.network import load_network

_SECONDS = 5  # of processor time
_BLOCK = bytes(16 << 20)


@contextmanager
def _refused_soon(sentence: str) -> Iterator[None]:
    started = time.process_time()
    with pytest.raises(RequestError, match=sentence) as refused:
        yield
    assert time.process_time() - started < _SECONDS
    assert len(str(refused.value)) < 500


def _header(text: str, length: int | None = None) -> bytes:
    """The start of a file of version 2, which may claim another length of its header."""
    return b"\x93NUMPY\2\0" + struct.pack("<I", length or len(text)) + text.encode()


def _fields(shape: tuple[int, ...], kind: str) -> str:
    return str({"descr": kind, "fortran_order": False, "shape": shape}) + "\n"


def _archive(
    path: Path, start: bytes, more: int = 0, method: int = zipfile.ZIP_DEFLATED, name: str = "a"
) -> Path:
    """An archive of one array: a start, then blocks of 16 MiB of zeros."""
    with (
        zipfile.ZipFile(path, "w", method) as archive,
        archive.open(f"{name}.npy", "w", force_zip64=True) as file,
    ):
        file.write(start)
        for _ in range(more):
            file.write(_BLOCK)
    return path


def test_what_numpy_writes_is_read(tmp_path: Path) -> None:
    given_arrays = {"a": np.arange(6).reshape(2, 3), "b": np.ones((1, 2, 3), np.float32)}
    for name, save in (("plain", np.savez), ("packed", np.savez_compressed)):
        save(tmp_path / f"{name}.npz", **given_arrays)
        arrays = read_arrays(tmp_path / f"{name}.npz", "data")
        assert arrays.keys() == given_arrays.keys()
        assert all((arrays[key] == array).all() for key, array in given_arrays.items())


def test_what_unpacks_to_too_much(tmp_path: Path) -> None:
    blocks = MOST_BYTES // len(_BLOCK) + 1
    start = _header(_fields((blocks, len(_BLOCK)), "|i1"))
    path = _archive(tmp_path / "big.npz", start, blocks)
    assert path.stat().st_size < 1 << 20
    with _refused_soon("take 553,648,128 bytes: 536,870,912 are allowed"):
        read_arrays(path, "data")


def test_a_header_that_claims_many_rows(tmp_path: Path) -> None:
    path = _archive(tmp_path / "rows.npz", _header(_fields((10**12,), "<i8")))
    with _refused_soon(r"has shape \(1000000000000,\) of int64 in its header, and 0 bytes"):
        read_arrays(path, "data")


def test_a_header_without_end(tmp_path: Path) -> None:
    """Neither is it read whole, nor one that is not closed given to Python's parser for long."""
    path = _archive(tmp_path / "header.npz", _header("{", 48 * len(_BLOCK)), 48)
    with _refused_soon("is not an .npz archive of plain arrays: EOF: reading array header"):
        read_arrays(path, "data")
    for opened in ("[" * 9000, "{" * 9000, "(" * 90, "'" * 3, "\n  1\n 1", "-" * 9000 + "1"):
        path = _archive(tmp_path / "opened.npz", _header(f"{opened}\n"))
        with _refused_soon("is not an .npz archive of plain arrays"):
            read_arrays(path, "data")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack(method: int, tmp_path: Path) -> None:
    """Of which 1 GiB takes 1,000 bytes and half a minute."""
    path = _archive(tmp_path / "a.npz", _header(_fields((1,), "|i1")) + b"1", method=method)
    with _refused_soon("a is packed as no numpy packs arrays"):
        read_arrays(path, "data")


def test_many_arrays(tmp_path: Path) -> None:
    path = tmp_path / "many.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(9_999):
            archive.writestr(f"{number}.npy", _header(_fields((1,), "|i1")) + b"1")
    with _refused_soon("and not 0, 1, 10, 100, 1000, 1001, 1002, 1003 and 9,991 more"):
        load_network(path)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(30_000):
            archive.writestr(f"{number}.npy", b"")
    with _refused_soon("arrays: it may have 10,000"):
        read_arrays(path, "data")
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = b"PK"
    with _refused_soon("does not end like a zip file"):
        read_arrays(path, "data")


_WORDS = ("'descr'", "'shape'", "'fortran_order'", "False", "None", "(1,)", "1e999", "9" * 5000)
_KINDS = ("'<i8'", "'|O'", "'V9999999999'", "'<i8,<i8'", "b''", "f''")
_PIECES = st.sampled_from((*"{}[](),:'\"\\-+*LjJ \n\t#0123\0", *_WORDS, *_KINDS))


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(_PIECES, max_size=12).map("".join), st.booleans())
def test_headers_of_anything(tmp_path: Path, text: str, spoilt: bool) -> None:
    """Whatever Python makes of a header: arrays, or a sentence."""
    if spoilt:
        good = _fields((1,), "<i8")
        text = good[: len(text) * 5 % len(good)] + text + good[len(text) * 5 % len(good) :]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.npy", _header(text[:9000]) + bytes(8))
    path = tmp_path / "a.npz"
    path.write_bytes(packed.getvalue())
    with suppress(RequestError):
        assert read_arrays(path, "data")["a"].nbytes == 8
