"""What a model runs beside its quantised layers: embedding, head, attention, KV cache.

Workload files have them as ``[[beside]]``. An accelerator's cores do not compute them, but their
traffic goes through the same memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hw.errors import RequestError, check_integer
from hw.formats import parse_format
from macsmith.toml_file import check_keys, check_present, one_line

__all__ = ["MOST_CONTEXT", "Beside", "besides_of"]

MOST_CONTEXT = 1 << 24  # tokens
_MOST = 1 << 50
_COUNTS = ("held", "read_per_pass", "read_per_token", "per_context")
_MACS = ("macs_per_token", "macs_per_context")


@dataclass(frozen=True)
class Beside:
    """Something that a model runs beside its layers.

    Attributes:
        name: what it is called.
        format: of its numbers; empty for what has none, such as attention's products.
        held: numbers that the memory holds, however long the context is.
        read_per_pass: numbers that are read once for all tokens of a pass, such as a head's.
        read_per_token: numbers that are read for each token, such as an embedding's row.
        per_context: numbers that are held and read for each token of the context, and written for
            a new one, such as keys and values.
        macs_per_token: multiply-accumulates of a token.
        macs_per_context: multiply-accumulates of a token for each token of its context.
    """

    name: str
    format: str = ""
    held: int = 0
    read_per_pass: int = 0
    read_per_token: int = 0
    per_context: int = 0
    macs_per_token: int = 0
    macs_per_context: int = 0

    @property
    def bits(self) -> int:
        """Of a number."""
        return parse_format(self.format).bits if self.format else 0

    def held_bytes(self, tokens: int, context: int) -> float:
        """What the memory holds for so many tokens, each with a context of its own."""
        return self.bits / 8 * (self.held + tokens * context * self.per_context)

    def moved_bytes(self, tokens: int, context: int) -> float:
        """What a pass of so many tokens reads and writes."""
        of_token = self.read_per_token + (context + 1) * self.per_context
        return self.bits / 8 * (self.read_per_pass + tokens * of_token)

    def macs(self, tokens: int, context: int) -> int:
        """Multiply-accumulates of a pass of so many tokens."""
        return tokens * (self.macs_per_token + context * self.macs_per_context)


def besides_of(table: dict[str, Any]) -> tuple[Beside, ...]:
    """The entries of a workload file.

    Raises:
        RequestError: one cannot be; the sentence names it, its value and what may be.
    """
    entries = table.get("beside", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RequestError("beside is not a list of tables: write each one as [[beside]]")
    return tuple(_beside(f"beside[{number}].", entry) for number, entry in enumerate(entries))


def _beside(place: str, entry: dict[str, Any]) -> Beside:
    check_keys(place, entry, ("name", "format", *_COUNTS, *_MACS))
    check_present(place, entry, ("name",))
    for key in (*_COUNTS, *_MACS):
        if key in entry:
            check_integer(f"{place}{key}", entry[key], 0, _MOST)
    name, form = one_line(entry, "name"), one_line(entry, "format")
    if not name:
        raise RequestError(f"{place}name is empty")
    if form:
        try:
            parse_format(form)
        except RequestError as error:
            raise RequestError(f"{place}format = {error}") from error
    elif any(entry.get(key) for key in _COUNTS):
        raise RequestError(f"{place}format is missing: its numbers have some size")
    return Beside(name, form, **{key: entry[key] for key in (*_COUNTS, *_MACS) if key in entry})
