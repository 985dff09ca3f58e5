"""Which technologies there are: the shipped ones, files of distilled ones, and Liberty files."""

from __future__ import annotations

import difflib
import hashlib
import re
from pathlib import Path

from costmodel.library.technology import Technology
from hw.errors import RequestError
from sim.reading import read_bytes, read_text
from sim.writing import atomic_write, made_folder

__all__ = ["DEFAULT", "load_technology", "shipped", "write_technology"]

#: The technology of commands that name none.
DEFAULT = "nangate45"

_SHIPPED = Path(__file__).parent / "library" / "technologies"


def shipped() -> list[str]:
    """The names of the technologies that come with macsmith."""
    return sorted(path.stem for path in _SHIPPED.glob("*.json"))


def load_technology(reference: str = DEFAULT) -> Technology:
    """Find a technology.

    Args:
        reference: the name of a shipped one; or the path of a distilled file, ``FILE.json``; or the
            path of a Liberty file, of several with commas between them. Liberty is distilled and
            proved (`costmodel.flow.self_proof`) at its first use and kept in the cache, by content.

    Raises:
        RequestError: there is none, or its file is broken.
    """
    if reference in shipped():
        path = _SHIPPED / f"{reference}.json"
    elif reference.endswith(".json"):
        path = Path(reference)
    elif re.search(r"\.lib(\.gz)?$", reference) or "/" in reference:
        return _distilled([Path(name.strip()) for name in reference.split(",")])
    else:
        near = difflib.get_close_matches(reference, shipped(), 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise RequestError(
            f"there is no technology {reference!r}: it must be {', '.join(shipped())},"
            f" a file made by 'macsmith technology import', or a Liberty file{hint}"
        )
    text = read_text(path, "technology")
    try:
        return Technology.from_json(text)
    except RequestError as error:
        raise RequestError(f"{path}: {error}") from error


def _distilled(paths: list[Path]) -> Technology:
    """The technology of Liberty files, proved when they are new, from the cache when not."""
    # Here, since whoever asks for a shipped technology does not want the whole flow.
    from costmodel.flow.identity import flow_digest
    from costmodel.flow.self_proof import prove
    from costmodel.liberty.reader import distil
    from costmodel.liberty.text import LARGEST_LIBERTY, included_files
    from costmodel.work.cache import cached

    readers = hashlib.sha256()
    packages = (Path(__file__).with_name(name) for name in ("library", "liberty"))
    for module in sorted(path for package in packages for path in package.glob("*.py")):
        readers.update(module.read_bytes())
    files = []
    for path in paths:
        for part in (path, *included_files(path)):
            text = read_bytes(part, "Liberty", LARGEST_LIBERTY)
            files.append([part.name, hashlib.sha256(text).hexdigest()])

    def distilled() -> str:
        technology = distil(re.sub(r"\.lib(\.gz)?$", "", paths[0].name), paths)
        prove(technology)
        return technology.to_json()

    question = {"files": files, "readers": readers.hexdigest(), "flow": flow_digest()}
    return Technology.from_json(cached("technologies", question, distilled))


def write_technology(technology: Technology, path: Path) -> None:
    """Write a technology's file; it appears under its name when it is complete.

    Raises:
        RequestError: it cannot be written.
    """
    with made_folder(path.parent):
        atomic_write(path, technology.to_json())
