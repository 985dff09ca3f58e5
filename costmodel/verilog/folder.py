"""The files beside a user's Verilog: which of them it may read, and copies of those it does.

A source may name files, as includes and memory images. They are looked for in the folder of the
source and in the folder of the file that names them, and nowhere else: what stands in a file from
outside must not make the program read the rest of the machine.
"""

from __future__ import annotations

import hashlib
import posixpath
from pathlib import Path

from hw.errors import RequestError

__all__ = ["SourceFolder", "digest"]

_LARGEST_MIB = 64


class SourceFolder:
    """A source's folder, and a copy of what was read of it.

    Attributes:
        looked_up: for each name that was looked for, relative to the folder, the sha256 of what
            stood there; None where nothing did.
    """

    def __init__(self, folder: Path, copy: Path) -> None:
        self._folder, self._copy = folder, copy
        self.looked_up: dict[str, str | None] = {}

    def take(self, name: str, beside: str, place: str, what: str, copied_as: str = "{}") -> bytes:
        """Copy a file that a source names to the same place in the copy.

        Args:
            name: as the source has it.
            beside: the file that names it, relative to the folder.
            place: of that, for a sentence: file and line.
            what: the named file is, for a sentence.
            copied_as: the copy's name, with ``{}`` for the file's.

        Returns:
            What is in it.

        Raises:
            RequestError: it is not there, or outside of the source's folder.
        """
        bases = dict.fromkeys(["", posixpath.dirname(beside)])
        paths = {base: posixpath.normpath(posixpath.join(base, name)) for base in bases}
        inside = {base: path for base, path in paths.items() if not _leads_out(path)}
        for base, path in inside.items():
            data = self._read(path, place, what)
            self.looked_up[path] = None if data is None else digest(data)
            if data is not None:
                to = self._copy / base / copied_as.format(name)
                to.parent.mkdir(parents=True, exist_ok=True)
                to.write_bytes(data)
                return data
        if not inside:
            raise RequestError(_outside(name, place, what))
        raise RequestError(
            f"{place}: the {what} {name} is not there: it is looked for in the source's folder"
            + (f" and in {list(bases)[1]} there" if len(bases) > 1 else "")
        )

    def check(self, name: str, place: str, what: str) -> None:
        """See that a file that was read is one of the copies.

        Raises:
            RequestError: it is not; the arguments are those of `take`.
        """
        if _leads_out(posixpath.normpath(name)):
            raise RequestError(_outside(name, place, what))

    def _read(self, relative: str, place: str, what: str) -> bytes | None:
        path = self._folder / relative
        try:
            if not path.is_file():
                return None
            if not path.resolve().is_relative_to(self._folder.resolve()):
                raise RequestError(
                    f"{place}: the {what} {relative} is a link that leads out of the source's"
                    " folder: only files in that folder and below it are read"
                )
            if path.stat().st_size > _LARGEST_MIB * 2**20:
                raise RequestError(
                    f"{place}: the {what} {relative} has {path.stat().st_size:,} bytes; at most"
                    f" {_LARGEST_MIB} MiB are read"
                )
            return path.read_bytes()
        except OSError as error:
            raise RequestError(
                f"{place}: the {what} {relative} cannot be read ({error.strerror})"
            ) from error


def _outside(name: str, place: str, what: str) -> str:
    return (
        f"{place}: the {what} {name} is outside of the source's folder: only files in that folder"
        " and below it are read"
    )


def _leads_out(path: str) -> bool:
    return path == ".." or path.startswith(("/", "../"))


def digest(data: bytes) -> str:
    """sha256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
