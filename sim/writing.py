"""Files that are written: whole under their names, or not at all.

A file is written beside its place under another name and then renamed; several that belong together
are written into a folder of their own first, so that a full disk or a failure leaves none of them.
Such a folder is locked by the process that fills it: one without its process is removed by the next
that needs one.
"""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from math import isfinite
from pathlib import Path
from typing import Any

from hw.errors import RequestError

__all__ = [
    "atomic_move",
    "atomic_table",
    "atomic_write",
    "check_output",
    "json_text",
    "made_folder",
    "staged_files",
    "working_folder",
    "writing",
]

_STAGED = ".unfinished-"
_ATTEMPTS = 10


@contextmanager
def writing(place: Path, remedy: str = "") -> Iterator[None]:
    """Turn what the system says into a sentence.

    Args:
        place: what is written.
        remedy: a further part of the sentence.

    Raises:
        RequestError: it cannot be written.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise RequestError(f"cannot write {place}: {reason}{remedy}") from error
    except ValueError as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError(f"cannot write {str(place)!r}: {error}") from error  # a zero byte


def atomic_write(path: Path, content: str | bytes, remedy: str = "") -> None:
    """Write a file, which appears when it is whole and stands in the place of an earlier one.

    Args:
        path: the file; where it is a link, what that leads to.
        content: bytes, or a text to be written as UTF-8.
        remedy: a further part of the sentence.

    Raises:
        RequestError: it cannot be written; a file that was there is as before.
    """
    data = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    with writing(path, remedy), _unfinished(path) as unfinished, unfinished.open("xb") as file:
        file.write(data)


def json_text(value: Any, *, ascii_only: bool = True, indent: int = 1) -> str:
    """A text in JSON; a number that is none, or infinite, is null, since JSON has no word for it.

    Args:
        value: of dictionaries, lists, tuples, texts, numbers, truth values and None.
        ascii_only: write other characters by their codes.
        indent: spaces a level.
    """
    return json.dumps(_finite(value), indent=indent, ensure_ascii=ascii_only, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(member) for member in value]
    return value


def atomic_table(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write a table as CSV; else as `atomic_write`.

    Args:
        path: the file.
        columns: names, for the first line.
        rows: of each a value for each column; what it does not have is empty.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    atomic_write(path, text.getvalue())


def atomic_move(source: Path, path: Path) -> None:
    """Give a file another place, on another file system too; else as `atomic_write`."""
    with writing(path), _unfinished(path) as unfinished:
        shutil.move(source, unfinished)


def check_output(path: Path) -> None:
    """See that a file could be written, before the work that it is to hold is done.

    Raises:
        RequestError: there is no folder for it, or something else in its place.
    """
    with writing(path):
        target = Path(os.path.realpath(path))
        _check_replaceable(target)
        if not target.name or not target.parent.is_dir():
            raise OSError(0, f"there is no folder {target.parent}")
        if not os.access(target.parent, os.W_OK):
            raise OSError(0, f"the folder {target.parent} is not writable")


@contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A name beside a file for what is to be in its place after the block."""
    target = Path(os.path.realpath(path))
    _check_replaceable(target)
    unfinished = target.with_name(f".{target.name[:50]}.{secrets.token_hex(4)}")
    try:
        yield unfinished
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _check_replaceable(path: Path) -> None:
    """See that a plain file or nothing is there: a device must not be renamed away.

    Raises:
        OSError: something else is.
    """
    with suppress(FileNotFoundError):
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "folder" if stat.S_ISDIR(mode) else "device or a pipe"
            raise OSError(0, f"there is a {kind} of that name")


@contextmanager
def made_folder(folder: Path, remedy: str = "") -> Iterator[None]:
    """A folder and those that it is in, made where they are missing.

    Where the block fails, those that it made go again, if nothing is in them.

    Raises:
        RequestError: they cannot be made.
    """
    with writing(folder, remedy):
        missing = []
        for place in (folder, *folder.parents):
            if os.path.lexists(place):
                break
            missing.append(place)
        _make(folder)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for place in missing:
                place.rmdir()
        raise


def _make(folder: Path) -> None:
    """Make a folder, again if another process whose work failed has just removed one above it."""
    for _ in range(_ATTEMPTS):
        with suppress(FileNotFoundError):
            folder.mkdir(parents=True, exist_ok=True)
            return
    folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def staged_files(folder: Path, last: str = "", removed: Sequence[str] = ()) -> Iterator[Path]:
    """A folder for files that move into another one when all of them are written.

    Args:
        folder: where they go; it is made if it is missing, and goes again where the block fails.
        last: the name of the file that comes last, as a sign that the others are there.
        removed: names of files that an earlier call may have left and that go in any case.

    Yields:
        A folder inside that one, which goes again with what is left in it.

    Raises:
        RequestError: the folder cannot be written; none of the files has appeared.
    """
    with made_folder(folder), working_folder(folder, _STAGED) as stage:
        yield stage
        with writing(folder):
            names = sorted((file.name for file in stage.iterdir()), key=lambda n: (n == last, n))
            for name in (*names, *removed):
                _check_replaceable(folder / name)
            for name in removed:
                (folder / name).unlink(missing_ok=True)
            for name in names:
                (stage / name).replace(folder / name)


@contextmanager
def working_folder(parent: Path, prefix: str, remedy: str = "") -> Iterator[Path]:
    """A folder for unfinished work, which goes again with all that is in it.

    Those of the same prefix whose process died are removed: the lock on a folder ends with the
    process that holds it.

    Args:
        parent: where it is; the folder must be there.
        prefix: of its name.
        remedy: a further part of the sentence.

    Raises:
        RequestError: it cannot be made.
    """
    with writing(parent, remedy):
        for abandoned in parent.glob(f"{prefix}*"):
            _remove_abandoned(abandoned)
        folder, lock = _locked_folder(parent, prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked_folder(parent: Path, prefix: str) -> tuple[Path, int]:
    """A new folder, and a descriptor that locks it until it is closed."""
    while True:
        folder = parent / f"{prefix}{secrets.token_hex(6)}"
        _make(folder)
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            with suppress(OSError):  # a file system without locks: nobody removes it then
                fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():  # before the lock, another process could take it for abandoned
                return folder, lock
            os.close(lock)


def _remove_abandoned(folder: Path) -> None:
    """Remove a folder whose lock nobody holds."""
    with suppress(OSError):
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
