"""Which cells of a library a technology holds, and what became of the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from costmodel.liberty.cells import CellReader, RawCell
from costmodel.liberty.left_out import LeftOutError
from costmodel.liberty.text import LibertyFile, flag
from costmodel.liberty.units import Units
from hw.errors import RequestError

__all__ = ["Selection", "select"]

_BROKEN = "broken"
_NO_NAME = "without a name"
_SEQUENTIAL = ("ff", "ff_bank", "latch", "latch_bank", "statetable")
_NAMED = 3  # cells that a sentence names of each reason


@dataclass
class Selection:
    """The cells of a library.

    Attributes:
        cells: those that a technology holds, by name.
        left_out: the names of the others, by the reason.
        sequential: the names of all that have a state.
        fault: what is wrong with the first broken one, with its file and line.
    """

    cells: dict[str, RawCell] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    sequential: set[str] = field(default_factory=set)
    fault: str = ""

    @property
    def usable(self) -> list[RawCell]:
        """The cells that a flow may use."""
        return [cell for cell in self.cells.values() if not cell.excluded]

    def lacking(self, what: str, among: Iterable[str] | None = None) -> str:
        """That no cell of a kind may be used, and why those that there are may not.

        Args:
            what: the kind, in words.
            among: the names of the cells that could be of it; all without.
        """
        reasons = {reason: set(names) for reason, names in self.left_out.items()}
        for cell in self.cells.values():
            reasons.setdefault(cell.excluded or "of another kind", set()).add(cell.name)
        parts = []
        for reason, names in reasons.items():
            concerned = sorted(names if among is None else names.intersection(among))
            shown = ", ".join(concerned[:_NAMED])
            more = f" and {len(concerned) - _NAMED} more" if len(concerned) > _NAMED else ""
            place = f": {self.fault}" if reason == _BROKEN else ""
            parts += [f"{shown}{more} ({reason}{place})"] if concerned else []
        which = f"the library has {', '.join(parts)}" if parts else "the library has none"
        return f"a technology needs {what} that may be used; {which}"


def select(
    files: Sequence[LibertyFile],
    units: Sequence[Units],
    exclude: Sequence[str],
    warn: Callable[[str], None],
) -> Selection:
    """Read the cells of files.

    Args:
        files: together one library.
        units: of each.
        exclude: patterns of cells that a flow must not use; they are read where they can be, for
            designs that have them in their text.
        warn: is told of broken cells that are not excluded, and of patterns that match nothing.
    """
    selection = Selection()
    groups = [
        ((group.args or [_NO_NAME])[0], group, reader)
        for reader, file in zip(map(CellReader, files, units), files, strict=True)
        for group in file.library.get_groups("cell")
    ]
    counts = Counter(name for name, _, _ in groups)
    for name, group, reader in groups:
        if name in selection.left_out.get(_BROKEN, ()):
            continue
        if any(map(group.get_groups, _SEQUENTIAL)):
            selection.sequential.add(name)
        pattern = next((pattern for pattern in exclude if fnmatchcase(name, pattern)), "")
        try:
            if counts[name] > 1:
                raise LibertyFile.fault(group, f"the library has {counts[name]} cells {name}")
            excluded = f"excluded by {pattern}" if pattern else ""
            selection.cells[name] = reader.read(group, excluded)
        except LeftOutError as reason:
            selection.left_out[str(reason)].append(name)
        except RequestError as error:
            selection.left_out[_BROKEN].append(name)
            selection.fault = selection.fault or str(error)
            if not pattern and not flag(group, "dont_use"):
                warn(f"{error}; the cell {name} is left out")
    for pattern in exclude:
        if not any(fnmatchcase(name, pattern) for name in counts):
            warn(f"the pattern {pattern} excludes nothing: no cell of the library matches it")
    return selection
