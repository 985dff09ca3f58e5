"""The files beside a user's Verilog: which of them it may read, and copies of those it does.

A source may name files, as includes and memory images. They are looked for in the folder of the
file that names them, in the sources' folders and in those that the user names, and nowhere else:
what stands in a file from outside must not make the program read the rest of the machine.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Sequence
from pathlib import Path

from hw.errors import RequestError

__all__ = ["SourceFolder", "digest"]

_LARGEST_MIB = 64


class SourceFolder:
    """The folders of sources, and a copy of what was read of them.

    Attributes:
        searched: the folders that may be read, with all below them, relative to the one around
            them all; ``""`` is that one itself.
        looked_up: for each name that was looked for, relative to the folder around all, the sha256
            of what stood there; None where nothing did.
    """

    def __init__(self, folder: Path, copy: Path, searched: Sequence[str] = ("",)) -> None:
        self._folder, self._copy = folder, copy
        self.searched = tuple(dict.fromkeys(searched))
        self.looked_up: dict[str, str | None] = {}

    def take(self, name: str, beside: str, place: str, what: str, copied_as: str = "{}") -> bytes:
        """Copy a file that a source names to the same place in the copy.

        Args:
            name: as the source has it.
            beside: the file that names it, relative to the folder around all.
            place: of that, for a sentence: file and line.
            what: the named file is, for a sentence.
            copied_as: the copy's name, with ``{}`` for the file's.

        Returns:
            What is in it.

        Raises:
            RequestError: it is not there, or outside of the folders.
        """
        base, path, data = self.find(name, beside, place, what)
        if copied_as == "{}":
            to = self._copy / path
        else:  # where a reader looks that knows no other folders
            own = posixpath.dirname(beside)
            to = self._copy / (base if base in ("", own) else own) / copied_as.format(name)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(data)
        return data

    def find(
        self, name: str, beside: str, place: str, what: str, *, beside_first: bool = False
    ) -> tuple[str, str, bytes]:
        """Find a file that a source names.

        Args:
            name: as the source has it.
            beside: the file that names it, relative to the folder around all.
            place: of that, for a sentence: file and line.
            what: the named file is, for a sentence.
            beside_first: look in the folder of the file that names it before all others; else
                after the folder around all.

        Returns:
            The folder in which the name was found, the file's path, both relative to the folder
            around all, and what is in it.

        Raises:
            RequestError: it is not there, or outside of the folders.
        """
        own = posixpath.dirname(beside)
        first = [] if beside_first or "" not in self.searched else [""]
        bases = list(dict.fromkeys([*first, own, *self.searched]))
        paths = {base: posixpath.normpath(posixpath.join(base, name)) for base in bases}
        inside = {base: path for base, path in paths.items() if not self._leads_out(path)}
        for base, path in inside.items():
            data = self._read(path, place, what)
            self.looked_up[path] = None if data is None else digest(data)
            if data is not None:
                return base, path, data
        if not inside:
            raise RequestError(_outside(name, place, what))
        where = (
            "beside the file that names it, in the sources' folders and in those of --include"
            if self.searched != ("",)
            else "in the source's folder" + (f" and in {own} there" if own else "")
        )
        raise RequestError(f"{place}: the {what} {name} is not there: it is looked for {where}")

    def check(self, name: str, place: str, what: str) -> None:
        """See that a file that was read is one of the copies.

        Raises:
            RequestError: it is not; the arguments are those of `take`.
        """
        if self._leads_out(posixpath.normpath(name)):
            raise RequestError(_outside(name, place, what))

    def _read(self, relative: str, place: str, what: str) -> bytes | None:
        path = self._folder / relative
        try:
            if not path.is_file():
                return None
            roots = [(self._folder / root).resolve() for root in self.searched]
            if not any(path.resolve().is_relative_to(root) for root in roots):
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

    def _leads_out(self, path: str) -> bool:
        """Whether a path, relative to the folder around all, is in none of the folders."""
        if path == ".." or path.startswith(("/", "../")):
            return True
        return not any(root in ("", path) or path.startswith(f"{root}/") for root in self.searched)


def _outside(name: str, place: str, what: str) -> str:
    return (
        f"{place}: the {what} {name} is outside of the source's folder: only files in that folder"
        " and below it are read"
    )


def digest(data: bytes) -> str:
    """sha256 in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
